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
        yield from ((kind, self.data[kind]) for kind in MAINS if isinstance(self.data.get(kind), Mapping))
        grouped = self.data.get("containerSet")
        yield from (("containerSet.containers", c) for c in maps(grouped.get("containers") if isinstance(grouped, Mapping) else None))

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

    @classmethod
    def of(cls, data: Map, target: Target) -> Subject | None:
        """None for what is no Workflow of any kind."""
        kind, spec = str(data.get("kind")), data.get("spec")
        if kind not in KINDS or not isinstance(spec, Mapping):
            return None
        inner = spec.get("workflowSpec") if kind == "CronWorkflow" else spec
        return cls(data, kind, spec, inner if isinstance(inner, Mapping) else {}, target)

    @property
    def argo(self) -> Version:
        return self.target.argo or _NEWEST

    @property
    def runs(self) -> bool:
        """Whether it runs by itself: a template is completed by what refers to it."""
        return self.kind in ("Workflow", "CronWorkflow")

    @property
    def templates(self) -> list[Template]:
        """All of them, those written inline in steps and tasks too."""
        found: list[Template] = []
        for data in maps(self.workflow.get("templates")):
            _collect(data, f"template {data.get('name')!r}", found)
        return found


def _collect(data: Map, label: str, found: list[Template]) -> None:
    found.append(Template(label, data))
    for call in calls(data):
        if isinstance(call.get("inline"), Mapping):
            _collect(call["inline"], f"{label}, {call.get('name')!r} inline", found)


def calls(template: Map) -> Iterator[Map]:
    """The steps and tasks of a template."""
    groups = template.get("steps")
    for group in groups if isinstance(groups, list) else ():
        yield from maps(group)
    dag = template.get("dag")
    yield from maps(dag.get("tasks") if isinstance(dag, Mapping) else None)


def text(value: Any) -> str:
    """The text, or nothing: a wrong type is schema.py's to tell."""
    return value if isinstance(value, str) else ""


def maps(value: Any) -> Iterator[Map]:
    yield from (x for x in value if isinstance(x, Mapping)) if isinstance(value, list) else ()
