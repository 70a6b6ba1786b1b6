"""A resource that became another kind, with all that Kustomize does to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from transformer.kustomize import KustomizeEffect
from transformer.kustomize.field_refs import FieldRef
from transformer.layers.component import is_ours
from transformer.layers.conversion import Conversion, Convert, NotCarried, converted
from transformer.layers.states import Patching, patched, patchings
from transformer.layers.targets import Kind
from transformer.passkit import Done
from transformer.repository.index import Index


class Job:
    """A resource that became another kind."""

    def __init__(self, done: Done, convert: Convert, index: Index) -> None:
        self.resource, self.who, self._convert, self._index = done.before, done.who, convert, index
        effects = index.kustomize.effects(self.resource.file, self.resource.data)
        self.effects: tuple[KustomizeEffect, ...] = tuple(e for e in effects if not is_ours(e.file))
        self.patchings = patchings(self.resource, self.effects, index)
        self.kinds = Kind.of(done.before.data), Kind.of(done.after.data)

    def converted(self, data: Mapping[str, object]) -> Conversion:
        return converted(data, self.resource, self._convert)

    @cached_property
    def plain(self) -> Conversion:
        """The resource as its own file has it."""
        return self.converted(self.resource.data)

    def variants(self) -> Iterator[Conversion]:
        """The resource behind each patch of it alone, where that can be converted."""
        for patching in self.readable:
            try:
                changed = patched(self.resource.data, patching)
                if changed is not None:
                    yield self.converted(changed)
            except NotCarried:
                continue

    def is_read_by(self, reference: FieldRef) -> bool:
        """Whether an `objref` names it."""
        subject = self._index.kustomize.subject(self.resource.file, self.resource.data)
        return reference.text("kind") == self.kinds[0].kind and (subject.names is None or reference.text("name") in subject.names)

    @property
    def readable(self) -> list[Patching]:
        return [p for p in self.patchings.values() if isinstance(p, Patching)]
