"""Every row of every table is exercised: cited by an example, a fixture's plan or the walk over all fields, or named by a test.

Rows that nothing cites (merge keys, versions, tags, ...) are data that code looks things up in: there what they are about must
occur in the text of an example, a fixture or a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.knowledge.shown import shown
from tests.passes.cronworkflow.test_every_field import CASES
from transformer.config.consent import tables
from transformer.knowledge import Row

ROOT: Final = Path(__file__).parents[2]

# What a row of a table that nothing cites is about, as words that all occur together in one text.
SIGNS: Final[Mapping[str, Callable[[Row], Sequence[str]]]] = {
    "argo_pod": lambda row: (row["field"],),
    "builtin_roles": lambda row: ("ClusterRole", row["name"]),
    "containers": lambda row: (row["at"].split("/")[0],),
    "quantities": lambda row: (row.id,),
}
# Tables with a test that takes all their rows, or all that nothing cites.
TAKEN: Final[Mapping[str, str]] = {
    "argo_charts": "test_tables.py",
    "argo_limits": "test_tables.py",
    "argo_reserved": "test_tables.py",
    "argo_schema": "test_tables.py",
    "argo_tags": "test_tables.py",
    "argo_versions": "test_argo_versions.py",
    "compute_classes": "test_tables.py",
    "controller_config": "test_tables.py",
    "merge_keys": "test_tables.py",
    "moving_tags": "test_tables.py",
    "pod_templates": "test_tables.py",
    "injectors": "../cases/test_injectors.py",
    "severities": "../cases/test_severities.py",
    "kustomize_component": "../layers/test_component.py",
    "kustomize_merge": "../layers/test_component.py",
    "releases": "test_tables.py",
    "sources": "test_sources.py",
}


@cache
def texts() -> tuple[str, ...]:
    """Examples, fixtures and tests, but for this one."""
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "transformer" / "passes").rglob("examples*.py")]
    files += [*(ROOT / "transformer" / "passes").rglob("examples/*.py"), *(p for p in (ROOT / "fixtures").rglob("*") if p.is_file())]
    return tuple(p.read_bytes().decode("utf-8", "replace") for p in files if p != Path(__file__))


@cache
def named() -> frozenset[str]:
    """Every quoted word, and every `table/id`, of those texts."""
    return frozenset(found for text in texts() for found in re.findall(r'"([\w./§ -]+)"|\b(\w+/[\w.-]+)', text) for found in found if found)


# The rows of `executor` and `argo_submit` that tests take together, by kind.
TOGETHER: Final[Mapping[str, Callable[[Row], bool]]] = {
    "executor": lambda row: row["what"] in ("version", "label", "effect"),
    "argo_submit": lambda row: any(re.search(rf"--{n}\b|\b{n} |\b{n}\b[=,]", text) for n in row["names"] for text in texts()),
}


def exercised(table: str, row: Row) -> bool:
    cited = f"{table}/{row.id}"
    if cited in shown() or cited in named() or row.id in named() or cited in walked():
        return True
    if table in TOGETHER and TOGETHER[table](row):
        return True
    wanted = SIGNS[table](row) if table in SIGNS else ()
    return bool(wanted) and any(all(word in text for word in wanted) for text in texts())


@cache
def walked() -> frozenset[str]:
    return frozenset(f"cronjob_fields/{case.values[0].id}" for case in CASES)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [t.name for t in tables() if t.name not in TAKEN])
def test_every_row_is_exercised(name: str) -> None:
    """A row that nothing brings up is a fact that nobody has tried."""
    held = next(t for t in tables() if t.name == name)
    assert [row.id for row in held.rows if not exercised(name, row)] == []


def test_tables_without_a_test_of_their_own_are_few() -> None:
    """A table is left out above only where a test takes all its rows."""
    for name, file in TAKEN.items():
        text = (Path(__file__).parent / file).read_text()
        assert f'rows("{name}")' in text or f'table("{name}")' in text
