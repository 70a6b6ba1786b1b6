"""What a run found: of one file, and of all of them. Frozen, and able to cross a process border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from transformer.model import Addition, Change, Check, DroppedComment, Finding, Group, Op, Outcome, PassResult, Who

CODES: Mapping[str, str] = {
    "CFG002": "An entry of the configuration matches nothing. Correct it, or remove it.",
    "YAML001": "The file does not parse as YAML, so nothing in it is changed. Repair it at the place named, or exclude the file.",
    "YAML002": "This text cannot be edited without risk: an alias, a key that stands twice, or a form that is not understood. "
    "Rewrite that place in ordinary form, or make the change by hand.",
    "YAML003": "The file cannot be read as text: it is binary, not UTF-8, over a limit, or ends its lines with a carriage return alone. "
    "Convert it, raise the limit, or exclude it.",
    "SRC001": "A selected file was not read, so nothing in it is changed: it is a link, a submodule, too large, or unreadable. "
    "If it should be changed, make it an ordinary file below the limit.",
    "CFG001": "The configuration names a version of the target that is newer than what is known here, so rules that it changed are not "
    "known either. Look whether the version exists, and read its release notes.",
    "OBJ001": "The object lacks what its kind requires, and no kustomization of this repository uses it as a patch. Add what is missing. "
    "If another program adds it, or merges the object into another one, convert what that program renders, or exclude the file.",
    "VAL001": "The changed object would have a fault for the target that it did not have before, so the change was dropped. "
    "Correct the field in the source, or make this change by hand.",
    "POD001": "Argo would start a different Pod than the CronJob's, because of its controller's configuration or an organisation's "
    "template. The change was dropped. Write those settings into the CronJob, or remove them there; the message names them.",
    "GRP001": "This resource was left as it is, because something that must change with it could not be changed. A resource and what "
    "belongs to it change together or not at all. Solve what the message names, or exclude the resource.",
    "BUG001": "A pass failed on this resource. The resource is unchanged; everything else is done. Please report it with the message.",
    "BUG002": "A promise did not hold for this change, so the change was dropped. The text is unchanged. Please report it.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a resource is refused after its pass changed it, because of what lies outside its file. `detail`: of a bug."""

    code: str
    message: str
    remedy: str = ""
    detail: str = ""


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
