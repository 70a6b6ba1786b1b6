"""The role of a resource for the tools that read it, and reasons not to change it (architecture §10)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from transformer.knowledge import table
from transformer.model import Path
from transformer.repository.index import Index
from transformer.repository.resource import Resource, Role

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
SKIP_ANNOTATION = "transformer.dev/skip"
_SKIP_COMMENT = re.compile(r"^[ ]*#[ ]*transformer:[ ]*skip=([\w*,-]+)[ ]*(.*)$", re.M)
_HELM_ACTION = re.compile(r"\{\{-?\s*(?:/\*|\.|\$|if|else|end|range|with|include|define|template|block|toYaml|printf|quote|default|tpl)")


def role_of(resource: Resource, index: Index) -> Role:
    """A kustomization, a patch, or what the document itself says."""
    if resource.role is not Role.RESOURCE:
        return resource.role
    if resource.file.rsplit("/", 1)[-1] in KUSTOMIZATION_NAMES or resource.id.api_version.startswith("kustomize.config.k8s.io/"):
        return Role.KUSTOMIZATION
    if index.kustomize.role(resource.file) == "patch" or lacks(resource) is not None:
        return Role.PATCH
    return Role.RESOURCE


def lacks(resource: Resource) -> tuple[Path, str] | None:
    """What a workload has not, though its kind requires it, and where; None where it is whole."""
    if not resource.id.name:
        return (), "it has no name"
    rows = _shapes().get((resource.id.api_version.rpartition("/")[0], resource.id.kind))
    if rows is None:
        return None
    if resource.id.kind == "CronJob" and resource.get("spec", "schedule") in (None, ""):
        return ("spec",), "it has no schedule"
    return next((missing for at, form in rows if (missing := _missing(resource, at, form)) is not None), None)


def patches_with(resource: Resource, index: Index) -> bool:
    """Whether something may merge the object into another: a kustomization names its file, also one that cannot be read; or the
    object says itself that it is a patch."""
    text = resource.document.text
    if index.kustomize.patch_refs(resource.file) or "$patch" in text or "#@" in text:
        return True
    name = resource.file.rpartition("/")[2]
    return any(name in (index.text(file) or "") for file, _, _ in index.kustomize.problems)


@cache
def _shapes() -> Mapping[tuple[str, str], tuple[tuple[Path, str], ...]]:
    found: dict[tuple[str, str], tuple[tuple[Path, str], ...]] = {}
    for row in table("pod_templates").rows:
        at = tuple(step for step in row["at"].split("/") if step)
        if row["form"] != "object" and "*" not in at:
            found[row["group"], row["kind"]] = ((at, row["form"]),)
    return found


def _missing(resource: Resource, at: Path, form: str) -> tuple[Path, str] | None:
    if form == "argo":
        spec = resource.get(*at)
        whole = isinstance(spec, dict) and (spec.get("templates") or spec.get("workflowTemplateRef") or spec.get("steps"))
        return None if whole else (at, "it has no templates")
    containers: Any = resource.get(*at, "spec", "containers")
    if not isinstance(containers, list) or not containers:
        return (*at, "spec"), "it has no containers"
    for n, container in enumerate(containers):
        if not isinstance(container, dict) or not container.get("image"):
            name = container.get("name") if isinstance(container, dict) else None
            return (*at, "spec", "containers", n), f"the container {name or n + 1} has no image"
    return None


def left_alone(resource: Resource, index: Index, pass_id: str) -> str:
    """Why no pass (or this one) may touch the resource; empty where it may."""
    if in_chart_templates(resource.file, index):
        return "a template of a Helm chart: its text is a program, change the chart's values or its template by hand"
    if resource.document.root is not None and (sops := resource.document.root.child("sops")) is not None and sops.child("mac") is not None:
        return "encrypted with SOPS: a change would break its checksum"
    return _opted_out(resource, pass_id, index.pass_ids)


def _unknown(wanted: str, known: Collection[str]) -> str:
    """A name that is no pass's: a slip must not let a pass loose on what was to be left alone."""
    return next((n for n in re.split(r"[,\s]+", wanted.strip()) if known and n and n not in ("*", *known)), "")


def in_chart_templates(path: str, index: Index) -> bool:
    """Below `templates/` beside a Chart.yaml."""
    parts = path.split("/")
    return any(part == "templates" and "/".join([*parts[:n], "Chart.yaml"]) in index.files for n, part in enumerate(parts[:-1]))


def looks_templated(text: str) -> bool:
    """A text that does not parse because another program fills it in first."""
    return bool(_HELM_ACTION.search(text))


def _opted_out(resource: Resource, pass_id: str, known: Collection[str]) -> str:
    notes = resource.get("metadata", "annotations", default=None)
    wanted = notes.get(SKIP_ANNOTATION) if isinstance(notes, dict) else None
    if isinstance(wanted, str) and _names(wanted, pass_id):
        return f"opted out by its annotation {SKIP_ANNOTATION}: {wanted!r}"
    if isinstance(wanted, str) and (unknown := _unknown(wanted, known)):
        return f"its annotation {SKIP_ANNOTATION} names {unknown!r}, which is no pass: every pass leaves it alone until that is corrected"
    if "transformer:" in resource.document.text:
        above = _comments_above(resource)
        for m in _SKIP_COMMENT.finditer(above):
            if _names(m[1], pass_id):
                return f"opted out by its comment: {m[2].strip() or 'no reason given'}"
    return ""


def _names(wanted: str, pass_id: str) -> bool:
    return bool({"*", pass_id} & {w.strip() for w in wanted.split(",")})


def _comments_above(resource: Resource) -> str:
    """The comment lines before the resource: of its document, or directly above its item of a List."""
    text, doc = resource.document.text, resource.document
    start = text.rfind("\n", 0, resource.node.start) + 1
    lines = text[doc.start : start].split("\n") if not resource.at else _directly_above(text[doc.start : start])
    return "\n".join(lines)


def _directly_above(text: str) -> list[str]:
    lines = text.rstrip("\n").split("\n")
    kept: list[str] = []
    while lines and lines[-1].lstrip().startswith("#"):
        kept.append(lines.pop())
    return kept
