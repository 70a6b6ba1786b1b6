"""Kubernetes' own schemas (kubernetes-validate), for a whole object, a part of one, or a type by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from transformer.model import Path as Steps
from transformer.model import Target, pointer

_DEFINITIONS: Final = "_definitions.json"
_VERSION: Final = re.compile(r"v([0-9]+)\.([0-9]+)\.0-local-strict")
_NAME: Final = re.compile(r"[a-z0-9-]{1,120}")  # foreign text becomes the name of a file here
_UNREAD: Final = ("$id", "$schema", "description")


@cache
def version_of(target: Target) -> str:
    """The schemas of the target's Kubernetes."""
    return version_near((target.gke.major, target.gke.minor) if target.gke else (1, 33))


@cache
def version_near(wanted: tuple[int, int]) -> str:
    """The newest schemas that are not newer, or the oldest there are."""
    known = sorted(_versions())
    return "{}.{}".format(*max((v for v in known if v <= wanted), default=known[0]))


def of_object(api_version: str, kind: str, version: str) -> Any:
    """The schema of a kind; None for kinds that Kubernetes does not know."""
    group, _, name = api_version.rpartition("/")
    short = f"{group.split('.')[0]}-{name}" if group else name
    name = f"{kind.lower()}-{short}"
    return _file(version, f"{name}.json") if _NAME.fullmatch(name) else None


@cache
def of_type(name: str, version: str) -> Any:
    """The schema of a type such as `Container`, or by its full name; None where Kubernetes has no such type."""
    names = (name, f"io.k8s.api.core.v1.{name}", f"io.k8s.apimachinery.pkg.apis.meta.v1.{name}")
    return next((found for full in names if (found := _definition(full, version)) is not None), None)


def down(schema: Any, path: Steps, version: str) -> Any:
    """The schema of what lies at a path; None where the path leaves the schema."""
    for step in path:
        schema = _resolved(schema, version)
        if not isinstance(schema, Mapping):
            return None
        if isinstance(step, int):
            schema = schema.get("items")
        else:
            schema = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return _resolved(schema, version)


def judge(schema: Any, data: Any, path: Steps, version: str, *, whole: bool = True) -> list[str]:
    """Faults of data that stands at `path`. `whole=False`: what is absent may stand elsewhere."""
    if not isinstance(schema, Mapping) or data is None:
        return []
    where = pointer(path) or "/"
    errors = sorted(_validator(schema, version).iter_errors(data), key=_place)
    return [f"{where}{pointer(tuple(e.instance_path))}: {_short(_sentence(e, data))}" for e in errors if whole or e.kind.name != "required"]


def _place(error: Any) -> list[tuple[int, str | int, str]]:
    """What is inside comes before what is around it."""
    return [*((0, step, "") for step in error.instance_path), (1, "", str(error.message))]


def _sentence(error: Any, data: Any) -> str:
    kind = error.kind
    for step in error.instance_path:
        data = data[step]
    match kind.name:
        case "required":
            return f"{kind.property!r} is a required property"
        case "additionalProperties":
            were = "were" if len(kind.unexpected) > 1 else "was"
            return f"Additional properties are not allowed ({', '.join(map(repr, sorted(kind.unexpected)))} {were} unexpected)"
        case "type":
            types = sorted(kind.types, key=lambda t: t == "null")
            return f"{data!r} is not of type {', '.join(map(repr, types))}"
        case "enum":
            return f"{data!r} is not one of {list(kind.options)!r}"
        case "oneOf" if "more than one" in error.message:
            return f"{data!r} is valid under more than one of the given schemas"
        case "oneOf":
            return f"{data!r} is not valid under any of the given schemas"
    return str(error.message)


def _short(message: str) -> str:
    return message if len(message) <= 160 else message[:40] + " … " + message[-110:]


def _resolved(schema: Any, version: str) -> Any:
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = _definition(_name(schema["$ref"]), version)
    return schema


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


# --- the files


@cache
def _folder() -> Path:
    """Where kubernetes-validate keeps them; it is not imported, which would bring in its own judge."""
    found = find_spec("kubernetes_validate")
    assert found is not None and found.origin is not None  # noqa: S101 - a requirement of this package
    return Path(found.origin).parent / "kubernetes-json-schema"


@cache
def _versions() -> frozenset[tuple[int, int]]:
    names = (_VERSION.fullmatch(p.name) for p in _folder().iterdir())
    return frozenset((int(m[1]), int(m[2])) for m in names if m)


@cache
def _text(version: str, name: str) -> str | None:
    place = _folder() / f"v{version}.0-local-strict" / name
    return place.read_text(encoding="utf-8") if place.is_file() else None


@cache
def _file(version: str, name: str) -> Any:
    text = _text(version, name)
    return None if text is None else json.loads(text)


@cache
def _definition(name: str, version: str) -> Any:
    """One definition out of the file that holds them all, which is 1.5 MB: only what is asked for is read."""
    text = _text(version, _DEFINITIONS) or ""
    head = f"{json.dumps(name)}: {{"
    start = text.find(head)
    return json.JSONDecoder().raw_decode(text, start + len(head) - 1)[0] if start >= 0 else None


_compiled: dict[int, tuple[Any, Any]] = {}  # by the identity of a schema, which it holds


def _validator(schema: Any, version: str) -> Any:
    """Compiled with the definitions that it leads to, when it is first asked for."""
    held = _compiled.get(id(schema))
    if held is None:
        from jsonschema_rs import Draft202012Validator

        known: dict[str, Any] = {}
        whole = {**_local(schema, version, known), "$defs": known}
        held = _compiled[id(schema)] = schema, Draft202012Validator(whole, validate_formats=False)
    return held[1]


def _local(schema: Any, version: str, known: dict[str, Any]) -> Any:
    """A schema whose references lead to `$defs`, and what they lead to in `known`."""
    if isinstance(schema, list):
        return [_local(item, version, known) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = _name(schema["$ref"]) if isinstance(schema.get("$ref"), str) else ""
    if name and name not in known:
        known[name] = {}
        known[name] = _local(_definition(name, version), version, known)
    kept = {k: v for k, v in schema.items() if k not in _UNREAD or not isinstance(v, str)}  # a field may have such a name too
    return {k: f"#/$defs/{name}" if name and k == "$ref" else _local(v, version, known) for k, v in kept.items()}
