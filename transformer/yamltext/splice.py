"""Edits as text: the only thing that writes a manifest.

Every edit becomes cuts (spans of the old text with their replacements); what lies outside a cut stays as it is, by
construction. A moved node is an excerpt: its own text, with the cuts inside it applied, shifted to its new column.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from transformer.model import Op, Path, pointer
from transformer.yamltext.anchors import check_anchors, check_order
from transformer.yamltext.comments import Comment, comments
from transformer.yamltext.cuts import Cut, joined
from transformer.yamltext.documents import removals
from transformer.yamltext.edit import Edit, Refused, takes_all
from transformer.yamltext.ending import check_kept, ended_alike, like_neighbours
from transformer.yamltext.excerpts import Excerpts
from transformer.yamltext.flow import Flow
from transformer.yamltext.fragment import New, NewList, NewMap, entry_lines, flow_text, item_lines
from transformer.yamltext.layout import Entry, Layout, line_start
from transformer.yamltext.regions import Region, by_item
from transformer.yamltext.rewrite import apart, set_cut
from transformer.yamltext.scalars import scalar_text
from transformer.yamltext.style import Style, style_of
from transformer.yamltext.targets import Building, Fresh, Group, Moving, Targets, movings
from transformer.yamltext.tree import Document, Node, parse_text


@dataclass(frozen=True, slots=True)
class Dropped:
    """A comment that went with its node; `line` from 1 in the old text, `node` a JSON pointer."""

    line: int
    text: str
    node: str


@dataclass(frozen=True, slots=True)
class Edited:
    text: str
    dropped: tuple[Dropped, ...] = ()


def edit_text(text: str, edits: Mapping[int, Sequence[Edit]], documents: Sequence[Document] | None = None) -> Edited:
    """The text after the edits of its documents. Raises Refused (the reason is for the user) and ParseError."""
    bare = text.removeprefix("\ufeff")
    docs = documents if documents is not None else parse_text(bare).documents
    gone = [doc.index for doc in docs if takes_all(edits.get(doc.index, ()))]
    cuts: list[Cut] = removals(bare, gone) if gone else []
    dropped: list[Dropped] = []
    for doc in docs:
        if wanted := edits.get(doc.index):
            if doc.index in gone:
                dropped += [Dropped(doc.line(c.start), c.text, "") for c in comments(doc)]
                continue
            for splicer in _splicers(doc, wanted):
                cuts += splicer.cuts()
                dropped += splicer.dropped()
    new = joined(bare, 0, len(bare), like_neighbours(bare, cuts))
    check_order([doc for doc in docs if edits.get(doc.index)], new)
    every = [e for wanted in edits.values() for e in wanted]
    new = ended_alike(bare, new, every)
    if all(e.path or e.op is not Op.REMOVE for e in every):
        check_kept(docs, new, edits)
    return Edited(text[: len(text) - len(bare)] + new, tuple(dropped))


def _splicers(doc: Document, edits: Sequence[Edit]) -> Iterator[_Splicer]:
    """One for each item of a list that is edited inside, so that the work grows with the edits; else one for all of them."""
    if doc.root is None:
        raise Refused("the document is empty")
    if doc.duplicate is not None:
        raise Refused(f"the key {doc.duplicate.value!r} stands twice in its mapping", doc.line(doc.duplicate.start))
    if doc.reused_anchor:
        raise Refused(f"the anchor &{doc.reused_anchor} is defined twice in the document")
    layout, style, notes = Layout(doc), style_of(doc), comments(doc)
    regions = by_item(doc, edits)
    if len(regions) < 2:
        yield _Splicer(layout, style, edits, Region(doc.root), notes)
        return
    starts = [note.start for note in notes]
    for region in regions:
        item = layout.entry(*region.place)
        yield _Splicer(layout, style, region.edits, region, notes[bisect_left(starts, item.top) : bisect_left(starts, item.stop)])


class _Splicer:
    """The cuts for edits inside one region of a document, whose comments are `notes`."""

    def __init__(self, layout: Layout, style: Style, edits: Sequence[Edit], region: Region, notes: Sequence[Comment]) -> None:
        self.layout, self.style, self.edits, self.region, self.notes = layout, style, edits, region, notes
        self.doc, self.text, self.root = layout.doc, layout.text, region.root
        self.located = {n: self._locate(e.path) for n, e in enumerate(edits) if e.op is not Op.INSERT}
        self._check_merges()
        self.targets = Targets(region, self.located, edits)
        self.taken: set[tuple[int, int]] = set()  # entries whose place a new key takes
        self.excerpts = Excerpts(self.layout, self.notes, [e for n, e in self.located.items() if edits[n].op is Op.MOVE], self._leaves())

    def _check_merges(self) -> None:
        """A key that goes must not let one of a merged mapping show through."""
        for n, entry in self.located.items():
            if self.edits[n].op is Op.SET or entry.key is None or entry.parent.key("<<") is None:
                continue
            if entry.key.value != "<<" and entry.key.value in _merged(entry.parent):
                where = f"line {self.doc.line(entry.head)}: {entry.key.value!r}"
                raise Refused(f"{where} stands in for what `<<` merges here, and would come back from there. Write the merge out")

    def _locate(self, path: Path) -> Entry:
        node, inside = self.root, path[len(self.region.at) :]
        for n, step in enumerate(inside):
            at = _number(node, step)
            if at is None:
                raise Refused(
                    f"{pointer(path)} comes from an alias or a merge key"
                    if node.kind == "alias" or node.key("<<")
                    else f"there is nothing at {pointer(path)}"
                )
            if n == len(inside) - 1:
                return self.layout.entry(node, at)
            node = node.pairs[at][1] if node.kind == "map" else node.items[at]
        raise Refused("the whole document cannot be replaced")

    def _leaves(self) -> list[Entry]:
        """What is removed for good: nothing inside it moves away."""
        moved = [e for n, e in self.located.items() if self.edits[n].op is Op.MOVE]
        removed = [e for n, e in self.located.items() if self.edits[n].op is Op.REMOVE]
        return [r for r in removed if not any(r.head <= m.head and m.end <= r.end and m is not r for m in moved)]

    # --- cuts

    def cuts(self) -> list[Cut]:
        check_anchors(self.doc, self._changing(), [(e.head, e.end) for n, e in self.located.items() if self._goes(n)])
        found = self.excerpts.cuts
        found += dict.fromkeys(c for e in self.excerpts.moved for c in self.layout.closed(e))
        for n, entry in self.located.items():
            edit = self.edits[n]
            if edit.op is Op.SET:
                if entry.value.kind in ("map", "seq") and any(entry.head < n.start < self._set_stop(entry) for n in self.notes):
                    raise Refused("the comments in the value would be lost", self.doc.line(entry.head))
                if any(entry.value.start <= g.node.start < entry.value.end for g in self.targets.groups.values() if g.children):
                    raise Refused("the value is set and added to at once", self.doc.line(entry.head))
                found += set_cut(self.layout, entry, edit.value, self.style)
            elif edit.op is Op.RENAME and entry.key is not None:
                name = scalar_text(str(edit.to[-1]), quote=entry.key.style, flow=entry.parent.flow)
                found.append(Cut(entry.key.inner, entry.key.end, apart(self.text, entry.key, name)))
        groups = sorted(self.targets.groups.values(), key=lambda g: -self.excerpts.depth(g.node))
        for group in groups:
            self._claim(group)
        self._removals()
        for group in groups:
            if group.children:
                self._grow(group)
        return [c for c in found if c.within < 0]

    def _set_stop(self, entry: Entry) -> int:
        """Behind what goes when a value is set: a comment behind a value in flow style stays."""
        return entry.value.end if entry.value.flow else entry.stop

    def _goes(self, n: int) -> bool:
        """Whether the old value of this edit goes for good."""
        return self.edits[n].op in (Op.SET, Op.REMOVE) or self.edits[n].literal

    def _changing(self) -> Iterator[tuple[int, int]]:
        """The spans of the nodes that an edit changes."""
        for n, entry in self.located.items():
            changed = entry.value if self.edits[n].op is Op.SET else entry.parent
            yield changed.start, changed.end
            if entry.key and self.edits[n].op is Op.RENAME:
                yield entry.key.start, entry.key.end
        yield from ((g.node.start, g.node.end) for g in self.targets.groups.values() if g.children)

    def _claim(self, group: Group) -> None:
        """Which vanished entries are replaced where they stand."""
        for fresh in group.children:
            if (entry := self._vanished(group, fresh)) is not None:
                self.taken.add((id(group.node), entry.number))
                self.excerpts.vanishing.append(Cut(self._place_start(entry), entry.stop, ""))

    def _vanished(self, group: Group, fresh: Fresh) -> Entry | None:
        """The entry of the same mapping that disappears and gives the new key its first moved node."""
        if group.node.kind != "map":
            return None
        for moving in movings(fresh.new):
            for n in range(len(group.node.pairs)):
                if (id(group.node), n) in self.targets.gone:
                    entry = self.layout.entry(group.node, n)
                    if entry.head <= moving.entry.head and moving.entry.end <= entry.stop:
                        return entry
        return None

    def _removals(self) -> None:
        parents = {id(e.parent): e.parent for e in self.located.values() if (id(e.parent), e.number) in self.targets.gone}
        for parent_id, parent in sorted(parents.items(), key=lambda p: p[1].start):
            group = self.targets.groups.get(parent_id)
            growing = bool(group and group.children)
            if parent.flow:
                self.excerpts.cuts += self._flow(parent).removals(growing)
                continue
            gone = [e for e in self.layout.entries(parent) if (parent_id, e.number) in self.targets.gone]
            self.excerpts.cuts += [self._removal(e) for e in gone if (parent_id, e.number) not in self.taken]
            if len(gone) == len(parent.pairs or parent.items) and not growing:
                self._empty(parent)

    def _removal(self, entry: Entry) -> Cut:
        if entry.leads:
            return Cut(entry.top, self.layout.closing(entry), "")
        if self.excerpts.unpacks(entry.parent):
            return Cut(line_start(self.text, entry.head), entry.stop, "")
        following = self.layout.entries(entry.parent)[entry.number + 1 :]
        kept = [e for e in following if (id(entry.parent), e.number) not in self.targets.gone]
        if not kept:
            return Cut(entry.head, entry.end, "")
        if any(entry.end < note.start < kept[0].head for note in self.notes):
            raise Refused("a comment stands between the first key of a list item and the next", self.doc.line(entry.head))
        return Cut(entry.head, kept[0].head, "")

    def _stays(self, entry: Entry) -> bool:
        """Whether something stands in an entry's place afterwards: itself, or what takes its place."""
        here = (id(entry.parent), entry.number)
        return here not in self.targets.gone or here in self.taken

    def _empty(self, node: Node) -> None:
        """A collection that loses everything is written `{}` or `[]`, for nothing at all would be null."""
        owner = self._owner(node)
        if owner is None:
            raise Refused("nothing would be left of the document")
        at = end = self.layout.behind_mark(owner)
        while self.text[end : end + 1] in (" ", "\t"):
            end += 1
        compact = end == self.layout.entry(node, 0).head
        self.excerpts.cuts.append(Cut(at, end if compact else at, " {}" if node.kind == "map" else " []"))

    def _owner(self, node: Node) -> Entry | None:
        if node is self.root:
            return self.layout.entry(*self.region.place) if self.region.place else None
        for parent in self.root.below():
            for n, child in enumerate([v for _, v in parent.pairs] or parent.items):
                if child is node:
                    return self.layout.entry(parent, n)
        return None

    # --- growth

    def _grow(self, group: Group) -> None:
        if group.node.flow and (group.node.pairs or group.node.items):
            self._grow_flow(group)
        elif not group.node.block:
            self._fill(group)
        else:
            self._grow_block(group)

    def _grow_block(self, group: Group) -> None:
        entries = self.layout.entries(group.node)
        self._check_refilled(group.node, entries)
        taking: set[int] = set()
        for fresh in group.children:
            place = self._vanished(group, fresh)
            at = entries[0].column
            lines = self._lines(fresh, at)
            if place is not None and place.number not in taking:
                taking.add(place.number)
                self._replace(place, lines)
            else:
                self._insert(self._anchor(fresh, place, entries), lines)

    def _check_refilled(self, node: Node, entries: list[Entry]) -> None:
        """Items that are put where the last one goes would not travel with a list that moves."""
        if node.kind != "seq" or not all((id(node), e.number) in self.targets.gone for e in entries):
            return
        moving = [e.value for n, e in self.located.items() if self.edits[n].op is Op.MOVE]
        if any(value.start <= node.start and node.end <= value.end for value in moving if value.kind in ("map", "seq")):
            raise Refused("a list moves, loses all its items, and gets new ones", self.doc.line(node.start))

    def _anchor(self, fresh: Fresh, place: Entry | None, entries: list[Entry]) -> tuple[Entry, bool]:
        """(entry, whether the new one goes before it)."""
        if place is not None:
            return place, False
        if fresh.step is None:
            return (entries[fresh.behind], False) if fresh.behind >= 0 else (entries[0], True)
        after = next((e for e in entries if e.key is not None and e.key.value == fresh.edit.after), None)
        return after or entries[-1], False

    def _lines(self, fresh: Fresh, at: int) -> list[str]:
        new = self._ready(fresh.new)
        return item_lines(new, at, self.style) if fresh.step is None else entry_lines(fresh.step, new, at, self.style)

    def _replace(self, place: Entry, lines: list[str]) -> None:
        lead = [n for n, line in enumerate(lines) if not line.strip()]
        while lead and lead[0] == 0:  # blank lines before the first line stay where they are in the old text
            lines, lead = lines[1:], [n - 1 for n in lead[1:]]
        text = self.style.newline.join(lines) + self.style.newline
        start = self._place_start(place)
        self.excerpts.cuts.append(Cut(start, place.stop, text if start < place.head or place.column == 0 else text.lstrip(" ")))

    def _place_start(self, place: Entry) -> int:
        return line_start(self.text, place.head) if place.leads or self.excerpts.unpacks(place.parent) else place.head

    def _insert(self, anchor: tuple[Entry, bool], lines: list[str]) -> None:
        entry, before = anchor
        text = self.style.newline.join(lines) + self.style.newline
        if before and not entry.leads:
            raise Refused("nothing can be put before the first entry here", self.doc.line(entry.head))
        if not before and entry.leads and self.layout.ends_open(entry):
            before = entry.key is not None  # a line break behind a block scalar that has none would change its value
            self.excerpts.cuts += [] if before else self.layout.closed(entry)
        gone = (id(entry.parent), entry.number) in self.targets.gone
        at = entry.top if before else self.layout.closing(entry) if gone else entry.stop
        if at and not before and self.text[at - 1] != "\n":
            text = self.style.newline + text[: -len(self.style.newline)]
        self.excerpts.cuts.append(Cut(at, at, text, entry.column + (entry.key is None), self.excerpts.owner(entry.parent, at)))

    def _fill(self, group: Group) -> None:
        """An empty or missing value becomes a block collection below its key."""
        owner = self._owner(group.node)
        if owner is None or owner.parent.flow or (owner.key is None and group.node.flow):
            self._grow_flow(group)
            return
        behind = self.layout.behind_mark(owner)
        base = owner.column
        at = base + (self.style.offset if group.node.kind == "seq" or group.children[0].step is None else self.style.step)
        lines = [line for fresh in group.children for line in self._lines(fresh, at if owner.key else base + 1 + self.style.gap)]
        if owner.key is None:
            raise Refused("an empty list item cannot be filled", self.doc.line(owner.head))
        if group.node.end > group.node.start:
            self.excerpts.cuts.append(Cut(behind, group.node.end, ""))
        text = self.style.newline.join(lines) + self.style.newline
        at_end = self.text[owner.stop - 1 : owner.stop] != "\n"
        text = self.style.newline + text[: -len(self.style.newline)] if at_end else text
        self.excerpts.cuts.append(Cut(owner.stop, owner.stop, text, at, self.excerpts.owner(group.node, owner.stop)))

    def _grow_flow(self, group: Group) -> None:
        node = group.node
        if not node.flow:
            raise Refused("a missing value in flow style cannot be filled", self.doc.line(node.start))
        flow = self._flow(node)
        if node.bare:
            raise Refused("a pair in a list, without braces", self.doc.line(node.start))
        alone: list[str] = []
        places: dict[int, tuple[Entry, list[str]]] = {}  # what stands where an old entry stood
        for fresh in group.children:
            value = flow_text(self._ready(fresh.new), self.style, flow.indent, flow.step).replace("\n", self.style.newline)
            text = value if fresh.step is None else f"{scalar_text(fresh.step, quote=self.style.key_quote, flow=True)}: {value}"
            place = self._vanished(group, fresh)
            if place is not None:
                places.setdefault(place.number, (place, []))[1].append(text)
            elif not flow.staying:
                alone.append(text)
            elif fresh.step is None and fresh.behind < 0:
                self.excerpts.cuts += flow.first(text)
            else:
                after = fresh.behind if fresh.step is None else self._after(fresh, flow.staying)
                self.excerpts.cuts += flow.behind(flow.entries[after], text)
        if alone:
            self.excerpts.cuts.append(flow.alone(alone))
        gap = "," + (self.style.newline + " " * flow.indent if flow.indent is not None else " ")
        self.excerpts.cuts += [Cut(e.head, e.end, gap.join(texts)) for e, texts in places.values()]

    def _after(self, fresh: Fresh, staying: list[Entry]) -> int:
        """The number of the entry that a new key follows."""
        wished = (e.number for e in staying if e.key is not None and e.key.value == fresh.edit.after)
        return next(wished, staying[-1].number)

    def _flow(self, node: Node) -> Flow:
        return Flow(self.layout, node, {e.number for e in self.layout.entries(node) if not self._stays(e)}, self.style.newline)

    def _ready(self, new: Building) -> New:
        if isinstance(new, Moving):
            in_place = (id(new.entry.parent), new.entry.number) in self.taken
            return self.excerpts.excerpt(new, keep_lead=in_place)
        if isinstance(new, NewMap):
            return replace(new, children={k: self._ready(v) for k, v in new.children.items()})  # type: ignore[arg-type]
        if isinstance(new, NewList):
            return replace(new, children=[self._ready(v) for v in new.children])  # type: ignore[arg-type]
        return new

    # --- comments

    def dropped(self) -> list[Dropped]:
        """Comments of removed nodes that travel with nothing; known once the cuts are."""
        cuts = [c for c in self.excerpts.cuts if c.end > c.start]
        gone = [n for n in self.notes if n not in self.excerpts.saved and any(c.start <= n.start and n.end <= c.end for c in cuts)]
        lost = [n for n in gone if not any(self._in_header(n, c) for c in cuts)]
        return [Dropped(self.doc.line(n.start), n.text, pointer(self._about(n))) for n in lost]

    def _in_header(self, note: Comment, cut: Cut) -> bool:
        """Behind the `|` of a block scalar whose text was replaced: it stands there again."""
        first = cut.text.split("\n", 1)[0].rstrip()
        return cut.start <= note.start and "\n" not in self.text[cut.start : note.start] and first.endswith(note.text)

    def _about(self, note: Comment) -> Path:
        inside = [(e.stop - e.top, self.edits[n].path) for n, e in self.located.items() if e.top <= note.start < e.stop]
        return min(inside)[1] if inside else ()


def _merged(node: Node) -> set[str]:
    """The keys that `<<` brings into a mapping."""
    pair = node.key("<<")
    held = pair[1] if pair else None
    held = held.target if held is not None and held.kind == "alias" else held
    maps = [] if held is None else [i.target or i for i in held.items] if held.kind == "seq" else [held]
    return {k.value for m in maps for k, _ in m.pairs} | {key for m in maps if m.key("<<") for key in _merged(m)}


def _number(node: Node, step: str | int) -> int | None:
    if node.kind == "map":
        return next((n for n, (k, _) in enumerate(node.pairs) if k.kind == "scalar" and k.value == str(step)), None)
    if node.kind == "seq" and isinstance(step, int) and step < len(node.items):
        return step
    return None
