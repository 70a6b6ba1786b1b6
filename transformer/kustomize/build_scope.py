"""How far a file travels: every kustomization that may be built and then holds the file's objects."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from transformer.kustomize.edges import Edges, inside
from transformer.kustomize.nodes import Kustomization

Nodes = tuple[Kustomization, ...]
_TEMPLATED_PATH = re.compile(r"^[ \t-]*path:[^\n]*?(?:\{\{|\$\{)", re.M)


@dataclass(frozen=True, slots=True)
class BuildScope:
    """`holders` gather the file, each a root that may be built; `scope` adds the components that run on what they
    gathered; `built` is everything that is read when a holder is built, whose names, variables and settings meet the
    file's objects at the root (gitops.md 1.1). `direct` are the holders that name the file themselves."""

    direct: Nodes
    holders: Nodes
    scope: Nodes
    built: Nodes


def scope(edges: Edges, file: str) -> BuildScope:
    direct = [r.parent for r in edges.gathered_by.get(file, ())]
    direct += [k for k in edges.nodes if k.folder is not None and edges.collects(k.folder, file)]
    holders = _holders(edges, file, direct)
    direct += [k for k in holders if k.problem]
    scope = _closure(holders, lambda k: sharing(edges, k))
    return BuildScope(tuple(direct), holders, scope, _closure(scope, lambda k: _children(edges, k)))


def below(edges: Edges, node: Kustomization) -> Nodes:
    """The kustomization with all that it gathers from."""
    return _closure((node,), lambda k: _children(edges, k))


def sharing(edges: Edges, node: Kustomization) -> Nodes:
    """The kustomization and the components that run on what it gathers."""
    return _closure((node,), lambda k: (c for r in edges.below.get(k, ()) if r.shares for c in r.nodes))


def _children(edges: Edges, node: Kustomization) -> Iterable[Kustomization]:
    return (child for reference in edges.below.get(node, ()) for child in reference.nodes)


def _closure(start: Iterable[Kustomization], step: Callable[[Kustomization], Iterable[Kustomization]]) -> Nodes:
    found = dict.fromkeys(start)
    queue = list(found)
    for node in queue:  # grows while it is read: no recursion, so cycles and depth do no harm
        for other in step(node):
            if other not in found:
                found[other] = None
                queue.append(other)
    return tuple(found)


def _holders(edges: Edges, file: str, direct: list[Kustomization]) -> Nodes:
    found = _closure(direct, lambda k: edges.above.get(k, ()))
    while more := [k for k in edges.problems if k not in found and _may_list(k, file, found)]:
        found = _closure((*found, *more), lambda k: edges.above.get(k, ()))
    return found


def _may_list(unread: Kustomization, file: str, holders: Nodes) -> bool:
    """Whether what does not parse names, by its text, the file or a directory that gathers it."""
    places = {k.directory for k in holders if not k.owner} - {unread.directory}
    if not unread.text and not unread.owner:
        return inside(unread.directory, file)
    if unread.owner:
        if places and _TEMPLATED_PATH.search(unread.text):
            return True
        places |= {posixpath.dirname(file)} if unread.owner.startswith("Flux") else set()
    else:
        places.add(file)
    for place in places:
        relative = posixpath.relpath(place or ".", unread.directory or ".")
        if relative in unread.text or f"/{posixpath.basename(place)}" in unread.text:
            return True
    return False
