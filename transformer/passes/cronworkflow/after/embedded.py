"""CronJobs inside other objects, which are not converted: policies, templates, sync sets, values, texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from transformer.passes.cronworkflow.after.gone import Gone
from transformer.passkit import Context, Finding, Path, Resource, Severity
from transformer.repository.classify import KUSTOMIZATION_NAMES, in_chart_templates, left_alone, role_of
from transformer.repository.resource import Role
from transformer.yamltext import ParseError, load

CODE: Final = "CRON014"
_KIND: Final = re.compile(r"^[ \t-]*[\"']?kind[\"']?:[ \t]*[\"']?CronJob\b", re.MULTILINE)
_DEEPEST: Final = 60


@dataclass(frozen=True, slots=True)
class _Found:
    """`path` in the object, `inside` the place in the YAML text there, `offset` in a text that is not read as YAML."""

    path: Path
    namespace: str = ""
    name: str = ""
    inside: Path = ()
    offset: int = -1


def embedded(gone: Sequence[Gone], pass_id: str, context: Context) -> Iterator[Finding]:
    """`gone`: the CronJobs that this run converts."""
    index = context.index
    for resource in index.find("CronJob"):
        if not index.selects(resource.file) or not _looked_into(resource, context):
            continue
        for found in _inside(resource.data, (), 0):
            yield _told(replace(resource, pass_id=pass_id), found, gone)


def _looked_into(resource: Resource, context: Context) -> bool:
    index = context.index
    kustomization = resource.file.rpartition("/")[2] in KUSTOMIZATION_NAMES
    if kustomization or resource.id.kind == "CustomResourceDefinition" or in_chart_templates(resource.file, index):
        return False
    own = resource.id.kind in ("CronJob", "CronWorkflow")
    return not own and role_of(resource, index) in (Role.RESOURCE, Role.VALUES) and not left_alone(resource, index, resource.pass_id)


def _told(resource: Resource, found: _Found, gone: Sequence[Gone]) -> Finding:
    same = [g for g in gone if found.name and g.name == found.name and (not found.namespace or g.in_namespace(found.namespace))]
    secret = resource.id.kind == "Secret"
    name = "/".join(filter(None, (found.namespace, found.name))) if not secret else ""
    holder = f"{resource.id.kind or 'document'} {resource.id.name}".strip()
    message = f"This CronJob is not converted: it stands in the {holder}."
    if same:
        message += " It is the same job as one that becomes a CronWorkflow, so both schedules would fire."
    told = resource.finding(
        CODE,
        message,
        remedy="Take the CronJob out of it, or put the CronWorkflow of the converted file in its place."
        if same
        else "To convert it as well, put it into a file of its own, or convert it by hand.",
        source="architecture §10",
        path=found.path,
        subject=name,
        severity=Severity.WARNING if same else Severity.INFO,
    )
    if not found.inside and found.offset < 0:
        return told
    line, column = resource.place_inside(found.path, found.inside) if found.inside else resource.place_at(found.path, found.offset)
    return replace(told, line=line, column=column)


def _inside(node: Any, at: Path, depth: int) -> Iterator[_Found]:
    """Every CronJob below a node; not what is inside of one."""
    if depth > _DEEPEST:
        return
    if isinstance(node, Mapping) and at and _is_cronjob(node):
        own = node.get("metadata")
        meta = own if isinstance(own, Mapping) else node
        yield _Found(at, str(meta.get("namespace") or ""), str(meta.get("name") or ""))
        return
    if isinstance(node, str):
        yield from _in_text(node, at)
        return
    children = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        yield from _inside(child, (*at, step), depth + 1)


def _is_cronjob(node: Mapping[str, Any]) -> bool:
    """A whole object, or as much of one as makes one: what only names a CronJob has no schedule."""
    if node.get("kind") != "CronJob" or not str(node.get("apiVersion", "batch/")).startswith("batch/"):
        return False
    held = [node.get("spec"), *(d.get("spec") for d in (node.get("data"),) if isinstance(d, Mapping))]
    return any(isinstance(spec, Mapping) and ("schedule" in spec or "jobTemplate" in spec) for spec in held)


def _in_text(text: str, at: Path) -> Iterator[_Found]:
    match = _KIND.search(text) if "CronJob" in text else None
    if match is None:
        return
    try:
        documents = load(text)
    except ParseError:
        documents = []
    found = [f for n, d in enumerate(documents) if isinstance(d, Mapping | list) for f in _inside([d], (n,), 0)]
    if len(documents) > 1 or not found:
        yield from (
            (_Found(at, offset=m.start()) for m in _KIND.finditer(text))
            if not found
            else (replace(f, path=at, offset=m.start()) for f, m in zip(found, _KIND.finditer(text), strict=False))
        )
        return
    yield from (replace(f, path=at, inside=f.path[2:], offset=match.start()) for f in found)
