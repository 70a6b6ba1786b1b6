"""What must come along with the CronJobs that became CronWorkflows: permissions, and what names or selects what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transformer.passes.cronworkflow.gone import Gone
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.permissions import Followed, permissions
from transformer.passes.cronworkflow.references import references
from transformer.passkit import Addition, Context, Done
from transformer.repository.rbac import namespaces_of


def follow(done: Sequence[Done], params: Parameters, context: Context) -> Iterator[Followed]:
    """Asked once, with everything that the pass changed."""
    converted = [d for d in done if d.before.id.kind == "CronJob" and d.after.id.kind == "CronWorkflow"]
    argo = context.target.argo
    if not converted or argo is None:
        return
    wanted = list(permissions(converted, params, context, argo))
    yield from wanted
    new = [w.resource for w in wanted if isinstance(w, Addition)]
    gone = [Gone(d.before.id.name, namespaces_of(d.before, context.index, params.defaultNamespace), d.before) for d in converted]
    yield from references(gone, new, context)
