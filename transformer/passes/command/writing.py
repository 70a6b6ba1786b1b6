"""The edits that write a command down (argo.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from transformer.argo.containers import sibling
from transformer.passes.command.images import Known
from transformer.passes.command.needs import Need
from transformer.passkit import Change, Resource

SOURCE = "argo.md 2.5"
# Siblings that `command` may follow; the last one in the text is taken.
_BEFORE = ("name", "image", "imagePullPolicy")


@dataclass(frozen=True, slots=True)
class Wording:
    """What to write: `first`: the first of the args becomes the command. `args` None leaves them as they are."""

    command: tuple[str, ...] = ()
    args: tuple[str, ...] | None = None
    first: bool = False
    why: str = ""


def wording(need: Need, known: Known) -> Wording | None:
    """What the image would run, written down; None where it would run nothing.

    Kubernetes and Argo drop the image's CMD as soon as a command stands there, so without args CMD is copied as well. A
    script's file is appended to the args, so the CMD of its image never counts.
    """
    script = need.container.role == "script" and bool(need.whole.get("source"))
    why = f"what {need.image} runs by itself, by {known.said}"
    if known.entrypoint:
        args = known.cmd if known.cmd and not script and not need.whole.get("args") else None
        return Wording(known.entrypoint, args, why=f"ENTRYPOINT: {why}")
    if need.whole.get("args"):
        movable = isinstance(need.container.data.get("args"), list)
        return Wording(first=True, why=f"the image has no ENTRYPOINT, so its first argument is the program: {why}") if movable else None
    return Wording(known.cmd, why=f"CMD: {why}") if known.cmd and not script else None


def edits(resource: Resource, need: Need, words: Wording) -> Iterator[Change]:
    """The changes for one container."""
    path, data = need.container.path, need.container.data
    if words.first:
        yield from _first_argument(resource, need, words)
        return
    after = sibling(resource, path, _BEFORE)
    for key, value in (("command", words.command), ("args", words.args)):
        if value is None:
            continue
        if key in data:
            yield resource.set((*path, key), list(value), why=words.why, source=SOURCE)
        else:
            yield resource.insert((*path, key), list(value), why=words.why, source=SOURCE, after=after)


def _first_argument(resource: Resource, need: Need, words: Wording) -> Iterator[Change]:
    path, data = need.container.path, need.container.data
    if "command" in data:
        yield resource.remove((*path, "command"), why="empty", source=SOURCE)
    if len(data["args"]) == 1:
        yield resource.rename((*path, "args"), "command", why=words.why, source=SOURCE)
    else:
        change = resource.move((*path, "args", 0), (*path, "command", 0), why=words.why, source=SOURCE)
        yield replace(change, after=sibling(resource, path, _BEFORE))
