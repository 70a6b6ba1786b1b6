"""The commit message of a pass. The same plan gives the same bytes."""

from __future__ import annotations

from textwrap import wrap
from typing import Final

from transformer import templating
from transformer.model import Plan
from transformer.report.frame import by_pass, number, safe

_REASONS: Final = 10
_WIDTH: Final = 72


def render(plan: Plan, pass_id: str) -> str:
    """Ends with the trailers Transformer-Pass and Transformer-Plan."""
    summary = next(s for s in by_pass(plan) if s.pass_id == pass_id)
    reasons = [f"{resources} {kind or 'document'}: {why}" for resources, _, kind, why, _ in summary.edits]
    text = templating.render(
        "commit_message.j2",
        subject=f"Apply {pass_id} to {number(summary.changed, 'resource')}",
        summary=f"The pass changed {number(summary.files, 'file')} in the pipeline {safe(plan.pipeline)}.",
        reasons=["\n  ".join(wrap(safe(r), _WIDTH - 2, break_long_words=False, break_on_hyphens=False)) for r in reasons[:_REASONS]],
        more=max(len(reasons) - _REASONS, 0),
        accepted=list(plan.accepted),
        pass_id=pass_id,
        digest=plan.digest,
    )
    trailers = f"Transformer-Pass: {pass_id}\nTransformer-Plan: {plan.digest}"
    body = text.rstrip("\n")
    return text if body.endswith(trailers) else f"{body}\n\n{trailers}\n"  # without them a later run would not know its own branch
