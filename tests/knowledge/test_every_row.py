"""Every row of the field table is exercised: by the walk over all fields, an example, a fixture's plan, or a test that names it."""

from __future__ import annotations

from pathlib import Path

from tests.knowledge.shown import shown
from tests.passes.cronworkflow.test_every_field import CASES
from transformer.knowledge import table

ROOT = Path(__file__).parents[2]


def test_every_row_of_the_field_table_is_exercised() -> None:
    """A row that nothing brings up is a fact that nobody has tried."""
    walked = {f"cronjob_fields/{case.values[0].id}" for case in CASES}  # type: ignore[union-attr]
    plans = "".join(p.read_text() for p in (ROOT / "fixtures").glob("*/plan.json"))
    tests = "".join(p.read_text() for p in (ROOT / "tests").rglob("test_*.py"))
    known = walked | shown()
    missing = {r.id for r in table("cronjob_fields").rows if f"cronjob_fields/{r.id}" not in known}
    assert sorted(i for i in missing if f'cronjob_fields/{i}"' not in plans + tests and f'"{i}"' not in tests) == []
