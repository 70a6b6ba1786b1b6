"""What converted CronJobs need elsewhere in the repository: permissions, and changes to references."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from transformer.passes.cronworkflow import rollout
from transformer.passes.cronworkflow.after.embedded import embedded
from transformer.passes.cronworkflow.after.gone import Gone, renamed
from transformer.passes.cronworkflow.after.namespace_rules import namespace_rules
from transformer.passes.cronworkflow.after.permissions import Followed, permissions
from transformer.passes.cronworkflow.after.pod_security import pod_security
from transformer.passes.cronworkflow.after.references import references
from transformer.passes.cronworkflow.after.unread import unread
from transformer.passes.cronworkflow.native import hooks
from transformer.passes.cronworkflow.params import Parameters
from transformer.passkit import Addition, Context, Done, Resource, table
from transformer.repository.rbac import namespaces_of

_OWNER: Final = "cronworkflow"


def follow(done: Sequence[Done], params: Parameters, context: Context) -> Iterator[Followed]:
    """Called once, with everything that the pass changed; that may be nothing."""
    yield from hooks.follow([Done(d.before, rollout.twin(d.after) or d.after) for d in done if not d.gone], params, context)
    yield from rollout.follow(done, params)
    argo = context.target.argo
    made = [Done(d.before, became) for d in done if (became := _new(d)) is not None]
    if argo is None:
        return
    wanted = list(permissions(made, params, context, argo)) if made else []
    yield from wanted
    new = [w.resource for w in wanted if isinstance(w, Addition)]
    over = [d for d in done if _takes_over(d)]
    yield from unread(over[0].before.pass_id, context.index) if over else ()
    yield from references(_gone(over, params, context), new, context)
    yield from namespace_rules(_gone(over, params, context), context)
    yield from pod_security(_gone(over, params, context), context)
    yield from embedded(_gone(made, params, context), _OWNER, context)
    early = [d for d in made if not any(d.before is o.before for o in over)]
    due = {table("references").cite(r.id) for r in table("references").rows if r.get("before")}
    yield from (f for f in references(_gone(early, params, context), new, context) if f.source in due)


def _gone(done: Sequence[Done], params: Parameters, context: Context) -> list[Gone]:
    default = params.defaultNamespace
    return [_one(d, namespaces_of(d.before, context.index, default), default) for d in done]


def _one(done: Done, where: frozenset[str], default: str) -> Gone:
    new = rollout.twin(done.before) or rollout.twin(done.after) or done.after
    return Gone(done.before.id.name, where, done.before, default, frozenset() if done.gone else renamed(done.before, new))


def _takes_over(done: Done) -> bool:
    """Whether Workflows run from now on instead of Jobs, or the CronJob is removed."""
    if done.before.id.kind != "CronJob" or done.gone or done.after.id.kind == "CronWorkflow":
        return done.before.id.kind == "CronJob"
    flags = [r.get("spec", "suspend", default=False) for r in (done.before, done.after)]
    return flags == [False, True] and rollout.twin(done.before) is not None


def _new(done: Done) -> Resource | None:
    """The CronWorkflow that a CronJob became, or that this run added beside it."""
    if done.gone:
        return None
    if done.before.id.kind != "CronJob" or done.after.id.kind == "CronWorkflow":
        return done.after if done.before.id.kind == "CronJob" else None
    return rollout.twin(done.after) if rollout.twin(done.before) is None else None
