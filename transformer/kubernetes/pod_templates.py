"""The places of Pod templates in an object, by the table `pod_templates`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from transformer.knowledge import table
from transformer.model import Path


@dataclass(frozen=True, slots=True)
class Place:
    """`form` is "pod" (a mapping with metadata and spec) or "argo" (a WorkflowSpec); `row` is the table's row id."""

    path: Path
    form: str
    row: str


def pod_places(data: Mapping[str, Any], at: Path = ()) -> Iterator[Place]:
    """Every Pod template and WorkflowSpec of an object, also of objects embedded in it. Paths start at `at`."""
    for pattern, form, row in _rows(data):
        for path, node in expand(data, pattern):
            if not isinstance(node, dict):
                continue
            if form == "object":
                yield from pod_places(node, at + path)
            else:
                yield Place(at + path, form, row)


def objects(data: Mapping[str, Any], at: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The object itself, then every object that it embeds."""
    yield at, data
    for pattern, form, _ in _rows(data):
        for path, node in expand(data, pattern) if form == "object" else ():
            if isinstance(node, dict):
                yield from objects(node, at + path)


_Rows = Sequence[tuple[tuple[str, ...], str, str]]


def _rows(data: Mapping[str, Any]) -> _Rows:
    """Pattern, form and id of the rows for the kind of an object."""
    kind, version = data.get("kind"), data.get("apiVersion")
    group = version.rpartition("/")[0] if isinstance(version, str) else ""
    return _by_kind().get((group, kind), ()) if isinstance(kind, str) else ()


@cache
def _by_kind() -> Mapping[tuple[str, str], _Rows]:
    found: dict[tuple[str, str], list[tuple[tuple[str, ...], str, str]]] = {}
    for row in table("pod_templates").rows:
        pattern = tuple(filter(None, row["at"].split("/")))
        found.setdefault((row["group"], row["kind"]), []).append((pattern, row["form"], row["id"]))
    return found


def with_emptied(data: Any, paths: Iterable[Path], floor: int) -> list[Path]:
    """The places to remove so that `paths` are gone and no empty collection is left; nothing shorter than `floor` steps."""
    gone = set(paths)
    for depth in range(max(map(len, gone), default=0), floor, -1):
        for parent in {p[:-1] for p in gone if len(p) == depth}:
            children = {(*parent, step) for step in _steps(data, parent)}
            if children <= gone:
                gone = gone - children | {parent}
    return sorted(gone, key=str)


def _steps(data: Any, path: Path) -> Iterable[str | int]:
    node = data
    for step in path:
        node = node[step]
    return range(len(node)) if isinstance(node, list) else node


def expand(node: Any, pattern: tuple[str, ...]) -> list[tuple[Path, Any]]:
    """Every place that a pattern names, with its value; `*` is each item of a list or each value of a mapping."""
    if pattern and pattern[0] != "*" and not (isinstance(node, dict) and pattern[0] in node):  # most are not there
        return []
    found: list[tuple[Path, Any]] = [((), node)]
    for step in pattern:
        if not found:
            break
        if step == "*":
            found = [((*path, key), child) for path, here in found for key, child in _children(here)]
        else:
            found = [((*path, step), here[step]) for path, here in found if isinstance(here, dict) and step in here]
    return found


def _children(node: Any) -> Iterable[tuple[str | int, Any]]:
    return node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()


def argo_templates(spec: Mapping[str, Any], at: Path) -> Iterator[Path]:
    """Every template of a WorkflowSpec at `at`: the defaults, the named ones, and those written inline in steps and tasks."""
    if isinstance(spec.get("templateDefaults"), dict):
        yield (*at, "templateDefaults")
    for path, template in expand(spec, ("templates", "*")):
        if isinstance(template, dict):
            yield from _with_inline(template, at + path)


def _with_inline(template: Mapping[str, Any], at: Path) -> Iterator[Path]:
    yield at
    for pattern in (("steps", "*", "*", "inline"), ("steps", "*", "inline"), ("dag", "tasks", "*", "inline")):
        for path, inner in expand(template, pattern):
            if isinstance(inner, dict):
                yield from _with_inline(inner, at + path)
