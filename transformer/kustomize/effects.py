"""Which features of which kustomizations act on a resource in a way that its conversion would break (gitops.md 1.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from transformer.kustomize.build_scope import reach
from transformer.kustomize.check_context import Scene
from transformer.kustomize.edges import Edges
from transformer.kustomize.field_refs import Spot, scalar
from transformer.kustomize.fields import configurations, crds, image_acts, images, labels, specs_act
from transformer.kustomize.naming import subject
from transformer.kustomize.nodes import Kustomization
from transformer.kustomize.patches import merge_acts, merge_text_acts, patch_acts, patches
from transformer.kustomize.plugins import BUILTIN, plugins
from transformer.kustomize.records import Acting
from transformer.kustomize.references import gathered, renamed_references
from transformer.kustomize.source import UnreadableError
from transformer.kustomize.subject import CRON_WORKFLOW, get
from transformer.kustomize.values import replacement_acts, replacements, substitution, variables


def acting(edges: Edges, file: str, data: Mapping[str, Any]) -> tuple[Acting, ...]:
    """Every feature that acts on the resource of that file, or may; in the order of file and line."""
    reached = reach(edges, file)
    scene = Scene(edges, file, reached, subject(edges, reached, data))
    return tuple(sorted(set(_all(scene))))


def _all(scene: Scene) -> Iterator[Acting]:
    for spot in scene.edges.instructs.get(scene.file, ()):
        yield scene.acting(spot, str(spot.path[0]), "reads this file as a patch or as settings")
    for node in scene.reach.scope:
        for check in _ON_WHAT_IS_GATHERED:
            yield from check(scene, node)
    for node in scene.reach.built:
        for check in _ON_WHAT_IS_BUILT:
            yield from check(scene, node)
    yield from renamed_references(scene)
    yield from variables(scene)


def unread(scene: Scene, node: Kustomization) -> Iterator[Acting]:
    """A kustomization, or a component, that cannot be read may do anything."""
    if node.problem:
        owner = f"{node.owner}: " if node.owner else ""
        yield Acting(node.file, node.line, "kustomization", f"{owner}{node.problem}, so it may change {scene.subject.known_as}")
    for reference in scene.edges.below.get(node, ()):
        if reference.shares and reference.unknown and (reference.remote or not node.truth("ignoreMissingComponents")):
            what = f"{scalar(reference.spot.value)} cannot be seen here, so it may change {scene.subject.known_as}"
            yield scene.acting(reference.spot, "components", what, node)


def same_name(scene: Scene, node: Kustomization) -> Iterator[Acting]:
    """A CronWorkflow that already bears the name: two objects of one id end the build.

    One of the same file, name and namespace may be what the CronJob becomes step by step: the pass looks at that itself."""
    if CRON_WORKFLOW not in scene.subject.identities:
        return
    metadata = get(scene.subject.data, "metadata")
    own = (scene.file, *(scalar(get(metadata, key)) for key in ("namespace", "name")))
    for spot, file in gathered(scene.edges, node):
        try:
            objects = scene.source.objects(file)
        except UnreadableError:
            continue
        for named in objects:
            if (file, named.namespace, named.name) == own:
                continue
            if named.kind == CRON_WORKFLOW.kind and (scene.subject.names is None or named.name in scene.subject.names):
                yield scene.acting(spot, "resources", f'{file} already has a CronWorkflow "{named.name}"', node)


def transformers(scene: Scene, node: Kustomization) -> Iterator[Acting]:
    """Transformers that are objects of their own; those not built in may do anything."""
    for entry, plugin in plugins(scene.edges, node):
        if isinstance(plugin, UnreadableError):
            yield scene.acting(entry, "transformers", f"{plugin.problem}, so it may change {scene.subject.known_as}", node)
        elif why := _plugin_acts(scene, node, plugin):
            yield scene.acting(plugin, "transformers", why, node)


def _plugin_acts(scene: Scene, node: Kustomization, plugin: Spot) -> str:
    kind = plugin.text("kind")
    if plugin.text("apiVersion") != BUILTIN or kind not in _BUILTIN:
        return f"what {kind or 'this'} does is not known here, so it may change {scene.subject.known_as}"
    return _BUILTIN[kind](scene, node, plugin)


def _image_tag(scene: Scene, _: Kustomization, plugin: Spot) -> str:
    image = image_acts(scene, plugin.child("imageTag"))
    return f"sets the image {image}" if image else ""


def _field_specs(scene: Scene, _: Kustomization, plugin: Spot) -> str:
    return specs_act(scene, plugin.child("fieldSpecs").each())


def _merges(scene: Scene, node: Kustomization, plugin: Spot) -> str:
    found = [merge_acts(scene, node, path) for path in plugin.child("paths").each()]
    return next((why for why in (*found, merge_text_acts(scene, plugin.child("patches"))) if why), "")


def _replaces(scene: Scene, node: Kustomization, plugin: Spot) -> str:
    found = (replacement_acts(scene, node, entry) for entry in plugin.child("replacements").each())
    return next((why for why in found if why), "")


def _nothing(*_: object) -> str:
    return ""


_ON_WHAT_IS_GATHERED: Final = (unread, patches, images, labels, replacements, transformers, substitution)
_ON_WHAT_IS_BUILT: Final = (configurations, crds, same_name)
_BUILTIN: Final[Mapping[str, Callable[[Scene, Kustomization, Spot], str]]] = {
    "AnnotationsTransformer": _field_specs,
    "ImageTagTransformer": _image_tag,
    "LabelTransformer": _field_specs,
    "NamespaceTransformer": _nothing,
    "PatchJson6902Transformer": patch_acts,
    "PatchStrategicMergeTransformer": _merges,
    "PatchTransformer": patch_acts,
    "PrefixSuffixTransformer": _nothing,  # what they rename is seen with the references
    "PrefixTransformer": _nothing,
    "ReplacementTransformer": _replaces,
    "ReplicaCountTransformer": _nothing,
    "SuffixTransformer": _nothing,
}
