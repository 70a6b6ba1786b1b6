"""Argo CD and Flux objects whose Kustomize options are one more overlay (gitops.md 2, "layers outside the files")."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from transformer.kustomize.edges import Edges, Reference
from transformer.kustomize.field_refs import FieldRef, scalar, templated, unfolded
from transformer.kustomize.nodes import FLUX, Kustomization, resolve
from transformer.kustomize.source import Source, UnreadableError

_FLUX_OPTIONS = re.compile(r"^[ \t-]*(?:patches|images|components|postBuild|namePrefix|nameSuffix)\w*:", re.M)
UPDATER = "argocd-image-updater.argoproj.io"
_CONSTRAINT = re.compile(r"@.*|:[^/]*\Z")
_PLACEHOLDER = re.compile(r"\{\{.{0,300}?\}\}|\$\{.{0,300}?\}")
_ANYWHERE = "{{path}}"
_LONGEST, _MOST_PLACEHOLDERS = 1_000, 3


_BY_ARGO, _BY_FLUX = "Argo CD", "Flux"


@dataclass(frozen=True, slots=True)
class _Overlay:
    """Kustomize options of a controller's object, and the folder that they are for. `outside`: as in Kustomization."""

    body: FieldRef
    path: str
    name: str
    outside: bool = False


def add_overlays(edges: Edges) -> None:
    """Add each controller's object as a parent of the kustomizations at its path."""
    files = tuple(k for k in edges.nodes if not k.owner)
    for path, text in edges.source.yaml_texts():
        if posixpath.basename(path).startswith(".argocd-source"):
            _each(edges, path, text, _BY_ARGO, _parameters(edges.source, path), files)
        elif "argoproj.io" in text and "Application" in text and ("kustomize" in text or UPDATER in text):
            _each(edges, path, text, _BY_ARGO, _argo(edges.source, path), files)
        elif UPDATER in text and "ImageUpdater" in text:
            _each(edges, path, text, _BY_ARGO, _updaters(edges.source, path), files)
        elif FLUX in text:
            _each(edges, path, text, _BY_FLUX, _flux(edges.source, path), files)


def _each(
    edges: Edges,
    file: str,
    text: str,
    who: str,
    found: Iterator[_Overlay],
    files: tuple[Kustomization, ...],
) -> None:
    try:
        for overlay in found:
            _link(edges, overlay, who, files)
    except UnreadableError as e:
        if who == _BY_ARGO or _FLUX_OPTIONS.search(text):
            edges.add(Kustomization(file, "", problem=f"it is not valid YAML: {e.problem}", line=e.line, text=text, owner=who))


def _link(edges: Edges, overlay: _Overlay, who: str, files: tuple[Kustomization, ...]) -> None:
    body, path = overlay.body, overlay.path
    directory = None if templated(path) else resolve("", path.lstrip("/") or ".")
    targets = tuple(k for k in files if (fits(path, k.directory) if directory is None else k.directory == directory))
    folder = None
    if who == _BY_FLUX and directory is not None and not targets:
        folder, targets = directory, tuple(k for k in edges.topmost(directory) if not k.component)
    problem = "its templatePatch sets Kustomize options when it runs" if isinstance(body.value, str) else ""
    readable = () if problem else (body,)
    line = edges.source.line(body) if problem else 1
    owner = f"{who} {overlay.name}"
    node = Kustomization(body.file, directory or "", readable, problem, line, owner=owner, folder=folder, outside=overlay.outside)
    edges.add(node)
    edges.link(Reference(node, body, None, targets, by_path=True))


def fits(pattern: str, directory: str) -> bool:
    """A path with placeholders, which match anything."""
    if len(pattern) > _LONGEST or pattern.count("{") > 2 * _MOST_PLACEHOLDERS:
        return True
    parts = [re.escape(part) for part in _PLACEHOLDER.split(pattern.removeprefix("./").rstrip("/"))]
    return re.fullmatch(re.sub(r"(?:\.\*)+", ".*", ".*".join(parts)), directory) is not None


def _argo(source: Source, file: str) -> Iterator[_Overlay]:
    for document in source.documents(file):
        for item in unfolded(document):
            kind = item.text("kind")
            if item.text("apiVersion").startswith("argoproj.io/") and kind in ("Application", "ApplicationSet"):
                owner = f"{kind} {item.child('metadata').text('name')}"
                yield from (_Overlay(body, path, owner) for body, path in _sources(item.child("spec")))
                yield from (_Overlay(body, path, f"Image Updater, {owner}", outside=True) for body, path in _updated(item))


def _updated(item: FieldRef) -> Iterator[tuple[FieldRef, str]]:
    """The images that Argo CD Image Updater sets, through Kustomize, in the folders of an Application: (`{images: ...}`, path)."""
    template = item if item.text("kind") == "Application" else item.down("spec", "template")
    listed = template.down("metadata", "annotations").child(f"{UPDATER}/image-list")
    body = _images(listed, [entry.strip().rpartition("=")[2] for entry in scalar(listed.value).split(",")])
    if not body.value:
        return
    spec = template.child("spec")
    for source in (*spec.child("sources").each(), spec.child("source")):
        if source.value is not None:
            yield body, source.text("path") or _ANYWHERE


def _updaters(source: Source, file: str) -> Iterator[_Overlay]:
    """The same said by an object of its own, about Applications that it selects by name."""
    for document in source.documents(file):
        for item in unfolded(document):
            for chosen in item.child("spec").child("applicationRefs").each() if item.text("kind") == "ImageUpdater" else ():
                body = _images(chosen, [image.text("imageName") for image in chosen.child("images").each()])
                if body.value:
                    yield _Overlay(body, _ANYWHERE, f"Image Updater {item.child('metadata').text('name')}", outside=True)


def _images(ref: FieldRef, texts: Sequence[str]) -> FieldRef:
    """As a kustomization would say it; the tag is decided outside."""
    names = [name for text in texts if (name := _CONSTRAINT.sub("", text))]
    return FieldRef(ref.file, ref.document, ref.path, {"images": [{"name": n, "newTag": "?"} for n in names]} if names else {})


def _sources(ref: FieldRef) -> Iterator[tuple[FieldRef, str]]:
    """Every source with Kustomize options, in all templates of an ApplicationSet."""
    if isinstance(ref.value, list):
        for item in ref.each():
            yield from _sources(item)
    elif isinstance(ref.value, dict):
        for key, value in ref.value.items():
            below = ref.child(key)
            if key == "kustomize" and isinstance(value, dict):
                yield below, ref.text("path") or _ANYWHERE
            elif key == "templatePatch" and "kustomize" in scalar(value):
                yield below, _ANYWHERE
            else:
                yield from _sources(below)


def _parameters(source: Source, file: str) -> Iterator[_Overlay]:
    for document in source.documents(file):
        options = document.child("kustomize")
        if options.value:
            yield _Overlay(options, posixpath.dirname(file) or ".", f"parameters {posixpath.basename(file)}")


def _flux(source: Source, file: str) -> Iterator[_Overlay]:
    for document in source.documents(file):
        for item in unfolded(document):
            flux = item.text("apiVersion").startswith(FLUX) and item.text("kind") == "Kustomization"
            if flux and isinstance(item.child("spec").value, Mapping):  # no API server takes another one
                owner = f"Kustomization {item.child('metadata').text('name')}"
                yield _Overlay(item.child("spec"), item.child("spec").text("path") or ".", owner)
