"""The CronJobs that were converted, as other places in a repository name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from transformer.kustomize.namespaces import UNKNOWN, known_one, may_be_one
from transformer.passes.cronworkflow.fields.layout import MAIN
from transformer.passes.cronworkflow.fields.untyped import dicts
from transformer.passes.cronworkflow.rows import LEVELS
from transformer.passkit import Resource

_FEW: Final = 3
_VARIABLE: Final = ("$", "{", "<", "%")


@dataclass(frozen=True, slots=True)
class Gone:
    """A CronJob that became a CronWorkflow.

    `where`: its possible namespaces. `default`: that of manifests without one. `containers`: names that its containers no longer have.
    """

    name: str
    where: frozenset[str]
    resource: Resource
    default: str = ""
    containers: frozenset[str] = frozenset()

    @property
    def pod_labels(self) -> Mapping[str, str]:
        return self._labels("pod-metadata")

    @property
    def job_labels(self) -> Mapping[str, str]:
        """Kubernetes gives a Job without labels those of its Pod template."""
        return self._labels("job-metadata") or self.pod_labels

    def _labels(self, level: str) -> Mapping[str, str]:
        found = self.resource.get(*LEVELS[level], "labels", default=None)
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, Mapping) else {}

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


def renamed(before: Resource, after: Resource) -> frozenset[str]:
    """The names that containers of a CronJob have and those of its CronWorkflow do not."""
    templates = [t for t in dicts(after.get("spec", "workflowSpec", "templates", default=None)) if _has_pod(t)]
    if not templates:
        return frozenset()
    kept = {MAIN} if any("container" in t for t in templates) else set()
    for template in templates:
        held = template.get("containerSet")
        sets = [held.get("containers")] if isinstance(held, Mapping) else []
        kept |= {str(c.get("name")) for part in (template.get("sidecars"), template.get("initContainers"), *sets) for c in dicts(part)}
    old = (before.get(*LEVELS["pod"], kind, default=None) for kind in ("containers", "initContainers"))
    return frozenset(str(c["name"]) for part in old for c in dicts(part) if "name" in c) - kept


def _has_pod(template: Mapping[str, Any]) -> bool:
    return "container" in template or "containerSet" in template


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
