"""Fields that the target's controller would drop without a word: it decodes Pods with the k8s.io/api it was built with (argo.md 4.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from transformer.passes.cronworkflow.rows import VERSIONS
from transformer.passkit import Path, Version, table


def dropped(pod: Any, argo: Version) -> Iterator[Path]:
    """Paths, below the PodSpec, of the fields that are newer than the target."""
    pattern = _newer_than(_api(argo))
    if pattern:
        yield from (path for path in _paths(pod, ()) if pattern.fullmatch("/".join(map(str, path))))


def _api(argo: Version) -> Version:
    rows = [r for r in table(VERSIONS).rows if r["kind"] == "api" and argo.at_least(r["since"])]
    return Version.parse(rows[-1]["api"] if rows else "0.0.0")


@cache
def _newer_than(api: Version) -> re.Pattern[str] | None:
    paths = [p for r in table(VERSIONS).rows if r["kind"] == "field" and not api.at_least(r["since"]) for p in r["paths"]]
    return re.compile("|".join(map(_regex, paths))) if paths else None


def _regex(path: str) -> str:
    return re.escape(path).replace(r"\*\*/", "(?:.+/)?").replace(r"\*", "[^/]+")


def _paths(node: Any, at: Path) -> Iterator[Path]:
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        yield (*at, step)
        yield from _paths(child, (*at, step))
