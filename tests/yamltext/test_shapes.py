"""Shapes that once went wrong: flow collections over several lines, anchors, tags, comments behind a value."""

from __future__ import annotations

import pytest

from transformer.model import KEEP, Op
from transformer.yamltext import Edit, Refused, edit_text

TALL = "a: [\n  x,  # one\n  y  # two\n]\n"


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("a: [x, y]\n", Edit(Op.INSERT, ("a", 0), "new"), "a: [new, x, y]\n"),
        ("a: [x, y, ]\n", Edit(Op.INSERT, ("a", 1), "new"), "a: [x, new, y, ]\n"),
        ("a: [x, ]\n", Edit(Op.REMOVE, ("a", 0)), "a: []\n"),
        (TALL, Edit(Op.INSERT, ("a", 0), "new"), "a: [\n  new,\n  x,  # one\n  y  # two\n]\n"),
        (TALL, Edit(Op.INSERT, ("a", 1), "new"), "a: [\n  x,  # one\n  new,\n  y  # two\n]\n"),
        (TALL, Edit(Op.INSERT, ("a", 2), "new"), "a: [\n  x,  # one\n  y,  # two\n  new\n]\n"),
        (TALL, Edit(Op.REMOVE, ("a", 0)), "a: [\n  y  # two\n]\n"),
        (TALL, Edit(Op.REMOVE, ("a", 1)), "a: [\n  x  # one\n]\n"),
        ("a: {x: 1, y: 2}\n", Edit(Op.INSERT, ("a", "new"), 3, after="x"), "a: {x: 1, new: 3, y: 2}\n"),
        ("a: &k !!map\n  x: 1\nb: 2\n", Edit(Op.REMOVE, ("a", "x")), "a: &k !!map {}\nb: 2\n"),
        ("a: &k  # tail\nb: 2\n", Edit(Op.SET, ("a",), "new"), "a: &k new  # tail\nb: 2\n"),
        ("a: x  # tail\nb: 2\n", Edit(Op.SET, ("a",), "n\nm\n"), "a: |  # tail\n  n\n  m\nb: 2\n"),
        ("k: &k {x: 1}\na: *k\n", Edit(Op.SET, ("a",), 3), "k: &k {x: 1}\na: 3\n"),
        ("k: &k {x: 1}\na: *k\n", Edit(Op.MOVE, ("a",), KEEP, to=("b",)), "k: &k {x: 1}\nb: *k\n"),
        ("a: [x: 1]\n", Edit(Op.MOVE, ("a", 0), KEEP, to=("b",)), "a: []\nb: {x: 1}\n"),
    ],
)
def test_comes_out(before: str, edit: Edit, after: str) -> None:
    assert edit_text(before, {0: [edit]}).text == after


@pytest.mark.parametrize(
    ("before", "edit", "reason"),
    [
        ("k: &k {x: 1}\na: *k\n", Edit(Op.SET, ("k", "x"), 2), "line 1: the anchor &k is used at line 2"),
        ("k: &k {x: 1}\na: *k\n", Edit(Op.REMOVE, ("k",)), "line 1: the anchor &k is used at line 2"),
        ("k: &k {x: 1}\na: *k\nz:\n  y: 1\n", Edit(Op.MOVE, ("k",), KEEP, to=("z", "k")), "line 1: the anchor &k is used at line 2"),
        ("a: !!str 1\n", Edit(Op.SET, ("a",), 2), "line 1: the tag !!str would give the new value another type"),
        ("a: 1\nb: 2\n", Edit(Op.RENAME, ("a",), to=("b",)), "there is a key b already"),
    ],
)
def test_is_refused(before: str, edit: Edit, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        edit_text(before, {0: [edit]})


@pytest.mark.parametrize(
    ("before", "edits"),
    [
        ("a:\n- 0\n", [Edit(Op.MOVE, ("a", 0), KEEP, to=("new", 0))]),
        ("a:\n- 0\n", [Edit(Op.REMOVE, ("a", 0)), Edit(Op.INSERT, ("new", 0), 5)]),
        ("a:\n- 0\nc: 1\n", [Edit(Op.MOVE, ("a", 0), KEEP, to=("d",)), Edit(Op.MOVE, ("c",), KEEP, to=("new", 0))]),
    ],
)
def test_a_list_that_moves_and_is_filled_anew(before: str, edits: list[Edit]) -> None:
    """The new items would not travel with it, so it is refused; beside an item that stays they do."""
    moves = Edit(Op.MOVE, ("a",), KEEP, to=("new",))
    with pytest.raises(Refused, match="line 2: a list moves, loses all its items, and gets new ones"):
        edit_text(before, {0: [moves, *edits]})
    assert edit_text("a:\n- 0\n- 1\n", {0: [moves, Edit(Op.REMOVE, ("a", 0)), Edit(Op.INSERT, ("new", 0), 5)]}).text == "new:\n- 5\n- 1\n"
