"""The edits that write a command (argo.md 2.5)."""

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
    """The command to write. `args` None leaves the args as they are. `first`: the first of the args becomes the command."""

    command: tuple[str, ...] = ()
    args: tuple[str, ...] | None = None
    first: bool = False
    why: str = ""


def wording(need: Need, known: Known) -> Wording | None:
    """The command of the image. None where the image does not give one.

    Kubernetes and Argo ignore the image's CMD where the container has a command, so CMD is copied where there are no args. The
    file of a script is appended to the args, so the CMD of its image does not count.
    """
    script = need.container.role == "script" and bool(need.whole.get("source"))
    image = f"{need.image} (from {known.said})"
    if known.entrypoint:
        args = known.cmd if known.cmd and not script and not need.whole.get("args") else None
        return Wording(known.entrypoint, args, why=f"This is the ENTRYPOINT of {image}.")
    if need.whole.get("args"):
        movable = isinstance(need.container.data.get("args"), list)
        return Wording(first=True, why=f"{image} has no ENTRYPOINT, so the first argument is the program.") if movable else None
    return Wording(known.cmd, why=f"This is the CMD of {image}.") if known.cmd and not script else None


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
        yield resource.remove((*path, "command"), why="The command is empty.", source=SOURCE)
    if len(data["args"]) == 1:
        yield resource.rename((*path, "args"), "command", why=words.why, source=SOURCE)
    else:
        change = resource.move((*path, "args", 0), (*path, "command", 0), why=words.why, source=SOURCE)
        yield replace(change, after=sibling(resource, path, _BEFORE))
