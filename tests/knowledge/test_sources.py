"""What rows, changes and findings cite can be opened by a reader."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.knowledge.shown import shown
from transformer.config.consent import tables
from transformer.knowledge import Row, table
from transformer.knowledge.sources import address, sources_of, unknown

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = table("sources").rows
SECTION: Final = re.compile(r"\b((?:argo|argo-verified|autopilot|gitops)\.md) (\d+(?:\.\d+)*(?:, \d+(?:\.\d+)*)*)")
DESIGN: Final = re.compile(r"\barchitecture (§\d+(?:, §\d+)*)")


def sections(text: str) -> Iterator[str]:
    """`argo.md 1.3, 1.4` as its ids."""
    for found in SECTION.finditer(text):
        yield from (f"{found[1]} {n}" for n in found[2].split(", "))
    for found in DESIGN.finditer(text):
        yield from (f"architecture {n}" for n in found[1].split(", "))


def texts() -> Iterator[tuple[str, str]]:
    """(file, text) of every module, with its comments, every template and every page."""
    code, pages = (ROOT / "transformer").rglob("*.py"), (ROOT / "docs").rglob("*.md")
    for path in sorted([*code, *pages, *(ROOT / "templates").iterdir(), ROOT / "README.md", ROOT / "ARCHITECTURE.md"]):
        yield path.name, path.read_text()


def given() -> Iterator[tuple[str, str]]:
    """(module, text) of every string that code gives as a source, whatever it looks like."""
    for path in sorted((ROOT / "transformer").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            value = node.value if isinstance(node, ast.keyword) and node.arg == "source" else None
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                names = node.targets if isinstance(node, ast.Assign) else [node.target]
                value = node.value if any(isinstance(n, ast.Name) and n.id in ("SOURCE", "_SOURCE") for n in names) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield path.name, value.value


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    heads = re.findall(r"^#+ (.*)$", (ROOT / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


def test_every_row_leads_somewhere() -> None:
    """Of all tables, and what their heads say for rows without a source of their own."""
    cited = [(t.name, s) for t in tables() if t.name != "sources" for s in (t.source, *(r.source for r in t.rows)) if s]
    assert len(cited) > 500
    assert [(name, part) for name, source in cited for part in unknown(source)] == []


def test_every_section_that_code_and_pages_name_leads_somewhere() -> None:
    """In docstrings and messages too: `explain` opens it."""
    named = {(where, part) for where, text in texts() for part in sections(text)}
    assert len(named) > 50
    assert sorted((where, part) for where, part in named if part not in table("sources")) == []


def test_every_source_in_code_leads_somewhere() -> None:
    """What stands in the code as a source is one."""
    found = list(given())
    assert len(found) > 5
    assert [(where, text, part) for where, text in found for part in unknown(text)] == []


def test_every_change_and_finding_leads_somewhere() -> None:
    """Those of all examples and fixtures."""
    plans = [json.loads(p.read_text()) for p in (ROOT / "fixtures").glob("*/plan.json")]
    cited = {r["source"] for plan in plans for key in ("changes", "findings") for r in plan[key]} | shown()
    assert len(cited) > 100
    assert sorted(part for source in cited for part in unknown(source)) == []


def test_every_source_is_cited() -> None:
    """A source that nothing rests on is a page that nobody needs."""
    cited = {part for t in tables() if t.name != "sources" for s in (t.source, *(r.source for r in t.rows)) for part in s.split("; ")}
    cited |= {part for _, text in texts() for part in sections(text)} | {part for _, text in given() for part in text.split("; ")}
    assert sorted(row.id for row in SOURCES if row.id not in cited | shown()) == []


@pytest.mark.parametrize("row", SOURCES, ids=lambda row: str(row.id))
def test_a_source_can_be_opened(row: Row) -> None:
    """It has an address or a page; the page is there, with that heading; an address upstream cannot change under us unseen."""
    assert row.get("address") or row.get("page")
    if row.get("page"):
        page, _, anchor = row["page"].partition("#")
        assert (ROOT / page).is_file() and (not anchor or anchor in anchors(page))
    for url in row.get("address") or ():
        assert re.fullmatch(r"https://[\w.-]+/[\w./#@-]*", url)
    assert re.fullmatch(r"2026-\d\d-\d\d", row["date"])
    assert row["certain"] != "uncertain" or row.get("unsure")


def test_what_is_cited_is_found_by_row_by_id_and_by_address() -> None:
    """A row leads to what it cites; several ids lead to each; an address is one; anything else leads nowhere."""
    assert [r.id for r in sources_of("cronjob_fields/completions")] == ["argo.md 4.3"]
    assert [r.id for r in sources_of("executor/version-3.3")] == ["argo.md 1.3", "argo.md 1.4"]
    assert [r.id for r in sources_of("argo.md 1.3; nothing; argo.md 1.4")] == ["argo.md 1.3", "argo.md 1.4"]
    assert list(unknown("argo.md 1.3; nothing; https://example.com/a")) == ["nothing"]
    assert list(unknown("cronjob_fields/nonsense")) == ["cronjob_fields/nonsense"]
    assert address("https://example.com/a") == "https://example.com/a"
    assert address("../../etc/passwd") == address("no_such_table/x") == address("") == ""
