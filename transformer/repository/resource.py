"""One object of a document for passes: plain data to read, and methods that make changes and findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from transformer.model import KEEP, Change, Finding, Op, Path, ResourceId, Scalar, Severity, Skip
from transformer.repository.base_lines import LEAD, Column
from transformer.yamltext import Document, Node, ParseError, odd_place, parse_text, plain


class Role(StrEnum):
    """The role of a document for the tools that read it."""

    RESOURCE = "resource"
    PATCH = "patch"  # a partial object that Kustomize merges into another
    VALUES = "values"  # a document without apiVersion and kind: Helm values and the like
    KUSTOMIZATION = "kustomization"
    ENV = "env"  # NAME=value lines that a generator of a kustomization reads


def _nothing(_kind: str, _namespace: str, _name: str) -> Resource | None:
    return None


@dataclass(slots=True)
class Resource:
    """An object in a document: the document's root, or an item of a List (then `at` is the path to it)."""

    pass_id: str
    file: str
    document: Document
    at: Path
    id: ResourceId
    role: Role
    node: Node
    base_place: Callable[[int, int, Column], tuple[int, int]] | None = None  # as BaseLines.place
    named: Callable[[str, str, str], Resource | None] = _nothing  # an object of the same text, by kind, namespace and name
    _data: Any = field(default=None, repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """The object as Kubernetes reads it (YAML 1.1 scalars, merge keys applied). Read only. Raises ParseError (see `problem`)."""
        if self._data is None and (problem := self.problem) is not None:
            raise problem
        return self._data  # type: ignore[no-any-return]

    @property
    def problem(self) -> ParseError | None:
        """Why the object cannot be read, though its text parses: a mapping as a key, a merge of what is no mapping. `line`: in
        the text as it is now."""
        if self._data is None:
            try:
                self._data = plain(self.node)
            except ParseError as e:
                return ParseError(e.problem, self.document.line(odd_place(self.node)))
        return None

    def get(self, *path: str | int, default: Any = None) -> Any:
        """The value at a path, or `default` where a step is missing."""
        here: Any = self.data
        step: Any
        for step in path:
            try:
                here = here[step] if isinstance(here, (dict, list)) else None
            except (KeyError, IndexError, TypeError):
                return default
            if here is None:
                return default
        return here

    def line(self, path: Path = ()) -> int:
        """The line of a node, or of its nearest ancestor that exists; from 1, in the base's text."""
        return self.place(path)[0]

    def place(self, path: Path = ()) -> tuple[int, int]:
        """Line and column of a node with its key, likewise. Of one that a pass has made: of the first thing in it that the base has."""
        start, end = self.document.span_of(self.at + path)
        return self._in_base(self.document.line(start), self.document.line(max(end - 1, start)), self.document.column(start))

    def place_inside(self, path: Path, inside: Path) -> tuple[int, int]:
        """The place of a node in the YAML text that the scalar at `path` holds; the scalar's own where the text is no block of lines."""
        node = self._block_of_lines(path)
        if node is None:
            return self.place(path)
        try:
            held = parse_text(node.value).documents
        except ParseError:
            held = ()
        return self.place_at(path, held[0].span_of(inside)[0]) if held else self.place(path)

    def place_at(self, path: Path, offset: int) -> tuple[int, int]:
        """The place of a character of the text that the scalar at `path` holds, likewise."""
        node = self._block_of_lines(path)
        if node is None:
            return self.place(path)
        line = self.document.line(node.start) + 1 + node.value.count("\n", 0, offset)
        own = node.value[node.value.rfind("\n", 0, offset) + 1 :].partition("\n")[0]
        column = self.document.line_text(line).find(own) + offset - node.value.rfind("\n", 0, offset)
        return self._in_base(line, line, max(column, 1))

    def _block_of_lines(self, path: Path) -> Node | None:
        node = self.document.find(self.at + path)
        return node if node is not None and node.kind == "scalar" and node.style == "|" else None

    def line_at(self, path: Path, offset: int) -> int:
        return self.place_at(path, offset)[0]

    def lines(self, path: Path) -> tuple[int, int]:
        first, last = self.document.lines_of(self.at + path)
        return self.base_line(first), self.base_line(last)

    def base_line(self, line: int) -> int:
        return self._in_base(line, line, 1)[0]

    def _in_base(self, line: int, last: int, column: int) -> tuple[int, int]:
        if self.base_place is None:
            return line, column

        def present(number: int) -> int:
            text = self.document.line_text(number)
            return column if number == line else len(text) - len(text.lstrip(LEAD)) + 1

        return self.base_place(line, last, present)

    # --- what a pass yields

    def set(self, path: Path, value: Any, *, why: str, source: str) -> Change:
        """Replace the value at `path` (which exists) with plain data."""
        return self._change(Op.SET, path, why, source, value=value)

    def insert(self, path: Path, value: Any, *, why: str, source: str, after: str | None = None) -> Change:
        """Add a key (or list item) that does not exist. Missing parents are made. `after`: the sibling key to follow."""
        return self._change(Op.INSERT, path, why, source, value=value, after=after)

    def remove(self, path: Path, *, why: str, source: str) -> Change:
        """Remove a key with its value, or a list item. Its comments go with it, unless a child of it moves."""
        return self._change(Op.REMOVE, path, why, source)

    def rename(self, path: Path, key: str, *, why: str, source: str) -> Change:
        """Give a key another name where it stands."""
        return self._change(Op.RENAME, path, why, source, to=(*self.at, *path[:-1], key))

    def move(self, path: Path, to: Path, *, why: str, source: str, value: Any = KEEP) -> Change:
        """Carry a node, with its own text and comments, to a place that does not exist yet; missing parents are made.

        With `value` the node's text is replaced by that literal, and its comments still travel. Other changes may
        name places inside the moved node (by their old paths).
        """
        return self._change(Op.MOVE, path, why, source, value=value, to=self.at + to)

    def finding(
        self,
        code: str,
        message: str,
        *,
        remedy: str,
        source: str,
        path: Path = (),
        subject: str = "",
        severity: Severity = Severity.WARNING,
    ) -> Finding:
        """Tell the user; the pass's changes stand. `subject` as in Finding."""
        line, column = self.place(path)
        return Finding(
            code, severity, self.file, line, self.id, message, remedy, source,
            self.pass_id, self.document.index, column=column, subject=subject,
        )  # fmt: skip

    def block(self, code: str, message: str, *, remedy: str, source: str, path: Path = (), subject: str = "") -> Finding:
        """Refuse this resource: all changes of this pass to it are dropped, the outcome is Blocked."""
        told = self.finding(code, message, remedy=remedy, source=source, path=path, subject=subject, severity=Severity.ERROR)
        return replace(told, blocks=True)

    def skip(self, reason: str) -> Skip:
        """Leave this resource alone, and say why."""
        return Skip(reason)

    def _change(self, op: Op, path: Path, why: str, source: str, value: Any = None, to: Path = (), after: str | None = None) -> Change:
        full = self.at + path
        old = self.get(*path) if op is not Op.INSERT else None
        before: Scalar = old if not isinstance(old, (dict, list)) else None
        return Change(
            self.pass_id, self.file, self.document.index, self.id, op, full, why, source, self.lines(path), before, value, to, after
        )
