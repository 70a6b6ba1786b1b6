"""Values that Kustomize and Flux fill in: `replacements`, `vars`, and `${NAME}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from transformer.kustomize.check_context import CheckContext
from transformer.kustomize.effect import Acts, KustomizeEffect
from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.nodes import Kustomization, resolve
from transformer.kustomize.references import unknown
from transformer.kustomize.selectors import may_select
from transformer.kustomize.source import UnreadableError
from transformer.kustomize.subject import get

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# What scripts ask without arguments.
_COMMANDS = re.compile("arch|cat|date|df|env|hostname|id|ls|mktemp|nproc|ps|pwd|tty|uname|uptime|whoami")
_FLUX_OFF = ("kustomize.toolkit.fluxcd.io/substitute", "disabled")


def replacements(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    for entry in node.each("replacements"):
        if why := replacement_acts(context, node, entry):
            yield context.effect(entry, "replacements", why, node, acts=Acts.REPLACEMENT)


def replacement_acts(context: CheckContext, node: Kustomization, entry: FieldRef) -> str:
    """Why a replacement, or one of those in the file that it names, reads or writes the resource."""
    for one in _loaded(context, node, entry):
        if isinstance(one, UnreadableError):
            return f"{entry.text('path')} cannot be read ({one.problem}), so it may write to {context.subject.known_as}"
        if one.child("source").value is not None and may_select(one.child("source"), context.subject):
            return f"has a source that may be {context.subject.known_as}"
        if any(may_select(target.child("select"), context.subject) for target in one.child("targets").each()):
            return f"has a target that selects {context.subject.known_as}"
    return ""


def _loaded(context: CheckContext, node: Kustomization, entry: FieldRef) -> Iterator[FieldRef | UnreadableError]:
    path = entry.text("path")
    if not path:
        yield entry
        return
    try:
        for document in context.source.documents(resolve(node.directory, path) or ""):
            if isinstance(document.value, list):
                yield from document.each()
            else:
                yield document
    except UnreadableError as e:
        yield e


def variables(context: CheckContext) -> Iterator[KustomizeEffect]:
    """`vars` of any kustomization in the same builds that read from the resource, or that its texts use."""
    found = [(node, entry) for node in context.scope.built for entry in node.each("vars")]
    for node, entry in found:
        if why := _variable_acts(context, entry):
            yield context.effect(entry, "vars", why, node, acts=Acts.VARIABLE)
    if found and any("$$" in text for text in context.subject.strings):
        node, entry = found[0]
        why = "replaces $$ with $ in texts, as everywhere with variables"
        yield context.effect(entry, "vars", why, node, acts=Acts.VARIABLE)
    yield from _unseen_variables(context)


def _variable_acts(context: CheckContext, entry: FieldRef) -> str:
    reference, name = entry.child("objref"), entry.text("name")
    if name in context.subject.placeholders:
        return f"fills in $({name})"
    group_matches = _group_of(reference) in ("", *(i.group for i in context.subject.identities))
    kinds = [i.kind for i in context.subject.identities]
    names = context.subject.names
    if group_matches and reference.text("kind") in kinds and (names is None or reference.text("name") in names):
        return f"reads a field of {context.subject.known_as}"
    return ""


def _group_of(reference: FieldRef) -> str:
    return reference.text("group") or reference.text("apiVersion").rpartition("/")[0]


def _unseen_variables(context: CheckContext) -> Iterator[KustomizeEffect]:
    """Remote kustomizations that may define a variable of the texts that is not the container's own."""
    own = context.subject.env_names
    open_names = {n for n in context.subject.placeholders - (own or frozenset()) if _may_be_variable(n)}
    for node in context.scope.built if open_names else ():
        for item in unknown(context.edges, node):
            if item.renames and item.feature != "generators":
                what = f"{item.what} is not in this repository and may fill in $({sorted(open_names)[0]})"
                yield context.effect(item.ref, item.feature, what, node, acts=Acts.VARIABLE)


def _may_be_variable(name: str) -> bool:
    """Whether somebody may have called a variable so: one word, and no command that scripts ask in this way."""
    return _VARIABLE_NAME.fullmatch(name) is not None and _COMMANDS.fullmatch(name) is None


def substitution(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """Flux fills in `${NAME}` after Kustomize has run."""
    if any("${" in text for text in (*context.subject.strings, *_metadata_texts(context))):
        for ref in fills_in(node, context.subject.data):
            yield context.effect(ref, "postBuild", "fills in ${...} in this file", node)


def fills_in(node: Kustomization, data: Mapping[str, Any]) -> Iterator[FieldRef]:
    """Where a Flux object says that it fills in `${NAME}`; nothing for an object that opted out."""
    off = any(get(dict(data), "metadata", kind, _FLUX_OFF[0]) == _FLUX_OFF[1] for kind in ("labels", "annotations"))
    for ref in node.values("postBuild"):
        if not off and node.owner and any(ref.child(key).value for key in ("substitute", "substituteFrom")):
            yield ref


def _metadata_texts(context: CheckContext) -> Iterator[str]:
    metadata = get(dict(context.subject.data), "metadata")
    for kind in ("labels", "annotations"):
        pairs = get(metadata, kind)
        yield from (scalar(value) for value in (pairs.values() if isinstance(pairs, dict) else ()))
