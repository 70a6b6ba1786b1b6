"""Values that travel: `replacements`, `vars`, and Flux's substitution of `${NAME}`."""

from __future__ import annotations

from collections.abc import Iterator

from transformer.kustomize.check_context import Scene
from transformer.kustomize.field_refs import Spot, scalar
from transformer.kustomize.nodes import Kustomization, resolve
from transformer.kustomize.records import Acting
from transformer.kustomize.references import unknown
from transformer.kustomize.selectors import may_select
from transformer.kustomize.source import UnreadableError
from transformer.kustomize.subject import get

_FLUX_OFF = ("kustomize.toolkit.fluxcd.io/substitute", "disabled")


def replacements(scene: Scene, node: Kustomization) -> Iterator[Acting]:
    for entry in node.each("replacements"):
        if why := replacement_acts(scene, node, entry):
            yield scene.acting(entry, "replacements", why, node)


def replacement_acts(scene: Scene, node: Kustomization, entry: Spot) -> str:
    """Why a replacement, or one of those in the file that it names, reads or writes the resource."""
    for one in _loaded(scene, node, entry):
        if isinstance(one, UnreadableError):
            return f"{entry.text('path')} cannot be read ({one.problem}), so it may write to {scene.subject.known_as}"
        if one.child("source").value is not None and may_select(one.child("source"), scene.subject):
            return f"has a source that may be {scene.subject.known_as}"
        if any(may_select(target.child("select"), scene.subject) for target in one.child("targets").each()):
            return f"has a target that selects {scene.subject.known_as}"
    return ""


def _loaded(scene: Scene, node: Kustomization, entry: Spot) -> Iterator[Spot | UnreadableError]:
    path = entry.text("path")
    if not path:
        yield entry
        return
    try:
        for document in scene.source.documents(resolve(node.directory, path) or ""):
            if isinstance(document.value, list):
                yield from document.each()
            else:
                yield document
    except UnreadableError as e:
        yield e


def variables(scene: Scene) -> Iterator[Acting]:
    """`vars` of any kustomization in the same builds: read from the resource, or standing in its texts."""
    found = [(node, entry) for node in scene.reach.built for entry in node.each("vars")]
    for node, entry in found:
        if why := _variable_acts(scene, entry):
            yield scene.acting(entry, "vars", why, node)
    if found and any("$$" in text for text in scene.subject.strings):
        node, entry = found[0]
        yield scene.acting(entry, "vars", "where variables are used, $$ becomes $", node)
    yield from _unseen_variables(scene)


def _variable_acts(scene: Scene, entry: Spot) -> str:
    reference, name = entry.child("objref"), entry.text("name")
    if name in scene.subject.placeholders:
        return f"fills in $({name})"
    group_matches = _group_of(reference) in ("", *(i.group for i in scene.subject.identities))
    kinds = [i.kind for i in scene.subject.identities]
    names = scene.subject.names
    if group_matches and reference.text("kind") in kinds and (names is None or reference.text("name") in names):
        return f"reads a field of {scene.subject.known_as}"
    return ""


def _group_of(reference: Spot) -> str:
    return reference.text("group") or reference.text("apiVersion").rpartition("/")[0]


def _unseen_variables(scene: Scene) -> Iterator[Acting]:
    """A remote kustomization may define a variable that stands in the texts and is none of the container's own."""
    own = scene.subject.env_names
    open_names = scene.subject.placeholders - (own or frozenset())
    for node in scene.reach.built if open_names else ():
        for item in unknown(scene.edges, node):
            if item.renames and item.feature != "generators":
                what = f"{item.what} cannot be seen here and may fill in $({sorted(open_names)[0]})"
                yield scene.acting(item.spot, item.feature, what, node)


def substitution(scene: Scene, node: Kustomization) -> Iterator[Acting]:
    """Flux fills in `${NAME}` after Kustomize has run."""
    metadata = get(dict(scene.subject.data), "metadata")
    off = any(get(metadata, kind, _FLUX_OFF[0]) == _FLUX_OFF[1] for kind in ("labels", "annotations"))
    if off or not any("${" in text for text in (*scene.subject.strings, *_metadata_texts(scene))):
        return
    for spot in node.values("postBuild"):
        if node.owner and any(spot.child(key).value for key in ("substitute", "substituteFrom")):
            yield scene.acting(spot, "postBuild", "fills in ${...} in this file", node)


def _metadata_texts(scene: Scene) -> Iterator[str]:
    metadata = get(dict(scene.subject.data), "metadata")
    for kind in ("labels", "annotations"):
        pairs = get(metadata, kind)
        yield from (scalar(value) for value in (pairs.values() if isinstance(pairs, dict) else ()))
