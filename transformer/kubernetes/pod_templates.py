"""Where the Pod templates of an object are, by the table `pod_templates`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
    group = _group(data)
    for row in table("pod_templates").rows:
        if row["kind"] != data.get("kind") or row["group"] != group:
            continue
        for path, node in expand(data, tuple(filter(None, row["at"].split("/")))):
            if not isinstance(node, Mapping):
                continue
            if row["form"] == "object":
                yield from pod_places(node, at + path)
            else:
                yield Place(at + path, row["form"], row["id"])


def objects(data: Mapping[str, Any], at: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The object itself, then every object that it embeds."""
    yield at, data
    for row in table("pod_templates").rows:
        if row["form"] == "object" and row["kind"] == data.get("kind") and row["group"] == _group(data):
            for path, node in expand(data, tuple(row["at"].split("/"))):
                if isinstance(node, Mapping):
                    yield from objects(node, at + path)


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


def expand(node: Any, pattern: tuple[str, ...]) -> Iterator[tuple[Path, Any]]:
    """Every place that a pattern names, with its value; `*` is each item of a list or each value of a mapping."""
    if not pattern:
        yield (), node
        return
    head, rest = pattern[0], pattern[1:]
    steps: list[tuple[str | int, Any]] = []
    if isinstance(node, Mapping):
        steps = list(node.items()) if head == "*" else [(head, node[head])] if head in node else []
    elif isinstance(node, list) and head == "*":
        steps = list(enumerate(node))
    for step, child in steps:
        for path, found in expand(child, rest):
            yield (step, *path), found


def argo_templates(spec: Mapping[str, Any], at: Path) -> Iterator[Path]:
    """Every template of a WorkflowSpec at `at`: the defaults, the named ones, and those written inline in steps and tasks."""
    if isinstance(spec.get("templateDefaults"), Mapping):
        yield (*at, "templateDefaults")
    for path, template in expand(spec, ("templates", "*")):
        if isinstance(template, Mapping):
            yield from _with_inline(template, at + path)


def _with_inline(template: Mapping[str, Any], at: Path) -> Iterator[Path]:
    yield at
    for pattern in (("steps", "*", "*", "inline"), ("steps", "*", "inline"), ("dag", "tasks", "*", "inline")):
        for path, inner in expand(template, pattern):
            if isinstance(inner, Mapping):
                yield from _with_inline(inner, at + path)


def _group(data: Mapping[str, Any]) -> str:
    version = data.get("apiVersion")
    return version.rpartition("/")[0] if isinstance(version, str) else ""
