"""What stands or falls together: resources, and the changes elsewhere that they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from transformer.model import Addition, Change, Group, Who


def grouped(pass_id: str, items: Iterable[Change | Addition]) -> Iterator[Group]:
    """The groups that changes elsewhere make: whoever needs one of them belongs to all who need it."""
    held: list[tuple[set[Who], set[str]]] = []
    for item in items:
        whose, files = set(item.needed_by), {item.file, *(w.file for w in item.needed_by)}
        for other in [h for h in held if h[0] & whose]:
            held.remove(other)
            whose |= other[0]
            files |= other[1]
        held.append((whose, files))
    for whose, files in held:
        yield Group(pass_id, tuple(sorted(whose)), tuple(sorted(files)))
