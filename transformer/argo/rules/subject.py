"""An Argo object as the rules see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformer.model import Target, Version

_NEWEST: Final = Version(4, 1)
KINDS: Final = ("Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate")
MAINS: Final = ("container", "script")

Map = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """`label` is how a message names it."""

    label: str
    data: Map

    @property
    def name(self) -> str:
        return text(self.data.get("name"))

    @property
    def mains(self) -> Iterator[tuple[str, Map]]:
        """The containers that Argo's executor wraps, without sidecars."""
        yield from ((kind, self.data[kind]) for kind in MAINS if isinstance(self.data.get(kind), dict))
        grouped = self.data.get("containerSet")
        yield from (("containerSet.containers", c) for c in maps(grouped.get("containers") if isinstance(grouped, dict) else None))

    @property
    def helpers(self) -> Iterator[tuple[str, Map]]:
        for kind in ("initContainers", "sidecars"):
            yield from ((kind, c) for c in maps(self.data.get(kind)))

    @property
    def runs_pod(self) -> bool:
        return any(True for _ in self.mains)


@dataclass(frozen=True, slots=True)
class Subject:
    """`spec` is the object's, `workflow` the WorkflowSpec in it."""

    data: Map
    kind: str
    spec: Map
    workflow: Map
    target: Target
    templates: tuple[Template, ...]  # all of them, those written inline in steps and tasks too

    @classmethod
    def of(cls, data: Map, target: Target) -> Subject | None:
        """None if the object is not a Workflow of any kind."""
        kind, spec = str(data.get("kind")), data.get("spec")
        if kind not in KINDS or not isinstance(spec, dict):
            return None
        inner = spec.get("workflowSpec") if kind == "CronWorkflow" else spec
        workflow = inner if isinstance(inner, dict) else {}
        return cls(data, kind, spec, workflow, target, tuple(_templates(workflow)))

    @property
    def argo(self) -> Version:
        return self.target.argo or _NEWEST

    @property
    def runs(self) -> bool:
        """Whether it runs by itself: a template is completed by what refers to it."""
        return self.kind in ("Workflow", "CronWorkflow")


def _templates(workflow: Map) -> Iterator[Template]:
    for data in maps(workflow.get("templates")):
        yield from _with_inline(data, f"template {data.get('name')!r}")


def _with_inline(data: Map, label: str) -> Iterator[Template]:
    yield Template(label, data)
    for call in calls(data):
        if isinstance(call.get("inline"), dict):
            yield from _with_inline(call["inline"], f"{label}, {call.get('name')!r} inline")


def calls(template: Map) -> list[Map]:
    """The steps and tasks of a template."""
    groups, dag = template.get("steps"), template.get("dag")
    steps = [step for group in groups for step in maps(group)] if isinstance(groups, list) else []
    return steps + maps(dag.get("tasks")) if isinstance(dag, dict) else steps


def text(value: Any) -> str:
    """The text. Empty for another type, which schema.py reports."""
    return value if isinstance(value, str) else ""


def maps(value: Any) -> list[Map]:
    return [x for x in value if isinstance(x, dict)] if isinstance(value, list) else []
