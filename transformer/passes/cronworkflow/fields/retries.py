"""backoffLimit as a retryStrategy (argo.md 4.3.1)."""

from __future__ import annotations

from typing import Any

from transformer.argo.reserved import limit
from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft, Source
from transformer.passes.cronworkflow.fields.expressions import tried_again
from transformer.passes.cronworkflow.rows import LEVELS, fact, rule
from transformer.passkit import Path


def retries(draft: Draft, row: Row, path: Path, value: int) -> None:
    """The text of backoffLimit becomes the limit."""
    draft.rows[path] = row
    _write(draft, value, Source(path), row, path)


def absences(draft: Draft) -> None:
    """An absent backoffLimit is 6. An absent podReplacementPolicy lets two Pods overlap."""
    job = LEVELS["job"]
    if draft.resource.get(*job, "backoffLimit") is None:
        default = limit("default-backoff-limit")
        _write(draft, default, default, rule("backoff-limit-absent"), (*job, "backoffLimit"))
    replaced = draft.resource.get(*job, "podReplacementPolicy") or draft.resource.get(
        *job, "podFailurePolicy"
    )  # a podFailurePolicy implies Failed
    if not replaced and draft.resource.get(*job, "backoffLimit") != 0:
        draft.consent(rule("pod-replacement-absent"), (*job, "podReplacementPolicy"))


def _write(draft: Draft, tries: int, written: Any, row: Row, path: Path) -> None:
    """Write the retryStrategy, always with `limit`: without it Argo retries for ever."""
    strategy: dict[str, Any] = {"limit": written}
    if tries > 0:
        strategy |= _policy(draft, path)
        strategy["backoff"] = {"duration": "10s", "factor": "2"}
        capped = tries > limit("retries-below-six-minutes")
        if capped and fact("backoff-cap", draft.argo):
            strategy["backoff"]["cap"] = "6m"
        elif capped:
            draft.consent(rule("retry-delay-uncapped"), path)
    draft.write("template/retryStrategy", strategy, row)


def _policy(draft: Draft, path: Path) -> dict[str, str]:
    """When to retry: not what podFailurePolicy excludes and, unless the user wants it, not an evicted run."""
    retry = draft.params.onEviction == "retry"
    draft.consent(rule("on-eviction-retry" if retry else "on-eviction-fail"), path)
    policy = {"retryPolicy": "Always" if retry else "OnFailure"}
    expression = tried_again(draft, path)
    return {**policy, "expression": expression} if expression else policy
