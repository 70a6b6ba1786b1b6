"""One file of the source: its text, its documents (each parsed at most once), and the resources in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from transformer.model import Path, ResourceId
from transformer.repository import env_file
from transformer.repository.base_lines import SAME, BaseLines, Column
from transformer.repository.resource import Resource, Role
from transformer.yamltext import Document, Limits, Node, ParseError, Piece, load, parse_piece, parse_text, pieces
from transformer.yamltext.tree import newlines

_TOP_KIND = re.compile(r"""^["']?kind["']?[ \t]*:[ \t]*(?:[&!]\S*[ \t]+)*["']?([A-Za-z0-9]*)""", re.M)
_LIST = re.compile(r"""kind["']?[ \t]*:[ \t]*["']?[A-Za-z0-9]*List\b""")
_NO_TEXT = b"\x00"
# To YAML it ends a line, which is not seen here: keys stand behind it, or there is no other line end.
_LONE_CR = re.compile(r"\r(?=[ ]*[\w\"'-]+[\"']?:[ \r\n])|\A[^\n]*\r(?!\n)[^\n]*\Z")


@dataclass(slots=True)
class Manifest:
    """A file as bytes and text. `problem` says why its text cannot be used; `base_lines`: where its lines come from."""

    path: str
    raw: bytes
    limits: Limits = field(default_factory=Limits)
    env: bool = False
    base_lines: BaseLines = SAME
    text: str = ""
    bom: str = ""
    problem: str = ""
    _pieces: list[Piece] | None = None
    _documents: dict[int, Document] = field(default_factory=dict)
    _newlines: list[int] | None = None
    _whole: bool = False
    _error: ParseError | None = None
    _resources: dict[int, list[Resource]] = field(default_factory=dict)
    _named: dict[str, dict[tuple[str, str], Resource]] = field(default_factory=dict)
    _data: list[Any] | None = None

    def __post_init__(self) -> None:
        if _NO_TEXT in self.raw:
            self.problem = "holds a zero byte: it is binary, or not UTF-8"
            return
        try:
            text = self.raw.decode("utf-8")
        except UnicodeDecodeError as e:
            self.problem = f"is not UTF-8 (byte {e.start})"
            return
        if not self.env and b"\r" in self.raw and (found := _LONE_CR.search(text)):
            self.problem = f"ends lines with a carriage return alone (line {text.count(chr(10), 0, found.start()) + 1})"
            return
        self.text = text.removeprefix("\ufeff")
        self.bom = text[: len(text) - len(self.text)]

    def with_text(self, text: str) -> Manifest:
        """The same file with another text."""
        return Manifest(self.path, (self.bom + text).encode(), self.limits, self.env)

    def data(self) -> list[Any]:
        """Every document as plain data, from a load of its own that knows nothing of the nodes. Read only. Raises ParseError."""
        if self._data is None:
            self._data = [env_file.load(self.text)] if self.env else load(self.text, self.limits, odd_keys=True)
        return self._data

    def base_line(self, line: int) -> int:
        return self.base_lines.line(line)

    def base_place(self, first: int, last: int, column: Column) -> tuple[int, int]:
        """Line and column in the base's text (BaseLines.place)."""
        return self.base_lines.place(first, last, column)

    # --- documents

    def documents(self, words: Collection[str] = (), kinds: Collection[str] = ()) -> Iterator[Document]:
        """The documents whose raw text holds one of the words and whose kind may be one of these. Raises ParseError."""
        if self.problem:
            return
        if self.env:
            yield env_file.parse(self.text)
            return
        if words and not any(word in self.text for word in words):
            return
        if self._pieces is None and not self._whole:
            self._split()
        if self._whole:
            yield from (self._documents[n] for n in sorted(self._documents))
            return
        for piece in self._pieces or ():
            if self._may_hold(piece, words, kinds):
                yield self.document(piece)

    def _split(self) -> None:
        if self._error is not None:
            raise self._error
        found = pieces(self.text)
        if found is not None and len(found) > self.limits.documents:
            self._error = ParseError(f"more than {self.limits.documents} documents")
            raise self._error
        self._pieces, self._whole = found, found is None
        if found is None:
            try:
                self._documents = {d.index: d for d in parse_text(self.text, self.limits).documents}
            except ParseError as e:
                self._error, self._whole = e, False
                raise

    def _may_hold(self, piece: Piece, words: Collection[str], kinds: Collection[str]) -> bool:
        if words and not any(self.text.find(word, piece.start, piece.end) >= 0 for word in words):
            return False
        top = _TOP_KIND.search(self.text, piece.start, piece.end)
        if top is None or top[0][0] in "\"'":  # in JSON without indents a key of any depth starts its line
            return not kinds or any(self.text.find(kind, piece.start, piece.end) >= 0 for kind in kinds)
        return top[1] != "CustomResourceDefinition" and (not kinds or top[1] in kinds or top[1].endswith("List"))

    def document(self, piece: Piece) -> Document:
        if piece.index not in self._documents:
            if self._newlines is None:
                self._newlines = newlines(self.text)
            if isinstance(self._error, ParseError):
                raise self._error
            try:
                self._documents[piece.index] = parse_piece(self.text, piece, self._newlines, self.limits)
            except ParseError as e:
                self._error = e
                raise
        return self._documents[piece.index]

    def numbered(self, indexes: Collection[int]) -> list[Document]:
        """The documents with these numbers, whatever their kind. Raises ParseError."""
        if self._pieces is None and not self._whole:
            self._split()
        if self._whole:
            return [self._documents[n] for n in sorted(indexes) if n in self._documents]
        return [self.document(piece) for piece in self._pieces or () if piece.index in indexes]

    # --- resources

    def resources(self, words: Collection[str] = (), kinds: Collection[str] = ()) -> Iterator[Resource]:
        """The objects in those documents; items of a List singly. Raises ParseError."""
        for doc in self.documents(words, kinds):
            if doc.index not in self._resources:
                self._resources[doc.index] = list(_objects(self, doc))
            yield from (r for r in self._resources[doc.index] if not kinds or r.id.kind in kinds)

    def named(self, kind: str, namespace: str, name: str) -> Resource | None:
        """The first object of this kind and name, as it is written. Raises ParseError."""
        if kind not in self._named:
            found: dict[tuple[str, str], Resource] = {}
            for r in self.resources(kinds=frozenset({kind})):
                found.setdefault((r.id.namespace, r.id.name), r)
            self._named[kind] = found
        return self._named[kind].get((namespace, name))

    def count(self) -> int:
        """How many documents the file holds; 0 where it cannot be read."""
        if self.problem or self.env:
            return int(self.env)
        try:
            if self._pieces is None and not self._whole:
                self._split()
        except ParseError:
            return 0
        return len(self._documents) if self._whole else len(self._pieces or ())

    def objects(self) -> int:
        """How many objects it holds, told without parsing what is no List; 0 where it cannot be read."""
        whole = self.count()
        if "items" not in self.text or not _LIST.search(self.text):
            return whole
        try:
            lists = [d for d in self.documents(("items",)) if d.root is not None and identity(d.root).kind.endswith("List")]
        except ParseError:
            return whole
        return whole + sum(len(items.items) - 1 for d in lists if d.root and (items := d.root.child("items")) and items.kind == "seq")


def _objects(manifest: Manifest, doc: Document) -> Iterator[Resource]:
    root = doc.root
    if root is None or root.kind != "map":
        return
    who = identity(root)
    items = root.child("items")
    if (who.kind == "List" or who.kind.endswith("List")) and items is not None and items.kind == "seq":
        for n, item in enumerate(items.items):
            if item.kind == "map" and identity(item).kind:
                yield _resource(manifest, doc, ("items", n), item)
        return
    yield _resource(manifest, doc, (), root)


def _resource(manifest: Manifest, doc: Document, at: Path, node: Node) -> Resource:
    who = identity(node)
    role = Role.ENV if manifest.env else Role.RESOURCE if who.kind else Role.VALUES
    return Resource("", manifest.path, doc, at, who, role, node, manifest.base_place, manifest.named)


def identity(node: Node) -> ResourceId:
    """apiVersion, kind, namespace and name as they are written."""
    meta = node.child("metadata")
    inside: Any = meta if meta is not None and meta.kind == "map" else None
    return ResourceId(
        _scalar(node, "apiVersion"),
        _scalar(node, "kind"),
        _scalar(inside, "namespace") if inside else "",
        (_scalar(inside, "name") or _scalar(inside, "generateName")) if inside else "",
    )


def _scalar(node: Node, key: str) -> str:
    child = node.child(key)
    return child.value if child is not None and child.kind == "scalar" else ""
