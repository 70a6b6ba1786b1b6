"""Native or wrapper: whether the Pod that submits a Workflow is removed or kept (argo.md 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from transformer.passes.cronworkflow.draft import CONSENT, NATIVE, Draft
from transformer.passes.cronworkflow.native import reference
from transformer.passes.cronworkflow.native.submission import mentioned
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.rows import LEVELS, cite, rule
from transformer.passkit import Context, Finding, Resource, Severity, Version

_CONTAINERS: Final = (*LEVELS["pod"], "containers")


def choose(
    resource: Resource, params: Parameters, context: Context, argo: Version, wrapped: Callable[[], Draft]
) -> tuple[Draft, list[Finding]]:
    """The draft to use, and findings about the choice."""
    if not any(mentioned(c) for c in resource.get(*_CONTAINERS)):
        return wrapped(), []
    found = reference.drafted(resource, params, context, argo)
    if params.mode == "native" or (params.mode == "auto" and not found.blocks):
        return found, []
    refused = [b for b in found.blocks if b.code != CONSENT]
    if params.mode == "auto":
        return wrapped(), [_in_the_way(found, refused) if refused else _possible(found)]
    return wrapped(), [] if refused else [_told(found, "native-left-wrapped", "", rule("native-left-wrapped")["remedy"])]


def _possible(found: Draft) -> Finding:
    """Nothing but consent is missing."""
    line = f"`accept: [{', '.join(found.asked)}]`"
    remedy = f"If that is right for this job, add {line} to the pass cronworkflow. `transformer explain ROW` shows what each row changes."
    return _told(found, "native-possible", "", remedy)


def _in_the_way(found: Draft, refused: list[Finding]) -> Finding:
    why = "; ".join(dict.fromkeys(f"{b.file}:{b.line}: {b.full_message}" for b in refused))
    remedy = f"To schedule the Workflow natively: {refused[0].remedy} With `mode: wrapper` this is not reported."
    return _told(found, "native-kept", why, remedy)


def _told(found: Draft, row_id: str, subject: str, remedy: str) -> Finding:
    row = rule(row_id)
    return found.resource.finding(
        NATIVE, row["why"], subject=subject, remedy=remedy, source=cite(row), path=reference.command(found), severity=Severity.INFO
    )
