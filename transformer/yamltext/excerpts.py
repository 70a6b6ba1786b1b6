"""Moved nodes as pieces of text: their comments, their lines, and the cuts inside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from transformer.yamltext.comments import Comment
from transformer.yamltext.cuts import Cut, joined
from transformer.yamltext.edit import Refused
from transformer.yamltext.fragment import Excerpt, Literal
from transformer.yamltext.layout import Entry, Layout, last_leaf, line_start
from transformer.yamltext.scalars import resolve, stays_plain
from transformer.yamltext.targets import Moving
from transformer.yamltext.tree import Node


class Excerpts:
    """All moved nodes of a document. `cuts` collects every cut; `saved` the comments that travel."""

    def __init__(self, layout: Layout, notes: Sequence[Comment], moved: list[Entry], leaves: list[Entry]) -> None:
        self.layout, self.text, self.notes = layout, layout.text, notes
        self.moved = sorted(moved, key=lambda e: e.head)
        self.leaves = leaves
        self.cuts: list[Cut] = []
        self.vanishing: list[Cut] = []  # structure whose place new text takes
        self.saved: set[Comment] = set()
        self._unpacked = {id(e.value) for e in moved if e.key is None and e.value.block and e.value.kind == "map"}
        self.tails: dict[int, list[Comment]] = {}  # of structure that disappears, behind the last moved node
        self.orphans = self._adopt()

    def unpacks(self, node: Node) -> bool:
        """Whether this mapping is a list item that moves: its first key then stands on a line of its own."""
        return id(node) in self._unpacked

    def depth(self, node: Node) -> int:
        """In how many moved nodes a node lies."""
        return sum(e.value.start <= node.start and node.end <= e.value.end for e in self.moved)

    def owner(self, node: Node, at: int) -> int:
        """The moved entry that holds a collection and ends at this offset, by its head; -1 where there is none."""
        holders = [e for e in self.moved if e.stop == at and e.value.start <= node.start and node.end <= e.value.end]
        return holders[-1].head if holders else -1

    def _adopt(self) -> dict[int, list[Comment]]:
        """Comments of structure that disappears go to the next moved node, by the head of its entry."""
        kept: dict[int, list[Comment]] = {}
        for note in self.notes:
            if any(e.top <= note.start < e.stop for e in (*self.moved, *self.leaves)):
                continue
            following = next((e for e in self.moved if e.head > note.start), None)
            if following is not None:
                kept.setdefault(following.head, []).append(note)
            elif note.alone and (before := [e for e in self.moved if e.stop <= note.start]):
                self.tails.setdefault(max(before, key=lambda e: (e.stop, -e.head)).head, []).append(note)
        return kept

    def excerpt(self, moving: Moving, *, keep_lead: bool) -> Excerpt | Literal:
        """The piece of text that travels. `keep_lead`: the comments above stay, for the new key stands right there."""
        entry = moving.entry
        lead = [] if keep_lead else self._lead(entry)
        lead = self._adopted(entry) + lead
        leaves = [x for x in self.leaves if entry.head <= x.head and x.end <= entry.end]
        inside = {n for n in self.notes if (entry.head if not keep_lead else entry.top) <= n.start < entry.stop}
        self.saved |= {n for n in inside if not any(x.top <= n.start < x.stop for x in leaves) and not self._cut_away(n, entry)}
        if moving.edit.literal:
            trail = next((n for n in self.notes if entry.head < n.start <= entry.end and not n.alone), None)
            self.saved -= {n for n in self.notes if entry.head < n.start < entry.stop and n is not trail}
            quote = entry.value.style if entry.value.style in ('"', "'") else ""
            return Literal(moving.edit.value, lead, trail.text if trail else "", quote)
        found = self._body(entry)
        found.lead = lead
        if not found.flow or found.kind == "body":
            found.tail = self._gone(self.tails.get(entry.head, ()))
        return found

    def _cut_away(self, note: Comment, entry: Entry) -> bool:
        """Whether what is removed inside a moved node takes the comment along, and no other moved node does."""
        if any(e.top <= note.start < e.stop for e in self.moved if entry.head < e.head and e.stop <= entry.stop):
            return False
        inside = (c for c in self._inside(entry, entry.stop) if c.end > c.start)
        return any(c.start <= note.start and note.end <= c.end and note.text not in c.text for c in inside)

    def _lead(self, entry: Entry) -> list[str]:
        own = [n for n in self.notes if entry.top <= n.start < entry.head]
        self.saved.update(own)
        blanks = 0
        at = entry.top
        while (
            entry.leads
            and entry.number
            and not self._behind_block(entry)
            and at
            and not self.text[line_start(self.text, at - 1) : at].strip()
        ):
            at, blanks = line_start(self.text, at - 1), blanks + 1
        return [""] * blanks + [n.text for n in own]

    def _behind_block(self, entry: Entry) -> bool:
        """Whether blank lines above the entry are the end of a block scalar, and go with that."""
        return last_leaf(self.layout.entry(entry.parent, entry.number - 1).value).style in ("|", ">")

    def _adopted(self, entry: Entry) -> list[str]:
        """Orphans of this entry that are really cut away; those that stay in the text are not adopted."""
        return self._gone(self.orphans.get(entry.head, ()))

    def _gone(self, notes: Iterable[Comment]) -> list[str]:
        gone = [c for c in (*self.cuts, *self.vanishing) if c.end > c.start]
        taken = [n for n in notes if any(c.start <= n.start < c.end for c in gone)]
        self.saved.update(taken)
        return [n.text for n in taken]

    def _body(self, entry: Entry) -> Excerpt:
        value, text = entry.value, self.text
        if entry.parent.flow:
            inline = joined(text, value.start, value.end, self._inside(entry, value.end)).rstrip()
            return Excerpt("inline", f" {{{inline}}}" if value.bare else f" {inline}", flow=True)
        start = self.layout.colon(entry.key) + 1 if entry.key else entry.head + 1
        stop = entry.stop - 1 if text[entry.stop - 1] == "\n" else entry.stop
        if value.block:
            return self._collection(entry, start, stop)
        lines = [line.rstrip("\r") for line in joined(text, start, stop, self._inside(entry, stop)).split("\n")]
        return Excerpt("inline", lines[0], lines[1:], parent=entry.column, flow=self._fits_flow(entry))

    def _fits_flow(self, entry: Entry) -> bool:
        """Whether the text of a value means the same between brackets."""
        value, text = entry.value, self.text[entry.value.inner : entry.value.end]
        if any(entry.head < n.start < entry.stop for n in self.notes):
            return False
        if value.kind == "scalar" and not value.style:
            return (bool(text) and stays_plain(text, flow=True)) or not isinstance(resolve(value.value or "x"), str)
        return value.flow or value.kind == "alias" or (value.style in ("'", '"') and "\n" not in text)

    def _inside(self, entry: Entry, stop: int) -> list[Cut]:
        """The cuts inside a moved node: not the one that takes the node itself away, and none beyond its last line."""
        inside = [
            c for c in self.cuts if c.within < 0 and not (c.start <= entry.head and entry.value.end <= c.end) and c.start < entry.stop
        ]
        inside = [self._up_to(c, stop) if c.start < stop < c.end else c for c in inside]
        return inside + [replace(c, start=stop, end=stop, text=self._last(c, stop)) for c in self.cuts if c.within == entry.head]

    def _up_to(self, cut: Cut, stop: int) -> Cut:
        """A cut that takes the last line break along: where nothing comes instead, the one before the cut goes."""
        if cut.text:
            return replace(cut, end=stop, text=cut.text.removesuffix("\n").removesuffix("\r"))
        return replace(cut, start=cut.start - 1, end=stop)

    def _last(self, cut: Cut, stop: int) -> str:
        """What is put in behind a last line, which here has no line break."""
        text = cut.text.replace("\r\n", "\n")
        return text if cut.start == stop else "\n" + text.removesuffix("\n")

    def _collection(self, entry: Entry, start: int, stop: int) -> Excerpt:
        value, text = entry.value, self.text
        first = self.layout.entry(value, 0)
        compact = "\n" not in text[start : first.head]
        if compact and entry.key is not None:
            raise Refused("a collection on the line of its key", self.layout.doc.line(entry.head))
        begin = line_start(text, entry.head) if compact else start
        if compact and not entry.leads:
            raise Refused("a list directly in a list", self.layout.doc.line(entry.head))
        own = [Cut(entry.head, entry.head + 1, " ")] if compact else []
        lines = [line.rstrip("\r") for line in joined(text, begin, stop, [*own, *self._inside(entry, stop)]).split("\n")]
        if compact:
            return Excerpt("body", "", lines, child=first.column, item=True)
        return Excerpt("body", lines[0].rstrip(), lines[1:], parent=entry.column, child=first.column, item=entry.key is None)
