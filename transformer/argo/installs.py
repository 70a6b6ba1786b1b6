"""The installs of Argo Workflows in a repository, and their versions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transformer.argo.existing import plausible
from transformer.knowledge import table
from transformer.model import Path, Version
from transformer.repository.classify import KUSTOMIZATION_NAMES, role_of
from transformer.repository.resource import Resource, Role

if TYPE_CHECKING:
    from transformer.repository.index import Index

IMAGE = "workflow-controller"
CHARTS = ("argo-workflows", "argo")
# What a document holds when it may name Argo's manifests or chart (the chart `argo` is too short a word to search for).
_WORDS = (IMAGE, "argoproj/argo", "argo-workflows", "argo-helm", "chart: argo")
# A reference to Argo's own manifests: a Kustomize remote, a release asset, or a raw file.
_REMOTE = re.compile(r"argoproj/argo(?:-workflows)?(?:\.git)?(?=[/?@]|$)(?P<rest>.*)", re.DOTALL)
_QUERY = re.compile(r"[?&](?:ref|version)=([^&\s]+)")
_MOST = 200  # characters of what may be a version
_SEGMENT = re.compile(r"/(v[0-9]+\.[0-9]+[^/\s?]*)")
_TAG = re.compile(r"(?:release-)?(v?[0-9]+\.[0-9]+(?:\.[0-9]+)?)(?:[-+.].*)?")
_MOVING = ("", "latest", "main", "master", "edge", "dev")
_FILLED_IN = re.compile(r"[${]")
_VERSION_LABEL = "app.kubernetes.io/version"
OVERRIDE, PATCH, PLAIN = 3, 2, 1  # rank: which pin of one install counts


@dataclass(frozen=True, slots=True)
class Deployed:
    """An install of Argo in the repository, or a pin of its version. `version` is None where it names none (`latest`, a
    digest, a branch). `text` is what it says; `exact` is False where a chart's version tells a range only: then `version`
    is the oldest of it. `rank`: which pin of one install counts. `own`: the image, or its tag, is somebody's own, so that which
    Argo it holds cannot be known; `latest` and a branch are the newest, which the target is taken to be."""

    version: Version | None
    file: str
    line: int
    text: str = ""
    exact: bool = True
    rank: int = PLAIN
    own: bool = False


def find_installs(index: Index) -> tuple[Deployed, ...]:
    """Every install and pin, in the order of the files."""
    found: dict[Deployed, None] = {}
    for resource in index.find(*_WORDS):
        if isinstance(resource.data, Mapping):
            for path, text, tag, chart, rank in _pins(resource, role_of(resource, index)):
                found[_install(resource, path, text, tag, chart, rank)] = None
    return tuple(found)


_Pin = tuple[Path, str, str, str, int]  # place, what it says, the image tag or git ref, the chart's name or "", rank


def _pins(resource: Resource, role: Role) -> Iterator[_Pin]:
    kind = resource.id.kind
    if role is Role.KUSTOMIZATION or resource.file.rpartition("/")[2] in KUSTOMIZATION_NAMES:
        yield from _kustomization(resource)
    elif kind == "Application":
        yield from _application(resource)
    elif kind == "HelmRelease":
        yield from _helm_release(resource)
    elif role is Role.VALUES or resource.file.endswith(("Chart.yaml", "requirements.yaml")):
        yield from _chart(resource)
        yield from _values(resource)
    elif role in (Role.RESOURCE, Role.PATCH):
        yield from _workload(resource, PATCH if role is Role.PATCH else PLAIN)


def _workload(resource: Resource, rank: int) -> Iterator[_Pin]:
    """A label that says the version goes before a tag that does not."""
    containers = resource.get("spec", "template", "spec", "containers", default=[])
    for i, container in enumerate(containers if isinstance(containers, list) else []):
        image = container.get("image") if isinstance(container, Mapping) else None
        if isinstance(image, str) and runs_controller(container):
            at: Path = ("spec", "template", "spec", "containers", i, "image")
            told = _label(resource) if _version(_tag(image)) is None else ""
            yield at, f"{image} ({_VERSION_LABEL}: {told})" if told else image, told or _tag(image), "", rank


def _label(resource: Resource) -> str:
    found = (resource.get(*at, "labels", _VERSION_LABEL, default="") for at in (("metadata",), ("spec", "template", "metadata")))
    return next((str(text) for text in found if text and _version(str(text))), "")


def _kustomization(resource: Resource) -> Iterator[_Pin]:
    for i, image in enumerate(_list(resource.data, "images")):
        if isinstance(image, Mapping) and _name(str(image.get("name", ""))).endswith(IMAGE) and ("newTag" in image or "digest" in image):
            tag = str(image.get("newTag") or image.get("digest"))
            yield ("images", i), f"{image['name']}:{tag}", tag, "", OVERRIDE
    for key in ("resources", "bases", "components"):
        for i, entry in enumerate(_list(resource.data, key)):
            match = _REMOTE.search(entry) if isinstance(entry, str) else None
            if match:
                ref = _QUERY.search(match["rest"]) or _SEGMENT.search(match["rest"])
                yield (key, i), entry, ref[1] if ref else "", "", PLAIN
    for i, chart in enumerate(_list(resource.data, "helmCharts")):
        if isinstance(chart, Mapping) and chart.get("name") in CHARTS:
            yield (
                ("helmCharts", i),
                f"chart {chart['name']} {chart.get('version', '')}".strip(),
                str(chart.get("version", "")),
                chart["name"],
                PLAIN,
            )


def _application(resource: Resource) -> Iterator[_Pin]:
    """Argo CD: the chart by its name, or Argo's own manifests by their repository."""
    spec = resource.get("spec", default={})
    sources = [(("spec", "source"), _map(spec, "source"))]
    sources += [(("spec", "sources", i), s) for i, s in enumerate(_list(spec, "sources")) if isinstance(s, Mapping)]  # type: ignore[misc]
    for path, source in sources:
        revision = str(source.get("targetRevision", ""))
        match = _REMOTE.search(str(source.get("repoURL", "")))
        if source.get("chart") in CHARTS:
            yield path, f"chart {source['chart']} {revision}".strip(), revision, source["chart"], PLAIN
        elif match and not match["rest"].strip("/"):
            yield path, f"{source['repoURL']} at {revision or 'HEAD'}", revision, "", PLAIN


def _helm_release(resource: Resource) -> Iterator[_Pin]:
    """Flux: `spec.chart.spec` (v2), `spec.chart` (v1, or the older helm-operator)."""
    for path in (("spec", "chart", "spec"), ("spec", "chart")):
        chart = resource.get(*path, default={})
        name = (chart.get("chart") or chart.get("name")) if isinstance(chart, Mapping) else None
        if name in CHARTS:
            version = str(chart.get("version", ""))
            yield path, f"chart {name} {version}".strip(), version, str(name), PLAIN


def _chart(resource: Resource) -> Iterator[_Pin]:
    for i, need in enumerate(_list(resource.data, "dependencies")):
        if isinstance(need, Mapping) and need.get("name") in CHARTS:
            version = str(need.get("version", ""))
            yield ("dependencies", i), f"chart {need['name']} {version}".strip(), version, str(need["name"]), PLAIN


def _values(resource: Resource) -> Iterator[_Pin]:
    """A chart's values that name the controller's image."""
    image = resource.get("controller", "image", default={})
    if isinstance(image, Mapping) and _name(str(image.get("repository", ""))).endswith(IMAGE) and image.get("tag"):
        yield ("controller", "image", "tag"), f"{image['repository']}:{image['tag']}", str(image["tag"]), "", PATCH


def _install(resource: Resource, path: Path, text: str, tag: str, chart: str, rank: int) -> Deployed:
    version, exact = _chart_app(chart, tag) if chart else (_version(tag), True)
    image = path[-1] in ("image", "tag") or path[0] == "images"
    own = version is None and image and ("@" in text or tag not in _MOVING)
    return Deployed(version, resource.file, resource.line(path), text, exact, rank, own and not _FILLED_IN.search(text))


def _version(tag: str) -> Version | None:
    """None for a tag that no release of Argo ever had: then it is somebody's own."""
    match = _TAG.fullmatch(tag)
    found = Version.parse(match[1]) if match else None
    return found if found and plausible(found) else None


def runs_controller(container: Mapping[str, Any]) -> bool:
    """By its image; by its command, or by its name where a patch has no image or the image is a mirror's with a name of its own."""
    image = container.get("image")
    if isinstance(image, str) and not _FILLED_IN.search(image) and _name(image).replace("-", "").endswith(IMAGE.replace("-", "")):
        return True
    command = container.get("command")
    if isinstance(command, list) and command and str(command[0]).rpartition("/")[2] == IMAGE:
        return True
    return container.get("name") == IMAGE and (not isinstance(image, str) or bool(_FILLED_IN.search(image)))


def _chart_app(chart: str, version: str) -> tuple[Version | None, bool]:
    """The Argo version that a chart version brings: the table's rows give the oldest chart of each."""
    match = re.search(r"[0-9]+\.[0-9]+(?:\.[0-9]+)?", version[:_MOST])
    if not match:
        return None, False
    wanted = Version.parse(match[0])
    best: tuple[Version | None, bool] = (None, False)
    for row in table("argo_charts").rows:
        if row["chart"] == chart and wanted.at_least(row["since"]):
            best = Version.parse(row["app"]), match[0] == row["since"]
    return best


def _name(image: str) -> str:
    return image.split("@")[0].rpartition("/")[2].partition(":")[0]


def _tag(image: str) -> str:
    return image.split("@")[0].rpartition("/")[2].partition(":")[2]


def _list(node: Any, key: str) -> list[Any]:
    value = node.get(key) if isinstance(node, Mapping) else None
    return value if isinstance(value, list) else []


def _map(node: Any, key: str) -> Mapping[str, Any]:
    value = node.get(key) if isinstance(node, Mapping) else None
    return value if isinstance(value, Mapping) else {}
