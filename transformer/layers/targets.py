"""Selectors that name the old kind, and what they must say so that they select the new one (gitops.md 1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformer.kustomize.field_refs import FieldRef
from transformer.kustomize.selectors import may_match
from transformer.layers.conversion import NotCarried
from transformer.layers.merge_patch import Reasoned
from transformer.model import Op
from transformer.yamltext import Edit

_WHY: Final = "The job that this selects is another kind now."
_SOURCE: Final = "gitops.md 1.2"
_PLAIN: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Kind:
    """The group, version and kind of an object."""

    group: str
    version: str
    kind: str

    @staticmethod
    def of(data: Mapping[str, Any]) -> Kind:
        group, _, version = str(data["apiVersion"]).rpartition("/")
        return Kind(group, version, str(data["kind"]))


def selects(target: FieldRef, kind: Kind) -> bool:
    """Whether a selector lets this kind pass."""
    pairs = (("group", kind.group), ("version", kind.version), ("kind", kind.kind))
    return all(may_match(target.text(name), [value]) for name, value in pairs)


def rewritten(target: FieldRef, old: Kind, new: Kind, *, others: bool, neutral: bool) -> Iterator[Reasoned]:
    """The edits of a selector, paths from its document's root. `others`: it also selects objects of the old kind that stay.
    `neutral`: what it is for holds for objects of both kinds as it is. Raises NotCarried."""
    if neutral and selects(target, new):
        return
    said = target.text("kind")
    if said == old.kind and not others:
        for name, value in (("kind", new.kind), ("group", new.group), ("version", new.version)):
            if target.text(name) and (name == "kind" or not may_match(target.text(name), [value])):
                yield _set(target, name, value)
        return
    if not neutral:
        if others or (said and _PLAIN.fullmatch(said) is None and _names_others(said, old)):
            raise NotCarried("its target also selects objects that stay what they are, and it changes fields that only one kind has")
        yield from _narrowed(target, new)
        return
    pinned = [name for name, value in (("group", new.group), ("version", new.version)) if not may_match(target.text(name), [value])]
    if pinned or not said:
        raise NotCarried(f"its target selects by {pinned[0] if pinned else 'kind'}, which objects of both kinds do not share")
    yield _set(target, "kind", f"{said}|{new.kind}" if others or old.kind not in said else said.replace(old.kind, new.kind))


def _names_others(said: str, old: Kind) -> bool:
    words = set(re.findall(r"[A-Z]\w+", said)) - {old.kind}
    return bool(words)


def _narrowed(target: FieldRef, new: Kind) -> Iterator[Reasoned]:
    for name, value in (("group", new.group), ("version", new.version)):
        if target.text(name) and not may_match(target.text(name), [value]):
            yield _set(target, name, value)
    if target.child("kind").value is None:
        yield Reasoned(Edit(Op.INSERT, (*target.path, "kind"), new.kind), _WHY, _SOURCE)
    elif target.text("kind") != new.kind:
        yield _set(target, "kind", new.kind)


def _set(target: FieldRef, name: str, value: str) -> Reasoned:
    return Reasoned(Edit(Op.SET, target.child(name).path, value), _WHY, _SOURCE)
