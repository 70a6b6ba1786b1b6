"""SARIF 2.1.0, as GitHub's code scanning takes it: what is found and would be changed, with rules, sources and fixes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from transformer import __version__
from transformer.config import codes, discovery
from transformer.knowledge.sources import address
from transformer.model import Plan, Severity
from transformer.report.fixes import Replacement, fixes
from transformer.report.frame import Frame, number, safe
from transformer.report.notices import Notice, notices

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
RESULTS: Final = 25_000  # that GitHub takes of one run
BYTES: Final = 10_000_000
_Fixes: TypeAlias = Mapping[tuple[str, int], Sequence[Replacement]]
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(plan: Plan, frame: Frame) -> str:
    """JSON and a line feed, within GitHub's limits: where it would be too long the fixes go first, then the last results, with a word."""
    found = notices(plan, frame)
    most, held = RESULTS, fixes(plan)
    while True:
        text = json.dumps(_log(plan, frame, found[:most], held, len(found)), indent=1, ensure_ascii=False) + "\n"
        if len(text.encode("utf-8", "backslashreplace")) < BYTES or most <= 1:
            return text
        most, held = (most, {}) if held else (min(most, len(found)) // 2, {})


def _log(plan: Plan, frame: Frame, told: Sequence[Notice], held: _Fixes, count: int) -> dict[str, Any]:
    rules = list(dict.fromkeys(n.code for n in told))
    left = count - len(told)
    cut = [f"{number(left, 'result')} of {count:,} left out, the least severe ones: the report may not be longer."] if left else []
    notes = [_note(text, "warning") for text in cut] + [_note(bug, "error") for bug in plan.bugs]
    run = {
        "tool": {
            "driver": {
                "name": "transformer",
                "semanticVersion": __version__,
                "rules": [_rule(code, [n for n in told if n.code == code]) for code in rules],
            }
        },
        "automationDetails": {"id": f"transformer/{plan.pipeline}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not plan.bugs, "toolExecutionNotifications": notes}],
        "results": [_result(n, rules.index(n.code), frame, held) for n in told],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _note(text: str, level: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": safe(text)}}


# --- rules


def _rule(code: str, found: Sequence[Notice]) -> dict[str, Any]:
    """`code`: of a finding, or the id of the pass that changes a resource."""
    meaning = codes.codes().get(code) or discovery.load(code).doc
    whole = " ".join(meaning.split())
    sources = {n.source: address(n.source) for n in found if n.source}
    links = [f"- [{safe(source)}]({url})" if url else f"- {safe(source)}" for source, url in sorted(sources.items())]
    told = f"{whole} `transformer explain {code}` says more."
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": whole.partition(". ")[0].rstrip(".") + "."},
        "fullDescription": {"text": whole},
        "help": {"text": told, "markdown": "\n".join([told, *(["", "Sources:", *links] if links else [])])},
        "defaultConfiguration": {"level": _LEVELS[min((n.severity for n in found), key=list(_LEVELS).index)]},
        "properties": {"tags": ["kubernetes"]},
    }
    url = next((url for url in sources.values() if url), "")
    return {**rule, "helpUri": url} if url else rule


# --- results


def _result(n: Notice, rule: int, frame: Frame, held: _Fixes) -> dict[str, Any]:
    where = _artifact(frame, n.file)
    region = {"startLine": n.line, "startColumn": n.column}
    result = {
        "ruleId": n.code,
        "ruleIndex": rule,
        "level": _LEVELS[n.severity],
        "message": {"text": "\n".join(safe(line) for line in (n.text, *n.remedy.splitlines()))},
        "locations": [{"physicalLocation": {"artifactLocation": where, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": n.identity},
    }
    changes = held.get((n.file, n.line), ()) if n.code in discovery.names() and not n.adds else ()
    return {**result, "fixes": [_fix(where, changes)]} if changes else result


def _fix(where: Mapping[str, str], changes: Iterable[Replacement]) -> dict[str, Any]:
    written = [
        {
            "deletedRegion": {"startLine": c.start[0], "startColumn": c.start[1], "endLine": c.end[0], "endColumn": c.end[1]},
            "insertedContent": {"text": c.text},
        }
        for c in changes
    ]
    return {
        "description": {"text": "What transformer would write"},
        "artifactChanges": [{"artifactLocation": where, "replacements": written}],
    }


def _artifact(frame: Frame, file: str) -> dict[str, str]:
    return {"uri": quote(os.fsencode(frame.in_repository(file)), safe="/"), "uriBaseId": "%SRCROOT%"}
