"""Whether the repository's own controller watches the namespace of the CronWorkflow (argo-verified.md 8)."""

from __future__ import annotations

from transformer.argo.reach import reaches
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import rule
from transformer.repository.rbac import namespaces_of


def watched(draft: Draft) -> None:
    """Nothing is said where a namespace is not known, or the repository deploys no controller."""
    found = reaches(draft.context.index)
    where = namespaces_of(draft.resource, draft.context.index, draft.params.defaultNamespace)
    if not found or any(reach.watches(where) for reach in found):
        return
    told = ", ".join(f"{r.file}:{r.line}: {r.said} ({', '.join(sorted(r.namespaces or ()))})" for r in found)
    path = ("metadata", "namespace") if draft.resource.id.namespace else ()
    draft.consent(rule("controller-reach"), path, f"{', '.join(sorted(where))}; {told}")
