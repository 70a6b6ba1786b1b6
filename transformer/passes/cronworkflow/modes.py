"""Native or wrapper: whether the Pod that submits a Workflow goes, or stays in a CronWorkflow of its own (argo.md 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from transformer.passes.cronworkflow import native
from transformer.passes.cronworkflow.draft import CONSENT, NATIVE, Draft
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.rows import LEVELS, cite, rule
from transformer.passes.cronworkflow.submission import mentioned
from transformer.passkit import Context, Finding, Path, Resource, Severity, Version

_CONTAINERS: Final = (*LEVELS["pod"], "containers")


def choose(
    resource: Resource, params: Parameters, context: Context, argo: Version, wrapped: Callable[[], Draft]
) -> tuple[Draft, list[Finding]]:
    """The draft to go by, and what to tell about the choice."""
    if not any(mentioned(c) for c in resource.get(*_CONTAINERS)):
        return wrapped(), []
    found = native.drafted(resource, params, context, argo)
    if params.mode == "native" or (params.mode == "auto" and not found.blocks):
        return found, []
    refused = [b for b in found.blocks if b.code != CONSENT]
    if params.mode == "auto":
        return wrapped(), [_in_the_way(found, refused) if refused else _possible(found)]
    return wrapped(), [] if refused else [_told(found, "native-left-wrapped", (), "")]


def _possible(found: Draft) -> Finding:
    """Nothing but consent is missing."""
    rows = ", ".join(found.asked)
    remedy = (
        f"If that is right for this job, add `accept: [{rows}]` to the pass cronworkflow (`mode: native` says what each of them "
        "changes), or say `mode: wrapper`."
    )
    return _told(found, "native-possible", native.command(found), remedy)


def _in_the_way(found: Draft, refused: list[Finding]) -> Finding:
    detail = "; ".join(dict.fromkeys(f"{b.file}:{b.line}: {b.message}" for b in refused))
    remedy = f"To schedule the Workflow natively: {refused[0].remedy} Else say `mode: wrapper`."
    told = _told(found, "native-kept", native.command(found), remedy)
    return found.resource.finding(
        NATIVE, f"{told.message}. Not native: {detail}", remedy=remedy, source=refused[0].source, path=native.command(found), severity=Severity.INFO
    )


def _told(found: Draft, row_id: str, path: Path, remedy: str) -> Finding:
    row = rule(row_id)
    return found.resource.finding(
        NATIVE, row["why"], remedy=remedy or row.get("remedy", ""), source=cite(row), path=path, severity=Severity.INFO
    )
