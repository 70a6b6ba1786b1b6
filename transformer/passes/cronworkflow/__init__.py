"""Turn CronJobs into CronWorkflows, so that an evicted run is not started a second time.

A CronJob's Pod that waits for work is evicted on Autopilot, and its Job starts it again: the work runs twice. A CronWorkflow is
the scheduled object itself, and `onEviction: fail` (the default) ends a run that is evicted.

Every field is carried, mapped by a row of the table `cronjob_fields`, or the CronJob stays as it is and a finding says which
field, why, and what to do. A row that changes behaviour needs your consent: name it in `accept:` or with `--accept ROW`.

Which of several containers is the work is never guessed: a rule of `containers` says it. With `layout: sidecars` the container
`main` decides how the run ends, and the others are killed then; with `layout: containerSet` all must finish, and keep their names.

    containers:
      - {match: {image: "*/cloud-sql-proxy:*"}, layout: sidecars, main: app}
      - {match: {name: "etl-*"}, layout: containerSet}

A CronJob whose container only runs `argo submit --from workflowtemplate/X` can do without that container: with `native-submit`
accepted, the CronWorkflow refers to the WorkflowTemplate itself (`mode:`). What `cronitor exec` told a monitor is told by hooks
then (`monitor:`).
"""

from __future__ import annotations

from collections.abc import Iterator

from transformer.passes.cronworkflow import accounts, escapes, guards, hooks, layout, modes, names, pod, retries, several, shape, timing
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.examples import EXAMPLES
from transformer.passes.cronworkflow.fields import walk
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.security import security
from transformer.passkit import Change, Context, Finding, Pass, Resource, Skip, Version

CODES = {
    "CRON001": "A field (or what it says) has no equal in a CronWorkflow of the target version, so the CronJob stays as it is. "
    "The finding says which field, why, and what to do; `transformer explain ROW` explains the row that it cites.",
    "CRON002": "The conversion would change how the job behaves, so it asks first. If that is right for this job, name the row in "
    "`accept:` of the pass cronworkflow, or with `--accept ROW`.",
    "CRON003": "A change of behaviour that was accepted, and is done. Nothing to do.",
    "CRON004": "Done, and worth knowing: something around the job may have to follow. The finding says what.",
    "CRON005": "This CronJob only submits a Workflow with `argo submit`. The finding says what it takes that Argo schedules that Workflow "
    "itself (one Workflow a run, no Pod that waits), or what is in the way; `mode:` of the pass decides. See docs/native.md.",
    "KUS001": "A kustomization acts on this CronJob in a way that would not act on a CronWorkflow (or act differently): it stays as it is. "
    "Convert what the kustomization renders, or write what it does into the CronJob.",
}


def run(resource: Resource, params: Parameters, context: Context) -> Iterator[Change | Finding | Skip]:
    argo = context.target.argo
    if not resource.id.api_version.startswith("batch/") or argo is None:
        return
    if reason := guards.incomplete(resource):
        yield resource.skip(reason)
        return
    done, told = modes.choose(resource, params, context, argo, lambda: _drafted(resource, params, context, argo))
    blocks = [*guards.blocks(resource, context, argo, inline=not done.native), *done.blocks]
    yield from told
    if blocks:
        yield from blocks
        return
    yield from shape.changes(done)
    yield from done.notes


def _drafted(resource: Resource, params: Parameters, context: Context, argo: Version) -> Draft:
    draft = Draft(resource, params, context, argo)
    layout.decide(draft)
    names.assign(draft)
    walk(draft, "object", ())
    timing.absences(draft)
    retries.absences(draft)
    several.absences(draft)
    pod.whole(draft)
    escapes.braces(draft)
    security(draft)
    accounts.absences(draft)
    accounts.permission(draft)
    return draft


PASS = Pass(
    id="cronworkflow",
    params=Parameters,
    run=run,
    words=("CronJob",),
    kinds=frozenset({"CronJob"}),
    needs=frozenset({"argoWorkflows"}),
    follow=hooks.follow,
    examples=EXAMPLES,
    codes=CODES,
)
