"""Objects of the new kind that were there before: what Kustomize is told about the kind would act on them as well (gitops.md 1.4)."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from transformer.knowledge import table
from transformer.kustomize import Acts
from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.fields import image_matches
from transformer.kustomize.selectors import may_have, may_match
from transformer.layers.component import TABLE, Need, file_of, is_ours
from transformer.repository.index import Index
from transformer.repository.resource import Resource


@cache
def _references() -> frozenset[str]:
    """The fields that refer to objects by name: the last one of each path, or the one above `name`."""
    paths = [path.split("/") for row in table(TABLE).rows if row["setting"] == "nameReference" for path in row["paths"]]
    return frozenset(path[-2] if path[-1] == "name" else path[-1] for path in paths)


def changed(
    kind: str, folders: Collection[str], needs: Collection[Need], images: Collection[str], index: Index
) -> Iterator[tuple[Resource, str]]:
    """Each object of that kind in these builds that would not be built as before, and why. `images`: names that entries set."""
    for resource in index.find(kind, kinds=frozenset({kind})):
        if not index.kustomize.holders(resource.file) & set(folders) or index.is_patch(resource.file):
            continue
        if why := _why(resource, set(needs) - _met(resource, index), images, index):
            yield resource, why


def _met(resource: Resource, index: Index) -> set[Need]:
    """What a Component of an earlier run has told Kustomize about the object already."""
    told = {posixpath.basename(p) for p in index.kustomize.told(resource.file) if is_ours(p)}
    return {need for need in Need if file_of(need) in told}


def selected(target: FieldRef, kind: str, folders: Collection[str], index: Index) -> Resource | None:
    """One of that kind in these builds that fits a selector in all but its kind."""
    for resource in index.find(kind, kinds=frozenset({kind})):
        if index.is_patch(resource.file) or not index.kustomize.holders(resource.file) & set(folders):
            continue
        subject = index.kustomize.subject(resource.file, resource.data)
        named = may_match(target.text("name"), subject.names) and may_match(target.text("namespace"), subject.namespaces)
        labelled = may_have(target.text("labelSelector"), subject.labels)
        if named and labelled and may_have(target.text("annotationSelector"), subject.annotations):
            return resource
    return None


def _why(resource: Resource, needs: Collection[Need], images: Collection[str], index: Index) -> str:
    if Need.SETTINGS in needs or Need.LABELS in needs or Need.ANNOTATIONS in needs:
        return "labels or annotations would be added to its Pods"
    values = list(_walk(resource.data))
    if Need.IMAGES in needs and any(key == "image" and image_matches(name, scalar(v)) for key, v in values for name in images):
        return "its image would be set"
    if Need.NAMES in needs and any(key in _references() for key, _ in values):
        return "names to which it refers would be changed"
    if Need.VARIABLES in needs and any("$(" in scalar(v) for _, v in values):
        return "variables in it would be filled in"
    patched = any(e.acts is Acts.PATCHES for e in index.kustomize.effects(resource.file, resource.data))
    return "patches of it would be merged in another way" if Need.MERGE in needs and patched else ""


def _walk(data: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield str(name), value
            yield from _walk(value, str(name))
    elif isinstance(data, list):
        for value in data:
            yield key, value
            yield from _walk(value, key)
