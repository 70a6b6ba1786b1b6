"""How a document is written: indent step, list offset, quotes. Taken from the document, never from a setting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from transformer.yamltext.scalars import resolve
from transformer.yamltext.tree import Document, Node


@dataclass(frozen=True, slots=True)
class Style:
    """`step`: columns from a key to the keys below it; `offset`: columns from a key to the dash of a list below it;
    `gap`: blanks behind a dash; `key_quote`, `quote`: what keys and strings are quoted with, "" for nothing."""

    step: int = 2
    offset: int = 0
    gap: int = 1
    key_quote: str = ""
    quote: str = ""
    newline: str = "\n"
    flow_lists: bool = False  # lists of scalars are written in brackets
    flow_quote: str = ""  # what strings in such lists are quoted with


def column(text: str, offset: int) -> int:
    return offset - (text.rfind("\n", 0, offset) + 1)


def style_of(doc: Document) -> Style:
    """The most common habits of a document; the usual ones of Kubernetes where it shows none."""
    steps: Counter[int] = Counter()
    offsets: Counter[int] = Counter()
    gaps: Counter[int] = Counter()
    lists: Counter[bool] = Counter()
    quotes: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    text = doc.text
    for node in doc.root.below() if doc.root else ():
        if node.kind == "seq" and node.block:
            for item in node.items:
                if item.kind == "map" and item.block and (gap := _gap(text, item.pairs[0][0].start)):
                    gaps[gap] += 1
        for key, value in node.pairs:
            keys[key.style] += 1
            _count(text, node, key, value, steps, offsets)
        if node.kind == "seq" and node.items and all(i.kind == "scalar" for i in node.items):
            lists[node.flow] += 1
            if node.flow:
                quotes.update(i.style for i in node.items if i.style or isinstance(resolve(i.value), str))
    quoted = keys[""] * 2 < keys['"']
    return Style(
        steps.most_common(1)[0][0] if steps else 2,
        offsets.most_common(1)[0][0] if offsets else 0,
        gaps.most_common(1)[0][0] if gaps else 1,
        '"' if quoted else "",
        '"' if quoted else "",
        "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n",
        lists[True] > lists[False],
        quotes.most_common(1)[0][0] if quotes else '"',
    )


def _gap(text: str, start: int) -> int:
    line = text.rfind("\n", 0, start) + 1
    before = text[line:start]
    return len(before) - len(before.rstrip()) if before.rstrip(" ").endswith("-") else 0


def _count(text: str, node: Node, key: Node, value: Node, steps: Counter[int], offsets: Counter[int]) -> None:
    if node.flow or not value.block:
        return
    at = column(text, key.start)
    if value.kind == "map":
        difference = column(text, value.pairs[0][0].start) - at
        if 0 < difference < 10:
            steps[difference] += 1
    elif value.kind == "seq":
        difference = column(text, value.inner) - at
        if 0 <= difference < 10 and text[value.inner] == "-":
            offsets[difference] += 1
