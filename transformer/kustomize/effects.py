"""The features of kustomizations that change a resource in a way that its conversion would break (gitops.md 1.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from transformer.kustomize.build_scope import scope
from transformer.kustomize.check_context import CheckContext
from transformer.kustomize.edges import Edges
from transformer.kustomize.effect import Acts, KustomizeEffect
from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.fields import configurations, crds, image_acts, images, labels, specs_act
from transformer.kustomize.naming import subject
from transformer.kustomize.nodes import Kustomization
from transformer.kustomize.patches import merge_acts, merge_text_acts, patch_acts, patches
from transformer.kustomize.plugins import BUILTIN, plugins
from transformer.kustomize.references import gathered, renamed_references
from transformer.kustomize.source import UnreadableError
from transformer.kustomize.subject import CRON_WORKFLOW, get
from transformer.kustomize.values import replacement_acts, replacements, substitution, variables


def effects(edges: Edges, file: str, data: Mapping[str, Any]) -> tuple[KustomizeEffect, ...]:
    """Every feature that changes the resource of that file, or may change it, in the order of file and line."""
    reached = scope(edges, file)
    context = CheckContext(edges, file, reached, subject(edges, reached, data))
    return tuple(sorted(set(_all(context))))


def _all(context: CheckContext) -> Iterator[KustomizeEffect]:
    for ref in context.edges.instructs.get(context.file, ()):
        yield context.effect(ref, str(ref.path[0]), "reads this file as a patch or as settings")
    for node in context.scope.scope:
        for check in _ON_WHAT_IS_GATHERED:
            yield from check(context, node)
    for node in context.scope.built:
        for check in _ON_WHAT_IS_BUILT:
            yield from check(context, node)
    yield from renamed_references(context)
    yield from variables(context)


def unread(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """A kustomization, or a component, that cannot be read may do anything."""
    if node.problem:
        owner = f"{node.owner}: " if node.owner else ""
        yield KustomizeEffect(node.file, node.line, "kustomization", f"{owner}{node.problem}, so it may change {context.subject.known_as}")
    for reference in context.edges.below.get(node, ()):
        if reference.shares and reference.unknown and (reference.remote or not node.truth("ignoreMissingComponents")):
            what = f"{scalar(reference.ref.value)} is not in this repository, so it may change {context.subject.known_as}"
            yield context.effect(reference.ref, "components", what, node)


def same_name(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """A CronWorkflow that already has the name: a build fails with two objects of one id.

    One in the same file with the same name and namespace may come from an earlier step of a rollout, so the pass checks it itself."""
    if CRON_WORKFLOW not in context.subject.identities:
        return
    metadata = get(context.subject.data, "metadata")
    own = (context.file, *(scalar(get(metadata, key)) for key in ("namespace", "name")))
    for ref, file in gathered(context.edges, node):
        try:
            objects = context.source.objects(file)
        except UnreadableError:
            continue
        for named in objects:
            if (file, named.namespace, named.name) == own:
                continue
            if named.kind == CRON_WORKFLOW.kind and (context.subject.names is None or named.name in context.subject.names):
                yield context.effect(ref, "resources", f'{file} already has a CronWorkflow "{named.name}"', node)


def transformers(context: CheckContext, node: Kustomization) -> Iterator[KustomizeEffect]:
    """Transformers in files of their own. Those that are not built in may do anything."""
    for entry, plugin in plugins(context.edges, node):
        if isinstance(plugin, UnreadableError):
            yield context.effect(entry, "transformers", f"{plugin.problem}, so it may change {context.subject.known_as}", node)
        elif why := _plugin_acts(context, node, plugin):
            kind = plugin.text("kind") if plugin.text("apiVersion") == BUILTIN else ""
            yield context.effect(plugin, "transformers", why, node, acts=_ACTS.get(kind, Acts.OTHER))


def _plugin_acts(context: CheckContext, node: Kustomization, plugin: FieldRef) -> str:
    kind = plugin.text("kind")
    if plugin.text("apiVersion") != BUILTIN or kind not in _BUILTIN:
        return f"{kind or 'this transformer'} is not a built-in one, so it may change {context.subject.known_as}"
    return _BUILTIN[kind](context, node, plugin)


def _image_tag(context: CheckContext, _: Kustomization, plugin: FieldRef) -> str:
    image = image_acts(context, plugin.child("imageTag"))
    return f"sets the image {image}" if image else ""


def _field_specs(context: CheckContext, _: Kustomization, plugin: FieldRef) -> str:
    return specs_act(context, plugin.child("fieldSpecs").each())


def _merges(context: CheckContext, node: Kustomization, plugin: FieldRef) -> str:
    found = [merge_acts(context, node, path) for path in plugin.child("paths").each()]
    return next((why for why in (*found, merge_text_acts(context, plugin.child("patches"))) if why), "")


def _replaces(context: CheckContext, node: Kustomization, plugin: FieldRef) -> str:
    found = (replacement_acts(context, node, entry) for entry in plugin.child("replacements").each())
    return next((why for why in found if why), "")


def _nothing(*_: object) -> str:
    return ""


_ACTS: Final[Mapping[str, Acts]] = {
    "AnnotationsTransformer": Acts.SETTINGS,
    "ImageTagTransformer": Acts.SETTINGS,
    "LabelTransformer": Acts.SETTINGS,
    "PatchJson6902Transformer": Acts.PATCHES,
    "PatchTransformer": Acts.PATCHES,
}
_ON_WHAT_IS_GATHERED: Final = (unread, patches, images, labels, replacements, transformers, substitution)
_ON_WHAT_IS_BUILT: Final = (configurations, crds, same_name)
_BUILTIN: Final[Mapping[str, Callable[[CheckContext, Kustomization, FieldRef], str]]] = {
    "AnnotationsTransformer": _field_specs,
    "ImageTagTransformer": _image_tag,
    "LabelTransformer": _field_specs,
    "NamespaceTransformer": _nothing,
    "PatchJson6902Transformer": patch_acts,
    "PatchStrategicMergeTransformer": _merges,
    "PatchTransformer": patch_acts,
    "PrefixSuffixTransformer": _nothing,  # renamed objects are found with the references
    "PrefixTransformer": _nothing,
    "ReplacementTransformer": _replaces,
    "ReplicaCountTransformer": _nothing,
    "SuffixTransformer": _nothing,
}
