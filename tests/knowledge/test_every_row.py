"""Every row about a CronJob is exercised: by the walk over all fields, an example, a fixture's plan, or a test that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.knowledge.shown import shown
from tests.passes.cronworkflow.test_every_field import CASES
from transformer.knowledge import table

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["cronjob_fields", "cronjob_rules"])
def test_every_row_is_exercised(name: str) -> None:
    """A row that nothing brings up is a fact that nobody has tried."""
    walked = {f"cronjob_fields/{case.values[0].id}" for case in CASES}  # type: ignore[union-attr]
    plans = "".join(p.read_text() for p in (ROOT / "fixtures").glob("*/plan.json"))
    tests = "".join(p.read_text() for p in (ROOT / "tests").rglob("test_*.py"))
    known = walked | shown()
    missing = {r.id for r in table(name).rows if f"{name}/{r.id}" not in known}
    assert sorted(i for i in missing if f'{name}/{i}"' not in plans + tests and f'"{i}"' not in tests) == []
