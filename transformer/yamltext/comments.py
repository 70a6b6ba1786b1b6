"""Comments of a document: what stands behind a `#` outside every scalar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transformer.yamltext.tree import Document, Node

_COMMENT = re.compile(r"(?:(?<=[ \t])|^)#[^\n\r]*", re.M)


@dataclass(frozen=True, slots=True)
class Comment:
    """`text` from the `#` to the end of its line, trailing blanks left out; `alone`: nothing else stands on its line."""

    start: int
    end: int
    text: str
    alone: bool
    column: int


def comments(doc: Document) -> list[Comment]:
    """Every comment of a document, in the order of the text."""
    text = doc.text
    if "#" not in text[doc.start : doc.end]:
        return []
    found: list[Comment] = []
    at = doc.start
    for start, end in (*_opaque(doc.root, text), (doc.end, doc.end)):
        if start > at:
            found += _between(text, at, start)
        at = max(at, end)
    return found


def _opaque(root: Node | None, text: str) -> Iterator[tuple[int, int]]:
    for node in root.below() if root else ():
        if node.kind in ("scalar", "alias") and node.end > node.start:
            start = node.start
            if node.style in ("|", ">"):  # a comment may stand on the header's line
                start = text.find("\n", node.inner, node.end)
                if start < 0:
                    continue
            yield start, node.end


def _between(text: str, start: int, end: int) -> Iterator[Comment]:
    for m in _COMMENT.finditer(text, start, end):
        line = text.rfind("\n", 0, m.start()) + 1
        if m.start() != line and m.start() == start and text[start - 1] not in " \t":
            continue
        yield Comment(m.start(), m.end(), m.group().rstrip(), not text[line : m.start()].strip("\ufeff \t"), m.start() - line)
