"""The Kustomize graph of one repository, on files: a file can be a resource here and a patch there (gitops.md 1.7)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any
from typing import Literal as OneOf

from transformer.kustomize.build_scope import gathered_before, scope
from transformer.kustomize.builds import Builds
from transformer.kustomize.controllers import add_overlays
from transformer.kustomize.deployers import Deployment, deployments
from transformer.kustomize.edges import Edges
from transformer.kustomize.effect import KustomizeEffect
from transformer.kustomize.effects import effects
from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.namespaces import Listing, builders, holders, listings, namespaces
from transformer.kustomize.naming import subject
from transformer.kustomize.nodes import NAMES, Kustomization, read, resolve
from transformer.kustomize.records import GeneratorInput, Literal, Root, Texts
from transformer.kustomize.references import GENERATES
from transformer.kustomize.source import Source
from transformer.kustomize.subject import Subject, strings
from transformer.kustomize.values import fills_in

_SOURCES = ("envs", "files")


class Graph:
    """Built when it is first asked, each kustomization parsed once."""

    def __init__(self, texts: Texts) -> None:
        self._source = Source(texts)
        self._namespaces: dict[tuple[str, str], frozenset[str]] = {}

    @property
    def kustomizations(self) -> tuple[str, ...]:
        """The files that Kustomize reads as kustomizations."""
        return tuple(k.file for k in self._edges.nodes if not k.owner)

    @property
    def problems(self) -> tuple[tuple[str, int, str], ...]:
        """(file, line, problem) of each kustomization that cannot be read."""
        return tuple((k.file, k.line, k.problem) for k in self._edges.problems)

    def named(self) -> frozenset[str]:
        """Every path that stands in a kustomization, of a file or of a folder, as a path from the root."""
        words = ((k.directory, word) for k in self._edges.nodes for ref in k.body for word in strings(ref.value))
        return frozenset(path for directory, word in words if (path := resolve(directory, word)) is not None)

    def role(self, file: str) -> OneOf["resource", "patch", "both"] | None:
        """How kustomizations use a file: as objects (`resources`, `bases`), or as patches and settings; None if not at
        all. A generator that embeds a file gives it no role."""
        gathered, instructs = file in self._edges.gathered_by, file in self._edges.instructs
        if gathered and instructs:
            return "both"
        return "resource" if gathered else "patch" if instructs else None

    def patch_refs(self, file: str) -> tuple[tuple[str, int], ...]:
        """(kustomization, line) of each place that names the file as a patch or as settings."""
        return tuple((ref.file, self._source.line(ref)) for ref in self._edges.instructs.get(file, ()))

    def effects(self, file: str, data: Mapping[str, Any]) -> tuple[KustomizeEffect, ...]:
        """Every Kustomize feature that acts, or may act, on that resource of the file so that converting it would
        change or break what is built; empty only where it is proven that none does."""
        return effects(self._overlaid, file, data)

    def schemas(self, file: str) -> tuple[tuple[str, int], ...]:
        """(kustomization, line) of each `openapi` in the builds that hold the file: Kustomize takes the first one only."""
        nodes = scope(self._overlaid, file).built
        return tuple((ref.file, self._source.line(ref)) for node in nodes for ref in node.values("openapi"))

    def told(self, file: str) -> frozenset[str]:
        """The files of `configurations` and `openapi` in the builds that hold the file: what Kustomize is told there."""
        nodes = scope(self._overlaid, file).built
        named = (
            (node, ref.value)
            for node in nodes
            for ref in (*node.each("configurations"), *(o.child("path") for o in node.values("openapi")))
        )
        return frozenset(path for node, name in named if scalar(name) and (path := resolve(node.directory, scalar(name))) is not None)

    def subject(self, file: str, data: Mapping[str, Any]) -> Subject:
        """That resource of the file as kustomizations may know it."""
        return subject(self._overlaid, scope(self._overlaid, file), data)

    def ways_to(self, node: Kustomization) -> tuple[tuple[Kustomization, ...], ...]:
        """What has run when a kustomization's own patches run, in order: for a component, once for each that uses it."""
        users = self._overlaid.above.get(node, ()) if node.component else ()
        return tuple(gathered_before(self._overlaid, user, node) for user in users or (node,))

    def substitutions(self, file: str, data: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
        """(file, line) of each Flux object that fills in `${NAME}` in that resource of the file; none where it opted out."""
        found = (ref for node in scope(self._overlaid, file).scope for ref in fills_in(node, data))
        return tuple((ref.file, self._source.line(ref)) for ref in found)

    def generator_inputs(self) -> dict[str, GeneratorInput]:
        """The files that generators of ConfigMaps name, whatever they are called and whether or not they were read. Those of
        Secrets are left out: no pass has anything to say about them."""
        found: dict[str, GeneratorInput] = {}
        for node, entry in self._generators("configMapGenerator"):
            for ref in (*_items(entry, *_SOURCES), entry.child("env")):
                name = scalar(ref.value)
                key, _, given = name.rpartition("=")
                path = resolve(node.directory, given)
                if given and path is not None and path not in found:
                    found[path] = GeneratorInput(ref.file, self._source.line(ref), key)
        return found

    def literals(self) -> tuple[Literal, ...]:
        """The literals of all generators."""
        return tuple(
            Literal(ref.file, ref.document, ref.path, scalar(ref.value), self._source.line(ref))
            for _, entry in self._generators(*GENERATES)
            for ref in _items(entry, "literals")
        )

    def builds(self, file: str) -> tuple[frozenset[str], ...]:
        """The files of each outermost build that uses a file as object, patch, settings or generator input."""
        return self._builds.of(file)

    def roots(self, files: Iterable[str]) -> dict[str, Root]:
        """Every folder that may be built and then uses one of the files."""
        return self._builds.roots(files)

    def namespaces(self, file: str, own: str = "") -> frozenset[str]:
        """Where an object of the file may end up, `own` being the namespace that it names (see `namespaces`)."""
        if (file, own) not in self._namespaces:
            self._namespaces[file, own] = namespaces(self._overlaid, file, own, self._deployments)
        return self._namespaces[file, own]

    def listings(self, file: str) -> tuple[Listing, ...]:
        """Every entry of a kustomization that names the file as a resource."""
        return tuple(listings(self._edges, file))

    def holders(self, file: str) -> frozenset[str]:
        """The folders of all kustomizations that build the file."""
        return holders(self._overlaid, file)

    def builders(self, kustomization: str) -> frozenset[str]:
        """The kustomizations whose build holds what this one gathers, itself included."""
        return builders(self._overlaid, kustomization)

    def _generators(self, *keys: str) -> Iterator[tuple[Kustomization, FieldRef]]:
        for node in self._edges.nodes:
            for entry in node.each(*keys):
                yield node, entry

    @cached_property
    def _builds(self) -> Builds:
        return Builds(self._edges)

    @cached_property
    def _deployments(self) -> tuple[Deployment, ...]:
        return deployments(self._source)

    @cached_property
    def _edges(self) -> Edges:
        files = sorted(p for p in self._source.paths if posixpath.basename(p) in NAMES)
        return Edges(self._source, (k for f in files if (k := read(self._source, f)) is not None))

    @cached_property
    def _overlaid(self) -> Edges:
        edges = Edges(self._source, self._edges.nodes)
        add_overlays(edges)
        return edges


class Built(Graph):
    """The same repository, for objects that are built already: nothing acts on them any more."""

    def __init__(self, graph: Graph) -> None:
        vars(self).update(vars(graph))

    def role(self, file: str) -> None:  # noqa: ARG002 - as of a Graph
        return None

    def effects(self, file: str, data: Mapping[str, Any]) -> tuple[KustomizeEffect, ...]:  # noqa: ARG002
        return ()

    def listings(self, file: str) -> tuple[Listing, ...]:  # noqa: ARG002
        return ()


def _items(entry: FieldRef, *keys: str) -> Iterator[FieldRef]:
    for key in keys:
        yield from entry.child(key).each()
