"""Findings that are reported once for each controller, not once for each file that mentions its executor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from transformer.argo.controllers import CONFIG_MAP, controllers, is_controller_config, versions_for
from transformer.passes.executor.config import CHOICE, SELECTORS, selected
from transformer.passes.executor.decision import EXECUTOR, Decision, cite, row_of
from transformer.passes.executor.items import Item, Note
from transformer.passes.executor.workload import FLAG
from transformer.passkit import Context, Path, Resource, Severity, table

_IN_TEXT = re.compile(rf"{CHOICE}(s?)\"?\s*[:=]\s*\"?([\w-]*)")
_SET_UP = frozenset({"", "Deployment", "StatefulSet", "Kustomization", "Component", "Application", "ApplicationSet", "HelmRelease"})


def controller_notes(resource: Resource, decision: Decision, context: Context, path: Path) -> Iterator[Item]:
    """Findings about the controller that this resource sets up, at the first of its documents. `path` is the place to name."""
    held = resource.get(*path)
    inside = (CHOICE,) if isinstance(held, str) and CHOICE in held else ()
    for note in _notes(resource, decision, context):
        yield replace(note, path=path, inside=inside) if isinstance(note, Note) else replace(note, path=path)


def _notes(resource: Resource, decision: Decision, context: Context) -> Iterator[Item]:
    if decision.pins and _is_first(resource, context, mentions):
        yield from _pinned(decision, context)
    if _is_first(resource, context, lambda data: bool(other_executors(data))):
        yield _effects(sorted(other_executors(resource.data)))
        yield from _permissions(decision, context)


def other_executors(data: Any) -> set[str]:
    """The executors besides emissary that a document chooses, "another" where it does not say which."""
    found: set[str] = set()
    if isinstance(data, Mapping):
        for key, value in data.items():
            found |= _named(key, value) or other_executors(value)
    elif isinstance(data, list):
        for i, word in enumerate(data):
            found |= {str(data[i + 1] if i + 1 < len(data) else "another")} if word == FLAG else other_executors(word)
    elif isinstance(data, str):
        data = "\n".join(line for line in data.split("\n") if not line.lstrip().startswith("#"))
        found |= {m[2] or "another" for m in _IN_TEXT.finditer(data) if not m[1]}
        found |= {"another"} if SELECTORS in data else set()
        found |= {data.partition("=")[2]} if data.startswith(FLAG + "=") else set()
    return found - {EXECUTOR, ""}


def _named(key: str, value: Any) -> set[str]:
    if key == CHOICE:
        return {str(value or "")}
    return {str(name or "another") for name in selected(value)} if key == SELECTORS else set()


def place(data: Any, path: Path = ()) -> Path:
    """Where a document first says something about executors."""
    children = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for step, child in children:
        if step == CHOICE or mentions(child):
            return place(child, (*path, step))
    return path


def mentions(data: Any) -> bool:
    text = str(data)
    return CHOICE in text or FLAG in text


def _is_first(resource: Resource, context: Context, tells: Callable[[Any], bool]) -> bool:
    """Of the documents for the same controller that tell, this is the first (an env file only where there is no other)."""
    if not (_sets_up(resource, context) and tells(resource.data)):
        return False
    mine = _controller(resource.file, context)
    for other in context.index.find(CHOICE, FLAG):
        if _sets_up(other, context) and tells(other.data) and _controller(other.file, context) == mine:
            return (other.file, other.document.index, other.at) == (resource.file, resource.document.index, resource.at)
    return True


def _sets_up(resource: Resource, context: Context) -> bool:
    """Whether this pass reads the document as the configuration of a controller. Others only mention an executor."""
    if resource.id.kind == "ConfigMap":
        return is_controller_config(resource, {CONFIG_MAP, *(c.name for c in controllers(context.index))})
    return resource.id.kind in _SET_UP


def _controller(file: str, context: Context) -> tuple[tuple[str, int], ...]:
    return tuple((pin.file, pin.line) for pin in versions_for(context.index, file))


def _pinned(decision: Decision, context: Context) -> Iterator[Item]:
    """The repository deploys another version than the target, and the executor depends on it."""
    target = context.target.argo
    if target is None or {cite(row_of(v)) for v in decision.versions} == {cite(row_of(target))}:
        return
    told = ", ".join(f"{p.text or p.version} ({p.file}:{p.line})" for p in decision.pins)
    stays = decision.action == "edit" and row_of(target)["action"] == "delete"
    remedy = (
        f"When you upgrade to 3.4 or newer, remove {CHOICE} from the configuration in the same commit. The newer controller does not "
        "start with it."
        if stays
        else "Set target.argoWorkflows.version to the deployed version, or upgrade Argo to the target version."
    )
    yield Note(
        "EXE002",
        (),
        f"This repository deploys {told}, and the target is Argo {target}. The executor is set for the deployed version.",
        remedy,
        decision.source,
        Severity.WARNING if stays else Severity.INFO,
    )


def _effects(executors: list[str]) -> Item:
    told = " ".join(row["text"] for row in table("executor").rows if row["what"] == "effect")
    return Note(
        "EXE003",
        (),
        f"Workflows of this controller move from {' and '.join(executors)} to {EXECUTOR}. {told}",
        "Run one workflow of each kind on a test cluster first.",
        "argo.md 1.5",
        Severity.INFO,
    )


def _permissions(decision: Decision, context: Context) -> Iterator[Item]:
    """What the oldest of these controllers needs, by the same row that a converted CronJob gets its Role from."""
    rows = table("workflow_permissions")
    row = next(r for r in rows.rows if not r.get("below") or any(v.below(r["below"]) for v in decision.versions))
    if row["group"] and any(context.index.find(*row["resources"], kinds=frozenset({"Role", "ClusterRole"}))):
        return
    resources, verbs = ", ".join(row["resources"]), ", ".join(row["verbs"])
    yield Note(
        "EXE007",
        (),
        f"{row['why']} No Role in this repository grants it.",
        f"Bind the service accounts of workflows to a Role with this rule: {{apiGroups: ['{row['group']}'], resources: [{resources}], "
        f"verbs: [{verbs}]}}.",
        rows.cite(row.id),
        Severity.WARNING if row["write"] else Severity.INFO,
    )
