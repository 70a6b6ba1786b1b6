"""Features of a release of Argo Workflows, by the table `argo_versions`.

Its controller decodes Pods with the k8s.io/api it was built with: fields that are newer vanish without a word (argo.md 4.6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from transformer.knowledge import table
from transformer.model import Path, Target, Version

VERSIONS: Final = "argo_versions"


def fact(name: str, argo: Version) -> bool:
    """A yes or no of the table."""
    return argo.at_least(table(VERSIONS)[name]["since"])


def full_crds(target: Target, argo: Version) -> bool:
    """Whether the API server has the CRDs with a schema, which prune and refuse what they do not know (argo.md 3.2)."""
    return target.crds == "full" or (not target.crds and fact("full-crds-by-default", argo))


def dropped(pod: Any, argo: Version) -> Iterator[Path]:
    """Paths, below the PodSpec, of the fields that are newer than the target, or gone."""
    names, pattern = _unknown_to(_api(argo))
    if names:
        yield from (path for path in _paths(pod, ()) if path[-1] in names and pattern.fullmatch("/".join(map(str, path))))


@cache
def newest() -> Version:
    """The newest release whose types are known."""
    return Version.parse([r["since"] for r in table(VERSIONS).rows if r["kind"] == "api"][-1])


def kubernetes(argo: Version) -> tuple[int, int]:
    """The Kubernetes release that those types are of."""
    return 1, _api(argo).minor


@cache
def _api(argo: Version) -> Version:
    rows = [r for r in table(VERSIONS).rows if r["kind"] == "api" and argo.at_least(r["since"])]
    return Version.parse(rows[-1]["api"] if rows else "0.0.0")


@cache
def _unknown_to(api: Version) -> tuple[frozenset[str], re.Pattern[str]]:
    """The names that such paths end with (no row ends with a wildcard), and the paths."""
    rows = [r for r in table(VERSIONS).rows if r["kind"] == "field"]
    paths = [p for r in rows if not api.at_least(r["since"]) or (r.get("until") and api.at_least(r["until"])) for p in r["paths"]]
    return frozenset(p.rpartition("/")[2] for p in paths), re.compile("|".join(map(path_pattern, paths)))


def path_pattern(path: str) -> str:
    """A pattern of paths as a regular expression: `*` is one step or a part of it, `**` any number of steps."""
    return re.escape(path).replace(r"\*\*/", "(?:.+/)?").replace(r"\*\*", ".+").replace(r"\*", "[^/]+")


def _paths(node: Any, at: Path) -> Iterator[Path]:
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        yield (*at, step)
        yield from _paths(child, (*at, step))
