"""What kustomizations do with the files of a repository: pure functions over texts, no I/O."""

from transformer.kustomize.effect import Acts, KustomizeEffect
from transformer.kustomize.graph import Graph
from transformer.kustomize.records import Literal, Root, Texts

__all__ = ["Acts", "Graph", "KustomizeEffect", "Literal", "Root", "Texts"]
