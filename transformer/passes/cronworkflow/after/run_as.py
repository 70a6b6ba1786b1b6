"""The service accounts with which the Pods of a CronWorkflow report to Argo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from transformer.argo.controllers import controllers
from transformer.passkit import Context, Resource

DEFAULT: Final = "default"
_NO_POD: Final = ("steps", "dag", "suspend")


def accounts(resource: Resource, context: Context) -> frozenset[str]:
    """The account of each Pod. Argo's own containers use that of the executor, if one is set."""
    spec = _map(resource.get("spec", "workflowSpec"))
    own = [spec, *_referred(spec, resource, context)]
    shared = [*own, *(_map(c.workflow_defaults.get("spec")) for c in controllers(context.index))]
    templates = [_map(t) for level in own for t in _list(level.get("templates")) if not any(key in _map(t) for key in _NO_POD)]
    return frozenset(_account([template, *shared]) for template in templates or [{}])


def _account(nearest_first: list[Mapping[str, Any]]) -> str:
    executors = (_map(level.get("executor")).get("serviceAccountName") for level in nearest_first)
    own = (level.get("serviceAccountName") for level in nearest_first)
    return next((str(name) for found in (executors, own) for name in found if name), DEFAULT)


def _referred(spec: Mapping[str, Any], resource: Resource, context: Context) -> Iterator[Mapping[str, Any]]:
    """The spec of the WorkflowTemplate that the CronWorkflow runs."""
    reference = _map(spec.get("workflowTemplateRef"))
    name, kind = reference.get("name"), "ClusterWorkflowTemplate" if reference.get("clusterScope") else "WorkflowTemplate"
    if not name:
        return
    for found in context.index.find(str(name), kinds=frozenset({kind})):
        if found.id.name == name and (kind.startswith("Cluster") or found.id.namespace == resource.id.namespace):
            yield _map(found.get("spec"))
            return


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
