"""What is taken back, with all that was told of it."""

from __future__ import annotations

from transformer.model import Change, Finding, Op, Outcome, PassResult, ResourceId, Severity, Verdict
from transformer.run.record import Record

JOB = ResourceId("batch/v1", "CronJob", "", "a")
OTHER = ResourceId("batch/v1", "CronJob", "", "b")


def _finding(file: str, who: ResourceId, by: str = "one") -> Finding:
    return Finding("CRON004", Severity.WARNING, file, 3, who, "done, and worth knowing", "look", "here", by)


def test_revert() -> None:
    """Changes, texts and notes of that file go; what another pass or file has to say stays."""
    change = Change("one", "a.yaml", 0, JOB, Op.REMOVE, ("spec",), "why", "here", (3, 3))
    elsewhere = Change("one", "b.yaml", 0, OTHER, Op.REMOVE, ("spec",), "why", "here", (3, 3))
    record = Record(changes=[change, elsewhere], passes=[PassResult("one", {"a.yaml": b"new", "b.yaml": b"new"})])
    record.outcomes = [Outcome(c.file, 0, c.resource, "one", Verdict.CHANGED) for c in (change, elsewhere)]
    record.findings = [_finding("a.yaml", JOB), _finding("a.yaml", JOB, "two"), _finding("b.yaml", OTHER)]
    record.revert("a.yaml", "VAL001", "lint finds a fault", "one")
    assert record.changes == [elsewhere]
    assert dict(record.passes[0].texts) == {"b.yaml": b"new"}
    assert [(f.file, f.pass_id, f.blocks) for f in record.findings] == [
        ("a.yaml", "two", False),
        ("b.yaml", "one", False),
        ("a.yaml", "one", True),
    ]
    assert [(o.file, o.verdict) for o in record.outcomes] == [("b.yaml", Verdict.CHANGED), ("a.yaml", Verdict.BLOCKED)]
