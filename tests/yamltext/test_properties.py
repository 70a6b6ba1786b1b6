"""The laws of the text engine, on random documents in random styles."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tests.yamltext.drawn import at, edited, places, texts
from transformer.model import Op
from transformer.yamltext import Edit, ParseError, Refused, apply_plain, comments, edit_text, load, parse_text, plain, same


def _notes(text: str) -> Counter[str]:
    return Counter(c.text for d in parse_text(text.removeprefix("\ufeff")).documents for c in comments(d))


@settings(max_examples=150, deadline=None)
@given(texts(odd=True))
def test_two_loads_agree_and_no_edit_changes_nothing(text: str) -> None:
    """Nodes and the independent load say the same; without edits the text is the same."""
    bare = text.removeprefix("\ufeff")
    try:
        load(bare)
    except ParseError:
        reject()
    assert all(same(plain(d.root), loaded) for d, loaded in zip(parse_text(bare).documents, load(bare), strict=True))
    assert edit_text(text, {}).text == text


def _holds(text: str, edits: list[Edit]) -> bool:
    """Text and data agree after the edits; other documents, comments, byte order mark and line ends stay. Whether they were made."""
    bare = text.removeprefix("\ufeff")
    old = load(bare)
    try:
        done = edit_text(text, {0: edits})
    except Refused:
        return False
    new = load(done.text.removeprefix("\ufeff"))
    assert same(new[0], apply_plain(old[0], edits)), done.text
    assert same(new[1:], old[1:])
    assert _notes(text) == _notes(done.text) + Counter(d.text for d in done.dropped)
    assert done.text.startswith("\ufeff") == text.startswith("\ufeff")
    if "\r\n" in text:
        assert "\n" not in done.text.replace("\r\n", "")
    assert done.text.endswith("\n") == text.endswith("\n")
    return True


def _made(odd: bool) -> dict[Op, float]:
    """Random edits, and of each verb the share that was made and not refused."""
    asked, made = Counter[Op](), Counter[Op]()

    @settings(max_examples=500, deadline=None)
    @given(edited(odd=odd, most=2))
    def run(case: tuple[str, list[Edit]]) -> None:
        verbs = [e.op for e in case[1]]
        asked.update(verbs)
        made.update(verbs if _holds(*case) else ())

    run()
    assert all(asked[op] >= 20 for op in Op), asked
    return {op: made[op] / asked[op] for op in Op}


def test_edits_do_what_they_say_in_usual_shapes() -> None:
    """Most are made: 70 to 100 % of each verb. To refuse all is no way to be right."""
    assert {op: share for op, share in _made(odd=False).items() if share < 0.5} == {}


def test_edits_do_what_they_say_in_odd_shapes_too() -> None:
    """With anchors, tags, explicit keys, flow over several lines and blanks at odd places many must be refused, but not all."""
    assert {op: share for op, share in _made(odd=True).items() if share < 0.15} == {}


@settings(max_examples=150, deadline=None)
@given(texts(), st.data())
def test_one_scalar_replaced_changes_one_line(text: str, data: Any) -> None:
    """Setting a scalar touches nothing else: every other line stays as it is."""
    loaded = load(text.removeprefix("\ufeff"))[0]
    leaves = [p for p in places(loaded) if isinstance(at(loaded, p), (int, bool))]
    if not leaves:
        return
    path = data.draw(st.sampled_from(leaves))
    done = edit_text(text, {0: [Edit(Op.SET, path, 77)]}).text
    assert sum(a != b for a, b in zip(text.split("\n"), done.split("\n"), strict=True)) <= 1
