"""Kustomize layers move with the resource: what acts on a resource of one kind is made to act alike on the kind that a pass makes of it."""

from transformer.layers.follow import Followed, Undone, follow

__all__ = ["Followed", "Undone", "follow"]
