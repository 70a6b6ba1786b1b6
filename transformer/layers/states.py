"""A resource as each kustomization sees it: patched by those below, in the order in which Kustomize runs them (gitops.md 1.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformer.kustomize import Acts, Graph, KustomizeEffect
from transformer.kustomize.nodes import Kustomization
from transformer.kustomize.subject import Subject
from transformer.layers.bodies import Body, Part, body_of, parts
from transformer.layers.conversion import NotCarried
from transformer.layers.json_patch import applied
from transformer.layers.merging import merged, named_as
from transformer.repository.index import Index
from transformer.repository.resource import Resource

_ORDER = ("patchesStrategicMerge", "patches", "patchesJson6902", "transformers")


@dataclass(frozen=True, slots=True)
class Patching:
    """An entry that patches a resource: the parts of its body that are about it."""

    effect: KustomizeEffect
    body: Body
    parts: tuple[Part, ...]
    targeted: bool

    @property
    def order(self) -> tuple[int, str]:
        assert self.effect.entry is not None  # noqa: S101 - of every patch
        path = self.effect.entry.path
        return _ORDER.index(self.effect.feature), "".join(f"{s:06}" if isinstance(s, int) else s for s in path)


def patchings(resource: Resource, effects: Sequence[KustomizeEffect], index: Index) -> dict[KustomizeEffect, Patching | NotCarried]:
    """What each effect that patches does to the resource."""
    found: dict[KustomizeEffect, Patching | NotCarried] = {}
    subject = index.kustomize.subject(resource.file, resource.data)
    for effect in effects:
        if effect.acts is Acts.PATCHES and effect.entry is not None and effect.node is not None:
            try:
                found[effect] = _patching(effect, subject, index)
            except NotCarried as e:
                found[effect] = e
    return found


def _patching(effect: KustomizeEffect, subject: Subject, index: Index) -> Patching:
    assert effect.entry is not None and effect.node is not None  # noqa: S101 - asked by the caller
    body = body_of(effect.node, effect.entry, index)
    targeted = isinstance(effect.entry.value, Mapping) and effect.entry.child("target").value is not None
    held = parts(body, index)
    if targeted and len(held) != 1:
        raise NotCarried(f"{body.name} holds {len(held)} patches, and Kustomize takes one with a target")
    mine = held if targeted else tuple(p for p in held if _is_about(p.data, subject))
    return Patching(effect, body, mine, targeted)


def _is_about(data: Any, subject: Subject) -> bool:
    metadata = data.get("metadata") if isinstance(data, Mapping) else None
    if not isinstance(metadata, Mapping):
        return False
    group = str(data.get("apiVersion", "")).rpartition("/")[0]
    alike = any(i.kind == data.get("kind") and i.group == group for i in subject.identities)
    return alike and (subject.names is None or str(metadata.get("name")) in subject.names)


def before(resource: Resource, patching: Patching, all_of_it: Sequence[Patching], graph: Graph) -> Iterator[Mapping[str, Any]]:
    """The resource as it comes to an entry, once for each way that it gets there. Raises NotCarried."""
    node = patching.effect.node
    assert node is not None  # noqa: S101 - of every patch
    seen: list[tuple[KustomizeEffect, ...]] = []
    for below in graph.ways_to(node):
        earlier = _earlier(patching, all_of_it, below)
        if (key := tuple(p.effect for p in earlier)) in seen:
            continue
        seen.append(key)
        data: Mapping[str, Any] | None = resource.data
        for p in earlier:
            data = patched(data, p)
        if data is not None:
            yield data


def _earlier(patching: Patching, all_of_it: Sequence[Patching], below: Sequence[Kustomization]) -> list[Patching]:
    rank = {id(node): n for n, node in enumerate(below)}
    mine = patching.effect.node
    lower = [p for p in all_of_it if id(p.effect.node) in rank and p.effect.node is not mine]
    same = [p for p in all_of_it if p.effect.node is mine and p.order < patching.order]
    return sorted(lower, key=lambda p: (rank[id(p.effect.node)], p.order)) + sorted(same, key=lambda p: p.order)


def patched(data: Mapping[str, Any] | None, patching: Patching) -> Mapping[str, Any] | None:
    """The object behind a patch; None where it deletes it. Raises NotCarried."""
    for part in patching.parts:
        if data is None:
            return None
        if part.is_json:
            data = applied(data, part.data)
        elif isinstance(part.data, Mapping):
            keep = {k: data[k] for k in ("apiVersion", "kind") if k in data}
            new = merged(data, part.data, str(data.get("kind")))
            data = None if new is None else {**new, **keep, "metadata": named_as(data, new)}
        else:
            raise NotCarried(f"{patching.body.name} is no patch")
    return data
