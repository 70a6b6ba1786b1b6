"""What a feature of Kustomize does to a resource, as data: one part refuses by it, another rewrites by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from transformer.kustomize.field_refs import FieldRef
from transformer.kustomize.nodes import Kustomization


class Acts(StrEnum):
    """What a feature does to a resource."""

    PATCHES = "patches"  # changes its fields, by `target` or by name
    IMAGE = "image"  # sets the image of a container
    RENAMES = "renames"  # renames objects to which it refers; of these kinds
    LABELS = "labels"  # adds labels to its Pods
    ANNOTATIONS = "annotations"  # adds annotations to its Pods
    REPLACEMENT = "replacement"  # copies a value from it, or to it
    VARIABLE = "variable"  # `vars`: reads one of its fields, or fills in `$(NAME)`
    SETTINGS = "settings"  # lists fields that a transformer changes
    OTHER = "other"  # something else, or nobody knows


@dataclass(frozen=True, slots=True, order=True)
class KustomizeEffect:
    """A Kustomize feature that changes a resource, or may change it, in a way that its conversion would break.

    `file` and `line` (from 1) name the feature, `feature` is its key, `section` the facts that class it. `reads` is the
    file that holds what the feature does: a patch file, or the kustomization itself. `entry` is the place, and `node` the
    kustomization, or the controller's object that acts like one. `kinds`: of the objects that are renamed.
    """

    file: str
    line: int
    feature: str
    detail: str
    section: str = "gitops.md 1.2"
    reads: str = ""
    acts: Acts = field(default=Acts.OTHER, compare=False)
    entry: FieldRef | None = field(default=None, compare=False, repr=False)
    node: Kustomization | None = field(default=None, compare=False, repr=False)
    kinds: tuple[str, ...] = field(default=(), compare=False)
