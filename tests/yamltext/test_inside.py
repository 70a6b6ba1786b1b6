"""A string that changes in a few places, and what is put into nodes that move."""

from __future__ import annotations

import pytest

from transformer.model import KEEP, Op
from transformer.yamltext import Edit, edit_text, load


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("a: |\n  x {b}\n\n   y\n", "b", "cc", "a: |\n  x {cc}\n\n   y\n"),
        ("a: |4-\n     x b\n    b\n", "b", "c", "a: |4-\n     x c\n    c\n"),
        ("a: |+\n  b\n\n", "b", "c", "a: |+\n  c\n\n"),
        ("a: >\n  x b\n  y\n\n  b\n", "b", "c", "a: >\n  x c\n  y\n\n  c\n"),
        ('a: "\\x41 b \\u00e9"  # d\n', "b", "c", 'a: "\\x41 c \\u00e9"  # d\n'),
        ('a: "one \\\n  two b"\n', "b", "'\"", 'a: "one \\\n  two \'\\""\n'),
        ("a: 'it''s\n  b'\n", "b", "'", "a: 'it''s\n  '''\n"),
        ("a: one\n  b two\n", "b", "c", "a: one\n  c two\n"),
        ('a: ["x\\t", "y\\tb"]\n', "b", "c", 'a: ["x\\t", "y\\tc"]\n'),
    ],
)
def test_only_these_bytes(before: str, old: str, new: str, after: str) -> None:
    """Over several lines and with escapes, in every style."""
    held = load(before)[0]["a"]
    path = ("a", 1) if isinstance(held, list) else ("a",)
    value = held[1] if isinstance(held, list) else held
    assert edit_text(before, {0: [Edit(Op.SET, path, value.replace(old, new))]}).text == after


def test_another_text_is_written_anew() -> None:
    """Where lines come or go, or the style cannot hold the new text."""
    assert load(edit_text("a: |\n  x\n", {0: [Edit(Op.SET, ("a",), "x\ny\n")]}).text) == [{"a": "x\ny\n"}]
    assert load(edit_text("a: x\n  b\n", {0: [Edit(Op.SET, ("a",), "x: b")]}).text) == [{"a": "x: b"}]


MOVE = Edit(Op.MOVE, ("a", "list", 0), KEEP, ("z", "c"))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "b: 1\n"])
@pytest.mark.parametrize(
    ("item", "path", "env"),
    [
        ("name: x\n    args:\n    - b\n", ("env", 0), ["L"]),
        ("name: x\n    env:\n    # mine\n    - M\n", ("env", 0), ["L", "M"]),
        ("name: x\n    env:\n    - M  # mine\n", ("env", 1), ["M", "L"]),
        ("name: x\n    env: [M]\n", ("env", 0), ["L", "M"]),
        ("name: x\n    env: [M, P]\n", ("env", 1), ["M", "L", "P"]),
        ("name: x\n    env: []\n", ("env", 0), ["L"]),
        ("name: x\n    env: null\n", ("env", 0), ["L"]),
        ("name: x\n    env:\n", ("env", 0), ["L"]),
        ("name: |\n      x\n    env:\n    - M\n", ("env", 1), ["M", "L"]),
    ],
)
def test_what_a_moved_node_gets_goes_with_it(item: str, path: tuple[str, int], env: list[str], last: str, newline: str) -> None:
    """At its start, in its middle and at its very end."""
    text = f"a:\n  list:\n  - {item}{last}".replace("\n", newline)
    edits = [MOVE, Edit(Op.INSERT, ("z", "c", *path), "L"), Edit(Op.REMOVE, ("a",))]
    done = edit_text(text, {0: edits})
    assert load(done.text)[0]["z"]["c"]["env"] == env
    assert done.dropped == ()
    assert done.text.count("\n") == done.text.count(newline)


def test_lines_of_blanks_in_a_block_scalar_move_with_it() -> None:
    """They may be a part of the text."""
    text = "a:\n    b: |\n        x\n          \n      \n        y\n"
    done = edit_text(text, {0: [Edit(Op.MOVE, ("a", "b"), KEEP, ("c",)), Edit(Op.REMOVE, ("a",))]})
    assert load(done.text) == [{"c": "x\n  \n\ny\n"}]
