"""The texts of a repository, each parsed at most once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from transformer.kustomize.field_refs import FieldRef, unfolded
from transformer.kustomize.records import Texts
from transformer.yamltext import ParseError, Stream, load, parse_text

# What a Pod refers to by name and Kustomize renames in a CronJob (gitops.md 1.2, namePrefix).
REFERRED = frozenset({"ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "PriorityClass"})
_NEEDS_HASH = ("kustomize.config.k8s.io/needs-hash", "internal.config.kubernetes.io/needsHashSuffix")
YAML_ENDINGS = (".yaml", ".yml", ".json")
T = TypeVar("T")


class UnreadableError(Exception):
    """A text that is missing or is not valid YAML. `line` counts from 1."""

    def __init__(self, problem: str, line: int = 1) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


@dataclass(frozen=True, slots=True)
class Named:
    """An object of a file. `hashed`: Kustomize adds a hash to its name, as for generated objects."""

    api_version: str
    kind: str
    name: str
    hashed: bool = False
    namespace: str = ""

    @staticmethod
    def of(ref: FieldRef) -> Named:
        annotations = ref.down("metadata", "annotations").value
        hashed = isinstance(annotations, dict) and any(key in annotations for key in _NEEDS_HASH)
        metadata = ref.child("metadata")
        return Named(ref.text("apiVersion"), ref.text("kind"), metadata.text("name"), hashed, metadata.text("namespace"))


class Source:
    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._documents: dict[str, tuple[FieldRef, ...] | UnreadableError] = {}
        self._objects: dict[str, tuple[Named, ...] | UnreadableError] = {}
        self._streams: dict[str, Stream | None] = {}

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self._texts.paths)

    def text(self, path: str) -> str | None:
        return self._texts.text(path) if path in self.paths else None

    def yaml_texts(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self.paths):
            if path.endswith(YAML_ENDINGS) and (text := self._texts.text(path)) is not None:
                yield path, text

    def documents(self, path: str) -> tuple[FieldRef, ...]:
        """The roots of a file's documents. Raises UnreadableError."""
        if path not in self._documents:
            self._documents[path] = self._read(path)
        return _or_raise(self._documents[path])

    def objects(self, path: str) -> tuple[Named, ...]:
        """The objects of a file that a Pod can refer to by name, and its CronWorkflows. Raises UnreadableError."""
        if path not in self._objects:
            self._objects[path] = self._find_objects(path)
        return _or_raise(self._objects[path])

    def line(self, ref: FieldRef) -> int:
        """The line of a place, from 1. For a place inside a text, the line of the text."""
        if ref.file not in self._streams:
            self._streams[ref.file] = self._parse(ref.file)
        stream = self._streams[ref.file]
        if stream is None or ref.document >= len(stream.documents):
            return 1
        return stream.documents[ref.document].line_of(ref.path)

    def _read(self, path: str) -> tuple[FieldRef, ...] | UnreadableError:
        text = self.text(path)
        if text is None:
            return UnreadableError("it is missing in this repository, or is not text")
        try:
            return tuple(FieldRef(path, n, (), data) for n, data in enumerate(load(text)))
        except ParseError as problem:
            return UnreadableError(problem.problem, problem.line)

    def _find_objects(self, path: str) -> tuple[Named, ...] | UnreadableError:
        text = self.text(path)
        if text is not None and not any(kind in text for kind in (*REFERRED, "CronWorkflow")):
            return ()
        try:
            return tuple(Named.of(o) for d in self.documents(path) for o in unfolded(d) if isinstance(o.value, dict))
        except UnreadableError as problem:
            return problem

    def _parse(self, path: str) -> Stream | None:
        try:
            return parse_text(self.text(path) or "")
        except ParseError:
            return None


def inline(ref: FieldRef) -> tuple[FieldRef, ...]:
    """The documents of the YAML text in a value, with the line of the value. Raises UnreadableError."""
    try:
        return tuple(FieldRef(ref.file, ref.document, ref.path, data) for data in load(str(ref.value)))
    except ParseError as problem:
        raise UnreadableError(problem.problem) from None


def _or_raise(kept: T | UnreadableError) -> T:
    if isinstance(kept, UnreadableError):
        raise kept
    return kept
