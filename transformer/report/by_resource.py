"""A plan as a reviewer thinks of it: what became of each resource, with everything that was found about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from transformer.model import Change, Finding, Op, Outcome, Plan, ResourceId, Severity, Verdict


class Became(StrEnum):
    """In the order in which reports list them."""

    CONVERTED = "converted"  # it has another kind now
    REFUSED = "refused"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    LEFT_ALONE = "left alone"


@dataclass(frozen=True, slots=True)
class ResourceSummary:
    """`resource` as the base has it; `becomes` where its kind changed; `passes` that changed it; `reasons`: why passes refused it
    or left it alone. One that a pass converted and another one refused counts as converted, with the reason."""

    file: str
    document: int
    resource: ResourceId
    verdict: Became
    line: int
    becomes: ResourceId | None = None
    passes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_patch(self) -> bool:
        """A patch of a resource that has another kind now."""
        return self.becomes is not None and self.verdict is Became.CHANGED

    @property
    def is_of_interest(self) -> bool:
        """Not one about which nothing but notes was found: no pass had to do with it."""
        return self.verdict is not Became.LEFT_ALONE or bool(self.reasons)


_Key = tuple[str, int, ResourceId]
_RANK: Final = {verdict: n for n, verdict in enumerate(Became)}
_SEVERITY: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def by_resource(plan: Plan) -> tuple[ResourceSummary, ...]:
    """Every resource that something was done to or said about: by verdict, file and place. Files that no object is known of are
    left out, unless something in them is changed or refused."""
    return _Sorting(plan).summaries()


def outcome_counts(plan: Plan) -> dict[Became, int]:
    """How many resources there are of each verdict, in the order of reports; none of which no pass had to do with."""
    found = Counter(s.verdict for s in by_resource(plan) if s.is_of_interest)
    return {verdict: found[verdict] for verdict in Became if found[verdict]}


class _Sorting:
    """Later passes see a converted resource under its new kind; here it is one resource."""

    def __init__(self, plan: Plan) -> None:
        self.became: dict[_Key, ResourceId] = {}
        self.patches = {(c.file, c.document, c.resource) for c in plan.changes if _sets(c, "kind") and c.needed_by}
        apis = {(c.file, c.document, c.resource): str(c.value) for c in plan.changes if _sets(c, "apiVersion")}
        for c in plan.changes:
            if _sets(c, "kind"):
                key = (c.file, c.document, c.resource)
                new = replace(c.resource, api_version=apis.get(key, c.resource.api_version), kind=str(c.value))
                self.became.setdefault(key, new)
        self.was = {(file, document, new): old for (file, document, old), new in self.became.items()}
        self.changes: dict[_Key, list[Change]] = {}
        self.outcomes: dict[_Key, list[Outcome]] = {}
        self.findings: dict[_Key, list[Finding]] = {}
        for c in plan.changes:
            self.changes.setdefault(self._key(c.file, c.document, c.resource), []).append(c)
        for o in plan.outcomes:
            self.outcomes.setdefault(self._key(o.file, o.document, o.resource), []).append(o)
        for f in plan.findings:
            self.findings.setdefault(self._key(f.file, f.document, f.resource), []).append(f)

    def _key(self, file: str, document: int, resource: ResourceId) -> _Key:
        return file, document, self.was.get((file, document, resource), resource)

    def summaries(self) -> tuple[ResourceSummary, ...]:
        keys = [k for k in dict.fromkeys((*self.changes, *self.outcomes, *self.findings)) if k[2].kind or self._is_touched(k)]
        return tuple(sorted(map(self._summary, keys), key=lambda s: (_RANK[s.verdict], s.file, s.line, s.document, str(s.resource))))

    def _is_touched(self, key: _Key) -> bool:
        """A file without objects (values, NAME=value lines) counts where something in it is changed or refused."""
        return key in self.changes or any(o.verdict is Verdict.BLOCKED for o in self.outcomes.get(key, ()))

    def _summary(self, key: _Key) -> ResourceSummary:
        changes, outcomes = self.changes.get(key, []), self.outcomes.get(key, [])
        findings = sorted(self.findings.get(key, []), key=lambda f: (_SEVERITY[f.severity], f.line, f.code))
        reasons = [o.reason for o in outcomes if o.reason and o.verdict in (Verdict.BLOCKED, Verdict.SKIPPED)]
        lines = [*(c.lines[0] for c in changes), *(f.line for f in findings)]
        return ResourceSummary(
            *key,
            self._verdict(key, changes, outcomes),
            min(lines, default=1),
            self.became.get(key),
            tuple(dict.fromkeys(c.pass_id for c in changes)),
            tuple(dict.fromkeys(reasons)),
            tuple(findings),
        )

    def _verdict(self, key: _Key, changes: Iterable[Change], outcomes: Iterable[Outcome]) -> Became:
        if key in self.became:
            return Became.CHANGED if key in self.patches else Became.CONVERTED
        whole = {c.op for c in changes if _is_whole(c)}
        if Op.INSERT in whole:
            return Became.ADDED
        if any(o.verdict is Verdict.BLOCKED for o in outcomes):
            return Became.REFUSED
        if Op.REMOVE in whole:
            return Became.REMOVED
        return Became.CHANGED if changes else Became.LEFT_ALONE


def _is_whole(change: Change) -> bool:
    """A document, or an item of a List."""
    return not change.path or (len(change.path) == 2 and change.path[0] == "items" and isinstance(change.path[1], int))


def _sets(change: Change, key: str) -> bool:
    """Whether it gives the object itself, not something in it, another value."""
    at = change.path[:-1]
    return change.op is Op.SET and change.path[-1:] == (key,) and (not at or (len(at) == 2 and at[0] == "items"))
