"""What a run found: of one file, and of all of them. Frozen, and able to cross a process border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from transformer.model import Addition, Change, Check, DroppedComment, Finding, Group, Op, Outcome, PassResult, Who


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a resource is refused after its pass changed it, because of what lies outside its file. `detail`: of a bug;
    `places`: elsewhere, each with what is the matter there."""

    code: str
    message: str
    remedy: str = ""
    detail: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file behind all passes. `texts`: (pass id, the text it left), where it changed something; `proofs`: P6 of each
    object that became a CronWorkflow: why its Pod was not compared, or ""."""

    path: str
    documents: int = 0
    objects: int = 0
    texts: tuple[tuple[str, bytes], ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    dropped: tuple[DroppedComment, ...] = ()
    proofs: tuple[str, ...] = ()
    steps: tuple[tuple[Who, int], ...] = ()  # that were made, where a plan takes several runs
    bugs: tuple[str, ...] = ()
    used: frozenset[tuple[str, str]] = frozenset()  # (pass id, entry of its parameters) that was for something in the file


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the passes did and found, with what the rest of the repository needed then."""

    passes: tuple[PassResult, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    dropped: tuple[DroppedComment, ...] = ()
    proofs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by file
    groups: tuple[Group, ...] = ()
    checks: tuple[Check, ...] = ()
    bugs: tuple[str, ...] = ()
    documents: int = 0
    objects: int = 0
    used: frozenset[tuple[str, str]] = frozenset()  # as in FileResult

    @property
    def texts(self) -> dict[str, bytes]:
        """The last text of every file that changed."""
        return {path: raw for result in self.passes for path, raw in result.texts.items()}


def added_change(addition: Addition, base: bytes, document: int) -> Change:
    """How a report tells of a whole new document: inserted at the root, behind the last line of the base's text."""
    last = max(base.count(b"\n") + (not base.endswith(b"\n")), 1)
    return Change(addition.pass_id, addition.file, document, addition.resource, Op.INSERT, (), addition.why, addition.source, (last, last))
