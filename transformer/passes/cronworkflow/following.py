"""What must come along with the CronJobs that became CronWorkflows: permissions, and what names or selects what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.permissions import Followed, permissions
from transformer.passkit import Context, Done


def follow(done: Sequence[Done], params: Parameters, context: Context) -> Iterator[Followed]:
    """Asked once, with everything that the pass changed."""
    converted = [d for d in done if d.before.id.kind == "CronJob" and d.after.id.kind == "CronWorkflow"]
    argo = context.target.argo
    if not converted or argo is None:
        return
    yield from permissions([d.after for d in converted], params, context, argo)
