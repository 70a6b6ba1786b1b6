"""Network policies that keep Argo's own container from the Kubernetes API (argo.md 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from transformer.passes.cronworkflow.after.gone import Gone
from transformer.passkit import Path, Resource

_API_PORTS: Final = (443, 6443, "443", "6443", "https")
_ANYWHERE: Final = ("0.0.0.0/0", "::/0")


def blocked_by(policy: Resource, gone: Sequence[Gone]) -> Iterator[tuple[Path, list[Gone], bool]]:
    """(path, CronJobs whose Pods it blocks, whether one of its address ranges may be that of the API)"""
    types, rules = policy.get("spec", "policyTypes", default=None), policy.get("spec", "egress", default=None)
    rules = [r for r in rules if isinstance(r, Mapping)] if isinstance(rules, list) else None
    if not (isinstance(types, list) and "Egress" in types) and rules is None:
        return
    if any(map(_reaches, rules or ())):
        return
    selector = policy.get("spec", "podSelector", default={})
    ranges = any("ipBlock" in peer for rule in rules or () for peer in _peers(rule))
    yield ("spec", "policyTypes" if rules is None else "egress"), [g for g in gone if selects(selector, g.pod_labels)], ranges


def opened_by(policy: Resource, gone: Sequence[Gone]) -> list[Gone]:
    """Those whose Pods it lets out to the API. Policies add up: what one of them allows, no other takes away."""
    rules = policy.get("spec", "egress", default=None)
    rules = [r for r in rules if isinstance(r, Mapping)] if isinstance(rules, list) else []
    selector = policy.get("spec", "podSelector", default={})
    return [g for g in gone if any(map(_reaches, rules)) and selects(selector, g.pod_labels)]


def _reaches(rule: Mapping[str, Any]) -> bool:
    """Whether a rule allows any address, on a port that the API may use."""
    ports = rule.get("ports")
    listed = ports if isinstance(ports, list) else []
    open_port = not ports or any(isinstance(p, Mapping) and p.get("port", 443) in _API_PORTS for p in listed)
    blocks = [peer.get("ipBlock") for peer in _peers(rule)]
    anywhere = not rule.get("to") or any(isinstance(b, Mapping) and b.get("cidr") in _ANYWHERE for b in blocks)
    return open_port and anywhere


def _peers(rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = rule.get("to")
    return [p for p in found if isinstance(p, Mapping)] if isinstance(found, list) else []


def selects(selector: Any, labels: Mapping[str, Any]) -> bool:
    if not isinstance(selector, Mapping):
        return True
    wanted, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    fits = all(labels.get(k) == v for k, v in wanted.items()) if isinstance(wanted, Mapping) else True
    return fits and all(_fits(e, labels) for e in (expressions if isinstance(expressions, list) else ()) if isinstance(e, Mapping))


def _fits(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, operator, values = expression.get("key"), expression.get("operator"), expression.get("values")
    inside = isinstance(values, list) and labels.get(str(key)) in values
    return {"In": inside, "NotIn": not inside, "Exists": str(key) in labels, "DoesNotExist": str(key) not in labels}.get(
        str(operator), True
    )
