"""Write knowledge/argo_schema.yaml from the JSON schemas that Argo publishes with each release.

    python -m tests.knowledge.argo_schema FOLDER

FOLDER holds `VERSION.json`, the file api/jsonschema/schema.json of a release, for the first patch of each minor version
(3.1.0.json, 3.2.0.json, …). What a release later than the newest of them adds is in ADDED.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from transformer.model import Version

TABLE: Final = Path(__file__).parents[2] / "transformer" / "knowledge" / "argo_schema.yaml"
_ARGO: Final = "io.argoproj.workflow.v1alpha1."
_ROOTS: Final = ("CronWorkflowSpec", "WorkflowSpec")
_PLAIN: Final = {"string": "text", "boolean": "flag", "integer": "number", "number": "any", None: "any"}
# argo.md 4.4; the schemas of 4.1 were not at hand.
ADDED: Final = {"Template": {"podResources": "k8s:ResourceRequirements since 4.1", "resourceClaims": "k8s:PodResourceClaim[] since 4.1"}}
# Texts that Argo also takes as numbers and flags; the schema does not say so.
_SCALARS: Final = {("Parameter", "default"), ("Parameter", "enum"), ("Parameter", "value")}
HEAD: Final = """\
# The fields of Argo's own types, by version: what a controller of an older (or newer) version does not know it drops without a word.
#
#   id      the type
#   fields  name: kind [since VERSION] [below VERSION]
#           kind is text, scalar, flag, number, number-or-text, any, another row, or `k8s:NAME` (a type of Kubernetes, judged
#           by Kubernetes' schemas); `[]` behind it makes a list, `{}` a map from text
#
# Written by tests/knowledge/argo_schema.py. The newest schema read is 4.0.2; what argo.md says about 4.1 is added, so an
# unknown name proves nothing from 4.1 on.
source: argo-workflows schema.json; argo.md 4.4
retrieved: 2026-11-24
versions: Argo Workflows 3.1 to 4.1
columns: {fields: "map?"}
rows:
"""

Release = tuple[int, int]
Schemas = Mapping[Release, Mapping[str, Any]]


def main(folder: str) -> None:
    schemas: Schemas = {_release(p.stem): json.loads(p.read_text())["definitions"] for p in Path(folder).glob("*.json")}
    TABLE.write_text(HEAD + "".join(f"  - id: {name}\n    fields:\n{_row(name, schemas)}" for name in _types(schemas)))


def _release(name: str) -> Release:
    version = Version.parse(name)
    return version.major, version.minor


def _types(schemas: Schemas) -> list[str]:
    """Every type that a root reaches in any version, the roots first."""
    found: list[str] = []
    todo = list(_ROOTS)
    while todo:
        name = todo.pop(0)
        if name in found:
            continue
        found.append(name)
        todo += [r for s in schemas.values() for r in _references(s.get(_ARGO + name)) if r not in todo]
    return [n for n in found if any("properties" in s.get(_ARGO + n, {}) for s in schemas.values())]


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name.startswith(_ARGO):
            yield name.removeprefix(_ARGO)
    for child in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _references(child)


def _row(name: str, schemas: Schemas) -> str:
    versions = sorted(v for v in schemas if _ARGO + name in schemas[v])
    fields = sorted({f for v in versions for f in schemas[v][_ARGO + name].get("properties", {})})
    parts = {f: _cell(f, name, versions, schemas) for f in fields} | ADDED.get(name, {})
    return "".join(f"      {f}: {cell}\n" for f, cell in sorted(parts.items()))


def _cell(field: str, name: str, versions: list[Release], schemas: Schemas) -> str:
    there = [v for v in versions if field in schemas[v][_ARGO + name].get("properties", {})]
    later = [v for v in sorted(schemas) if v > there[-1]]
    since = f" since {_short(there[0])}" if there[0] != versions[0] else ""
    below = f" below {_short(later[0])}" if later and there[-1] != versions[-1] else ""
    kind = _kind(schemas[there[-1]][_ARGO + name]["properties"][field], schemas[there[-1]])
    return (kind.replace("text", "scalar") if (name, field) in _SCALARS else kind) + since + below


def _short(release: Release) -> str:
    return f"{release[0]}.{release[1]}"


def _kind(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    reference = str(schema.get("$ref", "")).rpartition("/")[2]
    if reference.startswith(_ARGO):
        target = definitions[reference]
        return reference.removeprefix(_ARGO) if "properties" in target else _kind(target, definitions)
    if reference:
        short = reference.rpartition(".")[2]
        return {"IntOrString": "number-or-text", "Duration": "any"}.get(short, f"k8s:{short}")
    if schema.get("type") == "array":
        return _kind(schema["items"], definitions) + "[]"
    if schema.get("type") == "object":
        return _kind(schema["additionalProperties"], definitions) + "{}" if "additionalProperties" in schema else "any"
    return _PLAIN[schema.get("type")]


if __name__ == "__main__":
    main(sys.argv[1])
