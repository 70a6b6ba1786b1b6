"""Argo's own containers: `executor` and `mainContainer` of the controller's ConfigMap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transformer.argo.controllers import controllers
from transformer.model import Op
from transformer.passes.resources.amounts import Map, Wanted, additions, missing, taken
from transformer.passes.resources.params import ResourcesParams
from transformer.passkit import Change, Context, Edit, Finding, Path, Refused, Resource, Role, Skip, edit_text
from transformer.yamltext import ParseError, load

_SOURCE = "autopilot.md 1.4"
_WHY = {
    "executor": "Every Pod of a workflow has the containers init and wait. Without requests, Autopilot bills its default for each.",
    "mainContainer": "Main containers without requests would get Autopilot's default.",
}


class UnreadableError(Exception):
    """Why a text inside the ConfigMap cannot be edited."""


def changes(resource: Resource, params: ResourcesParams, context: Context) -> Iterator[Change | Finding | Skip]:
    """What the parameters add to a ConfigMap that configures a workflow controller; nothing for any other."""
    asked = {k: a for k, a in (("executor", params.executor), ("mainContainer", params.mainContainer)) if not a.empty}
    if not asked or not _configures(resource, context):
        return
    if resource.role is Role.PATCH:
        yield resource.skip("this is a Kustomize patch: the resources of Argo's own containers belong in the ConfigMap that it patches")
        return
    data = resource.get("data")
    flat = not isinstance(data, Mapping) or "config" not in data
    try:
        yield from _flat(resource, data, asked) if flat else _nested(resource, data["config"], asked)
    except UnreadableError as e:
        yield resource.finding(
            "RES004",
            f"The controller's configuration cannot be edited: {e}.",
            remedy="Set `resources` of executor and mainContainer by hand, or correct the text.",
            source=_SOURCE,
            path=("data",),
        )


def _configures(resource: Resource, context: Context) -> bool:
    me = (resource.file, resource.id.namespace, resource.id.name)
    return any((c.file, c.namespace, c.name) == me for c in controllers(context.index))


def _flat(resource: Resource, data: Any, asked: Map) -> Iterator[Change]:
    """Each key of `data` holds a YAML text of its own."""
    held = data if isinstance(data, Mapping) else {}
    fresh = {}
    for key, allotment in asked.items():
        inner = _read(held.get(key))
        wanted = missing(allotment, taken(inner.get("resources")))
        if not wanted:
            continue
        if key in held:
            text = _edited(held[key], inner, {(): wanted})
            yield resource.set(("data", key), text, why=_WHY[key], source=_SOURCE)
        elif data is None and "data" in resource.data:
            fresh[key] = _written(wanted)
        else:
            yield resource.insert(("data", key), _written(wanted), why=_WHY[key], source=_SOURCE)
    if fresh:
        yield resource.set(("data",), fresh, why=" ".join(_WHY[k] for k in fresh), source=_SOURCE)


def _nested(resource: Resource, text: Any, asked: Map) -> Iterator[Change]:
    """`data.config` holds one YAML text with everything."""
    config = _read(text)
    wanted: dict[Path, Wanted] = {}
    for key, allotment in asked.items():
        inner = config.get(key) or {}
        if not isinstance(inner, Mapping):
            raise UnreadableError(f"{key} is not a mapping")
        wanted[key,] = missing(allotment, taken(inner.get("resources")))
    wanted = {path: w for path, w in wanted.items() if w}
    if wanted:
        why = " ".join(_WHY[str(path[0])] for path in wanted)
        yield resource.set(("data", "config"), _edited(text, config, wanted), why=why, source=_SOURCE)


def _read(text: Any) -> Map:
    if text is None or (isinstance(text, str) and not text.strip()):
        return {}
    if not isinstance(text, str):
        raise UnreadableError("a value is not text")
    try:
        documents = load(text)
    except ParseError as e:
        raise UnreadableError(str(e)) from e
    inner = documents[0] if len(documents) == 1 else {} if not documents else None
    if inner is None and len(documents) == 1:
        return {}
    if not isinstance(inner, Mapping) or not isinstance(inner.get("resources") or {}, Mapping):
        raise UnreadableError("a YAML text in it is not a mapping")
    return inner


def _edited(text: Any, inner: Map, wanted: Mapping[Path, Wanted]) -> str:
    if not inner:
        kept = text if isinstance(text, str) and text.strip() else ""
        return _line_end(kept) + "".join(_nested_text(path, w) for path, w in wanted.items())
    edits = [edit for path, w in wanted.items() for edit in _edits(inner, path, w)]
    try:
        return edit_text(text, {0: edits}).text
    except Refused as e:
        raise UnreadableError(str(e)) from e


def _edits(inner: Map, path: Path, wanted: Wanted) -> Iterator[Edit]:
    if path and not inner.get(str(path[0])):
        holder = {"resources": {side: dict(amounts) for side, amounts in wanted.items()}}
        yield Edit(Op.SET if path[0] in inner else Op.INSERT, path, holder)
        return
    held = inner[str(path[0])] if path else inner
    yield from (Edit(op, at, value) for op, at, value in additions(held, path, wanted))


def _nested_text(path: Path, wanted: Wanted) -> str:
    text = _written(wanted)
    return "".join(f"{key}:\n" for key in path) + ("".join(f"  {line}\n" for line in text.splitlines()) if path else text)


def _written(wanted: Wanted) -> str:
    """A new text; every quantity is safe as a plain scalar."""
    lines = ["resources:"]
    for side, amounts in wanted.items():
        lines += [f"  {side}:", *(f"    {name}: {text}" for name, text in amounts.items())]
    return "\n".join(lines) + "\n"


def _line_end(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
