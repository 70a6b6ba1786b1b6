"""Fields of Argo's own types: unknown, newer or older than the target, or of the wrong type (argo.md 3.1, 4.6, 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from transformer.argo.releases import kubernetes
from transformer.argo.rules.subject import Subject
from transformer.knowledge import table
from transformer.kubernetes import schemas
from transformer.model import Path, Target, Version, pointer

# Beyond this version the table lists no complete set of names.
_COMPLETE_BELOW: Final = "4.1"

_TOP: Final = ("apiVersion", "kind", "metadata", "spec", "status")


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_NAMES: Final = {"flag": "true or false", "number": "a number", "number-or-text": "a number or text"}
_PLAIN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "any": lambda _: True,
    "text": lambda v: isinstance(v, str),
    "scalar": lambda v: not isinstance(v, (Mapping, list)),
    "flag": lambda v: isinstance(v, bool),
    "number": _number,
    "number-or-text": lambda v: _number(v) or isinstance(v, str),
}


def rule(subject: Subject) -> Iterator[str]:
    root = "CronWorkflowSpec" if subject.kind == "CronWorkflow" else "WorkflowSpec"
    for name in subject.data:
        if name not in _TOP:
            yield f"{pointer((str(name),))}: Argo does not know this field (argo.md 6.1)"
    yield from _judge("k8s:ObjectMeta", subject.data.get("metadata"), ("metadata",), subject.target)
    yield from _judge(root, subject.spec, ("spec",), subject.target)


def _judge(kind: str, value: Any, at: Path, target: Target) -> Iterator[str]:
    if value is None:
        return
    if kind.endswith(("[]", "{}")):
        yield from _collection(kind, value, at, target)
    elif kind in _PLAIN:
        if not _PLAIN[kind](value):
            yield f"{pointer(at)}: expected {_NAMES.get(kind, kind)}, found {_shown(value)} (argo.md 6.1)"
    elif not isinstance(value, dict):
        yield f"{pointer(at)}: expected a mapping, found {_shown(value)} (argo.md 6.1)"
    elif kind.startswith("k8s:"):
        yield from _of_kubernetes(kind.removeprefix("k8s:"), value, at, target)
    else:
        for name, child in value.items():
            yield from _field(kind, str(name), child, (*at, str(name)), target)


def _collection(kind: str, value: Any, at: Path, target: Target) -> Iterator[str]:
    listed = kind.endswith("[]")
    if not isinstance(value, list if listed else Mapping):
        yield f"{pointer(at)}: expected a {'list' if listed else 'mapping'}, found {_shown(value)} (argo.md 6.1)"
        return
    pairs: Iterable[tuple[Any, Any]] = enumerate(value) if isinstance(value, list) else value.items()
    for step, child in pairs:
        if child is None and kind == "text[]":
            yield f"{pointer((*at, step))}: expected text, found null (argo.md 6.1)"
        yield from _judge(kind[:-2], child, (*at, step), target)


def _field(kind: str, name: str, value: Any, at: Path, target: Target) -> Iterator[str]:
    argo = target.argo or Version(4, 1)
    word, fault = _fields(kind, argo).get(name, ("", _UNKNOWN if argo.below(_COMPLETE_BELOW) else ""))
    if fault:
        yield f"{pointer(at)}: {fault}"
    elif word:
        yield from _judge(word, value, at, target)


_UNKNOWN: Final = "no version of Argo knows this field, and the controller drops it without an error (argo.md 6.1)"


@cache
def _fields(kind: str, argo: Version) -> Mapping[str, tuple[str, str]]:
    """By name: the kind of the value, and what is wrong with the field for this version."""
    return {name: _cell(cell, argo) for name, cell in table("argo_schema")[kind]["fields"].items()}


def _cell(cell: str, argo: Version) -> tuple[str, str]:
    kind, *words = cell.split()
    bounds = dict(zip(words[::2], words[1::2], strict=True))
    since, below = bounds.get("since", "0.0"), bounds.get("below", "")
    if not argo.at_least(since):
        return kind, f"Argo knows this field from {since} on, and older versions drop it without an error (argo.md 4.6)"
    return kind, f"Argo knows this field only before {below} (argo.md 3.1)" if below and not argo.below(below) else ""


def _of_kubernetes(name: str, value: Mapping[str, Any], at: Path, target: Target) -> Iterator[str]:
    """By the schemas of the Kubernetes that the controller is built with, or the oldest at hand."""
    if name == "Container":  # Argo gives it its name
        value = {"name": "main"} | dict(value)
    version = schemas.version_near(kubernetes(target.argo or Version(4, 1)))
    yield from schemas.judge(schemas.of_type(name, version), value, at, version)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]} …"
