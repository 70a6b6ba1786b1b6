"""Tags `{{…}}` whose root is Argo's and that resolve to nothing: lint and controller refuse the workflow (argo.md 7.1).

Steps and tasks see more names than a container does; they, and what artifacts hold, are left to `argo lint`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from transformer.argo.rules.subject import Subject, Template, maps
from transformer.argo.tags import known, roots


def unresolved(subject: Subject) -> Iterator[str]:
    if not subject.runs or "workflowTemplateRef" in subject.workflow:
        return
    given = _given(subject)
    single = len(subject.templates) == 1
    for t in subject.templates:
        if "steps" in t.data or "dag" in t.data:
            continue
        for tag in _tags({k: v for k, v in t.data.items() if k != "inputs"}):
            # a step before may bring `workflow.outputs.…`, but not to a workflow of one step
            if tag.startswith(roots(closed=True)) and (single or not tag.startswith("workflow.outputs.")) and not _known(tag, t, given):
                yield f"{t.label}: Argo cannot resolve {{{{{tag}}}}} (argo.md 7.1)"


def _tags(node: Any) -> Iterator[str]:
    """The texts between `{{` and the next `}}`, as Argo's tokeniser finds them."""
    if isinstance(node, (Mapping, list)):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _tags(child)
    elif isinstance(node, str) and "{{" in node:
        for part in _pieces(node):
            yield part.strip(" ")


def _pieces(text: str) -> Iterator[str]:
    at = text.find("{{")
    while at >= 0 and (end := text.find("}}", at + 2)) >= 0:
        yield text[at + 2 : end]
        at = text.find("{{", end + 2)


def _known(tag: str, template: Template, given: frozenset[str]) -> bool:
    if tag.startswith("inputs."):
        return _is_input(tag, template.data.get("inputs"))
    return bool(known(given=False).fullmatch(tag)) or tag in given


def _is_input(tag: str, inputs: Any) -> bool:
    if not isinstance(inputs, dict):
        return False
    _, kind, *name = tag.split(".", 2)
    names = [str(p.get("name")) for p in maps(inputs.get(kind))]
    return not name or name[0] in names or (kind == "artifacts" and name[0].rpartition(".")[0] in names)


def _given(subject: Subject) -> frozenset[str]:
    """Names that the workflow itself defines: its arguments, labels and annotations."""
    arguments = subject.workflow.get("arguments")
    listed = maps(arguments.get("parameters")) if isinstance(arguments, dict) else ()
    found = {f"workflow.parameters.{p.get('name')}" for p in listed}
    if found:
        found |= {"workflow.parameters", "workflow.parameters.json"}
    if subject.workflow.get("priority") is not None:
        found.add("workflow.priority")
    if subject.workflow.get("onExit") or subject.workflow.get("hooks"):
        found.add("workflow.failures")
    holders = [subject.data.get("metadata"), subject.workflow.get("workflowMetadata"), subject.spec.get("workflowMetadata")]
    for holder in holders:
        for kind in ("labels", "annotations", "labelsFrom"):
            names = holder.get(kind) if isinstance(holder, dict) else None
            root = "labels" if kind == "labelsFrom" else kind
            found |= {f"workflow.{root}.{name}" for name in names} if isinstance(names, dict) else set()
    return frozenset(found)


RULES: Final = (unresolved,)
