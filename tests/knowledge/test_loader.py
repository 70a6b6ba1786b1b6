"""Tables of facts: what a table must hold, and what its loader says when it does not."""

from __future__ import annotations

import pytest

from transformer.knowledge import KnowledgeError, read, table

GOOD = """
source: a page
retrieved: 2026-08-22
versions: "1 to 2"
columns:
  how: [keep, drop]
  names: texts?
  since: text?
rows:
  - {id: one, how: keep, names: [a, b]}
  - {id: two, source: another page, how: drop, since: "3.6"}
"""


def test_rows_are_read_in_order_and_cannot_be_changed() -> None:
    """A table is frozen, down to the lists in its rows."""
    found = read("good", GOOD)
    assert [r.id for r in found.rows] == ["one", "two"]
    assert found["one"]["names"] == ("a", "b")
    assert found["two"].source == found["two"]["source"] == "another page"
    assert found["one"].source == "a page"
    assert found.cite("two") == "good/two"
    with pytest.raises(TypeError):
        found["one"].cells["how"] = "drop"  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: two", "id: one", "good.yaml: row one: this id stands twice"),
        ("id: two, ", "", "good.yaml: row 2: a row is a mapping with an `id`"),
        ("how: drop", "how: dorp", "good.yaml: row two: how is 'dorp'; there is: keep, drop"),
        ("how: drop, ", "", "good.yaml: row two: no how"),
        ('since: "3.6"', "sinec: x", "good.yaml: row two: unknown key sinec"),
        ('since: "3.6"', "since: 3", "good.yaml: row two: since is no text"),
        ("names: [a, b]", "names: a", "good.yaml: row one: names is no texts"),
        ("source: a page", "source: ''", "good.yaml: row one: no source"),
        ("retrieved:", "fetched:", "good.yaml: unknown key fetched"),
        ("rows:", "rows: []\nmore:", "good.yaml: unknown key more"),
    ],
)
def test_a_mistake_is_named_with_file_and_row(old: str, new: str, message: str) -> None:
    """Unknown keys, duplicates, other types and rows without a source are refused."""
    with pytest.raises(KnowledgeError, match=message.replace("[", r"\[")):
        read("good", GOOD.replace(old, new))


def test_a_table_that_is_not_there() -> None:
    """The name of the file that was looked for is told."""
    with pytest.raises(KnowledgeError, match=r"nonsense\.yaml: no such table"):
        table("nonsense")
