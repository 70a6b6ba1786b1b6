"""The JSON report: a contract that other tools read (architecture §7). Keys and their order are stable."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from transformer.model import KEEP, Change, Finding, Op, Outcome, Plan, Scalar, pointer
from transformer.redaction import HIDDEN, hidden_lines, shown
from transformer.report.by_resource import ResourceSummary, by_resource
from transformer.report.frame import counts, labels

VERSION: Final = 1


def render(plan: Plan) -> str:
    """A JSON object and a line feed. Values of Secrets are redacted."""
    return json.dumps(document(plan), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def document(plan: Plan) -> dict[str, Any]:
    secret = Secrets(plan.old)
    return {
        "version": VERSION,
        "pipeline": plan.pipeline,
        "base": plan.base,
        "digest": plan.digest,
        "changes": [_change(c) for c in plan.changes],
        "findings": [_finding(f) for f in plan.findings],
        "droppedComments": [
            {"file": d.file, "line": d.line, "text": HIDDEN if secret.has(d.file, d.line) else d.text} for d in plan.dropped
        ],
        "outcomes": [_outcome(o) for o in plan.outcomes],
        "resources": [_resource(r) for r in by_resource(plan)],
        "summary": {"files": plan.files, "documents": plan.documents, **counts(plan), "seconds": round(plan.seconds, 3)},
    }


class Secrets:
    """The lines of the old texts with values of Secrets. A text is read at the first question about it."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts
        self._lines: dict[str, frozenset[int]] = {}

    def has(self, file: str, line: int) -> bool:
        if file not in self._lines:
            text = self._texts.get(file, b"").decode("utf-8", "replace")
            self._lines[file] = hidden_lines(text)
        return line in self._lines[file]


def values(change: Change) -> tuple[Scalar, Scalar]:
    """The value before and after, if it is a scalar. A move without a new value keeps the old one."""
    before = _scalar(change.before)
    if change.op in (Op.MOVE, Op.RENAME) and (change.value is KEEP or change.op is Op.RENAME):
        after = before
    else:
        after = None if change.op is Op.REMOVE else _scalar(change.value)
    return shown(change, before), shown(change, after)


def _scalar(value: Any) -> Scalar:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, (str, int, float)) else None


def _change(change: Change) -> dict[str, Any]:
    before, after = values(change)
    found = {
        "pass": change.pass_id,
        "file": change.file,
        "document": change.document,
        "lines": list(change.lines),
        "resource": labels(change.resource),
        "op": str(change.op),
        "path": pointer(change.path),
        "before": before,
        "after": after,
        "why": change.why,
        "source": change.source,
    }
    if change.op in (Op.MOVE, Op.RENAME):
        found["to"] = pointer(change.to)
    return found


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "file": finding.file,
        "line": finding.line,
        "resource": labels(finding.resource),
        "message": finding.full_message,
        "remedy": finding.remedy,
        "source": finding.source,
    }


def _resource(summary: ResourceSummary) -> dict[str, Any]:
    return {
        "file": summary.file,
        "document": summary.document,
        "resource": labels(summary.resource),
        "becomes": labels(summary.becomes) if summary.becomes else None,
        "verdict": str(summary.verdict),
        "passes": list(summary.passes),
        "reasons": list(summary.reasons),
        "findings": [{"code": f.code, "severity": str(f.severity), "line": f.line} for f in summary.findings],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "file": outcome.file,
        "document": outcome.document,
        "resource": labels(outcome.resource),
        "pass": outcome.pass_id,
        "outcome": str(outcome.verdict),
        "reason": outcome.reason,
    }
