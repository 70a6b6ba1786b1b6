"""The input of a check, and how it reports an effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from transformer.kustomize.build_scope import BuildScope
from transformer.kustomize.edges import Edges
from transformer.kustomize.effect import Acts, KustomizeEffect
from transformer.kustomize.field_refs import FieldRef
from transformer.kustomize.nodes import Kustomization
from transformer.kustomize.source import Source
from transformer.kustomize.subject import Subject


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One resource of one file, and the kustomizations that include the file."""

    edges: Edges
    file: str
    scope: BuildScope
    subject: Subject

    @property
    def source(self) -> Source:
        return self.edges.source

    def effect(
        self,
        ref: FieldRef,
        feature: str,
        detail: str,
        node: Kustomization | None = None,
        reads: str = "",
        *,
        acts: Acts = Acts.OTHER,
        kinds: Iterable[str] = (),
    ) -> KustomizeEffect:
        owner = f"{node.owner}: " if node is not None and node.owner else ""
        renamed = tuple(sorted(set(kinds)))
        return KustomizeEffect(
            ref.file,
            self.source.line(ref),
            feature,
            owner + detail,
            reads=reads or ref.file,
            acts=acts,
            entry=ref,
            node=node,
            kinds=renamed,
        )
