"""Double braces in a Pod: escaped where the kubelet restores them, refused elsewhere (argo.md 7.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from transformer.argo.containers import sibling
from transformer.passes.cronworkflow.draft import Addition, Draft, label
from transformer.passes.cronworkflow.fields.braces import escaped, interpreted, unclosed
from transformer.passes.cronworkflow.fields.untyped import dicts, everything, long_arguments, words
from transformer.passes.cronworkflow.rows import LEVELS, POD_TEMPLATE, applies, cite, rule
from transformer.passkit import Path

_POD: Final = LEVELS["pod"]
_CONTAINERS: Final = ("containers", "initContainers")
_NAME: Final = "ARGO_LB"
_BEFORE: Final = ("name", "image", "imagePullPolicy", "command", "args", "workingDir", "envFrom")


def braces(draft: Draft) -> None:
    """Check everything that moves into the Workflow's spec."""
    containers = {(*_POD, kind, n): c for kind in _CONTAINERS for n, c in enumerate(dicts(draft.resource.get(*_POD, kind)))}
    expanded = {at: dict(_expanded(at, container)) for at, container in containers.items()}
    for at, texts in expanded.items():
        found = {path: text for path, text in texts.items() if interpreted(text, draft.argo)}
        if found:
            _escape(draft, at, containers[at], found)
    done = {path for texts in expanded.values() for path in texts}
    _refuse_others(draft, done)


def _expanded(at: Path, container: Any) -> Iterator[tuple[Path, str]]:
    """The texts in which the kubelet replaces `$(NAME)`."""
    for key in ("command", "args"):
        yield from (((*at, key, n), w) for n, w in enumerate(words(container.get(key))) if isinstance(w, str))
    for n, entry in enumerate(dicts(container.get("env"))):
        if isinstance(entry.get("value"), str):
            yield (*at, "env", n, "value"), entry["value"]


def _escape(draft: Draft, at: Path, container: Any, found: dict[Path, str]) -> None:
    row, names = rule("braces-escaped"), [str(e.get("name")) for e in dicts(container.get("env"))]
    if any("{" in name for name in names):
        draft.refuse(rule("braces-in-names"), (*at, "env"))
        return
    name = _free(names, container)
    new = {path: escaped(text, draft.argo, name) for path, text in found.items()}
    arguments = [new.get((*at, "args", n), word) for n, word in enumerate(words(container.get("args")))]
    too_long = rule("args-too-long")
    if long_arguments(arguments) and applies(too_long, draft.argo):
        draft.refuse(too_long, (*at, "args"), "escaping its double braces needs `$(NAME)`")
        return
    for path, text in new.items():
        draft.edits.append(draft.resource.set(path, text, why=row["why"], source=cite(row)))
    after = sibling(draft.resource, at, _BEFORE)
    draft.additions.append(Addition((*at, "env", 0), {"name": name, "value": "{"}, row, after))
    one = next(iter(found)) if len(found) == 1 else at
    draft.consent(row, one, "" if one in found else ", ".join(label(path)[len(label(at)) + 1 :] for path in found))


def _free(names: list[str], container: Any) -> str:
    """A name of a variable that the container neither has nor reads."""
    text = json.dumps(container)
    return next(name for n in count(1) if (name := _NAME if n == 1 else f"{_NAME}_{n}") not in names and f"$({name})" not in text)


def _refuse_others(draft: Draft, done: set[Path]) -> None:
    """Refuse tags elsewhere. podSpecPatch is parsed once more as text, which breaks the quotes of an expression."""
    patched = {path for path, _ in draft.patched}
    for path, value in everything(draft.resource.get(*POD_TEMPLATE), POD_TEMPLATE):
        if path in done or not isinstance(value, str) or any(path[:n] in draft.drops for n in range(len(path) + 1)):
            continue
        if tag := interpreted(value, draft.argo):
            draft.refuse(rule("braces"), path, tag.kind)
        elif path[: len(_POD) + 1] in patched and unclosed(value):
            draft.refuse(rule("braces-unclosed"), path)
