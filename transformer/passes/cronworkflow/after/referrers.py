"""Objects that select, allow or name a converted CronJob or its Jobs (the rows of `references` about objects)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.after.egress import blocked_by, opened_by
from transformer.passes.cronworkflow.after.gone import Gone, each_scalar, job_of, named
from transformer.passes.cronworkflow.after.projects import deployed_by
from transformer.passes.cronworkflow.after.selected import selected
from transformer.passkit import Path, Resource
from transformer.repository.classify import role_of
from transformer.repository.index import Index
from transformer.repository.rbac import namespaces_of
from transformer.repository.resource import Role


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in an object and the CronJobs that it concerns. `by_name`: it names them. `weak`: it probably means others."""

    path: Path
    whom: Sequence[Gone]
    by_name: bool = False
    weak: bool = False


_READS: Final = frozenset({"get", "list", "watch"})
_CILIUM: Final = "k8s:"  # the prefix of Kubernetes labels in Cilium's policies
_WORKLOADS: Final = frozenset({"Job", "CronJob", "Workflow", "CronWorkflow", "WorkflowTemplate"})


def referring(row: Row, gone: Sequence[Gone], index: Index) -> Iterator[tuple[Resource, Reference]]:
    """Each object that the row is about, with the place."""
    look = _LOOK[row["look"]]
    kinds = frozenset(row.get("kinds") or ())
    for resource in index.find(*row["words"], kinds=kinds):
        group = resource.id.api_version.rpartition("/")[0]
        if (row.get("groups") and group not in row["groups"]) or role_of(resource, index) is not Role.RESOURCE:
            continue
        yield from ((resource, found) for found in look(row, resource, gone, index) if found.whom)


def _here(resource: Resource, gone: Sequence[Gone], index: Index) -> list[Gone]:
    """The CronJobs in the namespaces of an object: its own, or those that its selector names."""
    others = resource.get("spec", "namespaceSelector", default=None)
    if isinstance(others, Mapping) and others:
        names = others.get("matchNames")
        return [g for g in gone if g.may_be_in(frozenset(map(str, names)) if isinstance(names, list) else None)]
    return [g for g in gone if g.may_be_in(namespaces_of(resource, index, g.default))]


def _selectors(row: Row, resource: Resource, gone: Sequence[Gone], index: Index) -> Iterator[Reference]:
    """A label of Jobs in a selector or one of its expressions."""
    if resource.id.kind in _WORKLOADS:
        return
    near = _here(resource, gone, index)
    for path, value in each_scalar(resource.data):
        if str(path[-1]).removeprefix(_CILIUM) in row["names"] and _selects(path[:-1]):
            yield Reference(path, job_of(near, str(value or "")))
        elif path[-1] == "key" and value in row["names"] and "matchExpressions" in path:
            values = resource.get(*path[:-1], "values", default=None)
            texts = [str(v) for v in values] if isinstance(values, list) and values else [""]
            yield Reference(path, [g for text in texts for g in job_of(near, text)])


def _selects(path: Path) -> bool:
    return any(step == "matchLabels" or str(step).lower().endswith("selector") for step in path)


def _rights(row: Row, resource: Resource, gone: Sequence[Gone], index: Index) -> Iterator[Reference]:
    found = resource.get("rules", default=None)
    rules = [r for r in found if isinstance(r, Mapping)] if isinstance(found, list) else []
    if any(_lists(r, "apiGroups", "argoproj.io") and _lists(r, "resources", "cronworkflows", "workflows", "*") for r in rules):
        return
    near = list(gone) if resource.id.kind == "ClusterRole" else _here(resource, gone, index)
    granted = [Reference(("rules", n), _named_in(rule, near), weak=_weak(rule)) for n, rule in enumerate(rules) if _about(rule, row)]
    yield from sorted((r for r in granted if r.whom), key=lambda r: r.weak)[:1]


def _about(rule: Mapping[str, Any], row: Row) -> bool:
    return _lists(rule, "apiGroups", "batch") and _lists(rule, "resources", *row["names"], "*")


def _named_in(rule: Mapping[str, Any], gone: Sequence[Gone]) -> Sequence[Gone]:
    names = rule.get("resourceNames")
    return [g for name in names for g in job_of(gone, str(name))] if isinstance(names, list) and names else gone


def _weak(rule: Mapping[str, Any]) -> bool:
    """Read-only rules, and rules on Jobs alone, usually belong to controllers and dashboards."""
    verbs = rule.get("verbs")
    only_reads = isinstance(verbs, list) and set(map(str, verbs)) <= _READS
    return only_reads or not _lists(rule, "resources", "cronjobs")


def _lists(rule: Mapping[str, Any], key: str, *wanted: str) -> bool:
    value = rule.get(key)
    return isinstance(value, list) and any(w in value for w in wanted)


def _targets(row: Row, resource: Resource, gone: Sequence[Gone], index: Index) -> Iterator[Reference]:
    """A mapping with kind CronJob inside an object, and its name if it has one."""
    for path, value in each_scalar(resource.data):
        if value != "CronJob" or path[-1] != "kind" or len(path) < 2 or _nested(resource, path[:-1]):
            continue
        below = next((str(s) for s in path if s in _PLACES), "")
        if below != (row.get("at") or ""):
            continue
        name, namespace = (str(resource.get(*path[:-1], key, default="") or "") for key in ("name", "namespace"))
        near = [g for g in gone if g.in_namespace(namespace)] if namespace or row.get("groups") else _here(resource, gone, index)
        near = deployed_by(resource, near, index) if below == "ignoreDifferences" else near
        yield Reference(path, named(near, name) if name or below == "ignoreDifferences" else [], bool(name))


_PLACES: Final = ("targetRef", "ignoreDifferences", "healthChecks")


def _nested(resource: Resource, path: Path) -> bool:
    """Whether it is a whole object inside another, or an owner reference."""
    return "ownerReferences" in path or isinstance(resource.get(*path, "metadata", default=None), Mapping)


def _policies(row: Row, resource: Resource, gone: Sequence[Gone], index: Index) -> Iterator[Reference]:
    """The first place where a policy names the kind. Policies that name CronWorkflows are left out."""
    scalars = [(path, value) for path, value in each_scalar(resource.data) if isinstance(value, str)]
    if any("CronWorkflow" in value or "cronworkflows" in value for _, value in scalars):
        return
    words = [(path, set(re.split(r"[,/\s]+", value))) for path, value in scalars if path[-1] != "name" and _WORDS.fullmatch(value)]
    about = [(path, found) for path, held in words if (found := held & set(row["names"]))]
    weak = not any(found & {"CronJob", "cronjobs"} for _, found in about)
    near = _here(resource, gone, index) if resource.id.kind == "Policy" else gone
    concerned = (Reference(path, selected(resource.data, path, near), weak=weak) for path, _ in about)
    yield from islice((r for r in concerned if r.whom), 1)


def _egress(_row: Row, resource: Resource, gone: Sequence[Gone], index: Index) -> Iterator[Reference]:
    if resource.id.api_version.startswith("networking.k8s.io/"):
        for path, whom, ranges in blocked_by(resource, _here(resource, gone, index)):
            yield Reference(path, [g for g in whom if not _let_out(g, index)], by_name=True, weak=ranges)


def _let_out(gone: Gone, index: Index) -> bool:
    """Whether another policy of its namespace, for certain, lets its Pods reach the API."""
    return any(
        role_of(policy, index) is Role.RESOURCE and namespaces_of(policy, index) == gone.where and opened_by(policy, [gone])
        for policy in index.find("NetworkPolicy", kinds=frozenset({"NetworkPolicy"}))
    )


_WORDS: Final = re.compile(r"[\w*./-]{1,100}(?:\s*,\s*[\w*./-]{1,100}){0,20}")


_LOOK: Final[Mapping[str, Callable[[Row, Resource, Sequence[Gone], Index], Iterator[Reference]]]] = {
    "selector": _selectors,
    "rights": _rights,
    "target": _targets,
    "policy": _policies,
    "egress": _egress,
}
