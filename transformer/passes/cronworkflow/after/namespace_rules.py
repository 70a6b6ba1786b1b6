"""ResourceQuotas and LimitRanges, which hold for Argo's init and wait containers as well (argo-verified.md 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from transformer.argo.controllers import controllers
from transformer.kubernetes.quantity import amount
from transformer.kustomize.namespaces import UNKNOWN
from transformer.passes.cronworkflow.after.gone import Gone, who
from transformer.passes.cronworkflow.rows import LEVELS
from transformer.passkit import Context, Finding, Path, Resource, Severity, table
from transformer.repository.classify import left_alone, role_of
from transformer.repository.rbac import namespaces_of
from transformer.repository.resource import Role

CODE: Final = "CRON013"
_KINDS: Final = frozenset({"ResourceQuota", "LimitRange"})
_SNIPPET: Final = "\n```\nexecutor: |\n  resources:\n    requests: {cpu: 10m, memory: 64Mi}\n    limits: {cpu: 100m, memory: 64Mi}\n```"
# Resources that Autopilot writes itself where a container says none; limits stay unset on clusters that can burst.
_BY_AUTOPILOT: Final = "requests"
_NAMES: Final = ("cpu", "memory", "ephemeral-storage")
Said = Mapping[str, Mapping[str, Any]]  # "requests" and "limits": the values


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an object asks of each container: `what` names requests.cpu and the like; `row` of namespace_rules."""

    row: str
    path: Path
    what: tuple[str, ...]


def namespace_rules(gone: Sequence[Gone], context: Context) -> Iterator[Finding]:
    """One finding for each object that stops the Pods of converted jobs, at its line."""
    found = [r for r in context.index.find(*_KINDS, kinds=_KINDS) if role_of(r, context.index) is Role.RESOURCE]
    executors = [_said(c.executor.get("resources")) for c in controllers(context.index) if not c.patch]
    for resource in found:
        where = namespaces_of(resource, context.index)
        alone = left_alone(resource, context.index, "")
        near = [g for g in gone if not alone and _together(g.where, where) and _in_scope(resource, g)]
        if near:
            ranges = [r for r in found if r.id.kind == "LimitRange" and _together(namespaces_of(r, context.index), where)]
            yield from _told(resource, near, executors, _defaults(ranges), context)


def _in_scope(quota: Resource, gone: Gone) -> bool:
    """Whether a quota that is about some Pods only may be about the job's. Its `scopes`, and the expressions of its scopeSelector."""
    scopes = quota.get("spec", "scopes", default=None)
    held = [{"scopeName": s} for s in scopes] if isinstance(scopes, list) else []
    more = quota.get("spec", "scopeSelector", "matchExpressions", default=None)
    return all(_is_of(entry, gone) for entry in (*held, *(more if isinstance(more, list) else ())) if isinstance(entry, Mapping))


def _is_of(entry: Mapping[str, Any], gone: Gone) -> bool:
    name, operator, values = entry.get("scopeName"), entry.get("operator", "Exists"), entry.get("values")
    pod = LEVELS["pod"]
    if name == "PriorityClass":
        mine = gone.resource.get(*pod, "priorityClassName", default=None)
        inside = isinstance(values, list) and mine in values
        return {"In": inside, "NotIn": not inside, "Exists": mine is not None, "DoesNotExist": mine is None}.get(str(operator), True)
    deadline = gone.resource.get(*pod, "activeDeadlineSeconds", default=None) or gone.resource.get(
        *LEVELS["job"], "activeDeadlineSeconds", default=None
    )
    apart = gone.resource.get(*pod, "affinity", default=None) is not None
    return {"Terminating": deadline is not None, "BestEffort": False, "CrossNamespacePodAffinity": apart}.get(str(name), True)


def _together(a: frozenset[str], b: frozenset[str]) -> bool:
    """In one namespace for certain: the same known name, or the same place of which the name is not known."""
    return any(name in b and (not name.startswith(UNKNOWN) or len(a) == len(b) == 1) for name in a)


def _told(resource: Resource, near: Sequence[Gone], executors: Sequence[Said], defaults: Said, context: Context) -> Iterator[Finding]:
    given = [_over(defaults, e) for e in executors] or [defaults]
    for rule in _rules(resource, executors):
        missing = [w for w in rule.what if rule.row in ("container-limit", "defaults") or not all(_says(g, w) for g in given)]
        missing = [w for w in missing if not (context.target.gke_mode == "autopilot" and w.startswith(_BY_AUTOPILOT))]
        if missing:
            row = table("namespace_rules")[rule.row]
            stops = Severity.ERROR if executors else Severity.WARNING
            yield replace(resource, pass_id=near[0].resource.pass_id).finding(
                CODE,
                row["why"],
                remedy=row["remedy"] + _SNIPPET,
                source=table("namespace_rules").cite(row.id),
                path=rule.path,
                subject=f"{who(near)}: {', '.join(missing)}",
                severity=Severity.INFO if rule.row == "defaults" else stops,
            )


def _rules(resource: Resource, executors: Sequence[Said]) -> Iterator[_Rule]:
    if resource.id.kind == "ResourceQuota":
        hard = resource.get("spec", "hard", default={})
        if isinstance(hard, Mapping):
            wanted = tuple(dict.fromkeys(filter(None, map(_wanted, map(str, hard)))))
            yield _Rule("quota", ("spec", "hard"), wanted)
        return
    limits = resource.get("spec", "limits", default=[])
    for n, item in enumerate(limits if isinstance(limits, list) else []):
        if isinstance(item, Mapping):
            yield from _of_range(item, ("spec", "limits", n), executors)


def _of_range(item: Mapping[str, Any], at: Path, executors: Sequence[Said]) -> Iterator[_Rule]:
    if item.get("type") == "Pod":
        most, least = _map(item.get("max")), _map(item.get("min"))
        yield _Rule("pod-limit", at, (*(f"limits.{k}" for k in most if k in _NAMES), *(f"requests.{k}" for k in least if k in _NAMES)))
    elif item.get("type") == "Container":
        outside = [f"{kind}.{key}" for said in executors for kind, key in _outside(item, said)]
        yield _Rule("container-limit", at, tuple(dict.fromkeys(outside)))
        defaults = _defaults_of(item)
        unsaid = [f"{kind}.{key}" for kind, held in defaults.items() for key in held]
        yield _Rule("defaults", at, tuple(w for w in unsaid if not all(_says(e, w) for e in executors) or not executors))


def _outside(item: Mapping[str, Any], said: Said) -> Iterator[tuple[str, str]]:
    """The executor's values below the least or above the most."""
    for kind, bound, sign in (("requests", "min", 1), ("limits", "max", -1), ("requests", "max", -1)):
        for key, limit in _map(item.get(bound)).items():
            value, edge = _amount(str(key), said[kind].get(key)), _amount(str(key), limit)
            if value is not None and edge is not None and sign * (edge - value) > 0:
                yield kind, str(key)


def _amount(resource: str, value: Any) -> Decimal | None:
    try:
        return amount(resource, str(value)) if value is not None and resource in _NAMES else None
    except ValueError:
        return None


def _wanted(key: str) -> str:
    """What a key of a quota asks of each container: `limits.cpu`; `cpu` is that of requests; "" for others."""
    kind, _, name = key.rpartition(".")
    return f"{kind or 'requests'}.{name}" if kind in ("", "requests", "limits") and name in _NAMES else ""


def _defaults(ranges: Sequence[Resource]) -> Said:
    said: Said = {"requests": {}, "limits": {}}
    for resource in ranges:
        limits = resource.get("spec", "limits", default=[])
        for item in limits if isinstance(limits, list) else []:
            if isinstance(item, Mapping) and item.get("type") == "Container":
                said = _over(said, _defaults_of(item))
    return said


def _defaults_of(item: Mapping[str, Any]) -> Said:
    """As the API server completes a LimitRange: no default limit means the most, no default request the limit or the least."""
    limits = {**_map(item.get("max")), **_map(item.get("default"))}
    requests = {**_map(item.get("min")), **limits, **_map(item.get("defaultRequest"))}
    return {"requests": requests, "limits": limits}


def _said(resources: Any) -> Said:
    """A limit without a request is the request, too."""
    limits = _map(_map(resources).get("limits"))
    return {"requests": {**limits, **_map(_map(resources).get("requests"))}, "limits": limits}


def _over(under: Said, over: Said) -> Said:
    return {kind: {**under[kind], **over[kind]} for kind in ("requests", "limits")}


def _says(said: Said, what: str) -> bool:
    kind, _, name = what.partition(".")
    return said[kind].get(name) is not None


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
