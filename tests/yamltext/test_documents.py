"""Whole documents: one more, one less, and not a byte beside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.model import KEEP, Op
from transformer.yamltext import Edit, Refused, alone, append_document, append_item, edit_text, load, parse_text

DOCUMENTS = st.lists(
    st.sampled_from(["a: 1\n", "# head\nb: [x]  # tail\n", "c: |\n  text\n", "- d\n\n", "", "# only a comment\n", '{"e": 2}\n']),
    min_size=1,
    max_size=4,
)


def _text(documents: list[str], first: str) -> str:
    return first + "---\n".join(documents)


@given(DOCUMENTS, st.sampled_from(["", "---\n", "\ufeff"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_append(documents: list[str], first: str, end: str, final: bool) -> None:
    text = _text(documents, first).replace("\n", end)
    text = text if final else text.rstrip("\r\n")
    try:
        new = append_document(text, "# why\nkind: Role\nrules: []\n")
        assert load(new.removeprefix("\ufeff"))[-1] == {"kind": "Role", "rules": []}
    except Refused:
        return
    assert new.startswith(text)
    assert text.removeprefix("\ufeff") == "" or new[-1:] == text[-1:] or not text.endswith(("\n", "\r"))


def test_append_in_the_text_s_own_ways() -> None:
    assert append_document("a: 1\r\n", "b: 2\n") == "a: 1\r\n---\r\nb: 2\r\n"
    assert append_document("a: 1", "b: 2\n") == "a: 1\n---\nb: 2"
    assert append_document("", "b: 2\n") == "b: 2\n"
    with pytest.raises(Refused, match="directives"):
        append_document("%YAML 1.1\n---\na: 1\n", "b: 2\n")


def test_an_insertion_into_braces_that_lose_all_they_had() -> None:
    """It and what takes the place of the old keys are told apart by a comma."""
    edits = [
        Edit(Op.MOVE, ("a", "b"), KEEP, ("a", "list", 0)),
        Edit(Op.INSERT, ("a", "new"), True),
    ]
    assert load(edit_text('{"a": {"b": 1}}', {0: edits}).text) == [{"a": {"new": True, "list": [1]}}]


@given(DOCUMENTS, st.data())
def test_remove(documents: list[str], data: st.DataObject) -> None:
    """The text without its part; every other byte stays."""
    documents = [d for d in documents if d and not d.startswith("# only")] or ["a: 1\n"]
    text = _text(documents, "---\n")
    n = data.draw(st.integers(0, len(documents) - 1))
    if len(documents) == 1:
        with pytest.raises(Refused, match="only document"):
            edit_text(text, {0: [Edit(Op.REMOVE, ())]})
        return
    done = edit_text(text, {n: [Edit(Op.REMOVE, ())]})
    assert done.text == _text([d for k, d in enumerate(documents) if k != n], "---\n")
    assert [d.text for d in done.dropped] == [c for c in ("# head", "# tail") if c in documents[n]]


def test_the_first_document_goes_with_the_marker_behind_it() -> None:
    """Where it has none of its own, and the next one is no empty document."""
    gone = {0: [Edit(Op.REMOVE, ())]}
    assert edit_text("a: 1\n---\nb: 2\n", gone).text == "b: 2\n"
    assert edit_text("a: 1\n...\n---\nb: 2\n...\n", gone).text == "b: 2\n...\n"
    assert edit_text("a: 1\n--- # here\nb: 2\n", gone).text == "--- # here\nb: 2\n"
    assert edit_text("a: 1\n---\n---\nb: 2\n", gone).text == "---\n---\nb: 2\n"
    assert edit_text("# head\n---\na: 1\n---\nb: 2\n", gone).text == "# head\n---\nb: 2\n"


def test_a_document_is_not_edited_and_removed() -> None:
    with pytest.raises(Refused, match="at once"):
        edit_text("a: 1\n---\nb: 2\n", {0: [Edit(Op.REMOVE, ()), Edit(Op.REMOVE, ("a",))]})


ITEMS = st.lists(
    st.sampled_from(["a: 1 # one", "b: |\n  text\n\n  more", "# above\nc: {d: e}", "e:\n- f\n- g", "h: i\n\nj: k"]), min_size=1, max_size=4
)


@given(ITEMS, st.integers(0, 3), st.integers(1, 3), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_items_alone_and_once_more(items: list[str], at: int, gap: int, end: str, more: bool, final: bool) -> None:
    """An item as a text of its own means the same; appended, it is one more item, and every other byte stays."""
    text = "items:\n"
    for item in items:
        lines = item.split("\n")
        n = next(k for k, line in enumerate(lines) if not line.startswith("#"))
        text += "".join(" " * at + line + "\n" for line in lines[:n]) + " " * at + "-" + " " * gap + lines[n] + "\n"
        text += "".join((" " * (at + 1 + gap) + line if line else "") + "\n" for line in lines[n + 1 :])
    text = (text + ("kind: List\n" if more else "")).replace("\n", end)
    text = text if final else text.rstrip("\r\n")
    (doc,) = parse_text(text).documents
    for n, data in enumerate(load(text)[0]["items"]):
        single, before = alone(doc, ("items", n))
        assert load(single) in ([data], [{**data, **{k: v + "\n" for k, v in data.items() if k == "b"}}])
        assert text.split("\n")[before].strip(" -\r") == single.split("\n")[0].strip(" -\r")
        try:
            new = append_item(text, doc, ("items",), single)
        except Refused:
            assert not final
            continue
        assert load(new)[0]["items"] == [*load(text)[0]["items"], load(single)[0]]
        kept = len(text) - len(text[text.rfind("kind: List") :]) if more else len(text)
        assert new.startswith(text[:kept].rstrip("\r\n"))
        assert new.endswith(text[kept:])
        assert {k: v for k, v in load(new)[0].items() if k != "items"} == ({"kind": "List"} if more else {})


@given(DOCUMENTS, st.sampled_from(["", "---\n", "# head\n---\n"]), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.data())
def test_one_more_and_one_less(documents: list[str], first: str, end: str, dots: bool, data: st.DataObject) -> None:
    """Append a copy of a document, take the first one out: the rest is what it was."""
    documents = [d for d in documents if d and not d.startswith("# only")] or ["a: 1\n"]
    joint = "...\n---\n" if dots else "---\n"
    text = (first + joint.join(documents)).replace("\n", end)
    docs = parse_text(text).documents
    n = data.draw(st.integers(0, len(docs) - 1))
    single, _ = alone(docs[n])
    assert load(single) == [load(text)[n]]
    longer = append_document(text, single)
    assert longer.startswith(text)
    assert load(longer) == [*load(text), load(single.strip("\r\n") + "\n")[0]]
    shorter = edit_text(longer, {n: [Edit(Op.REMOVE, ())]}).text
    assert load(shorter) == [d for k, d in enumerate(load(longer)) if k != n]
    rest = longer[: docs[n].start] + longer[docs[n].end :].removeprefix(("..." + end) if dots else "")
    assert shorter == (rest if first or n > 0 else rest.removeprefix("---" + end))
