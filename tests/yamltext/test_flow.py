"""Flow collections of which nothing stays where it was."""

from __future__ import annotations

import pytest

from transformer.model import KEEP, Op
from transformer.yamltext import Edit, edit_text

TEXT = '{"spec": {"one": "x", "two": {"a": 1}}}\n'
MOVE = Edit(Op.MOVE, ("spec", "one"), KEEP, ("spec", "many", 0))
REMOVE = Edit(Op.REMOVE, ("spec", "two"))


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        ([MOVE, REMOVE], '{"spec": {"many": ["x"]}}\n'),
        ([MOVE, Edit(Op.INSERT, ("spec", "new", "k"), 1, (), "one"), REMOVE], '{"spec": {"many": ["x"], "new": {"k": 1}}}\n'),
        ([MOVE, Edit(Op.INSERT, ("spec", "new"), 1)], '{"spec": {"many": ["x"], "two": {"a": 1}, "new": 1}}\n'),
    ],
)
def test_what_takes_a_place_counts_as_there(edits: list[Edit], after: str) -> None:
    """A comma stands between what took an old entry's place and what comes behind it, and none where nothing follows."""
    assert edit_text(TEXT, {0: edits}).text == after
