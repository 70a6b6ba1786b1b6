"""The files of one build, for questions about an install as a whole, such as its version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from transformer.kustomize.addresses import addresses
from transformer.kustomize.build_scope import below
from transformer.kustomize.edges import Edges
from transformer.kustomize.field_refs import scalar
from transformer.kustomize.nodes import Kustomization, resolve
from transformer.kustomize.records import Root
from transformer.kustomize.references import GENERATES


class Builds:
    """Every file that a kustomization names: objects, patches, settings, and files of its generators."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._names: dict[Kustomization, set[str]] = {node: {node.file, *_generated(node)} for node in edges.nodes}
        by_file = defaultdict(list)
        for node in edges.nodes:
            by_file[node.file].append(node)
        for node, references in edges.below.items():
            self._names[node].update(r.file for r in references if r.file is not None)
        for path, refs in edges.instructs.items():
            for ref in refs:
                for node in by_file[ref.file]:
                    self._names[node].add(path)
        self._named_by: dict[str, list[Kustomization]] = defaultdict(list)
        for node, names in self._names.items():
            for name in names:
                self._named_by[name].append(node)
        self._of: dict[Kustomization, frozenset[str]] = {}

    def of(self, file: str) -> tuple[frozenset[str], ...]:
        """The files of each outermost build that uses the file. Empty if no kustomization uses it."""
        found = self._using(file)
        outermost = [node for node in found if not self._edges.above.get(node)] or list(found)
        return tuple(dict.fromkeys(self._files(node) for node in outermost))

    def roots(self, files: Iterable[str]) -> dict[str, Root]:
        """Every folder that may be built and then uses one of the files."""
        using = {node for file in files for node in self._using(file)}
        built = (node for node in using if not (node.owner or node.component or node.problem))
        return {node.directory: Root(self._files(node), self._address(node)) for node in built}

    def _address(self, node: Kustomization) -> str:
        held = (a for k in below(self._edges, node) for a in addresses(k, self._edges.source.text))
        return next(held, "")

    def _using(self, file: str) -> list[Kustomization]:
        found = dict.fromkeys(self._named_by.get(file, ()))
        queue = list(found)
        for node in queue:  # grows while it is read: cycles and depth do no harm
            for parent in self._edges.above.get(node, ()):
                if parent not in found:
                    found[parent] = None
                    queue.append(parent)
        return queue

    def _files(self, node: Kustomization) -> frozenset[str]:
        if node not in self._of:
            self._of[node] = frozenset(name for k in below(self._edges, node) for name in self._names.get(k, ()))
        return self._of[node]


def _generated(node: Kustomization) -> Iterator[str]:
    for name in (*(scalar(ref.value) for ref in node.each("crds")), *(ref.text("path") for ref in node.values("openapi"))):
        if name and (path := resolve(node.directory, name)):
            yield path
    for generator in node.each(*GENERATES):
        refs = [*generator.child("envs").each(), *generator.child("files").each(), generator.child("env")]
        for name in map(scalar, (s.value for s in refs)):
            path = resolve(node.directory, name.rpartition("=")[2]) if name else None
            if path:
                yield path
