"""Objects under `transformers`: built-in transformers as objects of their own, and plugins that only their users know."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.kustomize.edges import Edges
from transformer.kustomize.field_refs import FieldRef, scalar, unfolded
from transformer.kustomize.nodes import Kustomization, resolve
from transformer.kustomize.source import UnreadableError, inline

BUILTIN = "builtin"
_DEEPEST = 50


def plugins(edges: Edges, node: Kustomization) -> Iterator[tuple[FieldRef, FieldRef | UnreadableError]]:
    """(entry, object that it names) for all transformers of a kustomization; an error stands for what is unreadable."""
    for entry in node.each("transformers"):
        for found in _entry(edges, node, entry, frozenset()):
            yield entry, found


def known(edges: Edges, node: Kustomization, *kinds: str) -> Iterator[FieldRef]:
    """The built-in transformers of these kinds."""
    for _, found in plugins(edges, node):
        if isinstance(found, FieldRef) and found.text("apiVersion") == BUILTIN and found.text("kind") in kinds:
            yield found


def _entry(edges: Edges, node: Kustomization, entry: FieldRef, seen: frozenset[Kustomization]) -> Iterator[FieldRef | UnreadableError]:
    text = scalar(entry.value)
    path = resolve(node.directory, text)
    try:
        if path is not None and path in edges.source.paths:
            yield from _objects(edges.source.documents(path))
        elif path is not None and path in edges.by_directory:
            for child in edges.by_directory[path]:
                yield from _folder(edges, child, seen)
        elif "\n" in text:
            yield from _objects(inline(entry))
        else:
            yield UnreadableError(f'"{text}" is not in this repository')
    except UnreadableError as problem:
        yield UnreadableError(f'"{text.strip()[:60]}" does not parse: {problem.problem}')


def _folder(edges: Edges, node: Kustomization, seen: frozenset[Kustomization]) -> Iterator[FieldRef | UnreadableError]:
    if node.problem or node in seen or len(seen) > _DEEPEST:
        yield UnreadableError(f"{node.file} cannot be read")
        return
    for entry in node.each("resources", "bases"):
        yield from _entry(edges, node, entry, seen | {node})


def _objects(documents: tuple[FieldRef, ...]) -> Iterator[FieldRef]:
    for document in documents:
        if document.value is not None:
            yield from unfolded(document)
