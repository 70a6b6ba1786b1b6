"""Convert CronJobs to CronWorkflows, so that an evicted run does not start a second time.

Autopilot can evict the Pod of a CronJob that waits for a Workflow. The Job then starts it again, and the work runs twice. A
CronWorkflow needs no such Pod, and with `onEviction: fail` (the default) an evicted run ends.

Every field of the CronJob is carried over, or mapped by a row of the table `cronjob_fields`. Where that is not possible, the CronJob
is not changed, and a finding names the field, the reason and a remedy. A row that changes behaviour needs your consent: name it in
`accept:`, or with `--accept ROW`.

Where a CronJob has several containers, a rule in `containers` says which one does the work. The pass never guesses. With `layout:
sidecars`, the container `main` decides how the run ends, and Argo then kills the others. With `layout: containerSet`, all containers
must finish, and they keep their names.

    containers:
      - {match: {image: "*/cloud-sql-proxy:*"}, layout: sidecars, main: app}
      - {match: {name: "etl-*"}, layout: containerSet}

A CronJob whose container only runs `argo submit --from workflowtemplate/X` does not need that container. If you accept the row
`native-submit`, the CronWorkflow refers to the WorkflowTemplate itself (parameter `mode`). Hooks then report to the monitor that
`cronitor exec` reported to (parameter `monitor`). See docs/native.md.

The pass also changes what a CronWorkflow needs around it. It writes a Role and a RoleBinding for service accounts without the
permission that Argo needs, in `workflow-permissions.yaml` beside the CronWorkflow and in the kustomization that lists it. It adds the
label of a controller with an instance id. It reports everything else in the repository that selects, allows or names the CronJob or
its Jobs: policies, roles, alerts, scripts.

With `rollout: replace`, the CronWorkflow replaces the CronJob in one commit. If nothing prunes the CronJob from the cluster, both
schedules fire. With `rollout: expand-contract`, the change takes three runs, and no schedule fires twice. See docs/rollout.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from transformer.passes.cronworkflow import guards, placeholders, rollout
from transformer.passes.cronworkflow.after.consequences import follow
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.examples import EXAMPLES
from transformer.passes.cronworkflow.fields import accounts, defaults, escapes, layout, names, pod, retries, several, timing
from transformer.passes.cronworkflow.fields.carried import walk
from transformer.passes.cronworkflow.fields.injectors import injected
from transformer.passes.cronworkflow.fields.readers import readers
from transformer.passes.cronworkflow.fields.security import security
from transformer.passes.cronworkflow.fields.watched import watched
from transformer.passes.cronworkflow.native import instance, modes
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.template import rehearsal, shape
from transformer.passkit import Context, Finding, Pass, Resource, Target, Version, Yielded
from transformer.repository.index import Index
from transformer.templating import TemplateFault

CODES = {
    "CRON001": "A field (or what it says) has no equal in a CronWorkflow of the target version, so the CronJob stays as it is. "
    "The finding says which field, why, and what to do; `transformer explain ROW` explains the row that it cites.",
    "CRON002": "The conversion would change how the job behaves, so it asks first. If that is right for this job, name the row in "
    "`accept:` of the pass cronworkflow, or with `--accept ROW`.",
    "CRON003": "A change of behaviour that was accepted, and is done. Nothing to do.",
    "CRON004": "Done, and worth knowing: something around the job may have to follow. The finding says what.",
    "CRON005": "This CronJob only submits a Workflow with `argo submit`. The finding says what it takes that Argo schedules that Workflow "
    "itself (one Workflow a run, no Pod that waits), or what is in the way; `mode:` of the pass decides. See docs/native.md.",
    "CRON008": "A field that the conversion has to read holds a placeholder, such as `${SCHEDULE}`. Another program fills it in before the "
    "CronJob is applied, so the CronJob is left alone. Convert what that program renders, or write the value into the manifest.",
    "CRON010": "Role and RoleBinding were written for a service account that now runs Workflows: Argo's wait container reports how a run "
    "ended with the Pod's own account. Apply the file with the CronWorkflow, or before it.",
    "CRON011": "Something that a converted job needs has to be added by hand: Role and RoleBinding of its service account, or an entry "
    "in a list of resources. The finding shows the exact text.",
    "CRON012": "Another place in the repository selects, allows or names a CronJob, its Jobs or their labels, which are now a CronWorkflow "
    "and its Workflows. Nothing was changed there. The finding names the place, the effect, and what to write instead. "
    "`transformer explain ROW` explains the row that it cites.",
    "CRON013": "A rule of the namespace holds for Argo's init and wait containers too, and they do not keep it, so the Pods of the "
    "converted jobs are refused. Set `executor.resources` in the controller's configuration.",
    "CRON014": "A CronJob inside another object is not converted. The finding says where it stands, and whether it is the same job as "
    "one that is converted: then both schedules would fire.",
    "CRON007": "Your organisation's template (`--templates`) does not fit this CronJob. The CronJob was not changed. The finding names the "
    "line of the template, the reason and a remedy.",
    "CRON006": "How to bring the CronWorkflow to the cluster. The finding says which of the two schedules fires after the merge, and what "
    "to do, with `rollout: expand-contract` also before the next run.",
    "KUS001": "A Kustomize layer of this CronJob cannot be carried over to a CronWorkflow. Neither it nor a CronJob that shares a "
    "Kustomize root with it was changed. The finding names the entry. Write what the entry does into the job, or take it out. "
    "`transformer explain layers` says what is carried over, and how.",
}


def run(resource: Resource, params: Parameters, context: Context) -> Iterator[Yielded]:
    argo = context.target.argo
    if not resource.id.api_version.startswith("batch/") or argo is None:
        return
    if reason := guards.incomplete(resource):
        yield resource.skip(reason)
        return
    if filled_in := list(placeholders.left_alone(resource)):
        yield from filled_in
        return
    try:
        yield from list(_converted(resource, params, context, argo))
    except TemplateFault as e:
        yield resource.block("CRON007", f"{e.what}.", subject=f"{e.name}:{e.line}", remedy=e.remedy, source="docs/templates.md")


def _converted(resource: Resource, params: Parameters, context: Context, argo: Version) -> Iterator[Yielded]:
    def chosen(one: Resource) -> tuple[Draft, list[Finding]]:
        draft, told = modes.choose(one, params, context, argo, lambda: _drafted(one, params, context, argo))
        watched(draft)
        readers(draft)
        if not draft.native:
            injected(draft)
        return draft, told

    done, told = chosen(resource)
    blocks = list(guards.blocks(resource, context, argo, inline=not done.native))
    if params.rollout == "expand-contract":
        blocks += guards.touched(resource, resource, context)
        yield from blocks or rollout.steps(resource, context, chosen)
        return
    blocks += [*guards.clash(resource, context), *done.blocks]
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
    defaults.accepted(draft)
    instance.label(draft)
    return draft


def ready(params: Parameters, target: Target) -> None:
    """Try an organisation's template on examples. Raises TemplateFault."""
    context, argo = Context(target, Index({})), target.argo
    if argo is not None:
        rehearsal.rehearse(lambda resource: _drafted(resource, params, context, argo))


PASS = Pass(
    id="cronworkflow",
    ready=ready,
    params=Parameters,
    run=run,
    prefilter=("CronJob",),
    kinds=frozenset({"CronJob"}),
    needs=frozenset({"argoWorkflows"}),
    consequences=follow,
    layered=True,
    examples=EXAMPLES,
    codes=CODES,
)
