"""Reads YAML text as typed.Value: plain data with file:line:column for every value."""

from __future__ import annotations

from typing import Final

from transformer.config.typed import Place, Problems, Value, located
from transformer.yamltext import Document, Node, ParseError, parse_text, plain

_EMPTY: Final = Value(Place(1, 1, ""), {})


def read(text: str, name: str, problems: Problems) -> Value:
    """The document of a text. Invalid YAML, duplicate keys and further documents are added to the problems."""
    text = text.removeprefix("\ufeff")
    try:
        documents = [d for d in parse_text(text).documents if d.root is not None]
        reader = _Reader(name, documents[0], problems) if documents else None
        value = reader.value(documents[0].root) if reader else _EMPTY
    except ParseError as e:
        problems.add(Place(e.line, e.column, name), f"invalid YAML: {e.problem}.")
        problems.raise_if_any()
        return _EMPTY
    if not documents:
        problems.add(Place(1, 1, name), "the file is empty. `transformer init --force` writes a new one.")
    elif len(documents) > 1:
        problems.add(Place(documents[1].line(documents[1].start), 1, name), "expected one document, found a second one. Remove it.")
    problems.raise_if_any()
    return value


def read_fragment(text: str, place: Place, problems: Problems) -> Value:
    """A value from the command line. All of it has the same `place`."""
    try:
        documents = parse_text(text).documents
        root = documents[0].root if documents else None
        data = plain(root)
    except ParseError as e:
        problems.add(place, f"invalid YAML: {e.problem}.")
        return Value(place, None)
    if root is None:
        return Value(place, None)
    return Value(place, data, root.value) if root.kind == "scalar" else located(data, place)


class _Reader:
    def __init__(self, name: str, document: Document, problems: Problems) -> None:
        self.name, self.document, self.problems = name, document, problems

    def place(self, node: Node) -> Place:
        text = self.document.text
        return Place(self.document.line(node.start), node.start - text.rfind("\n", 0, node.start), self.name)

    def value(self, node: Node | None) -> Value:
        if node is None:
            return _EMPTY
        here = self.place(node)
        if node.kind == "alias" and node.target is not None:
            aimed = self.value(node.target)
            return Value(here, aimed.raw, aimed.text, aimed.keys)
        if node.kind == "map":
            return self._map(node, here)
        if node.kind == "seq":
            return Value(here, [self.value(item) for item in node.items])
        return Value(here, plain(node), node.value)

    def _map(self, node: Node, here: Place) -> Value:
        raw: dict[str, Value] = {}
        keys: dict[str, Place] = {}
        merged: list[Node] = []
        for key, value in node.pairs:
            if key.kind == "scalar" and key.value == "<<" and not key.style:
                merged += value.items if value.kind == "seq" else [value]
            elif key.kind != "scalar":
                self.problems.add(self.place(key), "expected a plain text as the key.")
            else:
                if key.value in raw:
                    self.problems.add(self.place(key), f'the key "{key.value}" stands twice. Remove one.')
                raw[key.value], keys[key.value] = self.value(value), self.place(key)
        for source in merged:
            other = self.value(source)
            if not isinstance(other.raw, dict):
                self.problems.add(other.place, "a merge key (<<) needs a mapping.")
                continue
            raw, keys = {**other.raw, **raw}, {**other.keys, **keys}
        return Value(here, raw, keys=keys)
