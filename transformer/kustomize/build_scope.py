"""How far a file travels: every kustomization that may be built and then holds the file's objects."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from transformer.kustomize.edges import Edges, inside
from transformer.kustomize.nodes import Kustomization, is_remote, remote_directory, resolve

Nodes = tuple[Kustomization, ...]
_ANY = "\x01"
_MOST_PLACEHOLDERS = 3
_DEEPEST = 100
_PATH = re.compile(r"""^[ \t-]*path:[ \t]*["']?([^\s"']+)""", re.M)
_PLACEHOLDER = re.compile(r"\{\{.{0,300}?\}\}|\{%.{0,300}?%\}|<%.{0,300}?%>|[$#]\{.{0,300}?\}")
_COMMENT = re.compile(r"^[ \t]*#.*$", re.M)
_WORD = re.compile(r"[^\s\"'\[\]{},]+")


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


def gathered_before(edges: Edges, node: Kustomization, last: Kustomization) -> Nodes:
    """What has run when `last`, which is the node itself or a component of it, runs: what a kustomization gathers comes before
    it, and its components come in the order of its list, behind everything else."""
    done: dict[Kustomization, None] = {}

    def run(one: Kustomization, deep: int) -> bool:
        if one in done or deep > _DEEPEST:
            return False
        for reference in sorted(edges.below.get(one, ()), key=lambda r: r.shares):
            for child in reference.nodes:
                if run(child, deep + 1) or (one is node and child is last):
                    return True
        done[one] = None
        return one is last

    run(node, 0)
    done.pop(last, None)
    return tuple(done)


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
    if not unread.owner:
        return any(_leads_to(name, unread.directory, {*places, file}) for name in _names(unread.text))
    if unread.owner.startswith("Flux"):
        places |= set(_folders_of(file))
    named = (m[1].lstrip("/") for m in _PATH.finditer(_filled(unread.text)))
    return bool(places) and any(_leads_to(name, "", places) or not name.strip(_ANY) for name in named)


def _folders_of(file: str) -> Iterable[str]:
    while file:
        file = posixpath.dirname(file)
        yield file


def _filled(text: str) -> str:
    """With one mark for each placeholder, whatever language it is written in."""
    return _PLACEHOLDER.sub(_ANY, text)


def _names(text: str) -> Iterable[str]:
    """The words of a text that may be paths: no comments, and no placeholder that stands alone."""
    words = _WORD.findall(_filled(_COMMENT.sub("", text)))
    return dict.fromkeys(w for w in words if w.strip(_ANY))


def _leads_to(name: str, directory: str, places: Collection[str]) -> bool:
    """Whether a path, resolved from a directory, is one of these places; a placeholder in it may be any name."""
    path = remote_directory(name) if is_remote(name) else resolve(directory, name)
    if path is None or _ANY not in path:
        return path in places
    pattern = re.compile("[^/]+".join(map(re.escape, re.split(f"{_ANY}+", path, maxsplit=_MOST_PLACEHOLDERS))))
    return any(pattern.fullmatch(place) for place in places)
