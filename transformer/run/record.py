"""What a run has found so far, and what is said of it: noted, complained about, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from transformer.model import Addition, Change, DroppedComment, Finding, Op, Outcome, PassResult, ResourceId, Severity, Verdict
from transformer.run.proposal import Proposal, Who

CODES: Mapping[str, str] = {
    "YAML001": "The file does not parse as YAML, so nothing in it is changed. Repair it at the place named, or exclude the file.",
    "YAML002": "The text cannot be edited without risk (an alias, a key that stands twice, a form that is not understood). "
    "Rewrite that place by hand in ordinary form, or make the change by hand.",
    "YAML003": "The file cannot be read as text (binary, not UTF-8), or is over a limit. Convert it, raise the limit, or exclude it.",
    "SRC001": "A file that was asked for was not read (a link, a submodule, too large, unreadable), so nothing in it is changed. "
    "If it should be, make it an ordinary file below the limit.",
    "VAL001": "The changed object would have a fault for the target that it did not have before, so the change was dropped. "
    "Mend the field in the source, or make this change by hand.",
    "POD001": "Argo would start another Pod than the CronJob's: its controller's own configuration, or an organisation's template, comes "
    "into it. The change was dropped. Write what they set into the CronJob, or take it out there; the message says what and where.",
    "BUG001": "A pass failed on this resource. It is left as it was; everything else is done. Please report it with the message.",
    "BUG002": "A promise did not hold for this change, so it was dropped. The text is as it was. Please report it.",
}


@dataclass(slots=True)
class Record:
    """Everything that a run has found so far."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    dropped: list[DroppedComment] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    passes: list[PassResult] = field(default_factory=list)
    proofs: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by file, P6 of each object: why it was not seen, or ""
    steps: dict[Who, int] = field(default_factory=dict)  # the step that was made, where a plan takes several runs
    told: set[str] = field(default_factory=set)  # files whose text was already complained about

    def note(self, proposal: Proposal, pass_id: str, base: bytes) -> None:
        """What a pass did for a resource; `base` is the text of its file before the run."""
        r = proposal.resource
        added = (added_change(a, base, r.document.index) for a in proposal.additions)
        self.changes += [*proposal.changes, *added, *proposal.made]
        if proposal.step:
            self.steps[proposal.who] = proposal.step.number
        self.findings += proposal.findings
        verdict, reason = _verdict(proposal)
        if verdict is not Verdict.UNCHANGED:
            self.outcomes.append(Outcome(r.file, r.document.index, r.id, pass_id, verdict, reason))

    def complain(self, path: str, code: str, message: str, pass_id: str, line: int = 1, column: int = 1) -> None:
        """About the text of a file: once, whatever pass came upon it."""
        self.outcomes.append(Outcome(path, 0, ResourceId(), pass_id, Verdict.SKIPPED, message))
        if path not in self.told:
            self.told.add(path)
            about = (message, CODES[code], "architecture §9", pass_id)
            self.findings.append(Finding(code, Severity.WARNING, path, line, ResourceId(), *about, column=column))

    def revert(self, path: str, code: str, message: str, pass_id: str, remedy: str = "") -> None:
        """Take back every change to a file, with what was told as done, and say so."""
        undone = {(c.pass_id, c.document, c.resource) for c in self.changes if c.file == path}
        self.changes[:] = [c for c in self.changes if c.file != path]
        self.dropped[:] = [d for d in self.dropped if d.file != path]
        self.outcomes[:] = [o for o in self.outcomes if o.file != path or o.verdict is not Verdict.CHANGED]
        self.findings[:] = [f for f in self.findings if f.file != path or f.blocks or (f.pass_id, f.document, f.resource) not in undone]
        self.passes[:] = [PassResult(p.pass_id, {k: v for k, v in p.texts.items() if k != path}) for p in self.passes]
        about = (message, remedy or CODES.get(code, ""), "architecture §4", pass_id)
        for document, resource in sorted({u[1:] for u in undone}, key=lambda u: (u[0], str(u[1]))):
            self.findings.append(Finding(code, Severity.ERROR, path, 1, resource, *about, document, blocks=True))
            self.outcomes.append(Outcome(path, document, resource, pass_id, Verdict.BLOCKED, message))


def _verdict(p: Proposal) -> tuple[Verdict, str]:
    if p.blocked:
        return Verdict.BLOCKED, next(f.full_message for f in p.findings if f.blocks)
    if p.skip:
        return Verdict.SKIPPED, p.skip
    return (Verdict.CHANGED, "") if p.wants else (Verdict.UNCHANGED, "")


def added_change(addition: Addition, base: bytes, document: int) -> Change:
    """How a report tells of a whole new document: inserted at the root, behind the last line of the base's text."""
    last = max(base.count(b"\n") + (not base.endswith(b"\n")), 1)
    return Change(addition.pass_id, addition.file, document, addition.resource, Op.INSERT, (), addition.why, addition.source, (last, last))
