"""The references of every kustomization, resolved to files and other kustomizations."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.nodes import Kustomization, is_remote, remote_directory, resolve
from transformer.kustomize.source import Source

ACCUMULATES = ("resources", "bases")  # adds objects, each child finished on its own
SHARES = "components"  # runs on what its parent has gathered so far
_LISTS_OF_FILES = ("configurations", "transformers", "generators", "validators")
_LISTS_WITH_PATHS = ("patches", "patchesJson6902", "replacements")


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """An entry under `resources`, `bases` or `components`: a file, or kustomizations (two in one folder, as an error has
    it), or neither, where it is remote or missing."""

    parent: Kustomization
    ref: FieldRef
    file: str | None = None
    nodes: tuple[Kustomization, ...] = ()
    by_path: bool = False  # of a controller's object, whose `path` leads there

    @property
    def shares(self) -> bool:
        return SHARES in (str(step).lower() for step in self.ref.path[:-1])

    @property
    def remote(self) -> bool:
        """A URL. `nodes` are the kustomizations at its path if it means this repository."""
        return self.file is None and is_remote(scalar(self.ref.value))

    @property
    def unknown(self) -> bool:
        """It adds something that cannot be seen here. A controller's path that leads to no kustomization adds nothing unseen."""
        return self.file is None and not self.by_path and (not self.nodes or self.remote)


class Edges:
    def __init__(self, source: Source, nodes: Iterable[Kustomization]) -> None:
        self.source = source
        self.nodes: list[Kustomization] = []
        self.problems: list[Kustomization] = []
        self.by_directory: dict[str, list[Kustomization]] = defaultdict(list)
        self.below: dict[Kustomization, list[Reference]] = defaultdict(list)
        self.above: dict[Kustomization, list[Kustomization]] = defaultdict(list)
        self.gathered_by: dict[str, list[Reference]] = defaultdict(list)
        self.instructs: dict[str, list[FieldRef]] = defaultdict(list)  # files read as patches or settings, and where
        fresh = list(nodes)
        for node in fresh:
            self.by_directory[node.directory].append(node)
        for node in fresh:
            self.add(node)

    def add(self, node: Kustomization) -> None:
        """Add a node and the references of its lists."""
        self.nodes.append(node)
        if node.problem:
            self.problems.append(node)
        for ref in node.each(*ACCUMULATES, SHARES):
            self.link(self._resolve(node, ref))
        for ref in _instructions(node):
            if (path := resolve(node.directory, scalar(ref.value))) in self.source.paths and path is not None:
                self.instructs[path].append(ref)

    def link(self, reference: Reference) -> None:
        self.below[reference.parent].append(reference)
        for child in reference.nodes:
            self.above[child].append(reference.parent)
        if reference.file is not None:
            self.gathered_by[reference.file].append(reference)

    def _resolve(self, node: Kustomization, ref: FieldRef) -> Reference:
        text = scalar(ref.value)
        path = resolve(node.directory, text) if text else None
        if path is not None and path in self.source.paths:
            return Reference(node, ref, path)
        if path not in self.by_directory and is_remote(text):
            path = remote_directory(text)
        if path is None:
            return Reference(node, ref)
        return Reference(node, ref, None, tuple(k for k in self.by_directory.get(path, ()) if k is not node))

    def topmost(self, folder: str) -> Iterator[Kustomization]:
        """Kustomizations below a folder without another one between. Flux collects these."""
        for directory, nodes in self.by_directory.items():
            if inside(folder, directory) and not self._between(folder, posixpath.dirname(directory)):
                yield from nodes

    def collects(self, folder: str, file: str) -> bool:
        """Whether Flux reads this file as a manifest, because no kustomization lists it."""
        return inside(folder, file) and not self._between(folder, posixpath.dirname(file))

    def _between(self, folder: str, directory: str) -> bool:
        while inside(folder, directory) and directory != folder:
            if self.by_directory.get(directory):
                return True
            directory = posixpath.dirname(directory)
        return False


def inside(folder: str, path: str) -> bool:
    return not folder or path == folder or path.startswith(folder + "/")


def _instructions(node: Kustomization) -> Iterator[FieldRef]:
    yield from node.each(*_LISTS_OF_FILES)
    for entry in node.each(*_LISTS_WITH_PATHS):
        yield entry.child("path")
    for entry in node.each("patchesStrategicMerge"):
        if "\n" not in scalar(entry.value):
            yield entry
