"""The label that a selector of `containerRuntimeExecutors` usually asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transformer.kubernetes.pod_templates import expand, objects
from transformer.model import Op
from transformer.passes.executor.decision import cite
from transformer.passes.executor.items import Item, Step, at, without_empty
from transformer.passkit import Path, table

LABEL = "workflows.argoproj.io/container-runtime-executor"
_WHY = "Only a selector of containerRuntimeExecutors reads this label, and none is left."


def is_argo(data: Mapping[str, Any]) -> bool:
    return str(data.get("apiVersion", "")).startswith("argoproj.io/")


def label_items(data: Mapping[str, Any], floor: int) -> Iterator[Item]:
    """Workflows and templates, also embedded ones. An emptied mapping goes too, unless it lies above `floor` steps."""
    for path, found in objects(data):
        if is_argo(found):
            yield from at(path, without_empty(found, _labels(found, str(found.get("kind"))), floor))


def default_labels(defaults: Any, path: Path) -> Iterator[Item]:
    """The controller's workflowDefaults."""
    if isinstance(defaults, Mapping):
        yield from at(path, _labels(defaults, "workflowDefaults"))


def _labels(data: Mapping[str, Any], kind: str) -> Iterator[Item]:
    for row in table("executor").rows:
        if row["what"] != "label" or row["kind"] != kind:
            continue
        for path, labels in expand(data, tuple(row["at"].split("/"))):
            if isinstance(labels, Mapping) and LABEL in labels:
                yield Step(Op.REMOVE, (*path, LABEL), _WHY, cite(row))
