"""Which namespaces the controllers of a repository watch (argo-verified.md 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from transformer.argo.controllers import controllers
from transformer.argo.installs import CHARTS, runs_controller
from transformer.kustomize.namespaces import UNKNOWN
from transformer.model import Path
from transformer.repository.classify import in_chart_templates, role_of
from transformer.repository.rbac import namespaces_of
from transformer.repository.resource import Resource, Role
from transformer.yamltext import ParseError, load

if TYPE_CHECKING:
    from transformer.repository.index import Index

_MANAGED: Final = "--managed-namespace"
_OWN: Final = "--namespaced"
_CHART: Final = "singleNamespace"
_REMOTE: Final = re.compile(r"argoproj/argo(?:-workflows)?(?:\.git)?[/?@].*namespace-install")
_WORDS: Final = ("workflow-controller", _CHART, "namespace-install", _OWN, _MANAGED)
_TRUE: Final = (True, "true", "True")


@dataclass(frozen=True, slots=True)
class Reach:
    """What one controller watches, and where that is said; `namespaces` None is all, one that starts with `?` cannot be told."""

    file: str
    line: int
    said: str
    namespaces: frozenset[str] | None

    def watches(self, where: frozenset[str]) -> bool:
        """Whether it may watch all of these namespaces."""
        return self.namespaces is None or where <= self.namespaces or any(n.startswith(UNKNOWN) for n in (*self.namespaces, *where))


def reaches(index: Index) -> tuple[Reach, ...]:
    """Of every controller that the repository deploys; none where it deploys none."""
    return index.once(_reaches)


def _reaches(index: Index) -> tuple[Reach, ...]:
    found = [r for r in index.find(*_WORDS) if not in_chart_templates(r.file, index)]
    limited = [reach for resource in found for reach in _limits(resource, index)]
    configured = [
        Reach(c.file, c.line, f"namespace: {c.config['namespace']}", frozenset({c.config["namespace"]}))
        for c in controllers(index)
        if isinstance(c.config.get("namespace"), str) and c.config["namespace"]
    ]
    files = {reach.file for reach in limited}
    free = [r for r in _unlimited(found, index) if not configured and not _patched(r, files, index)]
    return (*limited, *configured, *free)


def _unlimited(found: list[Resource], index: Index) -> Iterator[Reach]:
    for resource in found:
        if role_of(resource, index) is Role.RESOURCE and any(True for _ in _containers(resource)) and not any(_limits(resource, index)):
            yield Reach(resource.file, resource.line(), "no limit", None)


def _patched(reach: Reach, files: set[str], index: Index) -> bool:
    """Something that limits it is built together with it."""
    return any(reach.file in built and files & built for built in map(set, index.kustomize.builds(reach.file)))


def _limits(resource: Resource, index: Index) -> Iterator[Reach]:
    for path, said, namespace in _said(resource):
        where = frozenset({namespace}) if namespace else namespaces_of(resource, index)
        yield Reach(resource.file, resource.line(path), said, where)


_Said = tuple[Path, str, str]  # place, what it says, the namespace that it names


def _said(resource: Resource) -> Iterator[_Said]:
    kind = resource.id.kind
    if kind in ("Deployment", "StatefulSet"):
        for path, container in _containers(resource):
            yield from _flags(container, path)
    elif kind in ("HelmRelease", "Application"):
        yield from _chart(resource)
    elif resource.role is Role.KUSTOMIZATION or resource.file.endswith(("kustomization.yaml", "kustomization.yml", "Kustomization")):
        yield from _kustomization(resource)


def _containers(resource: Resource) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    at: Path = ("spec", "template", "spec", "containers")
    held = resource.get(*at, default=[])
    for n, container in enumerate(held if isinstance(held, list) else []):
        if isinstance(container, Mapping) and runs_controller(container):
            yield (*at, n), container


def _flags(container: Mapping[str, Any], at: Path) -> Iterator[_Said]:
    """`--managed-namespace` goes before the controller's own; both count only with `--namespaced`."""
    found: list[tuple[Path, str]] = []
    for key in ("command", "args"):
        words = container.get(key)
        for n, word in enumerate(words if isinstance(words, list) else []):
            found += [((*at, key, n), part) for part in str(word).split()]
    own = next(((path, word) for path, word in found if word in (_OWN, f"{_OWN}=true")), None)
    for n, (path, word) in enumerate(found):
        if word.startswith(f"{_MANAGED}="):
            yield path, word, word.partition("=")[2]
            return
        if word == _MANAGED and n + 1 < len(found):
            yield path, f"{word} {found[n + 1][1]}", found[n + 1][1]
            return
    if own:
        yield own[0], own[1], ""


def _chart(resource: Resource) -> Iterator[_Said]:
    spec = resource.get("spec", default={})
    if resource.id.kind == "HelmRelease":
        name = resource.get("spec", "chart", "spec", "chart") or resource.get("spec", "chart", "name")
        if name in CHARTS and resource.get("spec", "values", _CHART) in _TRUE:
            yield ("spec", "values", _CHART), f"{_CHART}: true", str(spec.get("targetNamespace") or "")
        return
    target = str(resource.get("spec", "destination", "namespace", default="") or "")
    listed = spec.get("sources") if isinstance(spec, Mapping) else None
    places: list[Path] = [("spec", "source"), *(("spec", "sources", n) for n in range(len(listed) if isinstance(listed, list) else 0))]
    for at in places:
        if resource.get(*at, "chart") in CHARTS:
            yield from ((path, said, target) for path, said in _helm(resource, (*at, "helm")))


def _helm(resource: Resource, at: Path) -> Iterator[tuple[Path, str]]:
    if resource.get(*at, "valuesObject", _CHART) in _TRUE:
        yield (*at, "valuesObject", _CHART), f"{_CHART}: true"
    text = resource.get(*at, "values")
    try:
        documents = load(text) if isinstance(text, str) and _CHART in text else []
    except ParseError:
        documents = []
    if documents and isinstance(documents[0], Mapping) and documents[0].get(_CHART) in _TRUE:
        yield (*at, "values"), f"{_CHART}: true"
    parameters = resource.get(*at, "parameters", default=[])
    for n, parameter in enumerate(parameters if isinstance(parameters, list) else []):
        if isinstance(parameter, Mapping) and parameter.get("name") == _CHART and parameter.get("value") in _TRUE:
            yield (*at, "parameters", n), f"{_CHART}: true"


def _kustomization(resource: Resource) -> Iterator[_Said]:
    own = str(resource.get("namespace", default="") or "")
    for key in ("resources", "bases"):
        entries = resource.get(key, default=[])
        for n, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, str) and _REMOTE.search(entry):
                yield (key, n), "namespace-install", own or f"{UNKNOWN}{resource.file}"
    charts = resource.get("helmCharts", default=[])
    for n, chart in enumerate(charts if isinstance(charts, list) else []):
        if isinstance(chart, Mapping) and chart.get("name") in CHARTS and resource.get("helmCharts", n, "valuesInline", _CHART) in _TRUE:
            yield ("helmCharts", n, "valuesInline", _CHART), f"{_CHART}: true", own or str(chart.get("namespace") or f"{UNKNOWN}{n}")
    patches = resource.get("patches", default=[])
    for n, patch in enumerate(patches if isinstance(patches, list) else []):
        text = patch.get("patch") if isinstance(patch, Mapping) else None
        if isinstance(text, str) and (word := re.search(rf"{_MANAGED}(?:=|\W+)([\w.-]+)|{_OWN}\b(?!=false)", text)):
            yield ("patches", n), word[0], word[1] or own or f"{UNKNOWN}{resource.file}"
