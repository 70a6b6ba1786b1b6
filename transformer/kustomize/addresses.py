"""What a kustomization would fetch from elsewhere when it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from transformer.kustomize.field_refs import scalar
from transformer.kustomize.nodes import Kustomization, is_remote, resolve

# Fields whose texts are values of objects, never places to read from.
_VALUES: Final = frozenset(
    {"metadata", "commonannotations", "commonlabels", "labels", "literals", "patch", "images", "imagetags", "vars", "buildmetadata"}
)
_PLACES: Final = ("resources", "bases", "components")
_OBJECTS: Final = ("transformers", "generators", "validators")  # may name places themselves, in fields of their own


def addresses(node: Kustomization, text_of: Callable[[str], str | None]) -> Iterator[str]:
    """Each address in its fields, or in the objects that act for it. `text_of`: a file of the repository."""
    for place in node.each(*_PLACES):
        if is_remote(name := scalar(place.value)):
            yield name
    for body in node.body:
        yield from _inside(body.value)
    for entry in node.each(*_OBJECTS):
        name = scalar(entry.value)
        path = resolve(node.directory, name) if "\n" not in name else None
        text = text_of(path) if path else None
        if path and text is None:
            yield f"{name}, which is no file here"
        elif text and "://" in text:
            yield f"an address in {path}"


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, held in value.items():
            if str(key).lower() not in _VALUES:
                yield from _inside(held)
    elif isinstance(value, list):
        for held in value:
            yield from _inside(held)
    elif isinstance(value, str) and "://" in value:
        yield value.split("\n")[0][:200]
