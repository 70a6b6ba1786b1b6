"""`check --baseline`: findings of an earlier JSON report, for which check does not fail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from transformer.errors import UsageError
from transformer.model import Finding, Plan, Severity
from transformer.safe_files import read_regular

# Lines move and messages are reworded, so neither tells findings apart.
Key = tuple[str, str, str, str, str]  # code, file, kind, namespace, name
NOTHING: Final[Mapping[Key, int]] = {}


def read(path: Path) -> Mapping[Key, int]:
    """The number of findings for each key. Raises UsageError."""
    try:
        document = json.loads(read_regular(path, follow=True).decode("utf-8"))
        return Counter(_key_of(f) for f in document["findings"])
    except OSError as e:
        raise UsageError(f"{path} cannot be read: {e.strerror}. Create it with: transformer check --report {path}") from e
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise UsageError(f"{path} is not a JSON report of transformer. Create one with: transformer check --report baseline.json") from e


def _key_of(found: Mapping[str, Any]) -> Key:
    resource = found["resource"]
    return found["code"], found["file"], resource["kind"], resource["namespace"], resource["name"]


def unknown(findings: Iterable[Finding], known: Mapping[Key, int]) -> list[Finding]:
    """The findings that are not in the baseline. A second one in the same resource is new."""
    left = Counter(known)
    new = []
    for f in findings:
        key = (f.code, f.file, f.resource.kind, f.resource.namespace, f.resource.name)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(f)
    return new


def without_known(plan: Plan, left: list[Finding]) -> Plan:
    """The plan as the terminal shows it."""
    return replace(plan, findings=tuple(left))


def is_work(finding: Finding, *, strict: bool) -> bool:
    """Whether check fails for a finding: one that blocks, an error, or with `strict` also a warning."""
    return finding.blocks or finding.severity is Severity.ERROR or (strict and finding.severity is Severity.WARNING)
