"""Edits on plain data: the second interpreter. Promise P2 compares its result with a load of the edited text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from transformer.model import Op, Path
from transformer.yamltext.edit import Edit, Refused


def apply_plain(data: Any, edits: Iterable[Edit]) -> Any:
    """The data after the edits; the argument is not changed. Raises Refused where a path does not exist."""
    data = _copied(data)
    edits = list(edits)
    held = {n: _holder(data, e.path) for n, e in enumerate(edits) if e.op is not Op.INSERT}
    for n, e in enumerate(edits):
        if e.op is Op.SET:
            holder, step = held[n]
            holder[step] = _copied(e.value)
    carried = {n: _copied(e.value) if e.literal else held[n][0][held[n][1]] for n, e in enumerate(edits) if e.op is Op.MOVE}
    _remove([held[n] for n, e in enumerate(edits) if e.op in (Op.REMOVE, Op.MOVE)])
    renames = [(*held[n], e.to) for n, e in enumerate(edits) if e.op is Op.RENAME]
    values = [(holder, to, holder.pop(step)) for holder, step, to in renames if step in holder]  # else it went with a removed node
    for holder, to, value in values:
        if to[-1] in holder:
            raise Refused(f"{to} is there already")
        holder[to[-1]] = value
    for n, e in enumerate(edits):
        if e.op in (Op.INSERT, Op.MOVE):
            _place(data, e.target, carried[n] if e.op is Op.MOVE else _copied(e.value))
    return data


def _copied(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_copied(item) for item in data]
    return data


def _holder(data: Any, path: Path) -> tuple[Any, Any]:
    here = data
    try:
        for step in path[:-1]:
            here = here[step]
        here[path[-1]]
    except (KeyError, IndexError, TypeError):
        raise Refused(f"there is nothing at {path}") from None
    return here, path[-1]


def _remove(places: list[tuple[Any, Any]]) -> None:
    gone: dict[int, tuple[Any, set[Any]]] = {}
    for holder, step in places:
        gone.setdefault(id(holder), (holder, set()))[1].add(step)
    for holder, steps in gone.values():
        for step in sorted(steps, reverse=True) if isinstance(holder, list) else steps:
            del holder[step]


def _place(data: Any, path: Path, value: Any) -> None:
    here = data
    for step, following in pairwise(path):
        missing: Any = [] if isinstance(following, int) else {}
        if isinstance(here, list):
            if step == len(here):
                here.append(missing)
        elif isinstance(here, dict) and isinstance(step, str) and here.get(step) is None:
            here[step] = missing
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            raise Refused(f"nothing can be placed at {path}") from None
    if isinstance(here, list) and isinstance(path[-1], int) and path[-1] <= len(here):
        here.insert(path[-1], value)
    elif isinstance(here, dict) and isinstance(path[-1], str) and path[-1] not in here:
        here[path[-1]] = value
    else:
        raise Refused(f"{path} is there already")


def same(a: Any, b: Any) -> bool:
    """Equal in value and type: 1 is not true and not 1.0; order of keys does not count."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b) or (a != a and b != b)
