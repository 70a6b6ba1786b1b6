"""Argo CD projects that allow CronJobs but not CronWorkflows (gitops.md 4.2)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from transformer.kustomize.controllers import fits
from transformer.passes.cronworkflow.after.gone import Gone
from transformer.passkit import Change, Finding, Resource, ResourceId, needed_by, table
from transformer.repository.classify import in_chart_templates, left_alone, role_of
from transformer.repository.index import Index
from transformer.repository.resource import Role

REFERENCE: Final = "CRON012"
_LISTS: Final[Mapping[str, str]] = {"allowed": "namespaceResourceWhitelist", "denied": "namespaceResourceBlacklist"}
_APPLICATIONS: Final = frozenset({"Application", "ApplicationSet"})
_NEW: Final = ("argoproj.io", "CronWorkflow")
_OLD: Final = ("batch", "CronJob")
_RIGHTS: Final = "rbac.authorization.k8s.io"  # whether a project may grant permissions is for a person to decide

Kind = tuple[str, str]  # group, kind


@dataclass(frozen=True, slots=True)
class _Application:
    project: str
    path: str
    recursive: bool


def projects(gone: Sequence[Gone], new: Sequence[ResourceId], index: Index) -> Iterator[Change | Finding]:
    """Add an entry if an Application shows that the project deploys a converted job. Otherwise report the project."""
    applications: list[_Application] | None = None
    kinds = [_NEW, *dict.fromkeys((r.api_version.rpartition("/")[0], r.kind) for r in new)]
    for found in index.find("AppProject", kinds=frozenset({"AppProject"})):
        project = replace(found, pass_id=gone[0].resource.pass_id)
        missing, denied = _missing(project, kinds), _denied(project, kinds)
        if not missing and not denied:
            continue
        applications = list(_applications(index)) if applications is None else applications
        deploys = _deploys(project, gone, applications, index)
        if deploys == "no":
            continue
        for kind in denied:
            yield _told(project, "project-denies", kind, "denied")
        plain = [k for k in missing if k[0] != _RIGHTS] if deploys == "yes" and _writable(project, index) else []
        yield from needed_by(_added(project, plain), _deployed(project, gone, applications, index)) if plain else ()
        yield from (_told(project, "project-allows", kind, "allowed") for kind in missing if kind not in plain)


def _writable(project: Resource, index: Index) -> bool:
    """Whether it is a complete object that this run may write."""
    taken = left_alone(project, index, project.pass_id) or in_chart_templates(project.file, index)
    return role_of(project, index) is Role.RESOURCE and index.selects(project.file) and not taken


def _entries(project: Resource, which: str) -> list[Any]:
    found = project.get("spec", _LISTS[which], default=None)
    return found if isinstance(found, list) else []


def _matches(entry: Any, kind: Kind) -> bool:
    if not isinstance(entry, Mapping):
        return False
    return all(fnmatchcase(wanted, str(entry.get(key) or "")) for key, wanted in zip(("group", "kind"), kind, strict=True))


def _missing(project: Resource, kinds: Sequence[Kind]) -> list[Kind]:
    """Kinds that a project would have to allow; none where it does not list what it allows, or never allowed the CronJob."""
    allowed = _entries(project, "allowed")
    if not any(_matches(e, _OLD) for e in allowed):
        return []
    return [kind for kind in kinds if not any(_matches(e, kind) for e in allowed)]


def _denied(project: Resource, kinds: Sequence[Kind]) -> list[Kind]:
    denied = _entries(project, "denied")
    if any(_matches(e, _OLD) for e in denied):
        return []
    return [kind for kind in kinds if any(_matches(e, kind) for e in denied)]


def _added(project: Resource, missing: Sequence[Kind]) -> Iterator[Change]:
    row = table("references")["project-allows"]
    n = next(n for n, e in enumerate(_entries(project, "allowed")) if _matches(e, _OLD))
    for shift, (group, kind) in enumerate(missing):
        value = {"group": group, "kind": kind}
        yield project.insert(("spec", _LISTS["allowed"], n + 1 + shift), value, why=row["why"], source=table("references").cite(row.id))


def _told(project: Resource, row_id: str, kind: Kind, which: str) -> Finding:
    row = table("references")[row_id]
    path = ("spec", _LISTS[which])
    return project.finding(REFERENCE, row["why"], subject=kind[1], remedy=row["remedy"], source=table("references").cite(row_id), path=path)


# --- who deploys what


Answer = Literal["yes", "no", "unknown"]


def _deploys(project: Resource, gone: Sequence[Gone], applications: Sequence[_Application], index: Index) -> Answer:
    """Whether an Application of the project deploys a converted job. Unknown if the repository has none of its Applications."""
    mine = [a for a in applications if a.project == project.id.name]
    if any(_covers(a, g, index) for a in mine for g in gone):
        return "yes"
    return "no" if mine and not any("{" in a.project for a in applications) else "unknown"


def _deployed(project: Resource, gone: Sequence[Gone], applications: Sequence[_Application], index: Index) -> Iterator[Resource]:
    mine = [a for a in applications if a.project == project.id.name]
    return (g.resource for g in gone if any(_covers(a, g, index) for a in mine))


def deployed_by(application: Resource, gone: Sequence[Gone], index: Index) -> list[Gone]:
    """The jobs that an Application or ApplicationSet deploys from this repository; for another object, all that were given."""
    if application.id.kind not in _APPLICATIONS:
        return list(gone)
    return [g for g in gone if any(_covers(source, g, index) for source in _sources(application))]


def _covers(application: _Application, gone: Gone, index: Index) -> bool:
    folder = posixpath.dirname(gone.resource.file)
    places = {folder, *index.kustomize.holders(gone.resource.file)}
    while application.recursive and folder:
        folder = posixpath.dirname(folder)
        places.add(folder)
    return any(fits(application.path, place or ".") or (application.path == "." and not place) for place in places)


def _applications(index: Index) -> Iterator[_Application]:
    for found in index.find("Application", kinds=_APPLICATIONS):
        yield from _sources(found)


def _sources(found: Resource) -> Iterator[_Application]:
    at = ("spec", "template", "spec") if found.id.kind == "ApplicationSet" else ("spec",)
    spec = found.get(*at, default=None)
    if not isinstance(spec, Mapping):
        return
    several = spec.get("sources")
    for source in several if isinstance(several, list) else [spec.get("source")]:
        if isinstance(source, Mapping) and source.get("path") is not None:
            directory = source.get("directory")
            recursive = isinstance(directory, Mapping) and directory.get("recurse") is True
            path = posixpath.normpath(str(source["path"]).lstrip("/") or ".")
            yield _Application(str(spec.get("project") or "default"), path, recursive)
