"""Whole documents: one more, one less, and not a byte beside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.model import Op
from transformer.yamltext import Edit, Refused, append_document, edit_text, load

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


def test_a_document_is_not_edited_and_removed() -> None:
    with pytest.raises(Refused, match="at once"):
        edit_text("a: 1\n---\nb: 2\n", {0: [Edit(Op.REMOVE, ()), Edit(Op.REMOVE, ("a",))]})
