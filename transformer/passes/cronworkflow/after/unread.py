"""Objects that could concern a converted job and cannot be read: each is told where it stands, and costs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from transformer.kustomize.field_refs import templated
from transformer.passkit import Finding, ResourceId, Severity
from transformer.repository.classify import in_chart_templates, looks_templated
from transformer.repository.index import Index, Unread

REFERENCE: Final = "CRON012"
# What is looked at behind a conversion, by kind: each of these may stop a Workflow, allow it, or name the job.
_KINDS: Final = frozenset(
    """NetworkPolicy CiliumNetworkPolicy ResourceQuota LimitRange ServiceAccount Role ClusterRole RoleBinding ClusterRoleBinding
    AppProject Application ApplicationSet VerticalPodAutoscaler Policy ClusterPolicy PodDisruptionBudget PodMonitor""".split()  # noqa: SIM905
)
# Of these, one whose namespace is a placeholder may hold for the jobs as well.
_LIMITS: Final = frozenset({"NetworkPolicy", "CiliumNetworkPolicy", "ResourceQuota", "LimitRange"})


def unread(pass_id: str, index: Index) -> Iterator[Finding]:
    """One finding for each; the templates of a chart are read by Helm alone."""
    for found in index.unread(*sorted(_KINDS), kinds=_KINDS):
        if not in_chart_templates(found.file, index):
            yield _told(found, pass_id, filled_in=looks_templated(index.text(found.file) or ""))
    for policy in index.find(*sorted(_LIMITS), kinds=_LIMITS):
        if templated(policy.id.namespace) and not in_chart_templates(policy.file, index):
            line = policy.line(("metadata", "namespace"))
            yield _told(Unread(policy.file, line, policy.document.index, policy.id, ""), pass_id, filled_in=True)
    for file, line, problem in index.kustomize.problems:
        if file in index.files and not in_chart_templates(file, index):
            yield _told(Unread(file, line, 0, ResourceId(kind="Kustomization"), problem), pass_id)


def _told(found: Unread, pass_id: str, *, filled_in: bool = False) -> Finding:
    what = "is a template that another program fills in" if filled_in else f"cannot be read: {found.problem}"
    return Finding(
        REFERENCE,
        Severity.INFO if filled_in and not found.resource.name else Severity.WARNING,
        found.file,
        found.line,
        found.resource,
        f"This {found.resource.kind} {what}. Nobody can tell here whether it concerns the converted jobs.",
        "Look at what it becomes. If it concerns nothing here, name its file under `exclude:`.",
        "architecture §9",
        pass_id,
        found.document,
    )
