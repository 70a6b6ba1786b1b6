"""What of the controller's configuration a version of Argo would not start with, by the table `controller_config`.

From 3.4 on the configuration is read strictly: a key that is not known, or a value of another shape, ends the controller, at
whatever depth (argo.md 1.3). Before, unknown keys are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from transformer.argo.releases import kubernetes
from transformer.knowledge import table
from transformer.kubernetes import schemas
from transformer.model import Path, Version

STRICT: Final = "3.4"
COMPLETE_BELOW: Final = "4.1"  # from here on a name that is not in the table may be known
_ROOT: Final = "Config"
_DEEPEST: Final = 3  # steps below the root where another place for a key is looked for
_PLAIN: Final = frozenset({"text", "scalar", "number-or-text", "duration", "any", "number", "flag"})
_OPAQUE: Final = frozenset({"WorkflowStep[][]"})  # read by code of its own, which is not strict
_EVERY_WORKFLOW: Final = ("workflowDefaults", "spec")
_FILLED_IN: Final = re.compile(r"\$[({]|\{\{|#\{|<[A-Z]")


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in the configuration, what is wrong with it there (a sentence without a full stop), and what to do. `certain`: False
    where the version may know it."""

    path: Path
    what: str
    remedy: str
    certain: bool = True


def faults(config: Mapping[str, Any], argo: Version) -> Iterator[Fault]:
    """Of a configuration as plain data; none for versions that are not strict."""
    if argo.at_least(STRICT):
        yield from _judge(_ROOT, config, (), argo)


def _judge(kind: str, value: Any, at: Path, argo: Version) -> Iterator[Fault]:
    if value is None or kind in _OPAQUE or kind == "any" or (isinstance(value, str) and _FILLED_IN.search(value)):
        return
    if kind.endswith(("[]", "{}")):
        yield from _collection(kind, value, at, argo)
    elif kind in _PLAIN:
        yield from _plain(kind, value, at)
    elif not isinstance(value, Mapping):
        yield Fault(at, "This must be a mapping", "Write it as a mapping.")
    elif kind.startswith("k8s:"):
        yield from _of_kubernetes(schemas.of_type(kind[4:], _schemas(argo)), value, at, argo)
    else:
        for key, child in value.items():
            yield from _field(kind, str(key), child, (*at, str(key)), argo)


def _collection(kind: str, value: Any, at: Path, argo: Version) -> Iterator[Fault]:
    listed = kind.endswith("[]")
    if not isinstance(value, list if listed else Mapping):
        yield Fault(at, f"This must be a {'list' if listed else 'mapping'}", f"Write it as a {'list' if listed else 'mapping'}.")
        return
    pairs: Iterable[tuple[Any, Any]] = enumerate(value) if isinstance(value, list) else value.items()
    for step, child in pairs:
        yield from _judge(kind[:-2], child, (*at, step), argo)


def _plain(kind: str, value: Any, at: Path) -> Iterator[Fault]:
    if isinstance(value, (Mapping, list)):
        yield Fault(at, "This must be a plain value", "Write a plain value.")
    elif kind == "flag" and not isinstance(value, bool):
        yield Fault(at, "This must be true or false", "Write true or false, without quotes.")
    elif kind == "number" and (isinstance(value, (bool, str))):
        yield Fault(at, "This must be a number", "Write a number, without quotes.")


def _field(kind: str, key: str, value: Any, at: Path, argo: Version) -> Iterator[Fault]:
    known = fields(kind)
    name = next((n for n in known if n.lower() == key.lower()), None)
    if name is None:
        yield Fault(at, f"Argo does not know the key {key} here", _meant(kind, key, at, argo), argo.below(COMPLETE_BELOW))
        return
    word, since, below = known[name]
    if not argo.at_least(since):
        yield Fault(at, f"Argo knows the key {key} from {since} on", f"Remove it, or upgrade Argo to {since}.")
    elif below and not argo.below(below):
        yield Fault(at, f"Argo knows the key {key} only before {below}", "Remove it.")
    else:
        yield from _judge(word, value, at, argo)


def _of_kubernetes(schema: Any, value: Any, at: Path, argo: Version) -> Iterator[Fault]:
    """Keys alone: what Kubernetes' own validation would say does not stop the controller."""
    schema = schemas.down(schema, (), _schemas(argo))
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if isinstance(value, list):
        for n, item in enumerate(value):
            yield from _of_kubernetes(schemas.down(schema, (0,), _schemas(argo)), item, (*at, n), argo)
    if not isinstance(properties, Mapping) or not isinstance(value, Mapping):
        return
    for key, child in value.items():
        name = next((p for p in properties if p.lower() == str(key).lower()), None)
        if name is None:
            yield Fault((*at, str(key)), f"Argo does not know the key {key} here", _similar(str(key), properties, at, argo))
        else:
            yield from _of_kubernetes(properties[name], child, (*at, str(key)), argo)


# --- what was meant


def _meant(kind: str, key: str, at: Path, argo: Version) -> str:
    known = [name for name, cell in fields(kind).items() if _holds(cell, argo)]
    return _similar(key, known, at[:-1], argo)


def _similar(key: str, known: Any, at: Path, argo: Version) -> str:
    lower = {str(n).lower(): str(n) for n in known}
    close = get_close_matches(key.lower(), lower, 1, 0.8)
    if close:
        return f"Write {lower[close[0]]} instead."
    place = _elsewhere(key, at, argo)
    return f"Move it to {'.'.join(place)}." if place else "Remove it."


def _elsewhere(key: str, at: Path, argo: Version) -> tuple[str, ...]:
    """The place for a key of that name: below where it stands, at the root, or what is said for every Workflow; () where there is none."""
    here = tuple(str(s) for s in at if not isinstance(s, int))
    found = [place for place in _places(argo) if place[-1].lower() == key.lower()]
    near = [p for p in found if p[: len(here)] == here or len(p) == 1 or p[:-1] == _EVERY_WORKFLOW]
    return min(near, key=lambda p: (p[: len(here)] != here, len(p)), default=())


@cache
def _places(argo: Version) -> tuple[tuple[str, ...], ...]:
    """Every key within a few steps of the root."""
    found: list[tuple[str, ...]] = []
    level: list[tuple[str, tuple[str, ...]]] = [(_ROOT, ())]
    for _ in range(_DEEPEST):
        deeper = []
        for kind, at in level:
            for name, cell in fields(kind).items() if kind in _types() else ():
                if _holds(cell, argo):
                    found.append((*at, name))
                    deeper.append((cell[0], (*at, name)))
        level = deeper
    return tuple(found)


def renamed(kind: str, argo: Version) -> Mapping[str, str]:
    """Keys of a type that have another name at a version: the images index (argo.md 2.3)."""
    if kind != "Image":
        return {}
    return {"command": "entrypoint", "args": "cmd"} if argo.at_least(STRICT) else {"entrypoint": "command", "cmd": "args"}


# --- the table

Cell = tuple[str, str, str]  # kind, first version, first version without it


def fields(kind: str) -> Mapping[str, Cell]:
    return _types()[kind]


@cache
def _types() -> Mapping[str, Mapping[str, Cell]]:
    rows = [*table("argo_schema").rows, *table("controller_config").rows]
    return {r.id: {name: _cell(cell) for name, cell in r["fields"].items()} for r in rows}


def _cell(cell: str) -> Cell:
    kind, *words = cell.split()
    bounds = dict(zip(words[::2], words[1::2], strict=True))
    return kind, bounds.get("since", "0.0"), bounds.get("below", "")


def _holds(cell: Cell, argo: Version) -> bool:
    return argo.at_least(cell[1]) and (not cell[2] or argo.below(cell[2]))


def _schemas(argo: Version) -> str:
    return schemas.version_near(kubernetes(argo))
