"""What the written pages name is there."""

from __future__ import annotations

import re
from pathlib import Path

from transformer.config.consent import find_rows

DOCS = Path(__file__).parent.parent / "docs"


def test_rows_named_in_the_page_on_native_conversions() -> None:
    text = (DOCS / "native.md").read_text(encoding="utf-8")
    named = re.findall(r"`(native-[a-z-]+|concurrency-[a-z]+)`", text)
    assert named
    assert [row for row in named if not list(find_rows(row))] == []
