"""Where the entries of collections lie in the text: their lines, and the comments that belong to them.

Whole-line comments directly above an entry, not deeper than it, are its own; a comment on its line belongs to its value;
comment lines behind it that are deeper than it lie inside it; what a blank line, or a line with a bare `#`, sets off belongs to the parent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from transformer.yamltext.cuts import Cut
from transformer.yamltext.edit import Refused
from transformer.yamltext.style import column
from transformer.yamltext.tree import Document, Node, properties_end

_GAP = re.compile(r"(?:[ \t\r\n]|(?:(?<=[ \t\r\n])|^)#[^\n]*)*")
_HEADER = re.compile(r"[0-9+-]*")
_REST = re.compile(r"[ \t]*(#[^\n\r]*)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A pair of a mapping or an item of a list.

    `head` is its key or dash, `top` the start of its first own comment line (or of its line), `end` is behind its
    last character and the comment there, `stop` is behind the line break (and behind comment lines inside it)."""

    parent: Node
    key: Node | None
    value: Node
    head: int
    column: int
    leads: bool  # nothing but blanks before it on its line
    top: int
    end: int
    stop: int
    number: int


def line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def line_stop(text: str, offset: int) -> int:
    at = text.find("\n", offset)
    return len(text) if at < 0 else at + 1


def last_leaf(node: Node) -> Node:
    """What ends a block collection."""
    while node.block:
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    return node


class Layout:
    """The entries of one document."""

    def __init__(self, doc: Document) -> None:
        self.doc, self.text = doc, doc.text
        self._known: dict[tuple[int, int], Entry] = {}

    def entry(self, parent: Node, number: int) -> Entry:
        """The pair or item with this number in its collection."""
        at = (id(parent), number)
        if at not in self._known:
            self._known[at] = self._entry(parent, number)
        return self._known[at]

    def entries(self, parent: Node) -> list[Entry]:
        return [self.entry(parent, n) for n in range(len(parent.pairs or parent.items))]

    def _entry(self, parent: Node, number: int) -> Entry:
        key, value = parent.pairs[number] if parent.kind == "map" else (None, parent.items[number])
        head = key.start if key else value.start if parent.flow else self._dash(parent, number)
        last = max(value.end, (key.end if key else head) + 1)
        if key:
            last = max(last, self.colon(key) + 1)
        if parent.flow:
            return Entry(parent, key, value, head, column(self.text, head), False, head, max(value.end, head), max(value.end, head), number)
        start = line_start(self.text, head)
        leads = not self.text[start:head].strip("\ufeff ")
        rest = _REST.match(self.text, last)
        end = rest.end() if rest and rest.group(1) else last
        stop = line_stop(self.text, end)
        if self.text[end:stop].strip():
            raise Refused("more than one node on a line", self.doc.line(head))
        at = column(self.text, head)
        stop = self._inside(self._behind_blanks(value, stop), at)
        return Entry(parent, key, value, head, at, leads, self.own(start, at) if leads else head, end, stop, number)

    def _behind_blanks(self, value: Node, stop: int) -> int:
        """Blank lines behind a block scalar are part of it, and one with a tab may stand nowhere else: nothing comes between."""
        block = last_leaf(value).style in ("|", ">")
        while stop < self.doc.end:
            after = line_stop(self.text, stop)
            line = self.text[stop:after]
            if line.strip() or not (block or "\t" in line):
                break
            stop = after
        return stop

    def ends_open(self, entry: Entry) -> bool:
        """It ends with a block scalar at the end of a text without a final line break."""
        at_end = entry.stop == len(self.text) and not self.text.endswith("\n")
        return at_end and last_leaf(entry.value).style in ("|", ">")

    def closed(self, entry: Entry) -> list[Cut]:
        """What must change in its header so that a block scalar that ends open means the same with a line break behind it."""
        if not self.ends_open(entry):
            return []
        at = last_leaf(entry.value).inner + 1
        marks = _HEADER.match(self.text, at)
        given = marks[0] if marks else ""
        return [] if "-" in given else [Cut(at, at + len(given), given.replace("+", "") + "-")]

    def closing(self, entry: Entry) -> int:
        """Where a removed entry ends: where blank lines stand above it, those below it go too, so that none pile up."""
        above = self.text[line_start(self.text, entry.top - 1) : entry.top] if entry.top else ""
        stop = entry.stop
        while above and not above.strip() and stop < self.doc.end and not self.text[stop : line_stop(self.text, stop)].strip():
            stop = line_stop(self.text, stop)
        return stop

    def colon(self, key: Node) -> int:
        at = key.end
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        if self.text[at : at + 1] != ":":
            raise Refused("a key in the form '? key' or without a value", self.doc.line(key.start))
        return at

    def behind_mark(self, entry: Entry) -> int:
        """Behind the colon or the dash, and behind an anchor or a tag there."""
        value = entry.value
        if value.anchor or value.tag:
            return properties_end(self.text, value.start, value.inner, value.anchor)
        return self.colon(entry.key) + 1 if entry.key else entry.head + 1

    def _dash(self, parent: Node, number: int) -> int:
        before = parent.items[number - 1].end if number else parent.inner
        at = self.behind_gap(before)
        if self.text[at : at + 1] != "-":
            raise Refused("a list whose dashes cannot be told apart", self.doc.line(parent.start))
        return at

    def behind_gap(self, offset: int) -> int:
        """Behind blanks, line breaks and comments."""
        m = _GAP.match(self.text, offset)
        return m.end() if m else offset

    def rest(self, offset: int) -> int:
        """Behind the comment that follows on the line; where other text follows, the offset itself."""
        m = _REST.match(self.text, offset)
        return m.end() if m and self.text[m.end() : m.end() + 1] in ("\n", "\r", "") else offset

    def own(self, start: int, at: int) -> int:
        """The start of the comment lines directly above a line, not deeper than this column."""
        top = start
        while top > self.doc.start:
            above = line_start(self.text, top - 1)
            line = self.text[above:top].strip("\ufeff")
            deeper = len(line) - len(line.lstrip(" ")) > at
            if not line.lstrip(" ").startswith("#") or line.strip() == "#" or deeper or above < self.doc.start:
                break
            top = above
        return top

    def _inside(self, stop: int, at: int) -> int:
        here = stop
        while here < self.doc.end:
            after = line_stop(self.text, here)
            line = self.text[here:after]
            if line.strip() and not (line.lstrip(" ").startswith("#") and len(line) - len(line.lstrip(" ")) > at):
                break
            here = after
            if line.strip():
                stop = here
        return stop
