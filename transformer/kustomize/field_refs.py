"""Reading YAML data that is only half trusted: a value, and the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from transformer.model import Path


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A value of a document and where it is; steps to what is not there lead to a Spot whose value is None.

    Keys are matched as Kustomize does: the exact one first, then in any case (gitops.md 1.7).
    """

    file: str
    document: int
    path: Path
    value: Any

    def child(self, name: str) -> FieldRef:
        if isinstance(self.value, dict):
            key = name if name in self.value else next((k for k in self.value if k.lower() == name.lower()), None)
            if key is not None:
                return self._at(key, self.value[key])
        return self._at(name, None)

    def down(self, *names: str) -> FieldRef:
        ref = self
        for name in names:
            ref = ref.child(name)
        return ref

    def each(self) -> Iterator[FieldRef]:
        """The items of a list."""
        if isinstance(self.value, list):
            for n, item in enumerate(self.value):
                yield self._at(n, item)

    def text(self, name: str) -> str:
        """The scalar under a key as text; empty where there is none."""
        return scalar(self.child(name).value)

    def _at(self, step: str | int, value: Any) -> FieldRef:
        return FieldRef(self.file, self.document, (*self.path, step), value)


def scalar(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def truth(value: Any) -> bool:
    return value is True or scalar(value).lower() == "true"


def unfolded(ref: FieldRef) -> Iterator[FieldRef]:
    """The objects of a document: itself, or the items of a List."""
    items = ref.child("items")
    if isinstance(items.value, list) and ref.text("kind").endswith("List"):
        yield from items.each()
    else:
        yield ref


def templated(text: str) -> bool:
    """Holds a placeholder that something fills in before Kustomize sees it."""
    return "{{" in text or "${" in text
