"""Kubernetes' own schemas (kubernetes-validate), for a whole object, a part of one, or a type by its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from transformer.model import Path, Target, pointer

_DEFINITIONS = "_definitions.json"
_HOME = "https://kubernetes.io/api/_definitions.json"


def version_of(target: Target) -> str:
    """The schemas of the target's Kubernetes."""
    return version_near((target.gke.major, target.gke.minor) if target.gke else (1, 33))


def version_near(wanted: tuple[int, int]) -> str:
    """The newest schemas that are not newer, or the oldest there are."""
    known = sorted(_versions())
    return "{}.{}".format(*max((v for v in known if v <= wanted), default=known[0]))


def of_object(api_version: str, kind: str, version: str) -> Any:
    """The schema of a kind; None for kinds that Kubernetes does not know."""
    group, _, name = api_version.rpartition("/")
    short = f"{group.split('.')[0]}-{name}" if group else name
    return _file(version, f"{kind.lower()}-{short}.json")


@cache
def of_type(name: str, version: str) -> Any:
    """The schema of a type such as `Container`, or by its full name; None where Kubernetes has no such type."""
    known = _file(version, _DEFINITIONS)["$defs"]
    return known.get(name) or known.get(f"io.k8s.api.core.v1.{name}") or known.get(f"io.k8s.apimachinery.pkg.apis.meta.v1.{name}")


def down(schema: Any, path: Path, version: str) -> Any:
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


def judge(schema: Any, data: Any, path: Path, version: str, *, whole: bool = True) -> list[str]:
    """Faults of data that stands at `path`. `whole=False`: what is absent may stand elsewhere."""
    if not isinstance(schema, Mapping) or data is None:
        return []
    where = pointer(path) or "/"
    errors = _validator(version).evolve(schema=schema).iter_errors(data)
    return [f"{where}{pointer(tuple(e.path))}: {_short(e.message)}" for e in errors if whole or e.validator != "required"]


def _short(message: str) -> str:
    return message if len(message) <= 160 else message[:40] + " … " + message[-110:]


def _resolved(schema: Any, version: str) -> Any:
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = of_type(str(schema["$ref"]).rpartition("/")[2], version)
    return schema


# --- the files


@cache
def _versions() -> frozenset[tuple[int, int]]:
    from kubernetes_validate.utils import all_versions

    return frozenset((int(a), int(b)) for a, b, *_ in (v.split(".") for v in all_versions()))


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


@cache
def _validator(version: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    definitions = Resource.from_contents(_file(version, _DEFINITIONS), default_specification=DRAFT202012)
    registry = Registry().with_resources([(_HOME, definitions)])
    return Draft202012Validator({}, registry=registry)
