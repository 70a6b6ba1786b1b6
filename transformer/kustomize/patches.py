"""Patches: `patches`, `patchesStrategicMerge`, `patchesJson6902`, and the transformers of the same kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transformer.kustomize.check_context import CheckContext
from transformer.kustomize.effect import Acts, KustomizeEffect
from transformer.kustomize.field_refs import FieldRef, scalar, truth, unfolded
from transformer.kustomize.nodes import Kustomization, resolve
from transformer.kustomize.selectors import is_it, may_select
from transformer.kustomize.source import Source, UnreadableError, inline

_RENAMES = re.compile(r"/metadata/name\b")


def patches(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """Patches of the resource, before or after the conversion. A patch that cannot be read counts."""
    for key in ("patches", "patchesJson6902"):
        for entry in node.each(key):
            if why := patch_acts(context, node, entry):
                yield context.effect(entry, key, why, node, _patch_file(node, entry), acts=Acts.PATCHES)
    for entry in node.each("patchesStrategicMerge"):
        if why := merge_acts(context, node, entry):
            yield context.effect(entry, "patchesStrategicMerge", why, node, _patch_file(node, entry), acts=Acts.PATCHES)


def patch_acts(context: CheckContext, node: Kustomization, entry: FieldRef) -> str:
    """Why an entry with `path` or `patch`, and maybe `target`, changes the resource. Empty if it does not."""
    target, known_as = entry.child("target"), context.subject.known_as
    if target.value is not None:
        return f"{_named(entry)} has a target that selects {known_as}" if may_select(target, context.subject) else ""
    try:
        return _documents_act(context, _content(context.source, node, entry), _named(entry))
    except UnreadableError as e:
        return f"{_named(entry)} cannot be read ({e.problem}), so it may change {known_as}"


def merge_acts(context: CheckContext, node: Kustomization, entry: FieldRef) -> str:
    """The same for an entry that is a file's path, or itself the patch."""
    try:
        if isinstance(entry.value, dict):
            return _documents_act(context, (entry,), "an inline patch")
        return _documents_act(context, _merge_content(context.source, node, entry), _named(entry))
    except UnreadableError as e:
        return f"{_named(entry)} cannot be read ({e.problem}), so it may change {context.subject.known_as}"


def merge_text_acts(context: CheckContext, text: FieldRef) -> str:
    """The same for a value that holds patches as text."""
    if not scalar(text.value):
        return ""
    try:
        return _documents_act(context, inline(text), "an inline patch")
    except UnreadableError as e:
        return f"an inline patch cannot be read ({e.problem}), so it may change {context.subject.known_as}"


def renames(source: Source, node: Kustomization) -> Iterator[FieldRef]:
    """Patches that may rename an object. Kustomize then changes references to it, as with namePrefix."""
    for entry in node.each("patches", "patchesJson6902"):
        path = resolve(node.directory, entry.text("path")) if entry.text("path") else None
        text = (source.text(path) or "") if path else "".join(str(entry.child("patch").value or ""))
        if truth(entry.down("options", "allowNameChange").value) or _RENAMES.search(text):
            yield entry


def _documents_act(context: CheckContext, documents: tuple[FieldRef, ...], name: str) -> str:
    known_as = context.subject.known_as
    for document in (o for d in documents if d.value is not None for o in unfolded(d)):
        if not isinstance(document.value, dict) or not document.text("kind"):
            return f"{name} has no target and names no object, so it may change {known_as}"
        if is_it(document, context.subject):
            return f"{name} changes {known_as}"
    return ""


def _content(source: Source, node: Kustomization, entry: FieldRef) -> tuple[FieldRef, ...]:
    if entry.text("path"):
        return _file(source, node, entry.text("path"))
    return inline(entry.child("patch"))


def _merge_content(source: Source, node: Kustomization, entry: FieldRef) -> tuple[FieldRef, ...]:
    text = scalar(entry.value)
    if "\n" in text or text.lstrip().startswith("{"):
        return inline(entry)
    return _file(source, node, text)


def _file(source: Source, node: Kustomization, path: str) -> tuple[FieldRef, ...]:
    resolved = resolve(node.directory, path)
    if resolved is None:
        raise UnreadableError("it is outside of this repository")
    return source.documents(resolved)


def _patch_file(node: Kustomization, entry: FieldRef) -> str:
    """The file that an entry names; empty for an inline patch."""
    path = _path(entry)
    return (resolve(node.directory, path) or "") if path else ""


def _path(entry: FieldRef) -> str:
    return entry.text("path") or ("" if "\n" in scalar(entry.value) else scalar(entry.value))


def _named(entry: FieldRef) -> str:
    path = _path(entry)
    return f"patch {path}" if path else "an inline patch"
