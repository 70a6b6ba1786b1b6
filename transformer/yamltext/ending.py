"""Line breaks that mean something: at the end of a text, and behind block scalars that keep them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from transformer.yamltext.cuts import Cut
from transformer.yamltext.documents import ends_in_block
from transformer.yamltext.edit import Edit, Refused
from transformer.yamltext.tree import Document, Node, parse_text

_BARE_BREAK = re.compile(r"(?<!\r)\n")


def ended_alike(old: str, new: str, edits: Iterable[Edit]) -> str:
    """The new text with a final line break if the old one has it. Raises Refused where that would change a value."""
    if new and old and new != old and not old.endswith("\n"):
        fresh = any(_ends_with_break(e.value) for e in edits)
        if ends_in_block(new) and (fresh or new.endswith("\n") or not ends_in_block(old)):
            raise Refused("the text has no final line break, and would end with a block scalar that needs one")
        return new.rstrip("\r\n")
    if old.endswith("\n") and new and not new.endswith("\n"):
        return new + ("\r\n" if old.endswith("\r\n") else "\n")
    return new


def like_neighbours(text: str, cuts: Sequence[Cut]) -> Sequence[Cut]:
    """Where the lines of a text do not all end alike, new lines end as the line above them does."""
    if "\r\n" not in text or not _BARE_BREAK.search(text):
        return cuts
    return [replace(c, text=c.text.replace("\r\n", "\n").replace("\n", _break_above(text, c.start))) for c in cuts]


def _break_above(text: str, at: int) -> str:
    end = text.rfind("\n", 0, at)
    end = text.find("\n", at) if end < 0 else end
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def check_kept(docs: Sequence[Document], new: str, edits: Mapping[int, Sequence[Edit]]) -> None:
    """Refuse where a block scalar that keeps the blank lines behind it (`|+`) would get or lose some."""
    found = {doc.index: {n.value for n in _keeping(doc)} for doc in docs}
    if not any(found.values()):
        return
    documents = parse_text(new).documents
    for index, before in found.items():
        allowed = before.union(*(_texts(e.value) for e in edits.get(index, ())))
        if before and any(n.value not in allowed for n in _keeping(documents[index])):
            raise Refused("a block scalar that keeps the blank lines behind it (+) would change")


def _keeping(doc: Document) -> Iterator[Node]:
    if doc.root and "+" in doc.text[doc.start : doc.end]:
        yield from (n for n in doc.root.below() if n.style in ("|", ">") and "+" in doc.text[n.inner : n.inner + 3])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _ends_with_break(value: Any) -> bool:
    """Whether the last string of plain data ends with a line break."""
    while isinstance(value, (dict, list)) and value:
        value = list(value.values())[-1] if isinstance(value, dict) else value[-1]
    return isinstance(value, str) and value.endswith("\n")
