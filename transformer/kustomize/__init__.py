"""What kustomizations do with the files of a repository: pure functions over texts, no I/O."""

from transformer.kustomize.graph import Graph
from transformer.kustomize.records import KustomizeEffect, Literal, Root, Texts

__all__ = ["Graph", "KustomizeEffect", "Literal", "Root", "Texts"]
