"""P8: a change brings no fault that the old object did not have.

Kubernetes objects are judged by Kubernetes' own schemas (kubernetes-validate), and so are the Kubernetes types inside
Argo's objects. Only what a change touched is judged: the mapping around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from transformer import argo_rules
from transformer.knowledge import table
from transformer.model import Change, Path, Target, pointer
from transformer.repository.resource import Resource

_DEFINITIONS = "_definitions.json"
_HOME = "https://kubernetes.io/api/_definitions.json"


@dataclass(frozen=True, slots=True)
class Fault:
    message: str
    remedy: str


def new_faults(changes: Sequence[tuple[Resource, Change]], old: list[Any], new: list[Any], target: Target) -> list[Fault]:
    """Faults of the changed objects after the changes that they did not have before, in the order of the text."""
    found: list[Fault] = []
    resources = {id(r): r for r, _ in changes}
    for key, resource in resources.items():
        touched = [(c.to or c.path)[len(resource.at) :] for r, c in changes if id(r) == key]
        before = _at(old[resource.document.index], resource.at)
        after = _at(new[resource.document.index], resource.at)
        if isinstance(after, Mapping):
            was = set(_faults(before, touched, target)) if isinstance(before, Mapping) else set()
            found += [Fault(f"{resource.id}: {m}", _REMEDY) for m in _faults(after, touched, target) if m not in was]
    return found


def faults_of(data: Any, target: Target) -> list[Fault]:
    """Faults of a whole new object."""
    return [Fault(m, _REMEDY) for m in _faults(data, [("kind",)], target)] if isinstance(data, Mapping) else []


_REMEDY = "The change was dropped, the text is as it was. Mend the field in the source, or make this change by hand."


def _at(data: Any, path: Path) -> Any:
    for step in path:
        if isinstance(data, list):
            data = data[step] if isinstance(step, int) and step < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def _faults(data: Mapping[str, Any], touched: list[Path], target: Target) -> list[str]:
    group = str(data.get("apiVersion", "")).rpartition("/")[0]
    if group == "argoproj.io":
        return [*argo_rules.faults(data, target), *_inside_argo(data, target)]
    schema = _schema(_version(target), str(data.get("apiVersion")), str(data.get("kind")))
    if schema is None:
        return []
    parents = {_existing(data, path[:-1]) for path in touched}
    return [f for p in sorted(parents, key=lambda p: (len(p), str(p))) for f in _judge(_down(schema, p, target), _at(data, p), p, target)]


def _existing(data: Any, path: Path) -> Path:
    while path and _at(data, path) is None:
        path = path[:-1]
    return path


# --- Kubernetes' schemas


def _version(target: Target) -> str:
    wanted = (target.gke.major, target.gke.minor) if target.gke else (1, 33)
    known = sorted(_versions())
    return "{}.{}".format(*max((v for v in known if v <= wanted), default=known[0]))


@cache
def _versions() -> frozenset[tuple[int, int]]:
    from kubernetes_validate.utils import all_versions

    return frozenset((int(a), int(b)) for a, b, *_ in (v.split(".") for v in all_versions()))


@cache
def _schema(version: str, api_version: str, kind: str) -> Any:
    group, _, name = api_version.rpartition("/")
    short = f"{group.split('.')[0]}-{name}" if group else name
    return _file(version, f"{kind.lower()}-{short}.json")


@cache
def _file(version: str, name: str) -> Any:
    import json
    from importlib.resources import files

    place = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}.0-local-strict" / name
    if not place.is_file():
        return None
    text = place.read_text(encoding="utf-8")
    for relative in ('"#/$defs/', '"/api/_definitions.json#/$defs/'):  # absolute, so that any part can be judged alone
        text = text.replace(relative, f'"{_HOME}#/$defs/')
    return json.loads(text)


def _definition(version: str, name: str) -> Any:
    return _file(version, _DEFINITIONS)["$defs"].get(name)


def _resolved(schema: Any, target: Target) -> Any:
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = _definition(_version(target), str(schema["$ref"]).rpartition("/")[2])
    return schema


def _down(schema: Any, path: Path, target: Target) -> Any:
    for step in path:
        schema = _resolved(schema, target)
        if not isinstance(schema, Mapping):
            return None
        if isinstance(step, int):
            schema = schema.get("items")
        else:
            schema = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return _resolved(schema, target)


def _judge(schema: Any, data: Any, path: Path, target: Target) -> list[str]:
    if not isinstance(schema, Mapping) or data is None:
        return []
    where = pointer(path) or "/"
    return [
        f"{where}{pointer(tuple(e.path))}: {_short(e.message)}"
        for e in _validator(_version(target)).evolve(schema=schema).iter_errors(data)
    ]


def _short(message: str) -> str:
    return message if len(message) <= 160 else message[:40] + " … " + message[-110:]


@cache
def _validator(version: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    definitions = Resource.from_contents(_file(version, _DEFINITIONS), default_specification=DRAFT202012)
    registry = Registry().with_resources([(_HOME, definitions)])
    return Draft202012Validator({}, registry=registry)


# --- Kubernetes types inside Argo's objects


def _inside_argo(data: Mapping[str, Any], target: Target) -> Iterator[str]:
    spec = argo_rules.workflow_spec(data)
    if spec is None:
        return
    for where, holder in (("spec", spec), *(("template", t) for t in argo_rules.templates(spec))):
        for row in table("argo_types").rows:
            if row["at"] == where and row["field"] in holder:
                yield from _typed(row, holder[row["field"]], target)


def _typed(row: Any, value: Any, target: Target) -> Iterator[str]:
    schema = _definition(_version(target), row["type"])
    items = value if row.get("list") and isinstance(value, list) else [value]
    for n, item in enumerate(items):
        if isinstance(item, Mapping):
            item = {k: v for k, v in item.items() if k not in row.get("extra", ())}
            item |= {k: "x" for k in row.get("lacks", ()) if k not in item}
        if "{{" not in str(item):  # a placeholder may stand for any type
            yield from _judge(schema, item, (row["field"], n) if row.get("list") else (row["field"],), target)
