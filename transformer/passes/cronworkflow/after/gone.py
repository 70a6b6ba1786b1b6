"""The CronJobs that were converted, as other places in a repository name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from transformer.kustomize.namespaces import UNKNOWN, known_one, may_be_one
from transformer.passkit import Resource

_FEW: Final = 3
_VARIABLE: Final = ("$", "{", "<", "%")


@dataclass(frozen=True, slots=True)
class Gone:
    """A CronJob that became a CronWorkflow. `where`: its possible namespaces. `default`: that of manifests without one."""

    name: str
    where: frozenset[str]
    resource: Resource
    default: str = ""

    @property
    def namespace(self) -> str:
        return known_one(self.where) or self.resource.id.namespace

    def may_be_in(self, where: frozenset[str] | None) -> bool:
        """`where` None means any namespace."""
        return where is None or may_be_one(self.where, where)

    def in_namespace(self, name: str) -> bool:
        """Whether a text with the job's name and this namespace may mean this job. A variable may be any."""
        unknown = any(n.startswith(UNKNOWN) for n in self.where)
        return not name or unknown or any(c in name for c in _VARIABLE) or name in self.where


def named(gone: Iterable[Gone], name: str) -> list[Gone]:
    """The CronJobs that a text may mean by a name. All, if the name is a variable."""
    return [g for g in gone if not name or g.name == name or any(c in name for c in _VARIABLE)]


def job_of(gone: Iterable[Gone], name: str) -> list[Gone]:
    """The CronJobs whose Jobs may have that name."""
    return [g for g in gone if not name or any(c in name for c in _VARIABLE) or name == g.name or name.startswith(f"{g.name}-")]


def who(gone: Sequence[Gone]) -> str:
    """Their names: at most three, and the number of others."""
    names = list(dict.fromkeys(g.name for g in gone))
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def spelled(remedy: str, gone: Sequence[Gone]) -> str:
    """The remedy with NAME and NAMESPACE filled in, where there is only one."""
    names, namespaces = {g.name for g in gone}, {g.namespace for g in gone}
    text = remedy.replace("NAMESPACE", next(iter(namespaces)) or "NAMESPACE") if len(namespaces) == 1 else remedy
    return re.sub(r"\bNAME\b", lambda _: next(iter(names)), text) if len(names) == 1 else text


def each_scalar(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every scalar of plain data, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from each_scalar(item, (*at, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from each_scalar(item, (*at, n))
    else:
        yield at, value
