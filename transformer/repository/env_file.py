"""NAME=value lines that a generator of a kustomization reads, with the same nodes and edits as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable

from transformer.model import Op
from transformer.yamltext import Document, Edit, Node, Refused
from transformer.yamltext.tree import newlines

_LINE = re.compile(r"^[ \t]*(?!#)([^=\s#][^=\n\r]*?)[ \t]*=([^\n\r]*)$", re.M)


def parse(text: str) -> Document:
    """One document with a mapping of names to text; the last of two equal names counts, as for Kustomize."""
    pairs = []
    for m in _LINE.finditer(text):
        key = Node("scalar", m.start(1), m.end(1), m.start(1), m[1])
        pairs.append((key, Node("scalar", m.start(2), m.end(2), m.start(2), m[2], style='"')))
    root = Node("map", 0, len(text), 0, pairs=pairs)
    return Document(text, 0, 0, len(text), root, newlines(text))


def load(text: str) -> dict[str, str]:
    return {m[1]: m[2] for m in _LINE.finditer(text)}


def edit(text: str, edits: Iterable[Edit]) -> str:
    """Values set and lines removed. Raises Refused for anything else."""
    doc = parse(text)
    cuts: list[tuple[int, int, str]] = []
    for e in edits:
        pair = doc.root.key(e.path[0]) if doc.root and len(e.path) == 1 else None
        if pair is None or e.op not in (Op.SET, Op.REMOVE):
            raise Refused("only values that are there can be set or removed in an env file")
        if e.op is Op.SET:
            cuts.append((pair[1].start, pair[1].end, str(e.value)))
        else:
            start = text.rfind("\n", 0, pair[0].start) + 1
            stop = text.find("\n", pair[1].end)
            cuts.append((start, len(text) if stop < 0 else stop + 1, ""))
    for start, stop, new in sorted(cuts, reverse=True):
        text = text[:start] + new + text[stop:]
    return text
