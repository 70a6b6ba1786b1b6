"""One table says how severe each finding is. What the code, the tables and the fixtures say is in it, and each fact has one severity."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.cases.conftest import CRONWORKFLOW, Case, cron_job
from transformer.config.codes import codes
from transformer.config.consent import tables
from transformer.knowledge import table

ROOT: Final = Path(__file__).parents[2]
ALLOWED: Final = frozenset((row["code"], row["severity"]) for row in table("severities").rows)
DEFAULT: Final = {"finding": "warning", "Note": "warning", "block": "error"}


def test_every_code_has_a_severity_and_every_severity_a_code() -> None:
    assert {code for code, _ in ALLOWED} == set(codes())


def test_where_a_code_has_several_the_table_says_when() -> None:
    for code in codes():
        rows = [row for row in table("severities").rows if row["code"] == code]
        assert len({row["severity"] for row in rows}) == len(rows)
        assert len(rows) == 1 or sum(not row.get("when") for row in rows) <= 1, code


def written() -> Iterator[tuple[str, str, str]]:
    """(code, severity, place) of every call that names both, or leaves the severity to its default."""
    for path in sorted((ROOT / "transformer").rglob("*.py")):
        for call in (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)):
            name = ast.unparse(call.func).rpartition(".")[2]
            code = call.args[0].value if name in DEFAULT and call.args and isinstance(call.args[0], ast.Constant) else None
            if not isinstance(code, str) or code not in codes():
                continue
            given = [ast.unparse(a) for a in (*call.args, *(k.value for k in call.keywords)) if "everity" in ast.unparse(a)]
            for severity in {s.rpartition(".")[2].lower() for g in given for s in g.split() if "Severity." in s} or {DEFAULT[name]}:
                if not given or "Severity." in given[0]:
                    yield code, severity, f"{path.name}:{call.lineno}"


def test_what_the_code_says_is_in_the_table() -> None:
    found = list(written())
    assert len(found) > 15
    assert [f for f in found if f[:2] not in ALLOWED] == []


def test_rows_that_are_findings_have_a_severity_of_the_table() -> None:
    for name, code in (("cronjob_fields", "CRON004"), ("cronjob_rules", "CRON004"), ("references", "CRON012")):
        held = next(t for t in tables() if t.name == name)
        assert [r.id for r in held.rows if (code, r.get("severity") or "warning") not in ALLOWED] == []


def test_what_fixtures_show_is_in_the_table_and_one_fact_has_one_severity() -> None:
    facts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for plan in sorted((ROOT / "fixtures").glob("*/plan.json")):
        for found in json.loads(plan.read_text(encoding="utf-8"))["findings"]:
            assert (found["code"], found["severity"]) in ALLOWED, (plan.parent.name, found)
            facts[found["code"], found["source"]].add(found["severity"])
    assert {fact: said for fact, said in facts.items() if len(said) > 1} == {}


@pytest.mark.parametrize(
    ("files", "version", "code", "exit_code"),
    [
        ({"a.yaml": cron_job(more="namespace: a", container="env: []")}, "3.3", "CRON004", 1),
        ({"a.yaml": cron_job(more="namespace: a", container="env: []")}, "3.6", "CRON004", 0),
    ],
)
def test_what_stops_a_pod_at_the_target_is_an_error_and_exit_1(
    case: Case, files: dict[str, str], version: str, code: str, exit_code: int
) -> None:
    head = "apiVersion: transformer.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: move}\n"
    target = f'target: {{gke: {{mode: autopilot, version: "1.33"}}, argoWorkflows: {{version: "{version}"}}}}\n'
    done = case({**files, "transformer.yaml": f"{head}{target}{CRONWORKFLOW}"})
    assert (done.code, bool(done.findings(code, severity="error"))) == (exit_code, exit_code == 1)
