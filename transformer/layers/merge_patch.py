"""A strategic-merge patch for the old kind, as the same patch for the new one: its own nodes move, in its own text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from transformer.layers.conversion import MISSING, Conversion, NotCarried
from transformer.layers.conversion import at as value_at
from transformer.layers.merging import DIRECTIVE, merged, named_as, schema
from transformer.model import KEEP, Op, Path
from transformer.yamltext import Edit, Refused, apply_plain, same

_WHY: Final = "The job that this patch changes is another kind now."
SOURCE: Final = "gitops.md 1.2"


@dataclass(frozen=True, slots=True)
class Reasoned:
    """An edit with its reason."""

    edit: Edit
    why: str = _WHY
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a list that is merged, by the value of its key."""

    key: str
    value: Any


_Step: TypeAlias = "str | int | _Item"
_Place: TypeAlias = "tuple[_Step, ...]"


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What stands at a place of the new patch: a node of the old one (`source`), perhaps with another value, or a value alone."""

    source: Path | None
    value: Any = KEEP
    why: str = _WHY
    cited: str = SOURCE


@dataclass(slots=True)
class _Tree:
    """The new patch while it is made."""

    children: dict[_Step, _Tree | _Leaf] = field(default_factory=dict)

    def put(self, place: _Place, leaf: _Leaf) -> None:
        here = self
        for step in place[:-1]:
            below = here.children.setdefault(step, _Tree())
            if isinstance(below, _Leaf):
                raise NotCarried(f"{_said(place)} would be written twice")
            here = below
        if place[-1] in here.children:
            raise NotCarried(f"{_said(place)} would be written twice")
        here.children[place[-1]] = leaf


def kinds_of(conversion: Conversion) -> list[Reasoned]:
    """What gives a patch the new apiVersion and kind."""
    held = conversion.after
    return [Reasoned(Edit(Op.SET, ("apiVersion",), held["apiVersion"])), Reasoned(Edit(Op.SET, ("kind",), held["kind"]))]


def rewritten(patch: Mapping[str, Any], base: Conversion, result: Conversion | None) -> list[Reasoned]:
    """The edits that make of a patch over `base.before` the same patch over `base.after`. `result`: what it makes of the object;
    None where it deletes it. Raises NotCarried."""
    kinds = [r for r in kinds_of(base) if r.edit.path[0] in patch]
    if result is None:
        return kinds
    walk = _Walk(base, result)
    walk.mapping(patch, (), (), (), str(base.before["kind"]))
    for place, value, why in _incomplete(walk, patch, kinds):
        walk.tree.put(place, _Leaf(None, value, *why))
    edits = [*kinds, *walk.edits(patch)]
    _proved(patch, edits, base, result)
    return edits


@dataclass(slots=True)
class _Walk:
    base: Conversion
    result: Conversion
    tree: _Tree = field(default_factory=_Tree)
    dropped: list[tuple[Path, str, str]] = field(default_factory=list)

    def mapping(self, patch: Mapping[str, Any], at: Path, there: Path, old: Path, kind: str) -> None:
        """`at`: the place in the patch; `there`: in what it makes of the object; `old`: in the object before."""
        for name, value in patch.items():
            if not at and name in ("apiVersion", "kind"):
                continue
            key, below = schema(kind, name)
            if name == DIRECTIVE:
                self._directive((*at, name), there)
            else:
                self._node(value, (*at, name), (*there, name), (*old, name), key, below)

    def _directive(self, at: Path, there: Path) -> None:
        place = self.result.place(there)
        if place is None or (self.result.splits(there) and _structural(self.result, there)):
            raise NotCarried(f"{DIRECTIVE} stands at {_said(there)}, whose parts go to several places")
        self.tree.put((*_keyed(self.result.after, place), DIRECTIVE), _Leaf(at))

    def _node(self, value: Any, at: Path, there: Path, old: Path, key: str, kind: str) -> None:
        if value_at(self.result.before, there) is MISSING or value is None:
            self._deleting(at, old)
        elif not self.result.splits(there):
            self._whole(at, there)
        elif isinstance(value, Mapping):
            self.mapping(value, at, there, old, kind)
        elif isinstance(value, list):
            self._list(value, at, there, old, key, kind)
        else:
            self._whole(at, there)

    def _whole(self, at: Path, there: Path) -> None:
        change, place = self.result.change_of(there), self.result.place(there)
        why = (change.why, change.source) if change is not None else (_WHY, SOURCE)
        if place is None:
            self.dropped.append((at, *why))
        else:
            self.tree.put(_keyed(self.result.after, place), _Leaf(at, self.result.value(there), *why))

    def _deleting(self, at: Path, old: Path) -> None:
        """A node that removes something, or does nothing."""
        place = self.base.place(old) if value_at(self.base.before, old) is not MISSING else None
        if place is None:
            self.dropped.append((at, "There is nothing that it would remove.", SOURCE))
        elif self.base.splits(old) and _structural(self.base, old):
            raise NotCarried(f"it removes {_said(old)}, whose parts go to several places")
        else:
            self.tree.put(_keyed(self.base.after, place), _Leaf(at))

    def _list(self, items: list[Any], at: Path, there: Path, old: Path, key: str, kind: str) -> None:
        if key and any(isinstance(i, Mapping) and DIRECTIVE in i and key not in i for i in items):
            self._replaced(items, at, there, old, kind)
            return
        now, before = value_at(self.result.before, there), value_at(self.base.before, old)
        for n, item in enumerate(items):
            here, was = n, n
            if key:
                here, was = _index(now, key, item.get(key)), _index(before, key, item.get(key))
            self._node(item, (*at, n), (*there, here), (*old, was), "", kind)

    def _replaced(self, items: list[Any], at: Path, there: Path, old: Path, kind: str) -> None:
        """`$patch: replace` for a whole list, whose items no longer stand in one."""
        others = [(n, i) for n, i in enumerate(items) if DIRECTIVE not in i]
        for n, item in enumerate(items):
            if DIRECTIVE in item:
                self.dropped.append(((*at, n, DIRECTIVE), "The list is no list any more; each of its items is replaced.", SOURCE))
        for here, (n, item) in enumerate(others):
            self.mapping(item, (*at, n), (*there, here), (*old, here), kind)
            place = self.result.place((*there, here))
            if place is None:
                raise NotCarried(f"it replaces {_said(there)}, whose items go to several places")
            why = "The list is no list any more, so the directive stands in what its item became."
            self.tree.put((*_keyed(self.result.after, place), DIRECTIVE), _Leaf(None, "replace", why))

    # --- the edits

    def edits(self, patch: Mapping[str, Any]) -> Iterator[Reasoned]:
        yield from _emitted(self.tree, ())
        for path, why, source in self.dropped:
            yield Reasoned(Edit(Op.REMOVE, path), why, source)
        moved = [leaf.source for place, leaf in _placed(self.tree, ()) if leaf.source is not None and leaf.source != place]
        taken = [path for path, _ in _placed(self.tree, ())]
        for top in _emptied(patch, [*moved, *(path for path, _, _ in self.dropped)], taken):
            yield Reasoned(Edit(Op.REMOVE, top), "Its fields moved.")


def _structural(conversion: Conversion, path: Path) -> bool:
    """Whether a node ceases to be while its parts go elsewhere."""
    change = conversion.change_of(path)
    return change is not None and change.op is Op.REMOVE


def _placed(tree: _Tree, at: Path) -> Iterator[tuple[Path, _Leaf]]:
    n = 0
    for step, child in tree.children.items():
        here: Path = (*at, n if isinstance(step, _Item) else step)
        n += isinstance(step, _Item)
        if isinstance(child, _Tree):
            yield from _placed(child, here)
        else:
            yield here, child


def _emitted(tree: _Tree, at: Path) -> Iterator[Reasoned]:
    n = 0
    for step, child in tree.children.items():
        here: Path = (*at, n if isinstance(step, _Item) else step)
        n += isinstance(step, _Item)
        if isinstance(child, _Leaf):
            yield from _leaf(child, here)
            continue
        if isinstance(step, _Item) and step.key not in child.children:
            yield Reasoned(
                Edit(Op.INSERT, (*here, step.key), step.value), "A patch finds an item of a list by this field.", "gitops.md 1.4"
            )
        yield from _emitted(child, here)


def _leaf(leaf: _Leaf, at: Path) -> Iterator[Reasoned]:
    why = (leaf.why, leaf.cited)
    if leaf.source is None:
        yield Reasoned(Edit(Op.INSERT, at, leaf.value), *why)
    elif leaf.source == at:
        if leaf.value is not KEEP:
            yield Reasoned(Edit(Op.SET, at, leaf.value), *why)
    elif leaf.source[:-1] == at[:-1] and leaf.value is KEEP and isinstance(at[-1], str):
        yield Reasoned(Edit(Op.RENAME, leaf.source, None, at), *why)
    else:
        yield Reasoned(Edit(Op.MOVE, leaf.source, leaf.value, at), *why)


def _emptied(patch: Mapping[str, Any], gone: list[Path], taken: list[Path]) -> Iterator[Path]:
    """The nodes of which nothing is left, and where nothing new stands, the topmost ones."""
    left = [*taken, *(p for p in _leaves(patch, ()) if not any(p[: len(g)] == g for g in gone))]
    tops: list[Path] = []
    for path in sorted(gone, key=len):
        for n in range(1, len(path)):
            if not any(p[:n] == path[:n] for p in left):
                tops.append(path[:n])
                break
    yield from dict.fromkeys(tops)


def _leaves(data: Any, at: Path) -> Iterator[Path]:
    if isinstance(data, (dict, list)) and data:
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _leaves(value, (*at, step))
    else:
        yield at


# --- places


def _index(items: Any, key: str, value: Any) -> int:
    """The number of an item; one behind all where it is not there."""
    held = items if isinstance(items, list) else []
    return next((n for n, i in enumerate(held) if isinstance(i, Mapping) and i.get(key) == value), len(held))


def _keyed(data: Any, path: Path) -> _Place:
    """A path in the new object, with items of merged lists by their keys."""
    kind = str(data["kind"])
    steps: list[_Step] = []
    key = ""
    for step in path:
        if isinstance(step, int):
            item = value_at(data, (step,))
            named = key and isinstance(item, Mapping) and key in item
            steps.append(_Item(key, item[key]) if named else step)
            key = ""
        else:
            key, kind = schema(kind, step)
            steps.append(step)
        data = value_at(data, (step,))
    return tuple(steps)


def _said(path: Any) -> str:
    return ".".join(str(s.value) if isinstance(s, _Item) else str(s) for s in path) or "the object"


# --- what the nodes of the patch alone do not say


def _incomplete(walk: _Walk, patch: Mapping[str, Any], kinds: list[Reasoned]) -> list[tuple[_Place, Any, tuple[str, str]]]:
    """What must be written beside the patch's own nodes, so that it makes the same object."""
    edits = [*kinds, *walk.edits(patch)]
    made = _merged(patch, edits, walk.base)
    found = list(_differences(made, walk.result.after, (), (), str(walk.result.after["kind"])))
    reasons = [walk.result.reason(tuple(p)) for _, p, _ in found]
    told = [(c.why, c.source) if c is not None else (_WHY, SOURCE) for c in reasons]
    return [(place, value, why) for (place, _, value), why in zip(found, told, strict=True)]


def _merged(patch: Mapping[str, Any], edits: list[Reasoned], base: Conversion) -> Mapping[str, Any]:
    try:
        new = apply_plain(patch, [r.edit for r in edits])
    except Refused as e:
        raise NotCarried(str(e)) from None
    made = merged(base.after, new, str(base.after["kind"]))
    return {} if made is None else {**made, "metadata": named_as(base.after, made)}


def _differences(have: Any, want: Any, place: _Place, path: Path, kind: str) -> Iterator[tuple[_Place, Path, Any]]:
    """Fields that the patch must set, or remove (None)."""
    for name in {**have, **want}:
        key, below = schema(kind, name)
        a, b = have.get(name, MISSING), want.get(name, MISSING)
        here, there = (*place, name), (*path, name)
        if b is MISSING:
            yield here, there, None
        elif a is not MISSING and same(a, b):
            continue
        elif isinstance(a, Mapping) and isinstance(b, Mapping):
            yield from _differences(a, b, here, there, below)
        elif key and isinstance(a, list) and isinstance(b, list) and [i.get(key) for i in a] == [i.get(key) for i in b]:
            for n, (x, y) in enumerate(zip(a, b, strict=True)):
                yield from _differences(x, y, (*here, _Item(key, y.get(key))), (*there, n), below)
        else:
            yield here, there, b


def _proved(patch: Mapping[str, Any], edits: list[Reasoned], base: Conversion, result: Conversion) -> None:
    """Merging and converting commute. Raises NotCarried."""
    made = _merged(patch, edits, base)
    if not same(made, result.after):
        from transformer.diff import explain

        raise NotCarried(f"the patch would make another object: {explain(result.after, made, values=False)[0]}")
