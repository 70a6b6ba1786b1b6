"""Who names whom: every file of the source, read once, for questions that go beyond one resource."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource
from transformer.yamltext import Limits, ParseError

if TYPE_CHECKING:
    from transformer.argo.controllers import Controller, Deployed
    from transformer.kustomize.graph import Graph


class Index:
    """The files of the source by path. Files that do not parse are left out of what is found."""

    def __init__(self, files: Mapping[str, bytes], limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.files = files
        self.selects: Callable[[str], bool] = lambda _: True  # whether a file may be written
        self.taken: Callable[[str], bool] = lambda _: False  # whether something is at a path that was not read
        self.beside: Callable[[], Iterable[tuple[str, bytes]]] = tuple  # texts of other kinds, read when they are asked for
        self._manifests: dict[str, Manifest] = {}
        self._words: dict[str, tuple[str, ...]] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def manifest(self, path: str) -> Manifest:
        if path not in self._manifests:
            self._manifests[path] = Manifest(path, self.files[path], self.limits)
        return self._manifests[path]

    def text(self, path: str) -> str | None:
        """The text of a file; None where there is none, or it is not UTF-8."""
        if path not in self.files or self.manifest(path).problem:
            return None
        return self.manifest(path).text

    def find(self, *words: str, kinds: Collection[str] = ()) -> Iterator[Resource]:
        """Every object of the documents whose raw text holds one of the words."""
        for path in sorted(set().union(*(self._holding(word) for word in words))):
            try:
                found = list(self.manifest(path).resources(words, kinds))
            except ParseError:
                continue
            yield from found

    def _holding(self, word: str) -> tuple[str, ...]:
        """The YAML files whose text holds a word; every file is searched once for it."""
        if word not in self._words:
            raw = word.encode()
            self._words[word] = tuple(p for p in self.paths if p.endswith((".yaml", ".yml", ".json")) and raw in self.files[p])
        return self._words[word]

    def known(self, path: str) -> Manifest | None:
        """The manifest of a file that was looked into already."""
        return self._manifests.get(path)

    @cached_property
    def has_generators(self) -> bool:
        """Whether a kustomization may read NAME=value files."""
        return any(
            b"Generator" in raw and (b"env" in raw or b"files" in raw)
            for path, raw in self.files.items()
            if path.rsplit("/", 1)[-1] in ("kustomization.yaml", "kustomization.yml", "Kustomization")
        )

    @cached_property
    def kustomize(self) -> Graph:
        from transformer.kustomize.graph import Graph

        return Graph(self)

    @cached_property
    def controllers(self) -> tuple[Controller, ...]:
        from transformer.argo.controllers import controllers

        return tuple(controllers(self))

    @cached_property
    def deployed_argo(self) -> tuple[Deployed, ...]:
        from transformer.argo.controllers import deployed

        return tuple(deployed(self))
