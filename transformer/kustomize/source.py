"""The texts of a repository, each parsed at most once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from transformer.kustomize.records import Texts
from transformer.kustomize.spots import Spot, scalar, truth, unfolded
from transformer.model import Path
from transformer.yamltext import ParseError, Stream, load, parse_text

REFERRED = ("ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "PriorityClass")
_NEEDS_HASH = ("kustomize.config.k8s.io/needs-hash", "internal.config.kubernetes.io/needsHashSuffix")
YAML_ENDINGS = (".yaml", ".yml", ".json")


class Unreadable(Exception):
    """A text that is not there, or does not parse; `line` counts from 1."""

    def __init__(self, problem: str, line: int = 1) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


class Source:
    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._documents: dict[str, tuple[Spot, ...] | Unreadable] = {}
        self._streams: dict[str, Stream | None] = {}
        self._objects: dict[str, tuple[Named, ...] | Unreadable] = {}

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self._texts.paths)

    def text(self, path: str) -> str | None:
        return self._texts.text(path) if path in self.paths else None

    def yaml_texts(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self.paths):
            if path.endswith(YAML_ENDINGS) and (text := self._texts.text(path)) is not None:
                yield path, text

    def documents(self, path: str) -> tuple[Spot, ...]:
        """The roots of a file's documents. Raises Unreadable."""
        if path not in self._documents:
            self._documents[path] = self._read(path)
        return _or_raise(self._documents[path])

    def _read(self, path: str) -> tuple[Spot, ...] | Unreadable:
        text = self.text(path)
        if text is None:
            return Unreadable("it is not there, or not text")
        try:
            return inline(path, 0, (), text)
        except Unreadable as problem:
            return problem

    def line(self, spot: Spot) -> int:
        """The line of a place, from 1."""
        if spot.file not in self._streams:
            self._streams[spot.file] = self._parse(spot.file)
        stream = self._streams[spot.file]
        if stream is None or spot.document >= len(stream.documents):
            return 1
        return stream.documents[spot.document].line_of(spot.path)

    def _parse(self, path: str) -> Stream | None:
        try:
            return parse_text(self.text(path) or "")
        except ParseError:
            return None

    def objects(self, path: str) -> tuple[Named, ...]:
        """The objects of a file that a Pod can refer to by name, and its CronWorkflows. Raises Unreadable."""
        if path not in self._objects:
            self._objects[path] = self._find_objects(path)
        return _or_raise(self._objects[path])

    def _find_objects(self, path: str) -> tuple[Named, ...] | Unreadable:
        text = self.text(path)
        if text is not None and not any(kind in text for kind in (*REFERRED, "CronWorkflow")):
            return ()
        try:
            return tuple(Named.of(o) for d in self.documents(path) for o in unfolded(d) if o.value)
        except Unreadable as problem:
            return problem


def inline(file: str, document: int, path: Path, text: str) -> tuple[Spot, ...]:
    """The documents of YAML text that stands inside a document (path given), or is a file. Raises Unreadable."""
    try:
        loaded = load(text)
    except ParseError as problem:
        raise Unreadable(problem.problem, problem.line) from None
    return tuple(Spot(file, n if not path else document, path, data) for n, data in enumerate(loaded))


def _or_raise[T](kept: T | Unreadable) -> T:
    if isinstance(kept, Unreadable):
        raise kept
    return kept


class Named:
    pass
