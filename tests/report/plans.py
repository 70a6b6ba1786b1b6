"""Plans to render: small ones, hostile ones, and huge ones."""

from __future__ import annotations

from typing import Any

from transformer.model import (
    Change,
    DroppedComment,
    Finding,
    Op,
    Outcome,
    PassResult,
    Path,
    Plan,
    ResourceId,
    Severity,
    Verdict,
)

JOB = ResourceId("batch/v1", "CronJob", "ops", "nightly")


def change(op: Op, path: Path, *, resource: ResourceId = JOB, file: str = "jobs/a.yaml", **more: Any) -> Change:
    """A change of pass `cronworkflow`."""
    more = {"why": "Argo schedules it now", "source": "cronjob_fields/kind", "lines": (1, 2), **more}
    return Change("cronworkflow", file, 0, resource, op, path, **more)


def finding(
    code: str = "CRON001",
    message: str = "the container has no name",
    *,
    severity: Severity = Severity.WARNING,
    file: str = "jobs/a.yaml",
    line: int = 3,
    blocks: bool = False,
    resource: ResourceId = JOB,
    subject: str = "",
) -> Finding:
    remedy, source = "add `name: main`", "argo.md 4.3"
    return Finding(code, severity, file, line, resource, message, remedy, source, "cronworkflow", 0, blocks, subject=subject)


def plan(**more: Any) -> Plan:
    """One changed CronJob in one file, unless said otherwise."""
    old, new = b"kind: CronJob # nightly\n", b"kind: CronWorkflow # nightly\n"
    held: dict[str, Any] = {
        "pipeline": "autopilot",
        "base": "1234567890abcdef1234567890abcdef12345678",
        "digest": "feedface" * 8,
        "passes": (PassResult("executor"), PassResult("cronworkflow", {"jobs/a.yaml": new})),
        "changes": (change(Op.SET, ("kind",), before="CronJob", value="CronWorkflow"),),
        "findings": (),
        "outcomes": (Outcome("jobs/a.yaml", 0, JOB, "cronworkflow", Verdict.CHANGED),),
        "dropped": (),
        "old": {"jobs/a.yaml": old},
        "new": {"jobs/a.yaml": new},
        "files": 12,
        "documents": 34,
        "seconds": 0.25,
    }
    return Plan(**{**held, **more})


def huge(count: int = 10_000) -> Plan:
    """Many findings of few kinds, each with a message of its own in one of them."""
    findings = [
        finding("CRON002", "no field of a CronWorkflow takes this", subject=f"spec.x{n}", file=f"apps/{n:05}/job.yaml", line=n + 1)
        for n in range(count // 2)
    ]
    findings += [
        finding("RES001", "no requests", severity=Severity.ERROR, blocks=True, file=f"apps/{n:05}/job.yaml") for n in range(count // 2)
    ]
    dropped = tuple(DroppedComment(f"apps/{n:05}/job.yaml", n + 1, "# a comment", "/spec") for n in range(count))
    return plan(findings=tuple(findings), dropped=dropped)
