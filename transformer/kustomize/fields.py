"""Images, labels, annotations, and settings with the fields that Kustomize changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from transformer.kustomize.check_context import CheckContext
from transformer.kustomize.effect import Acts, KustomizeEffect
from transformer.kustomize.field_refs import FieldRef, scalar, templated, truth
from transformer.kustomize.nodes import Kustomization, resolve
from transformer.kustomize.selectors import may_match
from transformer.kustomize.source import UnreadableError
from transformer.kustomize.subject import Identity, get

_TAG = r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"
_SETTERS = ("newName", "newTag", "digest", "tagSuffix")
_REFERENCE = re.compile(r"(?P<name>(?:[^/]*/)?[^:@]*)")
_METADATA = ("metadata/labels", "metadata/annotations", "metadata/name", "metadata/namespace")


def images(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """Image entries that match the image of a container or init container."""
    for entry in node.each("images", "imageTags"):
        if image := image_acts(context, entry):
            acts = Acts.OTHER if node.outside else Acts.IMAGE
            yield context.effect(entry, "images", f"sets the image {image}", node, acts=acts)


def image_acts(context: CheckContext, entry: FieldRef) -> str:
    """The image of the container that an entry changes. The entry is a mapping, or Argo CD's `[name=]image` text."""
    if isinstance(entry.value, dict):
        if not any(entry.text(key) for key in _SETTERS):
            return ""
        name = entry.text("name")
    else:
        text = scalar(entry.value)
        found = _REFERENCE.match(text.split("=")[0])
        name = text if templated(text) or found is None else found["name"]
    return next((i for i in context.subject.main_images if name and image_matches(name, i)), "")


def image_matches(name: str, image: str) -> bool:
    """Kustomize reads the name as an unquoted regular expression, before an optional tag and digest."""
    if templated(name):
        return True
    return may_match(name, (image, image.split("@")[0], re.sub(_TAG + r"\Z", "", image)))


def labels(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """Labels and annotations that are also added to the Pod template. Those of the object itself work as before."""
    plain = node.truth("labelWithoutSelector") and not node.truth("labelIncludeTemplates")  # an Argo CD Application
    for ref in node.values("commonLabels"):
        if not plain:
            yield context.effect(ref, "commonLabels", "adds labels to the Pod template", node, acts=Acts.LABELS)
    for ref in node.values("commonAnnotations"):
        yield context.effect(ref, "commonAnnotations", "adds annotations to the Pod template", node, acts=Acts.ANNOTATIONS)
    for entry in node.each("labels"):
        if entry.child("pairs").value and (why := _label_acts(context, entry)):
            acts = Acts.SETTINGS if entry.child("fields").value else Acts.LABELS
            yield context.effect(entry, "labels", why, node, acts=acts)


def _label_acts(context: CheckContext, entry: FieldRef) -> str:
    for key in ("includeSelectors", "includeTemplates"):
        if truth(entry.child(key).value):
            return f"adds labels to the Pod template ({key})"
    return specs_act(context, entry.child("fields").each())


def specs_act(context: CheckContext, specs: Iterable[FieldRef]) -> str:
    """Why one of these fieldSpecs matches a field of the resource, before or after the conversion."""
    for spec in specs:
        path = spec.text("path").strip("/")
        fits = [_is_for(spec, identity) for identity in context.subject.identities]
        if not any(fits) or (all(fits) and path.startswith(_METADATA)):
            continue
        if not all(fits) or spec.text("kind") or truth(spec.child("create").value) or _leads_there(context, path):
            return f"names {path} of {spec.text('kind') or 'any kind'}"
    return ""


def _is_for(spec: FieldRef, identity: Identity) -> bool:
    wanted = (spec.text("group"), identity.group), (spec.text("version"), identity.version), (spec.text("kind"), identity.kind)
    return all(said in ("", real) for said, real in wanted)


def _leads_there(context: CheckContext, path: str) -> bool:
    steps = path.replace("[]", "").split("/")
    if steps[:2] in (["spec", "jobTemplate"], ["spec", "workflowSpec"], ["spec", "workflowMetadata"]):
        return True
    return get(dict(context.subject.data), *steps[:2]) is not None


def configurations(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """Settings of transformers. They apply to every object of a build, also to objects of sibling kustomizations."""
    for entry in node.each("configurations"):
        path = resolve(node.directory, scalar(entry.value))
        try:
            documents = context.source.documents(path or "")
        except UnreadableError as e:
            yield context.effect(entry, "configurations", f"{scalar(entry.value)} cannot be read ({e.problem})", node)
            continue
        if why := specs_act(context, (s for d in documents for s in _specs(d))):
            yield context.effect(entry, "configurations", f"{scalar(entry.value)} {why}", node, acts=Acts.SETTINGS)


def _specs(document: FieldRef) -> Iterator[FieldRef]:
    for key in document.value if isinstance(document.value, dict) else ():
        for entry in document.child(key).each():
            if entry.child("fieldSpecs").value is None:
                yield entry
            else:
                yield from entry.child("fieldSpecs").each()


def crds(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """Schemas of custom resources that name one of the kinds."""
    for entry in node.each("crds"):
        text = context.source.text(resolve(node.directory, scalar(entry.value)) or "")
        if text is None or any(i.kind in text for i in context.subject.identities):
            yield context.effect(entry, "crds", f"{scalar(entry.value)} names this kind, or cannot be read", node)
