"""Kubernetes' schemas as kubernetes-validate ships them, for tests of the tables."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

FOLDER = Path(str(files("kubernetes_validate"))) / "kubernetes-json-schema"
POD = "io.k8s.api.core.v1.PodSpec"


@cache
def versions() -> tuple[str, ...]:
    """`1.25` to the newest, in order."""
    found = {tuple(int(n) for n in p.name.split("-")[0].lstrip("v").split(".")[:2]) for p in FOLDER.iterdir() if p.name.endswith("-strict")}
    return tuple("{}.{}".format(*v) for v in sorted(found))


@cache
def definitions(version: str) -> dict[str, Any]:
    text = (FOLDER / f"v{version}.0-local-strict" / "_definitions.json").read_text()
    return dict(json.loads(text)["$defs"])


@cache
def paths(version: str, root: str = POD) -> frozenset[str]:
    """Every field below a type, `/` between steps, `0` for any item of a list."""
    return frozenset(_paths(version, {"$ref": root}, (), frozenset()))


def _paths(version: str, schema: dict[str, Any], at: tuple[str, ...], seen: frozenset[str]) -> set[str]:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in seen:
            return set()
        seen, schema = seen | {name}, definitions(version)[name]
    found: set[str] = set()
    for name, child in schema.get("properties", {}).items():
        found |= {"/".join((*at, name))} | _paths(version, child, (*at, name), seen)
    for step, child in (("0", schema.get("items")), ("key", schema.get("additionalProperties"))):
        if isinstance(child, dict):
            found |= _paths(version, child, (*at, step), seen)
    return found


def kind_at(version: str, path: str, root: str = POD) -> Any:
    """The schema at such a path."""
    schema: Any = {"$ref": root}
    for step in (*path.split("/"), ""):
        while "$ref" in schema:
            schema = definitions(version)[schema["$ref"].rpartition("/")[2]]
        if step:
            schema = schema["items"] if step == "0" else schema.get("properties", {}).get(step) or schema["additionalProperties"]
    return schema
