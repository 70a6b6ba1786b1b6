"""A code quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from transformer.model import Severity
from transformer.report.frame import Frame, safe
from transformer.report.notices import Notice

_SEVERITIES: Final = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(found: Iterable[Notice], frame: Frame) -> str:
    """A JSON list and a line feed."""
    entries = [
        {
            "description": safe(n.text),
            "check_name": n.code,
            "fingerprint": n.identity,
            "severity": _SEVERITIES[n.severity],
            "location": {"path": safe(frame.in_repository(n.file)), "lines": {"begin": n.line}},
        }
        for n in found
    ]
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"
