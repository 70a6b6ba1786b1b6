"""Names of containers in the Workflow's Pod, and of references to them (argo.md 4.4, 4.5, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from transformer.argo.reserved import is_reserved, limit
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.fields.layout import MAIN
from transformer.passes.cronworkflow.fields.mentioned import mentioned
from transformer.passes.cronworkflow.fields.untyped import dicts
from transformer.passes.cronworkflow.rows import LEVELS, cite, rule
from transformer.passkit import Path

_POD: Final = LEVELS["pod"]


def assign(draft: Draft) -> None:
    """Choose new names for the main container, and for containers with a name that Argo uses itself."""
    _differ(draft)
    all_ = [str(c.get("name")) for kind in ("containers", "initContainers") for c in dicts(draft.resource.get(*_POD, kind))]
    inits = {str(c.get("name")) for c in dicts(draft.resource.get(*_POD, "initContainers"))}
    for n, name in enumerate(all_):
        if draft.layout != "containerSet" and n == draft.main:
            draft.names |= {name: MAIN} if name != MAIN else {}
        elif is_reserved(name, "init-containers" if name in inits else "set-containers" if draft.layout == "containerSet" else "sidecars"):
            draft.names[name] = _free(name, {*all_, *draft.names.values()})
            draft.clashes.add(name)


def _differ(draft: Draft) -> None:
    """Refuse two containers of one name."""
    seen: set[str] = set()
    for kind in ("containers", "initContainers"):
        for n, container in enumerate(dicts(draft.resource.get(*_POD, kind))):
            name = container.get("name")
            if isinstance(name, str) and name in seen:
                draft.refuse(rule("container-name-twice"), (*_POD, kind, n, "name"), name)
            seen |= {name} if isinstance(name, str) else set()


def _free(name: str, known: set[str]) -> str:
    """A free name close to the old one."""
    longest = limit("container-name")
    choices = (f"job-{name}"[: longest - len(tail)].rstrip("-") + tail for tail in ("", *(f"-{n}" for n in range(2, len(known) + 3))))
    return next(c for c in choices if c not in known)


def follow(draft: Draft, path: Path, container: Mapping[str, Any]) -> None:
    """Rename a container whose name Argo uses, unless an unknown annotation mentions it."""
    name = str(container.get("name"))
    if name not in draft.clashes:
        return
    row = rule("container-name-taken")
    if told := _mentions(draft, name):
        draft.refuse(rule("container-name-mentioned"), (*path, "name"), f"{name} in {told}")
        return
    draft.consent(row, (*path, "name"), f"{name} is renamed to {draft.names[name]}")
    draft.edits.append(draft.resource.set((*path, "name"), draft.names[name], why=row["why"], source=cite(row)))


def _mentions(draft: Draft, name: str) -> str:
    """An annotation of the Pod that may mean this container, and that we do not know."""
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    notes = draft.resource.get(*LEVELS["pod-metadata"], "annotations", default={})
    for key, text in notes.items() if isinstance(notes, Mapping) else ():
        known = _renamed(draft, key) or key in rule("default-container-annotations")["names"]
        if not known and (word.search(key) or word.search(str(text))):
            return str(key)
    return ""


def in_annotations(draft: Draft, path: Path, value: Mapping[str, str]) -> None:
    """Change annotations that name a container to its new name."""
    prefixed, valued = rule("container-annotations"), rule("default-container-annotations")
    for key, text in value.items():
        if new := _renamed(draft, key):
            draft.edits.append(draft.resource.rename((*path, key), new, why=prefixed["why"], source=cite(prefixed)))
        elif key in valued["names"] and text in draft.names:
            draft.edits.append(draft.resource.set((*path, key), draft.names[text], why=valued["why"], source=cite(valued)))
        else:
            _tell(draft, (*path, key), key, str(text))


def _tell(draft: Draft, path: Path, key: str, text: str) -> None:
    """Nobody but its reader knows whether a name in an annotation is that of the container, so it stays."""
    for old, new in draft.names.items():
        at = mentioned(key, text, old)
        if at is not None:
            draft.consent(
                rule("container-named-in-annotation"), path, f"{old} is called {new} now", place=draft.resource.place_at(path, at)
            )


def _renamed(draft: Draft, key: str) -> str:
    """An annotation's key with the container's new name. Empty if it names no renamed container."""
    for pattern in rule("container-annotations")["names"]:
        before, _, after = pattern.partition("*")
        for old, new in draft.names.items():
            head = f"{before}{old}{after}"
            if key == head or (after and key.startswith(head)):
                return f"{before}{new}{after}{key[len(head) :]}"
    return ""


def reference(draft: Draft, path: Path, value: Any) -> None:
    """A resourceFieldRef's containerName."""
    if value in draft.names:
        row = rule("container-reference")
        draft.edits.append(draft.resource.set(path, draft.names[value], why=row["why"], source=cite(row)))
