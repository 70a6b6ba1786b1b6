"""Names that change: prefixes, suffixes and hashes of the objects that the resource refers to.

Kustomize carries a new name into the references of a CronJob, and not into those of a CronWorkflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transformer.kustomize.build_scope import below
from transformer.kustomize.check_context import CheckContext
from transformer.kustomize.edges import Edges
from transformer.kustomize.effect import Acts, KustomizeEffect
from transformer.kustomize.field_refs import FieldRef, scalar, templated, truth
from transformer.kustomize.naming import affixes
from transformer.kustomize.nodes import Kustomization, is_remote_file
from transformer.kustomize.patches import renames
from transformer.kustomize.plugins import BUILTIN, plugins
from transformer.kustomize.source import REFERRED, YAML_ENDINGS, UnreadableError

GENERATES = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_HASHED = frozenset(GENERATES.values())
_KEEPS_NAMES = frozenset(
    {
        "AnnotationsTransformer",
        "ImageTagTransformer",
        "LabelTransformer",
        "NamespaceTransformer",
        "PrefixTransformer",
        "SuffixTransformer",
        "PrefixSuffixTransformer",
        "ReplicaCountTransformer",
        "PatchStrategicMergeTransformer",
    }
)


# Kubernetes creates these itself, so no unknown base adds and renames them.
_BUILT_IN = frozenset(
    {
        ("ServiceAccount", "default"),
        ("ConfigMap", "kube-root-ca.crt"),
        ("PriorityClass", "system-cluster-critical"),
        ("PriorityClass", "system-node-critical"),
    }
)


@dataclass(frozen=True, slots=True)
class Thing:
    """An object that a kustomization adds, with its name there."""

    kind: str
    name: str
    hashed: bool
    ref: FieldRef
    feature: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that adds objects that are not in this repository. `renames`: it may also rename others. `text`: the text of a
    file of this repository that is not valid YAML, which adds only objects that it names."""

    ref: FieldRef
    feature: str
    what: str
    renames: bool
    text: str | None = None

    def may_hold(self, name: str) -> bool:
        return self.text is None or name in self.text or templated(self.text)


def renamed_references(context: CheckContext) -> Iterator[KustomizeEffect]:
    """Effects that rename an object to which the resource refers, in any build with the resource."""
    if not context.subject.references:
        return
    search = _Search(context)
    for node in context.scope.built:
        yield from search.hashed(node)
        yield from search.affixed(node)
    yield from search.unseen()


class _Search:
    def __init__(self, context: CheckContext) -> None:
        self.context = context
        self.references = context.subject.references
        self.things = {node: tuple(things(context.edges, node)) for node in context.scope.built}
        self.unknown = {node: tuple(unknown(context.edges, node)) for node in context.scope.built}
        self.affixes = [a for node in context.scope.built for a in affixes(context.edges, node)]
        every = [thing for found in self.things.values() for thing in found]
        self.unresolved = [r for r in self.references if r not in _BUILT_IN and not any(self._means(r, thing) for thing in every)]

    def hashed(self, node: Kustomization) -> Iterator[KustomizeEffect]:
        """Generated objects whose names end in a hash."""
        for thing in self.things[node]:
            if thing.hashed and any(self._means(r, thing) for r in self.references):
                why = f'adds a hash to the name of {thing.kind} "{thing.name}", to which this refers'
                yield self.context.effect(thing.ref, thing.feature, why, node, acts=Acts.RENAMES, kinds=[thing.kind])

    def affixed(self, node: Kustomization) -> Iterator[KustomizeEffect]:
        """Prefixes, suffixes and patches that rename an object to which this refers."""
        edges = self.context.edges
        for ref, feature in _renaming(edges, node):
            members = self.context.scope.built if node.component else below(edges, node)
            met = [r for r in self.references for m in members for thing in self.things.get(m, ()) if self._means(r, thing)]
            dark = [(u, r) for m in members for u in self.unknown.get(m, ()) for r in self.unresolved if u.may_hold(r[1])]
            if met:
                why = f"renames {_list(met)}, to which this refers"
                yield self.context.effect(ref, feature, why, node, acts=Acts.RENAMES, kinds=[kind for kind, _ in met])
            elif dark:
                why = f"may rename {_list(r for _, r in dark)}: {dark[0][0].what} is not in this repository"
                yield self.context.effect(ref, feature, why, node, acts=Acts.RENAMES, kinds=[r[0] for _, r in dark])

    def unseen(self) -> Iterator[KustomizeEffect]:
        """Parts of the builds that cannot be read and may rename objects."""
        for node, found in self.unknown.items():
            for item in found:
                if item.feature == "kustomization" and node in self.context.scope.scope:
                    continue  # already reported, because it may change the resource itself
                wanted = [r for r in self.unresolved if item.feature != "generators" or r[0] in _HASHED]
                if item.renames and wanted:
                    why = f"{item.what} is not in this repository and may rename {_list(wanted)}"
                    kinds = [kind for kind, _ in wanted]
                    yield self.context.effect(item.ref, item.feature, why, node, acts=Acts.RENAMES, kinds=kinds)

    def _means(self, reference: tuple[str, str], thing: Thing) -> bool:
        kind, name = reference
        if kind != thing.kind:
            return False
        if name == thing.name or templated(name) or templated(thing.name):
            return True
        at = name.find(thing.name)
        return at >= 0 and self._is_affix(name[:at]) and self._is_affix(name[at + len(thing.name) :])

    def _is_affix(self, text: str) -> bool:
        ends = [p for a in self.affixes for p in (a.prefix, a.suffix) if p]
        return not text or any(text.startswith(p) or text.endswith(p) or templated(p) for p in ends)


def things(edges: Edges, node: Kustomization) -> Iterator[Thing]:
    """The objects of a kustomization's own files and generators to which others can refer."""
    for ref, file in gathered(edges, node):
        try:
            named = edges.source.objects(file)
        except UnreadableError:
            continue
        yield from (Thing(n.kind, n.name, n.hashed, ref, "resources") for n in named if n.kind in REFERRED)
    for key, kind in GENERATES.items():
        plain = node.truth("generatorOptions", "disableNameSuffixHash")
        for entry in node.each(key):
            hashed = not plain and not truth(entry.down("options", "disableNameSuffixHash").value)
            yield Thing(kind, entry.text("name"), hashed, entry, key)


def gathered(edges: Edges, node: Kustomization) -> Iterator[tuple[FieldRef, str]]:
    """(entry, file) for each file of objects that a kustomization lists, or that Flux collects."""
    for reference in edges.below.get(node, ()):
        if reference.file is not None:
            yield reference.ref, reference.file
    if node.folder is not None:
        for path in sorted(edges.source.paths):
            if path.endswith(YAML_ENDINGS) and edges.collects(node.folder, path):
                yield node.body[0], path


def unknown(edges: Edges, node: Kustomization) -> Iterator[Unknown]:
    """Entries that add objects which are not in this repository, or cannot be read."""
    if node.problem and node.body == ():
        yield Unknown(FieldRef(node.file, 0, (), None), "kustomization", node.file, renames=True)
    for reference in edges.below.get(node, ()):
        name = scalar(reference.ref.value)
        if reference.unknown:
            one_manifest = is_remote_file(name) or name.endswith(YAML_ENDINGS)
            yield Unknown(reference.ref, "resources", name, renames=not one_manifest)
    for ref, file in gathered(edges, node):
        if not _readable(edges, file):
            yield Unknown(ref, "resources", file, renames=False, text=edges.source.text(file))
    for entry in node.each("generators"):
        yield Unknown(entry, "generators", scalar(entry.value).strip()[:60] or "a generator", renames=True)
    for entry in node.each("helmCharts", "helmChartInflationGenerator"):
        yield Unknown(entry, "helmCharts", f"chart {entry.text('name')}", renames=False)


def _readable(edges: Edges, file: str) -> bool:
    try:
        edges.source.objects(file)
    except UnreadableError:
        return False
    return True


def _renaming(edges: Edges, node: Kustomization) -> Iterator[tuple[FieldRef, str]]:
    yield from ((affix.ref, affix.feature) for affix in affixes(edges, node))
    yield from ((entry, "patches") for entry in renames(edges.source, node))
    yield from ((entry, "replacements") for entry in node.each("replacements") if _replaces_names(entry))
    for entry, plugin in plugins(edges, node):
        if isinstance(plugin, UnreadableError) or plugin.text("apiVersion") != BUILTIN or plugin.text("kind") not in _KEEPS_NAMES:
            yield entry, "transformers"


def _replaces_names(entry: FieldRef) -> bool:
    """A replacement that writes `metadata.name`; one in a file of its own may."""
    if entry.child("path").value is not None:
        return True
    for target in entry.child("targets").each():
        paths = [scalar(p.value) for p in target.child("fieldPaths").each()] or ["metadata.name"]
        if any("metadata.name" in p and "namespace" not in p for p in paths):
            return True
    return False


def _list(references: Iterable[tuple[str, str]]) -> str:
    named = [f'{kind} "{name}"' for kind, name in dict.fromkeys(references)]
    return ", ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
