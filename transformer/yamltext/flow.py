"""Collections in flow style: what leaves them and what comes in, with the commas and the comments between."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.yamltext.cuts import Cut
from transformer.yamltext.edit import Refused
from transformer.yamltext.layout import Entry, Layout, line_start, line_stop
from transformer.yamltext.style import column
from transformer.yamltext.tree import Node


class Flow:
    """A collection in flow style; `leaving` holds the numbers of its entries that go and whose place nothing takes."""

    def __init__(self, layout: Layout, node: Node, leaving: set[int], newline: str) -> None:
        self.layout, self.text, self.node, self.leaving, self.newline = layout, layout.text, node, leaving, newline
        self.entries = layout.entries(node)
        self.staying = [e for e in self.entries if e.number not in leaving]

    @property
    def tall(self) -> bool:
        """Its first entry stands on a line of its own."""
        return bool(self.entries) and not self.node.bare and self._leads(self.entries[0])

    @property
    def indent(self) -> int | None:
        """The column of its entries where they stand on lines of their own."""
        return column(self.text, self.entries[0].head) if self.tall else None

    @property
    def step(self) -> int:
        """The columns from its line to its entries."""
        line = self.text[line_start(self.text, self.node.inner) : self.node.inner]
        return max((self.indent or 0) - (len(line) - len(line.lstrip(" "))), 1) if self.tall else 2

    # --- what leaves

    def removals(self, growing: bool) -> Iterator[Cut]:
        """The cuts for what leaves; `growing`: something new comes in."""
        if not self.leaving:
            return
        if self.node.bare:
            if growing:
                raise Refused("a pair in a list, without braces", self.layout.doc.line(self.node.start))
            yield Cut(self.node.inner, self.node.end, "{}")
        elif not self.staying:
            yield Cut(self.node.inner + 1, self.node.end - 1, "")
        else:
            for first, last in self._runs():
                yield from self._removal(first, last, growing)

    def _runs(self) -> Iterator[tuple[Entry, Entry]]:
        """(first, last) of neighbours that leave together."""
        numbers = sorted(self.leaving)
        for n in numbers:
            if n - 1 not in self.leaving:
                last = next(m for m in range(n, len(self.entries)) if m + 1 not in self.leaving)
                yield self.entries[n], self.entries[last]

    def _removal(self, first: Entry, last: Entry, growing: bool) -> Iterator[Cut]:
        if last.number + 1 < len(self.entries):
            following = self.entries[last.number + 1]
            if self._leads(first) and self._leads(following):
                yield Cut(self._top(first), line_stop(self.text, self._behind(last)), "")
            else:
                yield Cut(first.head, following.head, "")
            return
        previous = self.entries[first.number - 1]
        comma = self._comma(previous)
        if growing or "#" not in self.text[comma : first.head]:
            yield Cut(previous.end, last.end, "")
            return
        yield Cut(previous.end, comma, "")
        yield Cut(self._rest(comma), self._behind(last), "")

    # --- what comes in

    def first(self, text: str) -> Iterator[Cut]:
        """A new entry before all others."""
        if not self.staying:
            raise AssertionError("there is nothing to stand before")
        entry = self.staying[0]
        if self.tall and self._leads(entry):
            at = self._top(entry)
            yield Cut(at, at, " " * (self.indent or 0) + text + "," + self.newline)
        else:
            yield Cut(entry.head, entry.head, text + ", ")

    def behind(self, entry: Entry, text: str) -> Iterator[Cut]:
        """A new entry behind an old one: on the line below it where that line is its own, with the comment there."""
        comma = self._comma(entry)
        at = self._rest(comma or entry.end)
        ends_line = self.text[at : at + 1] in ("\n", "\r", "")
        gap = self.newline + " " * (self.indent or 0) if self.tall and ends_line else " "
        if gap == " " or entry.number + 1 in self.leaving:
            yield Cut(entry.end, entry.end, "," + gap + text)
        elif comma:
            yield Cut(at, at, gap + text + ",")
        else:
            yield Cut(entry.end, entry.end, ",")
            yield Cut(at, at, gap + text)

    def alone(self, texts: list[str]) -> Cut:
        """New entries where nothing stays."""
        at = self.node.inner + 1
        return Cut(at, at, ", ".join(texts))

    # --- where things stand

    def _leads(self, entry: Entry) -> bool:
        return not self.text[line_start(self.text, entry.head) : entry.head].strip() and entry.head > self.node.inner

    def _top(self, entry: Entry) -> int:
        return self.layout.own(line_start(self.text, entry.head), entry.column)

    def _comma(self, entry: Entry) -> int:
        """Behind the comma that follows an entry; 0 where there is none."""
        at = self.layout.behind_gap(entry.end)
        return at + 1 if self.text[at : at + 1] == "," else 0

    def _rest(self, offset: int) -> int:
        """Behind the comment on the line of an offset, where nothing else follows."""
        return self.layout.rest(offset)

    def _behind(self, entry: Entry) -> int:
        return self._rest(self._comma(entry) or entry.end)
