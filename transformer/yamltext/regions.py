"""Parts of a document that can be edited apart from each other: the items of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transformer.model import Path
from transformer.yamltext.edit import Edit
from transformer.yamltext.tree import Document, Node


@dataclass(frozen=True, slots=True)
class Region:
    """What lies below the path `at`. `place`: the list that holds it, and its number there; empty: the whole document."""

    root: Node
    at: Path = ()
    place: tuple[Node, int] | tuple[()] = ()
    edits: Sequence[Edit] = ()


def by_item(doc: Document, edits: Sequence[Edit]) -> list[Region]:
    """The edits by the item of a list (`items/3`) that they lie inside; nothing where one lies in no such item.

    Nor where there are aliases: they reach from item to item."""
    held: dict[Path, list[Edit]] = {}
    for edit in edits:
        places = {p[:2] for p in (edit.path, edit.target) if p}
        if len(places) != 1 or any(0 < len(p) < 3 for p in (edit.path, edit.target)):
            return []
        held.setdefault(places.pop(), []).append(edit)
    if len(held) < 2 or doc.aliases:
        return []
    found = [_region(doc, at, part) for at, part in held.items()]
    return [r for r in found if r is not None] if None not in found else []


def _region(doc: Document, at: Path, edits: list[Edit]) -> Region | None:
    holder, number = doc.find(at[:1]), at[1]
    if holder is None or holder.flow or not isinstance(number, int) or not 0 <= number < len(holder.items):
        return None
    item = holder.items[number]
    return Region(item, at, (holder, number), edits) if item.block and item.kind == "map" else None
