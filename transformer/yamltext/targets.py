"""Where new things go: the structure after the edits, as old collections with new children.

The structure after the edits is the old one without what is removed or moved away, under the renamed keys. A path that
leaves it opens new mappings and lists there; one that leads into a moved node goes on in that node's source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transformer.model import Op, Path
from transformer.yamltext.edit import Edit, Refused
from transformer.yamltext.fragment import Literal, NewList, NewMap
from transformer.yamltext.layout import Entry
from transformer.yamltext.regions import Region
from transformer.yamltext.tree import Node


@dataclass(slots=True)
class Moving:
    """A place that a moved node will take; `entry` is where it comes from."""

    edit: Edit
    entry: Entry


@dataclass(slots=True)
class Fresh:
    """A new child of an old collection. `step`: its key, or None in a list; `before`: the old items it stands behind."""

    step: str | None
    new: Building
    edit: Edit
    behind: int = -1


@dataclass(slots=True)
class Group:
    """An old collection that gets new children. `order` is the list as it will be: numbers of old items, and Fresh."""

    node: Node
    path: Path
    children: list[Fresh] = field(default_factory=list)
    order: list[int | Fresh] = field(default_factory=list)


Building = NewMap | NewList | Literal | Moving


class Targets:
    """Walks the target paths of inserts and moves, in the order of the edits."""

    def __init__(self, region: Region, located: dict[int, Entry], edits: Sequence[Edit]) -> None:
        self.region = region
        self.gone = {(id(e.parent), e.number) for n, e in located.items() if edits[n].op in (Op.REMOVE, Op.MOVE)}
        self.renamed = {(id(e.parent), e.number): str(edits[n].to[-1]) for n, e in located.items() if edits[n].op is Op.RENAME}
        for entry in located.values():
            self._look_for_clash(entry)
        self.groups: dict[int, Group] = {}
        for n, edit in enumerate(edits):
            if edit.op in (Op.INSERT, Op.MOVE):
                self._place(edit, Moving(edit, located[n]) if edit.op is Op.MOVE else as_building(edit.value))

    def _look_for_clash(self, entry: Entry) -> None:
        """Refuse a rename to a key that stays or that another key becomes."""
        if name := self.renamed.get((id(entry.parent), entry.number)):
            at = [(id(entry.parent), n) for n in range(len(entry.parent.pairs))]
            names = [self.renamed.get(n, k.value) for n, (k, _) in zip(at, entry.parent.pairs, strict=True) if n not in self.gone]
            if names.count(name) > 1:
                raise Refused(f"there is a key {name} already")

    def _place(self, edit: Edit, leaf: Building) -> None:
        here: Node | Building = self.region.root
        path = edit.target
        for n, step in enumerate(path[len(self.region.at) :], len(self.region.at)):
            last = n == len(path) - 1
            found = self._child(here, step, path[:n])
            if found is None or (last and isinstance(step, int)):
                found = leaf if last else NewList() if isinstance(path[n + 1], int) else NewMap()
                self._add(here, step, found, edit, path[:n])
            elif last:
                raise Refused(f"there is something at {'/'.join(map(str, path))} already")
            here = found.entry.value if isinstance(found, Moving) and not last else found

    def _child(self, here: Node | Building, step: str | int, path: Path) -> Node | Building | None:
        if isinstance(here, NewMap):
            return here.children.get(str(step))  # type: ignore[return-value]
        if isinstance(here, NewList):
            return here.children[step] if isinstance(step, int) and step < len(here.children) else None  # type: ignore[return-value]
        if isinstance(here, Node):
            return self._old_child(here, step, path)
        raise Refused(f"{'/'.join(map(str, path))} holds no children")

    def _old_child(self, node: Node, step: str | int, path: Path) -> Node | Building | None:
        group = self.groups.get(id(node))
        if isinstance(step, int) and node.kind == "map":
            raise Refused(f"{'/'.join(map(str, path))} is no list")
        if node.kind == "map":
            for fresh in group.children if group else ():
                if fresh.step == str(step):
                    return fresh.new
            for n, (key, value) in enumerate(node.pairs):
                if (id(node), n) not in self.gone and self.renamed.get((id(node), n), key.value) == str(step):
                    return value
            return None
        if node.kind == "seq" and isinstance(step, int):
            order = self._group(node, path).order
            if step >= len(order):
                return None
            at = order[step]
            return node.items[at] if isinstance(at, int) else at.new
        if node.kind == "scalar" and node.value in ("", "~", "null") and not node.style:
            return next((f.new for f in group.children if f.step == str(step)), None) if group else None
        raise Refused(f"{'/'.join(map(str, path))} is an alias" if node.kind == "alias" else f"{'/'.join(map(str, path))} is no collection")

    def _group(self, node: Node, path: Path) -> Group:
        if id(node) not in self.groups:
            group = Group(node, path)
            group.order = [n for n in range(len(node.items)) if (id(node), n) not in self.gone]
            self.groups[id(node)] = group
        return self.groups[id(node)]

    def _add(self, here: Node | Building, step: str | int, new: Building, edit: Edit, path: Path) -> None:
        if isinstance(here, NewMap):
            here.children[str(step)] = new  # type: ignore[assignment]
        elif isinstance(here, NewList) and isinstance(step, int):
            here.children.insert(step, new)  # type: ignore[arg-type]
        elif isinstance(here, Node):
            group = self._group(here, path)
            fresh = Fresh(None if here.kind == "seq" or isinstance(step, int) else str(step), new, edit)
            if here.kind == "seq" and isinstance(step, int):
                before = [o for o in group.order[:step] if isinstance(o, int)]
                fresh.behind = before[-1] if before else -1
                group.order.insert(step, fresh)
                group.children = [o for o in group.order if isinstance(o, Fresh)]
            else:
                group.children.append(fresh)


def as_building(value: object) -> Building:
    """Plain data as a tree whose mappings can still get children."""
    if isinstance(value, dict):
        return NewMap({str(k): as_building(v) for k, v in value.items()})  # type: ignore[misc]
    if isinstance(value, list):
        return NewList([as_building(v) for v in value])  # type: ignore[misc]
    return Literal(value)


def movings(new: Building) -> Iterator[Moving]:
    """The moved nodes in a new tree, in its order."""
    if isinstance(new, Moving):
        yield new
    elif isinstance(new, NewMap):
        for child in new.children.values():
            yield from movings(child)  # type: ignore[arg-type]
    elif isinstance(new, NewList):
        for child in new.children:
            yield from movings(child)  # type: ignore[arg-type]
