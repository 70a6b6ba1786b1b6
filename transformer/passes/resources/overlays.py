"""Kustomize patches that set requests or limits of a resource.

Kustomize merges the base and the overlay. A request of the base above a limit of the overlay would be refused (gitops.md 1.8).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from transformer.passkit import Resource, ResourceId

if TYPE_CHECKING:
    from transformer.kustomize import KustomizeEffect
    from transformer.repository.index import Index

_AMOUNTS = re.compile(r"\b(?:cpu|memory|ephemeral-storage)\b")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A resource as Kustomize identifies it. It is a key: the promises ask about the same one several times."""

    file: str
    document: int
    identity: ResourceId
    data: Mapping[str, Any] = field(compare=False)


def setters(resource: Resource, index: Index) -> tuple[KustomizeEffect, ...]:
    """The patches that act on a resource and whose text sets amounts."""
    if index.kustomize.role(resource.file) not in ("resource", "both") or not index.once(_files):
        return ()
    return index.once(_setters, _Asked(resource.file, resource.document.index, resource.id, resource.data))


def _setters(index: Index, asked: _Asked) -> tuple[KustomizeEffect, ...]:
    found = index.kustomize.effects(asked.file, asked.data)
    return tuple(a for a in found if a.feature.startswith("patches") and a.reads in index.once(_files))


def _files(index: Index) -> frozenset[str]:
    """Kustomizations and patches of a repository in which an amount is named."""
    graph = index.kustomize
    kustomizations = frozenset(graph.kustomizations)
    used = (p for p in index.paths if p in kustomizations or graph.role(p) in ("patch", "both"))
    return frozenset(p for p in used if _AMOUNTS.search(index.text(p) or ""))
