"""What a pass makes of an object as some kustomization sees it, and where each of its nodes goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from transformer.model import KEEP, Change, Finding, Op, Path, Skip
from transformer.passkit import Addition, Copy, Yielded
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource, Role
from transformer.yamltext import Edit, Limits, Refused, apply_plain, edit_text

MISSING: Final = object()
Convert = Callable[[Resource], Iterable[Yielded]]


def at(data: Any, path: Path) -> Any:
    """What stands at a path; MISSING where nothing does."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return data


class NotCarried(Exception):  # noqa: N818 - an answer, not a mistake
    """What a layer does cannot be written for the new kind. `remedy`: what to do, where it is known."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


@dataclass(frozen=True)
class Conversion:
    """An object before and after a pass. Paths of the changes start at the object."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = ()
    again: Callable[[Mapping[str, Any]], Conversion] | None = field(default=None, repr=False)

    def with_field(self, path: Sequence[str], value: Any = None) -> Conversion:
        """The same for an object that has a field as well, which tells where that would stand; itself where it is there, or
        cannot be."""
        changed = _with(self.before, path, {"key": "value"} if value is None else value)
        if changed is None or self.again is None:
            return self
        try:
            return self.again(changed)
        except NotCarried:
            return self

    @cached_property
    def _by_path(self) -> dict[Path, Change]:
        return {c.path: c for c in self.changes if c.op is not Op.INSERT}

    @cached_property
    def _above(self) -> frozenset[Path]:
        return frozenset(p[:n] for p in self._by_path for n in range(len(p)))

    def change_of(self, path: Path) -> Change | None:
        """The change that decides where a node goes: that of the node, or of the nearest one above it."""
        found = (self._by_path.get(path[:n]) for n in range(len(path), -1, -1))
        return next((c for c in found if c is not None), None)

    def splits(self, path: Path) -> bool:
        """Whether something inside of the node goes elsewhere, or gets another value."""
        return path in self._above

    def place(self, path: Path) -> Path | None:
        """Where a node stands afterwards; None where it is dropped."""
        found = (self._by_path.get(path[:n]) for n in range(len(path), -1, -1))
        c = next((c for c in found if c is not None and c.op is not Op.SET), None)
        if c is None:
            return path
        return None if c.op is Op.REMOVE else (*c.to, *path[len(c.path) :])

    def value(self, path: Path) -> Any:
        """The value that a node gets; KEEP where it keeps its own."""
        c = self._by_path.get(path)
        return c.value if c is not None and (c.op is Op.SET or (c.op is Op.MOVE and c.value is not KEEP)) else KEEP

    def reason(self, place: Path) -> Change | None:
        """The change that writes at a place of the new object, or just above or below it."""
        written = [(c, c.path if c.op in (Op.INSERT, Op.SET) else c.to) for c in self.changes if c.op is not Op.REMOVE]
        near = (c for c, to in written if to[: len(place)] == place or place[: len(to)] == to)
        return next(near, None)


def converted(data: Mapping[str, Any], like: Resource, convert: Convert) -> Conversion:
    """An object of this shape behind the pass, standing where `like` stands. Raises NotCarried where it would be refused."""
    resource = standing_alone(data, like)
    items = list(convert(resource))
    if skip := next((i for i in items if isinstance(i, Skip)), None):
        raise NotCarried(f"it would be left alone: {skip.reason}")
    findings = tuple(i for i in items if isinstance(i, Finding))
    if blocks := [f for f in findings if f.blocks]:
        raise NotCarried(f"{blocks[0].full_message.rstrip('.')}", blocks[0].remedy)
    if any(isinstance(i, (Addition, Copy)) for i in items):
        raise NotCarried("the job becomes several objects, and a layer can change one only")
    changes = tuple(i for i in items if isinstance(i, Change))
    try:
        after = apply_plain(resource.data, [Edit(c.op, c.path, c.value, c.to, c.after) for c in changes])
    except Refused as e:
        raise NotCarried(str(e)) from None
    return Conversion(resource.data, after, changes, findings, lambda other: converted(other, like, convert))


def _with(data: Any, path: Sequence[str], value: Any) -> Any:
    """A copy with a field that is not there; None where it is there."""
    if isinstance(data, list):
        made = _with(data[0], path, value) if data else None
        return None if made is None else [made, *data[1:]]
    if not isinstance(data, dict) or not path:
        return None
    if path[0] in data:
        made = _with(data[path[0]], path[1:], value)
        return None if made is None else {**data, path[0]: made}
    for step in reversed(path[1:]):
        value = {step: value}
    return {**data, path[0]: value}


def standing_alone(data: Mapping[str, Any], like: Resource) -> Resource:
    """The data as a resource of its own."""
    manifest = Manifest(like.file, text_of(data).encode(), Limits())
    found = list(manifest.resources())
    if len(found) != 1 or found[0].problem is not None:
        raise NotCarried("what the layers make of it is no object")
    return replace(found[0], pass_id=like.pass_id, role=Role.RESOURCE)


def text_of(data: Mapping[str, Any]) -> str:
    """Plain data as YAML in block style."""
    edits = [Edit(Op.INSERT, (key,), value) for key, value in data.items()]
    return edit_text("$: 0\n", {0: [*edits, Edit(Op.REMOVE, ("$",))]}).text
