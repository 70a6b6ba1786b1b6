"""Turns a rendered template into changes: its own text is inserted, and nodes that it names with `!source` are moved.

The template decides the place of each field. The order of siblings follows the source, so that comments stay with their fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from transformer import templating
from transformer.passes.cronworkflow.draft import Draft, Source
from transformer.passes.cronworkflow.rows import LEVELS, cite
from transformer.passes.cronworkflow.template import fit
from transformer.passes.cronworkflow.template.fit import TEMPLATE, Shape
from transformer.passkit import KEEP, Change, Path, Resource, parse_text, plain
from transformer.yamltext import Document, Node, ParseError, double_quoted, same, scalar_text

_TAG: Final = "!source"
_TIMES: Final = ("schedule", "schedules", "timezone", "startingDeadlineSeconds")
_SHAPE: Final = "A CronWorkflow needs this field."
_OWN: Final = "Your organisation's template writes this field."
_KIND: Final = (("apiVersion",), ("kind",))


def changes(draft: Draft) -> Iterator[Change]:
    """All changes, in the order of the new keys. Raises TemplateFault."""
    patched = _pod_spec_patch(draft)
    shape = _rendered(draft)
    fit.check(draft, shape)
    yield from _Emit(draft, shape, _Order(draft.resource)).changes(shape.tree, ())
    yield from _added(draft, shape.tree)
    yield from draft.edits
    yield from patched
    yield from draft.drops.values()
    why = "Its fields moved to workflowSpec."
    yield draft.resource.remove(LEVELS["job-template"], why=why, source="argo.md 4.2")


def _added(draft: Draft, tree: Any) -> Iterator[Change]:
    """Values that are added to moved nodes, at their new place."""
    places = dict(_placed(tree, ()))
    for add in draft.additions:
        moved = max((p for p in places if add.path[: len(p)] == p), key=len)
        at = places[moved] + add.path[len(moved) :]
        yield draft.resource.insert(at, add.value, why=add.row["why"], source=cite(add.row), after=add.after)


def _placed(tree: Any, at: Path) -> Iterator[tuple[Path, Path]]:
    """Where a node was, and where it is."""
    if isinstance(tree, Source):
        yield tree.path, at
    for step, child in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from _placed(child, (*at, step))


def _pod_spec_patch(draft: Draft) -> list[Change]:
    """One podSpecPatch for all fields that need it, at the place of the first of them."""
    if not draft.patched:
        return []
    get = draft.resource.get
    lines = [f"{path[-1]}: {json.dumps(get(*path), ensure_ascii=False)}" for path, _ in draft.patched]
    first, row = draft.patched[0]
    draft.place("template/podSpecPatch", first, row, "\n".join(lines) + ("\n" if len(lines) > 1 else ""))
    return [draft.resource.remove(path, why=f"It moved to podSpecPatch. {r['why']}", source=cite(r)) for path, r in draft.patched[1:]]


# --- the template


def _rendered(draft: Draft) -> Shape:
    context = _context(draft)
    try:
        documents = parse_text(templating.render(TEMPLATE, **context)).documents
    except ParseError as e:
        raise fit.fault(e.line, context, f"The rendered text is not valid YAML: {e.problem}", "Correct the template.") from e
    if len(documents) != 1 or documents[0].root is None or documents[0].root.kind != "map":
        raise fit.fault(1, context, "The template must render one mapping", "Correct the template.")
    return Shape(documents[0], context, _Reading(documents[0], context).tree(documents[0].root))


def _context(draft: Draft) -> dict[str, Any]:
    """What a template may use (docs/templates.md)."""
    resource = draft.resource
    return {
        "name": resource.id.name,
        "namespace": resource.id.namespace,
        "labels": resource.get("metadata", "labels", default={}),
        "annotations": resource.get("metadata", "annotations", default={}),
        "version": str(draft.argo),
        "at_least": draft.argo.at_least,
        "pod": list(resource.get(*LEVELS["pod"])),
        **{name: {key: _flow(value) for key, value in _new_first(name, tree)} for name, tree in draft.trees.items()},
    }


def _new_first(name: str, tree: dict[str, Any]) -> list[tuple[str, Any]]:
    """Plain values before nodes that move. In `spec`, fields about time come first."""
    if name == "cron":
        return sorted(tree.items(), key=lambda pair: _TIMES.index(pair[0]) if pair[0] in _TIMES else len(_TIMES))
    return sorted(tree.items(), key=lambda pair: any(True for _ in _paths(pair[1])))


def _flow(value: Any) -> str:
    """Sources and plain data as YAML on one line."""
    if isinstance(value, Source):
        place = double_quoted(fit.text(value.path))
        return f"{_TAG} {place}" if value.value is KEEP else f"{_TAG} {{from: {place}, value: {_flow(value.value)}}}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{double_quoted(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return double_quoted(value) if isinstance(value, str) else scalar_text(value)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the rendered text as data with Sources."""

    document: Document
    context: dict[str, Any]

    def tree(self, root: Node) -> Any:
        if self.document.duplicate is not None:
            what = f"{self.document.duplicate.value} is written twice"
            remedy = 'Write it only if the CronJob does not have it: `{% if "FIELD" not in template %}`.'
            raise self._fault(self.document.duplicate, what, remedy, of_source=True)
        return self._read(root)

    def _read(self, node: Node) -> Any:
        if node.tag == _TAG:
            return self._source(node)
        if node.kind == "alias":
            raise self._fault(node, "Aliases are not supported here", "Write the value instead.")
        if node.kind == "map":
            return {key.value: self._read(value) for key, value in node.pairs}
        if node.kind == "seq":
            return [self._read(item) for item in node.items]
        return plain(node)

    def _source(self, node: Node) -> Source:
        found = plain(node)
        if isinstance(found, str):
            return Source(_path(found))
        if isinstance(found, dict) and found.keys() == {"from", "value"}:
            return Source(_path(str(found["from"])), found["value"])
        raise self._fault(node, f"{_TAG} does not name a node", "Use the text of the entry without changes.")

    def _fault(self, node: Node, what: str, remedy: str, *, of_source: bool = False) -> templating.TemplateFault:
        return fit.fault(self.document.line(node.start), self.context, what, remedy, of_source=of_source)


def _path(pointer: str) -> Path:
    steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    return tuple(int(s) if s.isascii() and s.isdigit() else s for s in steps)


def _paths(tree: Any) -> Iterator[Path]:
    if isinstance(tree, Source):
        yield tree.path
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _paths(child)


# --- the order


@dataclass(slots=True)
class _Order:
    """The order of siblings: that of their first source. A field without a source follows its predecessor in the template.

    A field may go before a new list, even if it comes later in the source, as long as no comments change places.
    """

    resource: Resource
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = self.resource.document.text.split("\n")

    def siblings(self, tree: dict[str, Any]) -> list[tuple[str, Any]]:
        groups: list[tuple[tuple[int, ...], list[tuple[str, Any]]]] = [((), [])]
        lists = [v for v in tree.values() if isinstance(v, list) and self.first(v) and not _of_items(v)]
        for key, value in tree.items():
            place = self.first(value)
            if place is None:
                groups[-1][1].append((key, value))
            elif lists and not isinstance(value, list) and self._passes(value, lists):
                groups.append(((), [(key, value)]))
            else:
                groups.append((place, [(key, value)]))
        return [pair for _, group in sorted(groups, key=lambda g: g[0]) for pair in group]

    def _passes(self, value: Any, lists: list[Any]) -> bool:
        """Whether a field may go before the lists without moving a comment past another, or an alias before its anchor."""
        place = self.first(value) or ()
        elders = [p for p in _paths(lists) if self._place(p) < place]
        return not any(map(self._bound, _paths(value))) or not any(map(self._bound, elders))

    def first(self, tree: Any) -> tuple[int, ...] | None:
        places = [self._place(p) for p in _paths(tree)]
        return min(places) if places else None

    def _place(self, path: Path) -> tuple[int, ...]:
        """The position of a node: its index at each level."""
        here: Any = self.resource.data
        steps: list[int] = []
        for step in path:
            steps.append(step if isinstance(step, int) else list(here).index(step))
            here = here[step]
        return tuple(steps)

    def _bound(self, path: Path) -> bool:
        """Whether a node has a comment, an anchor or an alias, or what looks like one."""
        first, last = self.resource.document.lines_of(self.resource.at + path)
        above = first > 1 and self.lines[first - 2].lstrip().startswith("#")
        return above or any(c in line for c in "#&*" for line in self.lines[first - 1 : last])


def _of_items(values: list[Any]) -> bool:
    """Whether a list consists of items of a list of the source."""
    return all(isinstance(v, Source) and isinstance(v.path[-1], int) for v in values)


# --- the edits


@dataclass(slots=True)
class _Emit:
    draft: Draft
    shape: Shape
    order: _Order

    def changes(self, tree: Any, at: Path) -> Iterator[Change]:
        if isinstance(tree, Source):
            yield from self._moved(tree, at)
        elif not any(True for _ in _paths(tree)) and not isinstance(self._there(at), dict) and not self._reasoned(tree):
            yield from self._written(tree, at, self._old_place() if self.draft.native else None)
        elif isinstance(tree, list):
            for n, item in enumerate(tree):
                yield from self.changes(item, (*at, n))
        else:
            yield from self._mapping(tree, at)

    def _mapping(self, tree: dict[str, Any], at: Path) -> Iterator[Change]:
        old = self._there(at)
        for key, value in self.order.siblings(tree):
            plain_data = not any(True for _ in _paths(value)) and not self._reasoned(value)
            if isinstance(old, dict) and plain_data and not isinstance(old.get(key), dict):
                yield from self._written(value, (*at, key), self._elder(tree, key, at))
            else:
                yield from self.changes(value, (*at, key))

    def _old_place(self) -> str:
        """The field of `spec` before the jobTemplate, which new fields follow if nothing of the jobTemplate is left."""
        keys = list(self._there(("spec",)))
        return str(keys[max(keys.index("jobTemplate") - 1, 0)])

    def _reasoned(self, tree: Any) -> bool:
        """Whether fields of a new mapping have their own reasons."""
        return isinstance(tree, dict) and any(key in self.draft.reasons for key in tree)

    def _elder(self, tree: dict[str, Any], key: str, at: Path) -> str | None:
        """The name in the source of the nearest sibling before `key` in the template that comes from the source."""
        found: str | None = None
        for name, value in tree.items():
            if name == key:
                break
            here = [p[len(at)] for p in _paths(value) if p[: len(at)] == at and len(p) > len(at)]
            found = str(here[0]) if here else name if name in self._there(at) else found
        return found

    def _there(self, path: Path) -> Any:
        return self.draft.resource.get(*path)

    def _moved(self, source: Source, at: Path) -> Iterator[Change]:
        resource, row = self.draft.resource, self.draft.rows[source.path]
        why, cited = row["why"], cite(row)
        if source.path == at:
            if source.value is not KEEP:
                yield resource.set(at, source.value, why=why, source=cited)
        elif source.path[:-1] == at[:-1] and source.value is KEEP and isinstance(at[-1], str):
            yield resource.rename(source.path, at[-1], why=why, source=cited)
        else:
            yield resource.move(source.path, at, value=source.value, why=why, source=cited)

    def _written(self, value: Any, at: Path, after: str | None) -> Iterator[Change]:
        resource = self.draft.resource
        why, cited = self._reason(value, at)
        old = self._there(at)
        if at in self.draft.rows or at in self.draft.drops:
            what = f"The template writes {fit.text(at)}, but the value of the CronJob there moves or is dropped"
            raise self.shape.fault(at, what, "Write it at another place, or remove it.")
        if old is None and at[-1] not in (resource.get(*at[:-1], default=None) or ()):
            yield resource.insert(at, value, why=why, source=cited, after=after)
        elif not same(old, value):
            if old is not None and at not in _KIND:
                what = f"The template writes {fit.text(at)}, where the CronJob has {old!r}"
                raise self.shape.fault(at, what, "Write it only if the CronJob does not have it.", of_source=True)
            yield resource.set(at, value, why=why, source=cited)

    def _reason(self, value: Any, at: Path) -> tuple[str, str]:
        """The reason and source: a row if the pass itself would write this value, else the template."""
        row = next((self.draft.reasons[s] for s in reversed(at) if s in self.draft.reasons), None)
        if row and any(same(found, value) for found in fit.drafted(self.draft, at)):
            return row["why"], cite(row)
        return _OWN if templating.replaced(TEMPLATE) else _SHAPE, f"templates/{TEMPLATE}"
