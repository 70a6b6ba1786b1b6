"""Comments of a document: what stands behind a `#` outside every scalar."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from transformer.yamltext.tree import Comment, Document, Node

_COMMENT = re.compile(r"(?:(?<=[ \t])|^)#[^\n\r]*", re.M)


def comments(doc: Document) -> Sequence[Comment]:
    """Every comment of a document, in the order of the text."""
    if doc.notes is None:
        doc.notes = tuple(_comments(doc))
    return doc.notes


def _comments(doc: Document) -> Iterator[Comment]:
    text, at = doc.text, doc.start
    while (m := _COMMENT.search(text, at, doc.end)) is not None:
        behind = _end_of_opaque(doc.root, text, m.start())
        if behind > m.start():
            at = behind
            continue
        line = text.rfind("\n", 0, m.start()) + 1
        yield Comment(m.start(), m.end(), m.group().rstrip(), not text[line : m.start()].strip("\ufeff \t"), m.start() - line)
        at = m.end()


def _end_of_opaque(node: Node | None, text: str, at: int) -> int:
    """Behind the scalar or alias that holds an offset; 0 where there is none."""
    while node is not None and (node.pairs or node.items):
        node = _before(node, at)
    if node is None or not node.start <= at < node.end:
        return 0
    if node.style in ("|", ">"):  # a comment may stand on the header's line
        header = text.find("\n", node.inner, node.end)
        return node.end if 0 <= header <= at else 0
    return node.end


def _before(node: Node, at: int) -> Node | None:
    """The last child that starts at an offset or before it."""
    if node.items:
        number = bisect_right(node.items, at, key=lambda item: item.start) - 1
        return node.items[number] if number >= 0 else None
    number = bisect_right(node.pairs, at, key=lambda pair: pair[0].start) - 1
    if number < 0:
        return None
    key, value = node.pairs[number]
    return value if value.start <= at else key


__all__ = ["Comment", "comments"]
