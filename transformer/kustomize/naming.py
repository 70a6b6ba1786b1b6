"""The names, namespaces and labels of a resource in the builds that hold it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transformer.kustomize.build_scope import BuildScope, sharing
from transformer.kustomize.edges import Edges
from transformer.kustomize.field_refs import FieldRef, scalar, templated
from transformer.kustomize.nodes import Kustomization
from transformer.kustomize.plugins import known
from transformer.kustomize.subject import CRON_WORKFLOW, Identity, Subject, get

_MOST_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class Affix:
    """The prefix and suffix that a kustomization adds to names, and their place."""

    ref: FieldRef
    prefix: str = ""
    suffix: str = ""

    @property
    def feature(self) -> str:
        return "namePrefix" if self.prefix else "nameSuffix"


def affixes(edges: Edges, node: Kustomization) -> Iterator[Affix]:
    """The affixes of a kustomization itself, without those of its components."""
    for ref in node.values("namePrefix"):
        yield Affix(ref, prefix=scalar(ref.value))
    for ref in node.values("nameSuffix"):
        yield Affix(ref, suffix=scalar(ref.value))
    for plugin in known(edges, node, "PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer"):
        for key in ("prefix", "suffix"):
            if plugin.text(key):
                yield Affix(plugin, **{key: plugin.text(key)})


def subject(edges: Edges, scope: BuildScope, data: Mapping[str, Any]) -> Subject:
    """The resource as the kustomizations with its file see it."""
    group, _, version = scalar(data.get("apiVersion")).rpartition("/")
    own = Identity(group, version, scalar(data.get("kind")))
    metadata = get(data, "metadata")
    return Subject(
        data,
        (own, CRON_WORKFLOW) if own.kind == "CronJob" else (own,),
        _names(edges, scope.direct, scalar(get(metadata, "name"))),
        frozenset({scalar(get(metadata, "namespace")) or "default", *_namespaces(edges, scope)}),
        _possible([get(metadata, "labels"), *_labels(edges, scope)]),
        _possible([get(metadata, "annotations"), *_annotations(edges, scope)]),
    )


def _names(edges: Edges, direct: Iterable[Kustomization], name: str) -> frozenset[str] | None:
    """Each name that it may have in its builds, and a few more, because the order of a component's prefix is not
    evaluated. None if there are too many, or a controller fills them in."""
    states = dict.fromkeys((node, name) for node in direct)
    queue, names = list(states), {name}
    for node, current in queue:
        here = {current}
        for affix in (a for shared in sharing(edges, node) for a in affixes(edges, shared)):
            here |= {affix.prefix + other + affix.suffix for other in here}
            if len(here) > _MOST_NAMES:
                return None
        names |= here
        for state in ((parent, other) for parent in edges.above.get(node, ()) for other in sorted(here)):
            if state not in states:
                states[state] = None
                queue.append(state)
        if len(states) > _MOST_NAMES:
            return None
    return None if any(templated(other) for other in names) else frozenset(names)


def _namespaces(edges: Edges, scope: BuildScope) -> Iterator[str]:
    for node in scope.scope:
        yield from (scalar(ref.value) for ref in node.values("namespace", "targetNamespace"))
        yield from (p.child("metadata").text("namespace") for p in known(edges, node, "NamespaceTransformer"))


def _labels(edges: Edges, scope: BuildScope) -> Iterator[Any]:
    for node in scope.scope:
        yield from (ref.value for ref in node.values("commonLabels"))
        yield from (entry.child("pairs").value for entry in node.each("labels"))
        yield from (ref.child("labels").value for ref in node.values("commonMetadata"))
        yield from (plugin.child("labels").value for plugin in known(edges, node, "LabelTransformer"))


def _annotations(edges: Edges, scope: BuildScope) -> Iterator[Any]:
    for node in scope.scope:
        yield from (ref.value for ref in node.values("commonAnnotations"))
        yield from (ref.child("annotations").value for ref in node.values("commonMetadata"))
        yield from (plugin.child("annotations").value for plugin in known(edges, node, "AnnotationsTransformer"))


def _possible(maps: Iterable[Any]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for pairs in maps:
        for key, value in pairs.items() if isinstance(pairs, dict) else ():
            found[key].add(scalar(value))
    return {key: frozenset(values) for key, values in found.items()}
