"""Argo's own rules for what this tool writes: what its controller refuses, or never runs, without a word (argo.md 3.3, 6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from transformer.model import Target

NAME_LIMIT = 52  # argo.md 3.2
POLICIES = ("", "Allow", "Forbid", "Replace")  # argo.md 3.1


def workflow_spec(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The WorkflowSpec of an Argo object, or None."""
    spec = data.get("spec")
    if isinstance(spec, Mapping) and data.get("kind") == "CronWorkflow":
        spec = spec.get("workflowSpec")
    return spec if isinstance(spec, Mapping) else None


def templates(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = spec.get("templates")
    return [t for t in found if isinstance(t, Mapping)] if isinstance(found, list) else []


def faults(data: Mapping[str, Any], target: Target) -> list[str]:
    """Sentences, each a reason why the object would not run on the target."""
    found = list(_of_workflow(workflow_spec(data) or {}))
    if data.get("kind") == "CronWorkflow" and isinstance(data.get("spec"), Mapping):
        found += _of_cron(data, data["spec"], target)
    return found


def _of_workflow(spec: Mapping[str, Any]) -> Iterator[str]:
    known = templates(spec)
    names = [t.get("name") for t in known]
    entrypoint = spec.get("entrypoint")
    if known and isinstance(entrypoint, str) and "{{" not in entrypoint and entrypoint not in names and "workflowTemplateRef" not in spec:
        yield f"entrypoint {entrypoint!r} names no template"
    for t in known:
        retry = t.get("retryStrategy")
        if isinstance(retry, Mapping) and "limit" not in retry:
            yield f"template {t.get('name')!r}: a retryStrategy without a limit retries for ever (argo.md 4.3.1)"
        for kind in ("initContainers", "sidecars"):
            for c in t.get(kind) or ():
                if isinstance(c, Mapping) and c.get("name") in ("init", "wait", "main", "supervisor"):
                    yield f"template {t.get('name')!r}: {kind} named {c['name']!r} collides with Argo's own (argo.md 7.2)"


def _of_cron(data: Mapping[str, Any], spec: Mapping[str, Any], target: Target) -> Iterator[str]:
    meta = data.get("metadata")
    name = str(meta.get("name", "")) if isinstance(meta, Mapping) else ""
    if len(name) > NAME_LIMIT:
        yield f"the name has more than {NAME_LIMIT} characters (argo.md 3.2)"
    yield from _schedules(spec, target)
    if str(spec.get("concurrencyPolicy", "")) not in POLICIES:
        yield f"concurrencyPolicy {spec['concurrencyPolicy']!r} is unknown (argo.md 3.1)"
    deadline = spec.get("startingDeadlineSeconds")
    if isinstance(deadline, int) and deadline < 0:
        yield "startingDeadlineSeconds is negative (argo.md 3.1)"
    zone = spec.get("timezone")
    if isinstance(zone, str) and zone and zone not in _zones():
        yield f"timezone {zone!r} is not in the tz database; the controller would never run it (argo.md 3.3)"


def _schedules(spec: Mapping[str, Any], target: Target) -> Iterator[str]:
    one, many = spec.get("schedule"), spec.get("schedules")
    if one and many:
        yield "schedule and schedules together never run (argo.md 3.1)"
    if not one and not many:
        yield "no schedule (argo.md 3.1)"
    if target.argo is not None:
        if one and target.argo.at_least("4.0"):
            yield "schedule is gone from 4.0 on: schedules is needed (argo.md 3.1)"
        if many and target.argo.below("3.6"):
            yield "schedules is unknown before 3.6: schedule is needed (argo.md 3.1)"


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones()) | {"Local", ""}
