"""Documents as nodes with exact spans. Nodes never change; text is changed by `splice`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from transformer.yamltext.stream import DEFAULT_LIMITS, Limits, ParseError, feed, tolerant

Path = tuple[str | int, ...]
_SHARED = 40  # characters: keys and short values stand in many places, and need memory once


@dataclass(slots=True, eq=False)
class Node:
    """A node of one document. `start` is where its anchor or tag begins, `inner` where its value does, `end` is behind
    its last character (a block collection ends with its last child; a block scalar without the blank lines after it)."""

    kind: str  # map, seq, scalar, alias
    start: int
    end: int
    inner: int = 0
    value: str = ""
    style: str = ""
    tag: str = ""
    anchor: str = ""
    flow: bool = False
    pairs: Sequence[tuple[Node, Node]] = ()
    items: Sequence[Node] = ()
    target: Node | None = None  # of an alias
    bare: bool = False  # a pair in a list, without braces of its own

    @property
    def block(self) -> bool:
        """A collection in block style with something in it."""
        return not self.flow and bool(self.pairs or self.items)

    def key(self, name: str | int) -> tuple[Node, Node] | None:
        """The pair with this key; the last one where a key stands twice, as parsers read it."""
        text = str(name)
        for pair in reversed(self.pairs):
            if pair[0].kind == "scalar" and pair[0].value == text:
                return pair
        return None

    def child(self, step: str | int) -> Node | None:
        if self.kind == "map":
            pair = self.key(step)
            return pair[1] if pair else None
        if self.kind == "seq" and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return None

    def below(self) -> Iterator[Node]:
        """This node and everything below it, keys included, in the order of the text; aliases are not followed."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            for pair in reversed(node.pairs):
                stack += (pair[1], pair[0])
            stack += reversed(node.items)


@dataclass(frozen=True, slots=True)
class Comment:
    """`text` from the `#` to the end of its line, trailing blanks left out; `alone`: nothing else stands on its line."""

    start: int
    end: int
    text: str
    alone: bool
    column: int


@dataclass(slots=True)
class Document:
    """One document of a text: `start` and `end` bound the piece of the text that it was read from."""

    text: str
    index: int
    start: int
    end: int
    root: Node | None
    newlines: list[int]
    duplicate: Node | None = None  # a key that stands twice in its mapping
    reused_anchor: str = ""
    aliases: tuple[Node, ...] = ()
    directives: bool = False  # a line of its text begins with `%`
    notes: tuple[Comment, ...] | None = None  # its comments, once they were asked for

    def find(self, path: Path) -> Node | None:
        """The node at a path, not through aliases."""
        node = self.root
        for step in path:
            node = node.child(step) if node else None
        return node

    def line_text(self, line: int) -> str:
        """A line of the text, counted from 1, without its end."""
        start = self.newlines[line - 2] + 1 if line > 1 else 0
        return self.text[start : self.newlines[line - 1] if line <= len(self.newlines) else len(self.text)]

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect_right(self.newlines, offset - 1) + 1

    def line_of(self, path: Path) -> int:
        return self.line(self.span_of(path)[0])

    def column(self, offset: int) -> int:
        """The column of an offset in its line, from 1."""
        line = self.line(offset)
        return offset - (self.newlines[line - 2] if line > 1 else -1)

    def lines_of(self, path: Path) -> tuple[int, int]:
        """First and last line of a node with its key, or the first line of its nearest ancestor that exists."""
        start, end = self.span_of(path)
        first = self.line(start)
        return first, self.line(max(end - 1, start)) if self.find(path) is not None else first

    def span_of(self, path: Path) -> tuple[int, int]:
        """Where a node begins with its key, and where it ends; of its nearest ancestor that exists where it does not."""
        node = self.root
        if node is None:
            return self.start, self.start
        start = node.start
        for step in path:
            inside = node.child(step)
            if inside is None:
                break
            pair = node.key(step) if node.kind == "map" else None
            start, node = (pair[0].start if pair else inside.start), inside
        return start, node.end


@dataclass(slots=True)
class Stream:
    """A whole text, parsed."""

    text: str
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a text that holds document number `index`."""

    index: int
    start: int
    end: int


_MARKER = re.compile(r"\n(---|\.\.\.)(?=[ \t\r\n]|\Z)")
CONTENT = re.compile(r"^[ \t]*[^#\s]", re.M)


def pieces(text: str) -> list[Piece] | None:
    """Where the documents lie, found without parsing: a marker in column 0 always ends a document.

    None where directives make the text one unit that must be parsed whole.
    """
    if text.startswith("%") or "\n%" in text:
        return None
    first = _MARKER.match("\n" + text[:4])
    marks = [(0, first[1] == "---")] if first else []
    marks += [(m.start(1), m[1] == "---") for m in _MARKER.finditer(text)]
    starts = [(0, False), *marks]
    found: list[Piece] = []
    for n, (start, opens) in enumerate(starts):
        end = starts[n + 1][0] if n + 1 < len(starts) else len(text)
        body = start + 3 if n else 0
        if opens or CONTENT.search(text, body, end):
            found.append(Piece(len(found), start, end))
    return found


def newlines(text: str) -> list[int]:
    """Offsets of the line feeds."""
    return [m.start() for m in re.finditer("\n", text)]


def parse_text(text: str, limits: Limits = DEFAULT_LIMITS) -> Stream:
    """Every document of a text. Raises ParseError."""
    index = newlines(text)
    where = pieces(text)
    if where is None:
        return Stream(text, tuple(_whole(text, index, limits)))
    return Stream(text, tuple(parse_piece(text, piece, index, limits) for piece in where))


def parse_piece(text: str, piece: Piece, index: list[int], limits: Limits = DEFAULT_LIMITS) -> Document:
    """One document of a text; `index` is `newlines(text)`. Raises ParseError with the line in the whole text."""
    shift = piece.start + (3 if text.startswith("...", piece.start, piece.end) else 0)
    body = text[shift : piece.end]
    try:
        built = tolerant(lambda pure: _Builder(text, limits, shift).read(body, pure=pure), body)
    except ParseError as e:
        raise ParseError(e.problem, e.line + bisect_right(index, piece.start - 1), e.column, alias=e.alias) from None
    doc = Document(text, piece.index, piece.start, piece.end, None, index)
    for raw in built[:1]:
        doc.root, doc.duplicate, doc.reused_anchor, doc.aliases = raw.root, raw.duplicate, raw.reused, tuple(raw.aliases)
    return doc


def _whole(text: str, index: list[int], limits: Limits) -> Iterator[Document]:
    for n, raw in enumerate(tolerant(lambda pure: _Builder(text, limits, 0).read(text, pure=pure), text)):
        yield Document(text, n, raw.start, raw.end, raw.root, index, raw.duplicate, raw.reused, tuple(raw.aliases), directives=True)


@dataclass(slots=True)
class _Raw:
    start: int
    end: int = 0
    root: Node | None = None
    duplicate: Node | None = None
    reused: str = ""
    aliases: list[Node] = field(default_factory=list)


class _Builder:
    """Nodes from events, with an explicit stack. `text` is the whole text, and what is read begins at `shift` in it."""

    def __init__(self, text: str, limits: Limits, shift: int) -> None:
        self.text, self.limits, self.shift = text, limits, shift
        self.documents: list[_Raw] = []
        self.events = 0

    def read(self, body: str, *, pure: bool) -> list[_Raw]:
        """The documents of the part of the text that begins at `shift`."""
        takers = {
            "scalar": self._scalar,
            "alias": self._alias,
            "map+": lambda event: self._open("map", event),
            "seq+": lambda event: self._open("seq", event),
            "-": self._close,
            "doc+": self._begin,
            "doc-": self._finish,
        }
        feed(body, takers, pure=pure)
        return self.documents

    def _begin(self, event: Any) -> None:
        self.raw = _Raw(event.start_mark.index + self.shift)
        self.top: list[Node] = []
        self.children = self.top  # of the innermost open collection
        self.stack: list[tuple[Node, list[Node]]] = []  # an open collection, and the list that it stands in
        self.anchors: dict[str, Node] = {}
        self.sizes: dict[int, int] = {}
        self.total = self.flow = 0

    def _finish(self, event: Any) -> None:
        self.raw.end, self.raw.root = event.end_mark.index + self.shift, self.top[0] if self.top else None
        self.documents.append(self.raw)
        self.events += self.total
        if self.events > self.limits.nodes:
            raise ParseError(f"more than {self.limits.nodes} nodes")

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index + self.shift, event.end_mark.index + self.shift
        value, style = event.value, event.style or ""
        if len(value) <= _SHARED:
            value = intern(value)
        elif len(value) > self.limits.scalar:
            raise self._error(f"a scalar of more than {self.limits.scalar} characters", start)
        node = Node("scalar", start, end, start, value, "" if style == "plain" else style)
        if event.ctag is not None or event.anchor:
            self._properties(node, event)
        if style in ("|", ">"):
            node.end = _block_end(self.text, node.inner, end)
        self._add(node)

    def _open(self, kind: str, event: Any) -> None:
        node = Node(kind, event.start_mark.index + self.shift, event.end_mark.index + self.shift)
        node.inner, node.flow = node.start, bool(event.flow_style)
        if event.ctag is not None or event.anchor:
            self._properties(node, event)
        self._add(node)
        self.sizes[id(node)] = self.total
        self.stack.append((node, self.children))
        self.children = []
        self.flow += node.flow
        if self.flow > self.limits.flow_depth or len(self.stack) > self.limits.block_depth:
            raise self._error(f"nested deeper than {self.limits.block_depth} (flow: {self.limits.flow_depth}) levels", node.start)

    def _properties(self, node: Node, event: Any) -> None:
        node.tag, node.anchor = "" if event.tag is None else str(event.tag), event.anchor or ""
        if node.tag or node.anchor:
            node.inner = _behind_properties(self.text, node.start, node.end, node.anchor)
        if node.anchor:
            if node.anchor in self.anchors:
                self.raw.reused = node.anchor
            self.anchors[node.anchor] = node

    def _alias(self, event: Any) -> None:
        start = event.start_mark.index + self.shift
        target = self.anchors.get(event.anchor)
        if target is None:
            raise self._error(f"undefined alias *{event.anchor}", start, alias=event.anchor)
        if len(self.raw.aliases) >= self.limits.aliases:
            raise self._error(f"more than {self.limits.aliases} aliases", start)
        if any(open_node is target for open_node, _ in self.stack):
            raise self._error(f"alias *{event.anchor} lies inside its own anchor", start)
        self.total += self.sizes.get(id(target), 1)
        node = Node("alias", start, event.end_mark.index + self.shift, start, value=event.anchor, target=target)
        self.raw.aliases.append(node)
        self._add(node)

    def _add(self, node: Node) -> None:
        self.total += 1
        if self.total > self.limits.nodes:
            raise self._error(f"more than {self.limits.nodes} nodes after aliases are expanded", node.start)
        self.children.append(node)

    def _close(self, event: Any) -> None:
        children = self.children
        node, self.children = self.stack.pop()
        self.flow -= node.flow
        if node.kind == "map":
            node.pairs = list(zip(children[::2], children[1::2], strict=True))
            self._look_for_duplicates(node)
        else:
            node.items = children
        node.bare = node.flow and self.text[node.inner] not in "{["
        if node.flow and not node.bare:
            node.end = event.end_mark.index + self.shift
        elif children:
            node.end = max(children[-1].end, children[-2].end if len(children) > 1 else 0, node.start)
        self.sizes[id(node)] = self.total - self.sizes[id(node)] + 1

    def _look_for_duplicates(self, node: Node) -> None:
        names = [k.value for k, _ in node.pairs if k.kind == "scalar" and k.value != "<<"]
        if len(names) != len(set(names)):
            self.raw.duplicate = next(k for k, _ in node.pairs if names.count(k.value) > 1)

    def _error(self, problem: str, offset: int, *, alias: str = "") -> ParseError:
        """With the line in the part that is read."""
        line = self.text.count("\n", self.shift, offset) + 1
        return ParseError(problem, line, offset - max(self.text.rfind("\n", self.shift, offset), self.shift - 1), alias=alias)


_TAG = re.compile(r"!<[^>\s]*>|![^\s,\[\]{}]*")
_GAP = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*")


def properties_end(text: str, start: int, end: int, anchor: str) -> int:
    """Behind the anchor and the tag of a node that starts at `start` and whose value starts at `end`."""
    behind = here = start
    while here < max(end, start + 1):
        tag = _TAG.match(text, here)
        if tag is None and text[here] != "&":
            break
        behind = tag.end() if tag else here + 1 + len(anchor)
        here = _gap_end(text, behind)
    return behind


def _gap_end(text: str, start: int) -> int:
    m = _GAP.match(text, start)
    return m.end() if m else start


def _behind_properties(text: str, start: int, end: int, anchor: str) -> int:
    at = _gap_end(text, properties_end(text, start, end, anchor))
    return min(at, end) if end > start else at


def _block_end(text: str, start: int, end: int) -> int:
    """Behind the last line of a block scalar: blank lines after it belong to it only with a `+`."""
    header_end = text.find("\n", start, end)
    if header_end < 0:
        return end
    header = text[start:header_end].split("#")[0]
    body = text[header_end + 1 : end]
    if "+" in header:
        return end - len(body) + len(body.removesuffix("\n").removesuffix("\r"))
    m = re.search(r"[0-9]", header)
    first = re.search(r"^( *)[^ \r\n]", body, re.M)
    indent = len(first[1]) if first else 0
    if m:
        indent = max(indent, 1)
    lines = body.split("\n")
    while lines and not lines[-1].strip(" \r") and len(lines[-1].rstrip("\r")) <= indent:
        lines.pop()
    if not lines:
        return header_end - (text[header_end - 1] == "\r")
    stop = header_end + 1 + sum(len(x) + 1 for x in lines) - 1
    return stop - (text[stop - 1] == "\r")


__all__ = [
    "Comment",
    "Document",
    "Node",
    "Path",
    "Piece",
    "Stream",
    "newlines",
    "parse_piece",
    "parse_text",
    "pieces",
    "properties_end",
]
