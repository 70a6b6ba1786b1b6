"""Amounts that are already set, and the edits that add the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transformer.model import Op
from transformer.passes.resources.params import NAMES, Allotment
from transformer.passkit import Path

Map = Mapping[str, Any]
Wanted = Mapping[str, Mapping[str, str]]


def taken(resources: Any) -> frozenset[str]:
    """The names for which a request or a limit is set: a limit alone is a request too, and bounds it."""
    sides = [resources.get(s) for s in ("requests", "limits")] if isinstance(resources, Mapping) else []
    return frozenset(n for n in NAMES for side in sides if isinstance(side, Mapping) and side.get(n) is not None)


def missing(allotment: Allotment, have: frozenset[str]) -> Wanted:
    """What the allotment gives and nobody has set; empty sides are left out."""
    sides = {side: {n: a for n, a in amounts.items() if n not in have} for side, amounts in allotment.sides().items()}
    return {side: amounts for side, amounts in sides.items() if amounts}


def additions(container: Map, at: Path, wanted: Wanted) -> Iterator[tuple[Op, Path, Any]]:
    """The fewest edits that add `wanted` to the resources of the container at `at`."""
    resources = container.get("resources")
    path = (*at, "resources")
    if not resources:
        yield Op.SET if "resources" in container else Op.INSERT, path, {s: dict(a) for s, a in wanted.items()}
        return
    # Into what is there first: new sides stand behind it.
    for side, amounts in wanted.items():
        if resources.get(side):
            for name, text in amounts.items():
                yield Op.INSERT, (*path, side, name), text
    for side, amounts in wanted.items():
        if not resources.get(side):
            yield Op.SET if side in resources else Op.INSERT, (*path, side), dict(amounts)
