"""What kustomizations do with the files of a repository: pure functions over texts, no I/O."""

from transformer.kustomize.graph import Graph
from transformer.kustomize.records import Acting, Literal, Texts

__all__ = ["Acting", "Graph", "Literal", "Texts"]
