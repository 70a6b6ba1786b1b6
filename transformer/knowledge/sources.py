"""Where a reader finds what a row, a change or a finding cites: the table `sources`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from transformer.knowledge import KnowledgeError, Row, table, table_names

_TABLE: Final = "sources"
_PART: Final = "; "
_WEB: Final = ("https://", "http://")


def sources_of(cited: str) -> tuple[Row, ...]:
    """The rows of `sources` behind an id, several ids, or a row that is cited as `table/row`; none where it leads nowhere."""
    if cited in table(_TABLE):
        return (table(_TABLE)[cited],)
    parts = _of_row(cited) or cited.split(_PART)
    return tuple(table(_TABLE)[part] for part in parts if part in table(_TABLE))


def unknown(cited: str) -> Iterator[str]:
    """The parts of a citation that lead nowhere."""
    parts = [cited] if cited in table(_TABLE) else _of_row(cited) or cited.split(_PART)
    yield from (part for part in parts if part not in table(_TABLE) and not part.startswith(_WEB))


def address(cited: str) -> str:
    """The address upstream that a reader is sent to; a citation may be one itself. "" where there is none."""
    if cited.startswith(_WEB):
        return cited
    return next((str(url) for row in sources_of(cited) for url in row.get("address") or ()), "")


def row_of(cited: str) -> str:
    """The id of the row that is cited as `table/row`, for `explain`; "" where a citation names none."""
    name, _, row_id = cited.partition("/")
    return row_id if name.isidentifier() and name in table_names() else ""


def _of_row(cited: str) -> list[str]:
    """What the row behind `table/row` cites."""
    name, _, row_id = cited.partition("/")
    try:
        held = table(name) if row_id and name.isidentifier() else None
    except KnowledgeError:
        return []
    return held[row_id].source.split(_PART) if held is not None and row_id in held else []
