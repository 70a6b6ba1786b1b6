"""`rollout: expand-contract`, one step for each run: add the CronWorkflow, switch the schedules, remove the CronJob.

The repository shows which step is next, and nothing is marked in it. A CronWorkflow is ours if it holds what the CronJob
beside it would become.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow import guards
from transformer.passes.cronworkflow.draft import BLOCKED, CONSENT, Draft
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.rows import cite, rule
from transformer.passes.cronworkflow.template import shape
from transformer.passkit import Change, Context, Copy, Done, Edit, Finding, Path, Refused, Resource, ResourceId, Severity, Step
from transformer.repository.base_lines import SAME
from transformer.repository.manifest import Manifest
from transformer.yamltext import Limits, ParseError, alone, apply_plain, same

ROLLOUT: Final = "CRON006"
EXPAND, SWITCH, CONTRACT = 1, 2, 3
_SUSPEND: Final[Path] = ("spec", "suspend")
Drafted = Callable[[Resource], tuple[Draft, list[Finding]]]  # the findings are about the choice of the draft
Yields = Iterator[Change | Finding | Copy | Step]


def steps(resource: Resource, context: Context, drafted: Drafted) -> Yields:
    """The next step for this CronJob. Raises TemplateFault."""
    beside = twin(resource)
    blocked = list(guards.touched(beside, resource, context)) if beside else list(guards.clash(resource, context))
    try:
        single = _alone(resource)
    except (Refused, ParseError) as e:
        blocked.append(_block(resource, rule("rollout-no-place"), str(e)))
        single = None
    if blocked or single is None:
        yield from blocked
        return
    draft, chosen = drafted(single.resource)
    plan = _Plan(resource, single, draft)
    if beside is None:
        yield from map(plan.here, chosen)
    if plan.draft.blocks:
        yield from map(plan.here, plan.draft.blocks)
    elif beside is None:
        yield from plan.expand()
    else:
        yield from plan.go_on(beside)


# --- what is there


@dataclass(frozen=True, slots=True)
class _Single:
    """The CronJob as a text of its own."""

    text: str
    resource: Resource


def _alone(resource: Resource) -> _Single:
    if resource.node.flow:
        raise Refused("it is written as JSON, or in one pair of braces")
    text, before = alone(resource.document, resource.at)
    found = list(Manifest(resource.file, text.encode(), Limits()).resources())
    if len(found) != 1 or not same(found[0].data, resource.data):
        raise Refused("it does not mean the same as a document of its own")
    if resource.at and any(node.anchor for node in found[0].node.below()):
        raise Refused("a copy would define its anchors a second time")
    single = replace(found[0], pass_id=resource.pass_id, role=resource.role)
    place = resource.base_place or SAME.place
    single.base_place = lambda first, last, column: place(first + before, last + before, lambda n: column(n - before))
    return _Single(text, single)


def twin(resource: Resource) -> Resource | None:
    """The CronWorkflow of the same name in the same file, as the file is now."""
    other = resource.named("CronWorkflow", resource.id.namespace, resource.id.name)
    return replace(other, pass_id=resource.pass_id, base_place=resource.base_place) if other else None


# --- the steps


@dataclass(frozen=True, slots=True)
class _Plan:
    resource: Resource
    single: _Single
    draft: Draft

    def here(self, finding: Finding) -> Finding:
        """A finding about the single text, at the CronJob."""
        return replace(finding, document=self.resource.document.index)

    def expand(self) -> Yields:
        """Add the CronJob's own text, converted and suspended, after it."""
        single, row = self.single.resource, rule("rollout-expand")
        changes = list(shape.changes(self.draft))
        changes += _suspended(single, rule("rollout-suspended"))
        yield Step(EXPAND, CONTRACT)
        who = ResourceId("argoproj.io/v1alpha1", "CronWorkflow", self.resource.id.namespace, self.resource.id.name)
        yield Copy(who, self.single.text, tuple(changes), why=row["why"], source=cite(row))
        yield from map(self.here, self.draft.notes)
        yield self._tell(row)

    def go_on(self, twin: Resource) -> Yields:
        """Switch, or remove the CronJob, if the CronWorkflow is still what the CronJob would become."""
        idle, running = self.resource.get(*_SUSPEND) is True, twin.get(*_SUSPEND) is not True
        drift = _drift(self._expected(), twin.data)
        row = rule("rollout-drift")
        if drift and not (idle and row.id in self.draft.params.accept):
            where = f"{twin.file}:{twin.line()}: {drift}"
            ask = f" If the CronWorkflow is right, run with `--accept {row.id}`, which removes the CronJob." if idle else ""
            remedy = row["remedy"] + ask
            yield self.resource.block(CONSENT if idle else BLOCKED, row["why"], subject=where, remedy=remedy, source=cite(row))
        elif idle:
            yield from self._contract(running=running)
        else:
            yield from self._switch(twin, running=running)

    def _switch(self, twin: Resource, *, running: bool) -> Yields:
        row = rule("rollout-both" if running else "rollout-switch")
        yield Step(SWITCH, CONTRACT)
        yield from _suspended(self.resource, row)
        yield from _as_before(twin, self.resource, row)
        yield self._tell(row)

    def _contract(self, *, running: bool) -> Yields:
        row = rule("rollout-contract" if running else "rollout-neither")
        yield Step(CONTRACT, CONTRACT)
        yield self.resource.remove((), why=rule("rollout-contract")["why"], source=cite(rule("rollout-contract")))
        yield self._tell(row)

    def _tell(self, row: Row) -> Finding:
        severity = Severity(row.get("severity") or "warning")
        return self.resource.finding(ROLLOUT, row["why"], remedy=row["remedy"], source=cite(row), severity=severity)

    def _expected(self) -> Any:
        """What the CronJob, as it is now, would become."""
        edits = [Edit(c.op, c.path, c.value, c.to, c.after) for c in shape.changes(self.draft)]
        return apply_plain(self.single.resource.data, edits)


def follow(done: Sequence[Done], params: Parameters) -> Iterator[Finding]:
    """What replacing everything in one commit means for the cluster: one finding, at the first job."""
    replaced = [d.before for d in done if (d.before.id.kind, d.after.id.kind) == ("CronJob", "CronWorkflow")]
    if replaced and params.rollout == "replace":
        row = rule("rollout-replace")
        many = f"{len(replaced)} CronJobs" if len(replaced) > 1 else "1 CronJob"
        yield replaced[0].finding(ROLLOUT, row["why"], subject=many, remedy=row["remedy"], source=cite(row))


def _suspended(resource: Resource, row: Row) -> Iterator[Change]:
    why, source = row["why"], cite(row)
    if "suspend" not in resource.get("spec"):
        yield resource.insert(_SUSPEND, True, why=why, source=source, after="schedule")
    elif resource.get(*_SUSPEND) is not True:
        yield resource.set(_SUSPEND, True, why=why, source=source)


def _as_before(twin: Resource, cron_job: Resource, row: Row) -> Iterator[Change]:
    """The CronWorkflow as it would be without a rollout."""
    why, source = row["why"], cite(row)
    if twin.get(*_SUSPEND) is not True:
        return
    if "suspend" in cron_job.get("spec"):
        yield twin.set(_SUSPEND, cron_job.data["spec"]["suspend"], why=why, source=source)
    else:
        yield twin.remove(_SUSPEND, why=why, source=source)


def _drift(expected: Any, there: Any, at: str = "") -> str:
    """The first place where the CronWorkflow is not as expected. It may have more fields. Empty where there is none."""
    if at == "spec.suspend" or (isinstance(expected, dict) and not expected and there is None):
        return ""
    if isinstance(expected, dict) and isinstance(there, dict):
        names = (n for n in expected if n != "suspend" or at != "spec")
        return next((d for n in names if (d := _drift(expected[n], there.get(n), f"{at}.{n}".lstrip(".")))), "")
    if isinstance(expected, list) and isinstance(there, list) and len(expected) == len(there):
        return next((d for n, (a, b) in enumerate(zip(expected, there, strict=True)) if (d := _drift(a, b, f"{at}[{n}]"))), "")
    return "" if same(expected, there) else f"{at} is not what the CronJob would become"


def _block(resource: Resource, row: Row, detail: str) -> Finding:
    return resource.block(BLOCKED, row["why"], subject=detail, remedy=row["remedy"], source=cite(row))
