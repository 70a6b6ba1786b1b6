"""The namespaces of the objects of a file, and the lists that name the file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from transformer.kustomize.build_scope import scope, sharing
from transformer.kustomize.deployers import Deployment, brought_into
from transformer.kustomize.edges import Edges
from transformer.kustomize.field_refs import scalar, templated
from transformer.kustomize.nodes import Kustomization
from transformer.kustomize.plugins import known
from transformer.model import Path

UNKNOWN = "?"  # a namespace that whoever applies the objects decides: `?` and where they are built
FILLED_IN = "??"  # one that somebody else writes into the text before


@dataclass(frozen=True, slots=True)
class Listing:
    """An entry under `resources` or `bases` that names a file: document `document` (from 0) of `file`, at `path`."""

    file: str
    document: int
    path: Path
    line: int


def namespaces(edges: Edges, file: str, own: str, deployed: tuple[Deployment, ...] = ()) -> frozenset[str]:
    """Each namespace that an object of the file may end up in, `own` being what it says itself: what the kustomizations say,
    then the Argo CD Applications that deploy the folder. One that cannot be told starts with `?`; two objects for which it is the
    same end up together."""
    direct = scope(edges, file).direct
    if not direct and templated(own):
        return frozenset({f"{FILLED_IN}{file}"})
    if not direct:
        here = posixpath.dirname(file)
        return frozenset({own}) if own else brought_into(deployed, here) or frozenset({f"{UNKNOWN}{here}"})
    states = dict.fromkeys((node, own) for node in direct)
    queue, found = list(states), set[str]()
    for node, current in queue:  # grows while it is read: cycles and depth do no harm
        here = _set_by(edges, node) or current
        parents = edges.above.get(node, ())
        if not parents:
            hidden = node.problem or templated(here)
            known = {f"{FILLED_IN}{node.file}"} if hidden else {here} if here else brought_into(deployed, _place(node, file))
            found |= known or {f"{UNKNOWN}{node.file}"}
        for state in ((parent, here) for parent in parents):
            if state not in states:
                states[state] = None
                queue.append(state)
    return frozenset(found)


def _place(node: Kustomization, file: str) -> str:
    """The folder that is deployed: of a controller's object it is the one that its path names."""
    return posixpath.dirname(file) if node.folder is not None else node.directory


def may_be_one(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two objects may end up in one namespace. One that is not known is not every namespace: it may be that of an object
    whose namespace is not known either."""
    return bool(one & other) or all(any(n.startswith(UNKNOWN) for n in held) for held in (one, other))


def known_one(found: frozenset[str]) -> str:
    """The namespace, if there is only one and it is known. Otherwise empty."""
    return next(iter(found)) if len(found) == 1 and not next(iter(found)).startswith(UNKNOWN) else ""


def _set_by(edges: Edges, node: Kustomization) -> str:
    return next((text for shared in sharing(edges, node) for text in _named(edges, shared) if text), "")


def _named(edges: Edges, node: Kustomization) -> Iterator[str]:
    yield from (scalar(ref.value) for ref in node.values("namespace", "targetNamespace"))
    yield from (p.child("metadata").text("namespace") for p in known(edges, node, "NamespaceTransformer"))


def holders(edges: Edges, file: str) -> frozenset[str]:
    """The folders of the kustomizations whose build holds the file's objects."""
    return frozenset(node.directory for node in scope(edges, file).holders)


def builders(edges: Edges, kustomization: str) -> frozenset[str]:
    """The files of the kustomizations whose build includes this one. Its own as well."""
    found = dict.fromkeys(node for node in edges.nodes if node.file == kustomization and not node.owner)
    queue = list(found)
    for node in queue:  # grows while it is read
        for parent in edges.above.get(node, ()):
            if parent not in found:
                found[parent] = None
                queue.append(parent)
    return frozenset(node.file for node in found)


def listings(edges: Edges, file: str) -> Iterator[Listing]:
    for reference in edges.gathered_by.get(file, ()):
        ref = reference.ref
        if not reference.parent.owner:
            yield Listing(ref.file, ref.document, ref.path, edges.source.line(ref))
