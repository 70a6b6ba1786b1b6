"""Fields of Kubernetes that are newer than the k8s.io/api the target's controller is built with: it drops them (argo.md 4.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from transformer.argo_rules.subject import Subject, Template
from transformer.knowledge import table
from transformer.model import Path, Version, pointer

# Where a template's fields stand in the Pod.
_SAME: Final = ("affinity", "hostAliases", "initContainers", "nodeSelector", "securityContext", "tolerations", "volumes")


def dropped_fields(subject: Subject) -> Iterator[str]:
    for t in subject.templates:
        for path in dropped(_pod(t), subject.argo):
            yield f"{t.label}: {pointer(path)[1:]} is newer than the target, which would drop it without a word (argo.md 4.6)"


def _pod(t: Template) -> dict[str, Any]:
    mains = [c for _, c in t.mains] + [c for kind, c in t.helpers if kind == "sidecars"]
    return {"containers": mains, **{field: t.data[field] for field in _SAME if field in t.data}}


def dropped(pod: Any, argo: Version) -> Iterator[Path]:
    """Paths, below the PodSpec, of the fields that are newer than the target."""
    pattern = _newer_than(_api(argo))
    if pattern:
        yield from (path for path in _paths(pod, ()) if pattern.fullmatch("/".join(map(str, path))))


def _api(argo: Version) -> Version:
    rows = [r for r in table("argo_versions").rows if r["kind"] == "api" and argo.at_least(r["since"])]
    return Version.parse(rows[-1]["api"] if rows else "0.0.0")


@cache
def _newer_than(api: Version) -> re.Pattern[str] | None:
    paths = [p for r in table("argo_versions").rows if r["kind"] == "field" and not api.at_least(r["since"]) for p in r["paths"]]
    return re.compile("|".join(map(_regex, paths))) if paths else None


def _regex(path: str) -> str:
    return re.escape(path).replace(r"\*\*/", "(?:.+/)?").replace(r"\*", "[^/]+")


def _paths(node: Any, at: Path) -> Iterator[Path]:
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        yield (*at, step)
        yield from _paths(child, (*at, step))


RULES: Final = (dropped_fields,)
