"""Change, Finding, Outcome, Plan: what a run found and what it will write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Path: TypeAlias = tuple[str | int, ...]


class _Keep(Enum):
    """Marks a move that carries the source's own value. An Enum, so that copies and pickles are the same object."""

    KEEP = "keep"

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = _Keep.KEEP


class Op(StrEnum):
    SET = "set"
    INSERT = "insert"
    REMOVE = "remove"
    RENAME = "rename"
    MOVE = "move"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Verdict(StrEnum):
    CHANGED = "Changed"
    UNCHANGED = "Unchanged"
    SKIPPED = "Skipped"
    BLOCKED = "Blocked"


@dataclass(frozen=True, slots=True)
class ResourceId:
    """Who a resource is; empty strings where the document does not say."""

    api_version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}".strip() or "document"


class Who(NamedTuple):
    """A resource as one pass sees it."""

    pass_id: str
    file: str
    namespace: str
    name: str


def pointer(path: Path) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


@dataclass(frozen=True, slots=True)
class Change:
    """One edit and its reason.

    `path` (and the source of a move) is a place in the text before the pass; `to`, and the path of an insert, a place
    in the text after it. `value` is what set and insert write, plain data; for a move KEEP, or the literal that stands
    in for the moved value (its comments still travel). `after` names the sibling key that an inserted key follows.
    `needed_by`: of a consequence, the resources that change only together with it; empty: all that the pass changed.
    """

    pass_id: str
    file: str
    document: int
    resource: ResourceId
    op: Op
    path: Path
    why: str
    source: str
    lines: tuple[int, int]
    before: Scalar = None
    value: Any = None
    to: Path = ()
    after: str | None = None
    needed_by: tuple[Who, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a person must know or decide. `blocks` drops the pass's changes to that resource.

    `subject` is the part of the resource, or the place elsewhere, that the message is about: `main, sidecar`, or
    `overlay/kustomization.yaml:7: images`. `message` reads the same wherever the same holds, so that a report says it once.
    """

    code: str
    severity: Severity
    file: str
    line: int
    resource: ResourceId
    message: str
    remedy: str
    source: str
    pass_id: str = ""
    document: int = 0
    blocks: bool = False
    column: int = 1
    subject: str = ""

    @property
    def full_message(self) -> str:
        return f"{self.subject}: {self.message}" if self.subject else self.message


@dataclass(frozen=True, slots=True)
class Addition:
    """A whole new document: in a file that is not there yet, or behind the last one of a file that is.

    `text` is YAML without markers. It goes through the passes before it is written, as everything of the repository does.
    `within`: the document and the path of a list that takes it as its last item.
    """

    pass_id: str
    file: str
    resource: ResourceId
    text: str
    why: str
    source: str
    within: tuple[int, Path] | None = None
    needed_by: tuple[Who, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """A pass leaves a resource alone, and says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    file: str
    document: int
    resource: ResourceId
    pass_id: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DroppedComment:
    """A comment that went with its node; `line` counts from 1 in the base's text, `node` is where it belonged."""

    file: str
    line: int
    text: str
    node: str = ""


class CheckState(StrEnum):
    HELD = "held"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """Something that a run checked, or could not check: `what` was looked at, and in `detail` how it went."""

    what: str
    state: CheckState
    detail: str

    def __str__(self) -> str:
        unless = "not checked: " if self.state is CheckState.NOT_CHECKED else ""
        return f"{self.what}: {unless}{self.detail}"


@dataclass(frozen=True, slots=True)
class Group:
    """Resources that one pass changed and everything elsewhere that changes with them: done whole, or not at all.
    `files`: theirs, and those of what changes with them."""

    pass_id: str
    resources: tuple[Who, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassResult:
    """What one pass did: the texts it left, by file, only where they differ from what it was given."""

    pass_id: str
    texts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """The frozen result of a run; every report is a function of it, and publishing writes exactly it."""

    pipeline: str
    base: str | None
    digest: str
    passes: tuple[PassResult, ...]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    dropped: tuple[DroppedComment, ...]
    old: Mapping[str, bytes]
    new: Mapping[str, bytes]
    files: int
    documents: int
    seconds: float
    resources: int = 0  # objects, those of a List singly
    accepted: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    bugs: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
