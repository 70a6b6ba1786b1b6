"""All that a check looks at, and how it says what it found."""

from __future__ import annotations

from dataclasses import dataclass

from transformer.kustomize.build_scope import Reach
from transformer.kustomize.edges import Edges
from transformer.kustomize.field_refs import Spot
from transformer.kustomize.nodes import Kustomization
from transformer.kustomize.records import Acting
from transformer.kustomize.source import Source
from transformer.kustomize.subject import Subject


@dataclass(frozen=True, slots=True)
class Scene:
    """One resource of one file, and the kustomizations that its file travels through."""

    edges: Edges
    file: str
    reach: Reach
    subject: Subject

    @property
    def source(self) -> Source:
        return self.edges.source

    def acting(self, spot: Spot, feature: str, detail: str, node: Kustomization | None = None) -> Acting:
        owner = f"{node.owner}: " if node is not None and node.owner else ""
        return Acting(spot.file, self.source.line(spot), feature, owner + detail)
