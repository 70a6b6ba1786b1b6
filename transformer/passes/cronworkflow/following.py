"""What must come along with the CronJobs that became CronWorkflows: permissions, and what names or selects what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from transformer.passes.cronworkflow import hooks
from transformer.passes.cronworkflow.gone import Gone
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.permissions import Followed, permissions
from transformer.passes.cronworkflow.references import references
from transformer.passkit import Addition, Context, Done, Resource
from transformer.repository.manifest import Manifest
from transformer.repository.rbac import namespaces_of


def follow(done: Sequence[Done], params: Parameters, context: Context) -> Iterator[Followed]:
    """Asked once, with everything that the pass changed."""
    yield from hooks.follow(done, params, context)
    converted = [Done(d.before, became) for d in done if (became := _new(d)) is not None]
    argo = context.target.argo
    if not converted or argo is None:
        return
    wanted = list(permissions(converted, params, context, argo))
    yield from wanted
    new = [w.resource for w in wanted if isinstance(w, Addition)]
    gone = [Gone(d.before.id.name, namespaces_of(d.before, context.index, params.defaultNamespace), d.before) for d in converted]
    yield from references(gone, new, context)


def _new(done: Done) -> Resource | None:
    """The CronWorkflow that a CronJob became, or that this run put beside it."""
    if done.before.id.kind != "CronJob" or done.after.id.kind == "CronWorkflow":
        return done.after if done.before.id.kind == "CronJob" else None
    beside = [_beside(r) for r in (done.before, done.after)]
    return beside[1] if beside[0] is None else None


def _beside(resource: Resource) -> Resource | None:
    if "CronWorkflow" not in resource.document.text:
        return None
    held = Manifest(resource.file, resource.document.text.encode()).resources(kinds=frozenset({"CronWorkflow"}))
    found = next((r for r in held if (r.id.namespace, r.id.name) == (resource.id.namespace, resource.id.name)), None)
    return replace(found, pass_id=resource.pass_id) if found is not None else None
