"""P8: a change adds no fault that the old object did not have.

Kubernetes objects are judged by Kubernetes' own schemas (kubernetes-validate), and only what a change touched: the mapping
around it. Argo's objects are judged whole, by Argo's rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformer.argo import rules
from transformer.kubernetes import schemas
from transformer.model import Change, Path, Target
from transformer.repository.resource import Resource


@dataclass(frozen=True, slots=True)
class Fault:
    message: str
    remedy: str


def new_faults(changes: Sequence[tuple[Resource, Change]], old: list[Any], new: list[Any], target: Target) -> list[Fault]:
    """New faults of the changed objects, in the order of the text."""
    found: list[Fault] = []
    resources = {id(r): r for r, _ in changes}
    for key, resource in resources.items():
        touched = [(c.to or c.path)[len(resource.at) :] for r, c in changes if id(r) == key]
        before = _at(old[resource.document.index], resource.at)
        after = _at(new[resource.document.index], resource.at)
        if isinstance(after, Mapping) and (now := _faults(after, touched, target)):
            was = set(_faults(before, touched, target)) if isinstance(before, Mapping) else set()
            found += [Fault(f"{resource.id}: {m}", _REMEDY) for m in now if m not in was]
    return found


def faults_of(data: Any, target: Target) -> list[Fault]:
    """Faults of a whole new object."""
    return [Fault(m, _REMEDY) for m in _faults(data, [("kind",)], target)] if isinstance(data, Mapping) else []


_REMEDY = "The change was dropped. Correct the field in the source, or make this change by hand."


def _at(data: Any, path: Path) -> Any:
    for step in path:
        if isinstance(data, list):
            data = data[step] if isinstance(step, int) and step < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def _faults(data: Mapping[str, Any], touched: list[Path], target: Target) -> list[str]:
    if str(data.get("apiVersion", "")).startswith("argoproj.io/"):
        return rules.faults(data, target)
    version = schemas.version_of(target)
    schema = schemas.of_object(str(data.get("apiVersion")), str(data.get("kind")), version)
    if schema is None:
        return []
    found: list[str] = []
    for path in sorted({_existing(data, p[:-1]) for p in touched}, key=lambda p: (len(p), str(p))):
        found += schemas.judge(schemas.down(schema, path, version), _at(data, path), path, version)
    return found


def _existing(data: Any, path: Path) -> Path:
    while path and _at(data, path) is None:
        path = path[:-1]
    return path
