"""The WorkflowTemplate that a CronWorkflow refers to, where the repository has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transformer.passes.cronworkflow.draft import Draft
from transformer.passkit import Path, Resource


@dataclass(frozen=True, slots=True)
class Referred:
    place: str  # file:line
    spec: Mapping[str, Any]

    @property
    def templates(self) -> dict[str, Mapping[str, Any]]:
        held = self.spec.get("templates")
        return {str(t.get("name")): t for t in held if isinstance(t, dict)} if isinstance(held, list) else {}

    @property
    def needed(self) -> set[str]:
        """The arguments without a value or default."""
        arguments = self.spec.get("arguments")
        held = arguments.get("parameters") if isinstance(arguments, dict) else None
        given = ("value", "default", "valueFrom")
        return (
            {str(p.get("name")) for p in held if isinstance(p, dict) and not any(k in p for k in given)}
            if isinstance(held, list)
            else set()
        )


def referred(draft: Draft, _at: Path) -> Referred | None:
    """The template that `workflowTemplateRef` names. None if the repository has none, or several candidates."""
    wanted = draft.trees["workflow"].get("workflowTemplateRef")
    if wanted is None:
        return None
    kind = "ClusterWorkflowTemplate" if wanted.get("clusterScope") else "WorkflowTemplate"
    held = [r for r in draft.context.index.find(kind, kinds=frozenset({kind})) if r.id.name == wanted["name"]]
    found = held if wanted.get("clusterScope") else _in_namespace(held, _namespace(draft))
    spec = found[0].get("spec") if len(found) == 1 else None
    return Referred(f"{found[0].file}:{found[0].line()}", spec) if isinstance(spec, dict) else None


def _in_namespace(held: list[Resource], namespace: str) -> list[Resource]:
    """The templates of the namespace. A manifest without a namespace matches any."""
    exact = [r for r in held if r.id.namespace == namespace]
    return exact or [r for r in held if not (r.id.namespace and namespace)]


def _namespace(draft: Draft) -> str:
    moved = next((e.value for e in draft.edits if e.path[-2:] == ("metadata", "namespace")), None)
    return str(moved or draft.resource.id.namespace)
