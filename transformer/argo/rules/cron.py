"""Rules of the CronWorkflow itself. An invalid one never runs, and only the controller's log shows it (argo.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from transformer.argo.releases import full_crds
from transformer.argo.reserved import limit
from transformer.argo.rules.subject import Subject
from transformer.knowledge import table
from transformer.kubernetes.cron import ScheduleError, parse, taken_by_crds

_POLICIES: Final = ("", "Allow", "Forbid", "Replace")


def name(subject: Subject) -> Iterator[str]:
    most = limit("cron-workflow-name")
    if len(_named(subject)) > most:
        yield f"the name has more than {most} characters (argo.md 3.2)"


def schedule_once(subject: Subject) -> Iterator[str]:
    one, many = subject.spec.get("schedule"), subject.spec.get("schedules")
    if one and many:
        yield "a CronWorkflow with both schedule and schedules never runs (argo.md 3.1)"
    if not one and not many:
        yield "it has no schedule (argo.md 3.1)"


def schedule_readable(subject: Subject) -> Iterator[str]:
    for text in _schedules(subject):
        try:
            found = parse(text)
        except ScheduleError as e:
            yield f"schedule {text!r}: {e} (argo.md 3.4)"
            continue
        if found.zone and subject.spec.get("timezone"):
            yield f"schedule {text!r}: with both timezone and a TZ= prefix it never runs (argo.md 3.4)"


def schedule_pattern(subject: Subject) -> Iterator[str]:
    """Full CRDs from 4.0 on accept fewer notations than the controller."""
    if full_crds(subject.target, subject.argo) and subject.argo.at_least("4.0"):
        names = subject.argo.at_least(table("argo_versions")["schedule-names"]["since"])
        for text in _schedules(subject):
            if not taken_by_crds(text, names=names):
                yield f"schedule {text!r}: the full CRDs of Argo {subject.argo} refuse this notation (argo.md 3.4)"


def policy(subject: Subject) -> Iterator[str]:
    found = subject.spec.get("concurrencyPolicy")
    if isinstance(found, str) and found not in _POLICIES:
        yield f"concurrencyPolicy {found!r} is unknown (argo.md 3.1)"


def deadline(subject: Subject) -> Iterator[str]:
    found = subject.spec.get("startingDeadlineSeconds")
    if isinstance(found, int) and found < 0:
        yield "startingDeadlineSeconds is negative (argo.md 3.1)"


def zone(subject: Subject) -> Iterator[str]:
    """A zone that is not in the tz database. Lint accepts it."""
    found = subject.spec.get("timezone")
    if isinstance(found, str) and found not in _zones():
        yield f"timezone {found!r} is not in the tz database, so the CronWorkflow never runs (argo.md 3.3)"


def metadata_pruned(subject: Subject) -> Iterator[str]:
    meta = subject.spec.get("workflowMetadata")
    if isinstance(meta, dict) and meta and full_crds(subject.target, subject.argo) and not subject.argo.at_least("3.7"):
        yield "workflowMetadata: the full CRDs of Argo before 3.7 throw its labels and annotations away (argo.md 3.2)"


def _named(subject: Subject) -> str:
    meta = subject.data.get("metadata")
    return str(meta.get("name") or "") if isinstance(meta, dict) else ""


def _schedules(subject: Subject) -> list[str]:
    many = subject.spec.get("schedules")
    found = [subject.spec.get("schedule"), *(many if isinstance(many, list) else ())]
    return [s for s in found if isinstance(s, str) and s]


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones()) | {"Local", ""}


def _of_cron(rule: Callable[[Subject], Iterator[str]]) -> Callable[[Subject], Iterator[str]]:
    return lambda subject: rule(subject) if subject.kind == "CronWorkflow" else iter(())


RULES: Final = tuple(map(_of_cron, (name, schedule_once, schedule_readable, schedule_pattern, policy, deadline, zone, metadata_pruned)))
