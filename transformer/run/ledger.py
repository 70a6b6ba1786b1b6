"""What is noted about one file while it goes through the passes, up to the frozen result."""

from __future__ import annotations

from dataclasses import dataclass, field

from transformer.config.codes import RUN as CODES
from transformer.model import Change, DroppedComment, Finding, Outcome, ResourceId, Severity, Verdict, Who
from transformer.run.proposal import Proposal
from transformer.run.record import FileResult, added_change


@dataclass(slots=True)
class Ledger:
    """`base`: the file's bytes before the run. `steps`: the step that was made, where a plan takes several runs."""

    path: str
    base: bytes
    texts: list[tuple[str, bytes]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    dropped: list[DroppedComment] = field(default_factory=list)
    proofs: tuple[str, ...] = ()
    bugs: list[str] = field(default_factory=list)
    steps: dict[Who, int] = field(default_factory=dict)
    blocked: set[Who] = field(default_factory=set)
    documents: int = 0
    objects: int = 0
    used: set[tuple[str, str]] = field(default_factory=set)
    complained: bool = False
    told: set[tuple[str, int]] = field(default_factory=set)  # (code, line) of what every pass meets again

    def note(self, proposal: Proposal) -> None:
        """What a pass did for a resource."""
        r = proposal.resource
        added = (added_change(a, self.base, r.document.index) for a in proposal.additions)
        self.changes += [*proposal.changes, *added, *proposal.made]
        if proposal.step:
            self.steps[proposal.who] = proposal.step.number
        if proposal.blocked:
            self.blocked.add(proposal.who)
        self.findings += proposal.findings
        self.used |= {(r.pass_id, entry) for entry in proposal.used}
        verdict, reason = _verdict(proposal)
        if verdict is not Verdict.UNCHANGED:
            self.outcomes.append(Outcome(r.file, r.document.index, r.id, r.pass_id, verdict, reason))

    def is_news(self, code: str, line: int) -> bool:
        """Whether no pass has told this of that line yet; from now on one has."""
        news = (code, line) not in self.told
        self.told.add((code, line))
        return news

    def skip(self, pass_id: str, reason: str) -> None:
        self.outcomes.append(Outcome(self.path, 0, ResourceId(), pass_id, Verdict.SKIPPED, reason))

    def complain(self, code: str, message: str, pass_id: str, line: int = 1, column: int = 1) -> None:
        """About the text of the file: once, whatever pass came upon it."""
        self.skip(pass_id, message)
        if not self.complained:
            self.complained = True
            about = (message, CODES[code], "architecture §9", pass_id)
            self.findings.append(Finding(code, Severity.WARNING, self.path, line, ResourceId(), *about, column=column))

    def revert(self, pass_id: str, message: str) -> None:
        """Take back every change to the file, with what was told as done, and say so."""
        undone = {(c.pass_id, c.document, c.resource): c.lines[0] for c in reversed(self.changes)}
        self.texts, self.changes, self.dropped, self.proofs = [], [], [], ()
        self.outcomes = [o for o in self.outcomes if o.verdict is not Verdict.CHANGED]
        self.findings = [f for f in self.findings if f.blocks or (f.pass_id, f.document, f.resource) not in undone]
        about = (message, CODES["BUG002"], "architecture §4", pass_id)
        whose = {(document, resource): line for (_, document, resource), line in undone.items()}
        for (document, resource), line in sorted(whose.items(), key=lambda u: (u[0][0], str(u[0][1]))):
            self.findings.append(Finding("BUG002", Severity.ERROR, self.path, line, resource, *about, document, blocks=True))
            self.outcomes.append(Outcome(self.path, document, resource, pass_id, Verdict.BLOCKED, message))
        self.bugs.append(f"{self.path}: {message}")

    def result(self) -> FileResult:
        return FileResult(
            self.path, self.documents, self.objects, tuple(self.texts), tuple(self.changes), tuple(self.findings),
            tuple(self.outcomes), tuple(self.dropped), self.proofs, tuple(self.steps.items()), tuple(self.bugs),
            frozenset(self.used),
        )  # fmt: skip


def _verdict(p: Proposal) -> tuple[Verdict, str]:
    if p.blocked:
        return Verdict.BLOCKED, next(f.full_message for f in p.findings if f.blocks)
    if p.skip:
        return Verdict.SKIPPED, p.skip
    return (Verdict.CHANGED, "") if p.wants else (Verdict.UNCHANGED, "")
