"""Into which namespace an Argo CD Application brings what names none: its `destination.namespace`, for the folder of its path."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from transformer.kustomize.controllers import fits
from transformer.kustomize.field_refs import FieldRef, templated, truth, unfolded
from transformer.kustomize.nodes import resolve
from transformer.kustomize.source import Source, UnreadableError


@dataclass(frozen=True, slots=True)
class Deployment:
    """`path`: of a folder, perhaps with placeholders; `recursive`: what lies below it too."""

    path: str
    recursive: bool
    namespace: str

    def covers(self, folder: str) -> bool:
        places = [folder]
        while self.recursive and places[-1]:
            places.append(posixpath.dirname(places[-1]))
        return any(fits(self.path, place or ".") if templated(self.path) else resolve("", self.path) == place for place in places)


def deployments(source: Source) -> tuple[Deployment, ...]:
    """Every source of every Application and ApplicationSet that says where it goes."""
    found: list[Deployment] = []
    for path, text in source.yaml_texts():
        if "argoproj.io" in text and "Application" in text and "destination" in text:
            try:
                found += [d for document in source.documents(path) for item in unfolded(document) for d in _of(item)]
            except UnreadableError:
                continue
    return tuple(dict.fromkeys(found))


def _of(item: FieldRef) -> Iterator[Deployment]:
    if not item.text("apiVersion").startswith("argoproj.io/") or item.text("kind") not in ("Application", "ApplicationSet"):
        return
    spec = item.child("spec") if item.text("kind") == "Application" else item.down("spec", "template", "spec")
    namespace = spec.child("destination").text("namespace")
    if not namespace or templated(namespace):
        return
    for source in (*spec.child("sources").each(), spec.child("source")):
        if source.text("path"):
            path = source.text("path").removeprefix("./").strip("/") or "."
            yield Deployment(path, truth(source.down("directory", "recurse").value), namespace)


def brought_into(found: tuple[Deployment, ...], folder: str) -> frozenset[str]:
    """The namespaces into which a folder's objects are brought; none where nobody says so."""
    return frozenset(d.namespace for d in found if d.covers(folder))
