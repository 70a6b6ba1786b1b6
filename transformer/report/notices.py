"""One line a fact and place, for programs that show findings beside the text: editors, CI, code scanning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from transformer.model import Finding, Plan, ResourceId, Severity
from transformer.report.by_resource import Became, ResourceSummary, by_resource
from transformer.report.frame import Frame

_SUBJECTS: Final = 3  # that are named in one line
_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_DONE: Final = {
    Became.CONVERTED: "is a {kind} now",
    Became.CHANGED: "was changed",
    Became.ADDED: "was added",
    Became.REMOVED: "was removed",
}
_TO_DO: Final = {
    Became.CONVERTED: "would become a {kind}",
    Became.CHANGED: "would be changed",
    Became.ADDED: "would be added",
    Became.REMOVED: "would be removed",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """`code`: of a finding, or the id of the pass that changes the resource. `file`: from the folder that was read.
    `subjects`: as in Finding, of all findings that say the same at the same place. `identity`: the same as long as the fact
    is, wherever its line moves to."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    resource: ResourceId
    message: str
    remedy: str
    source: str
    subjects: tuple[str, ...] = ()
    adds: bool = False
    identity: str = ""

    @property
    def text(self) -> str:
        """In one sentence or two: whose, what, and which part of it."""
        more = len(self.subjects) - _SUBJECTS
        which = "; ".join(self.subjects[:_SUBJECTS]) + (f"; and {more} more" if more > 0 else "")
        whose = f"{self.resource}: " if self.resource.kind else ""
        return f"{whose}{self.message}" + (f" [{which}]" if which else "")


def notices(plan: Plan, frame: Frame, *, notes: bool = True) -> list[Notice]:
    """Findings, and what is or would be done: errors first, then by place. `notes`: also what nobody has to act on."""
    found = [n for n in (*_findings(plan), *_changes(plan, frame)) if notes or n.severity is not Severity.INFO]
    found.sort(key=lambda n: (_RANK[n.severity], n.file, n.line, n.column, n.code, n.message))
    return list(_identified(found))


def _findings(plan: Plan) -> Iterator[Notice]:
    held: dict[tuple[object, ...], list[Finding]] = {}
    for f in plan.findings:
        held.setdefault((f.code, f.severity, f.file, f.line, f.column, f.resource, f.message), []).append(f)
    for same in held.values():
        f = same[0]
        subjects = tuple(dict.fromkeys(g.subject for g in same if g.subject))
        yield Notice(f.code, f.severity, f.file, f.line, f.column, f.resource, f.message, f.remedy, f.source, subjects)


def _changes(plan: Plan, frame: Frame) -> Iterator[Notice]:
    planned = frame.mode in ("check", "dry-run")
    said, severity = (_TO_DO, Severity.WARNING) if planned else (_DONE, Severity.INFO)
    remedy = "`transformer convert` does this on a branch." if planned else ""
    for s in by_resource(plan):
        if s.verdict in said and s.passes:
            yield _change(s, said[s.verdict], severity, remedy)


def _change(s: ResourceSummary, said: str, severity: Severity, remedy: str) -> Notice:
    by = f" ({', '.join(s.passes)})" if len(s.passes) > 1 else ""
    message = f"It {said.format(kind=s.becomes.kind if s.becomes else '')}{by}."
    return Notice(s.passes[0], severity, s.file, s.line, 1, s.resource, message, remedy, "", adds=s.verdict is Became.ADDED)


def _identified(found: list[Notice]) -> Iterator[Notice]:
    seen: dict[str, int] = {}
    for n in found:
        r = n.resource
        about = "\0".join((n.code, n.file, r.api_version, r.kind, r.namespace, r.name, n.message, *n.subjects))
        number = seen[about] = seen.get(about, -1) + 1
        text = f"{about}\0{number}".encode("utf-8", "surrogateescape")
        yield replace(n, identity=sha256(text).hexdigest()[:32])
