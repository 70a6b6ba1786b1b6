"""Input and output of the graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from transformer.model import Path


class Texts(Protocol):
    """The files of one repository: POSIX paths relative to its root, and their texts. None if a file is missing or not text."""

    @property
    def paths(self) -> Iterable[str]: ...

    def text(self, path: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that may be built. `files`: all that are read for it. `address`: the first thing that it would fetch from
    elsewhere; empty where it is complete in the repository."""

    files: frozenset[str]
    address: str = ""


@dataclass(frozen=True, slots=True)
class GeneratorInput:
    """A file that a generator reads: the kustomization and line that name it first, and the key that it becomes ("" where it
    holds NAME=value lines, or its own name is the key)."""

    file: str
    line: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Literal:
    """A `NAME=value` line among the literals of a generator: document `document` (from 0) of `file`, at `path`."""

    file: str
    document: int
    path: Path
    value: str
    line: int
