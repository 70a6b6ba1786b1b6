"""Rules of the WorkflowSpec: what is started, and what runs beside it (argo.md 5, 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from transformer.argo.rules.subject import Map, Subject, Template, calls, maps, text

_POD_GC: Final = ("OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess")


def entrypoint(subject: Subject) -> Iterator[str]:
    named = subject.workflow.get("entrypoint")
    known = [t.name for t in subject.templates]
    if "workflowTemplateRef" in subject.workflow or not isinstance(named, (str, type(None))):
        return
    if not named and subject.runs:
        yield "entrypoint: it is absent, so nothing is started (argo.md 6.1)"
    elif named and "{{" not in named and named not in known:
        yield f"the entrypoint {named!r} does not exist (argo.md 6.1)"


def reference_alone(subject: Subject) -> Iterator[str]:
    if subject.workflow.get("workflowTemplateRef") and subject.workflow.get("templates"):
        yield "Argo refuses templates beside workflowTemplateRef (argo.md 6.1)"


def called(subject: Subject) -> Iterator[str]:
    """Steps, tasks and the exit handler must name existing templates."""
    known = {t.name for t in subject.templates}
    if "workflowTemplateRef" in subject.workflow:
        return
    wanted = [(t.label, text(c.get("template"))) for t in subject.templates for c in calls(t.data)]
    wanted.append(("onExit", text(subject.workflow.get("onExit"))))
    for label, name in wanted:
        if name and "{{" not in name and name not in known:
            yield f"{label}: the template {name!r} does not exist (argo.md 6.1)"


def supplied(subject: Subject) -> Iterator[str]:
    """Callers must give every input without a value."""
    named = {t.name: t for t in subject.templates}
    if subject.runs and (first := named.get(text(subject.workflow.get("entrypoint")))):
        yield from _missing(first, subject.workflow.get("arguments"))
    for t in subject.templates:
        for call in calls(t.data):
            if (target := named.get(text(call.get("template")))) and not call.get("templateRef"):
                yield from _missing(target, call.get("arguments"))


def _missing(template: Template, arguments: Any) -> Iterator[str]:
    given = {text(a.get("name")) for a in maps(arguments.get("parameters") if isinstance(arguments, dict) else None)}
    inputs = template.data.get("inputs")
    for wanted in maps(inputs.get("parameters") if isinstance(inputs, dict) else None):
        own = any(wanted.get(k) is not None for k in ("value", "default", "valueFrom"))
        if not own and text(wanted.get("name")) not in given:
            yield f"{template.label}: no caller gives inputs.parameters.{wanted.get('name')} (argo.md 6.1)"


def hooks(subject: Subject) -> Iterator[str]:
    """Every hook except `exit` needs an expression."""
    for label, held in (("the workflow", subject.workflow), *((t.label, c) for t in subject.templates for c in calls(t.data))):
        for name, hook in _hooks(held):
            if name != "exit" and isinstance(hook, dict) and not hook.get("expression"):
                yield f"{label}: hook {name!r} has no expression (argo.md 5.3)"


def _hooks(held: Map) -> Iterator[tuple[str, Any]]:
    found = held.get("hooks")
    yield from found.items() if isinstance(found, dict) else ()


def pod_gc(subject: Subject) -> Iterator[str]:
    found = subject.workflow.get("podGC")
    strategy = found.get("strategy") if isinstance(found, dict) else None
    if isinstance(strategy, str) and strategy and strategy not in _POD_GC:
        yield f"podGC.strategy {strategy!r} is unknown (argo.md 6.1)"


RULES: Final = (entrypoint, reference_alone, called, supplied, hooks, pod_gc)
