"""What is to happen to one document, and the refusal to do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transformer.model import KEEP, Op, Path


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """This text cannot be edited safely; the message says why. `line`: the line of the text that is the cause, from 1. The
    text stays as it is."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Edit:
    """The part of a `model.Change` that text and data depend on; the same meaning, paths from the document's root."""

    op: Op
    path: Path
    value: Any = None
    to: Path = ()
    after: str | None = None

    @property
    def target(self) -> Path:
        """Where something new stands afterwards (insert, move, rename)."""
        return self.path if self.op is Op.INSERT else self.to

    @property
    def literal(self) -> bool:
        """A move that writes another value in the node's place."""
        return self.op is Op.MOVE and self.value is not KEEP


def takes_all(edits: Sequence[Edit]) -> bool:
    """Whether the whole document goes: one removal at its root, and nothing beside it."""
    at_root = [e for e in edits if e.op is Op.REMOVE and not e.path]
    if at_root and len(edits) > 1:
        raise Refused("a document is removed and edited at once")
    return bool(at_root)
