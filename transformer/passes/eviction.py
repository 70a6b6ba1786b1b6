"""Remove or explain the annotation `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`.

On GKE Standard it keeps a Pod on its node. Autopilot before 1.27 refuses every workload that carries it with the value
"false", so there it is removed, from every kind of Pod template and from Kustomize patches of them. From 1.27 on it buys
extended run time (up to 7 days without scale-down or node upgrade), so it stays and is explained, with a warning where it
would not help: on Spot Pods, with a ComputeClass of your own, with affinity between Pods. Other values are never touched.

What sets it somewhere else (Helm values, `commonAnnotations`, JSON patches, other objects) is reported with file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transformer.passkit import Change, Context, Finding, Keeps, Pass, Path, Resource, Rewrites, Role, Severity, table
from transformer.repository.pod_templates import argo_templates, objects, pod_places, with_emptied

KEY = "cluster-autoscaler.kubernetes.io/safe-to-evict"
CLASS = "cloud.google.com/compute-class"
SPOT = "cloud.google.com/gke-spot"
BUILT_IN_CLASSES = frozenset(row["name"] for row in table("compute_classes").rows)
CODES = {
    "EVI001": 'safe-to-evict "false" stays: on this GKE version it buys extended run time. Nothing to do; drop it from short jobs, '
    "which it only makes dearer.",
    "EVI002": 'safe-to-evict "false" stays, but will not protect this Pod. Read why, and change the Pod or drop the annotation.',
    "EVI003": 'safe-to-evict "false" is set in a place that is not edited, and this GKE version refuses it. Remove it there by hand.',
}


def run(resource: Resource, _params: Any, context: Context) -> Iterator[Change | Finding]:
    gke = context.target.gke
    if context.target.gke_mode != "autopilot" or gke is None or not isinstance(resource.data, Mapping):
        return
    refused = table("eviction")["refused"]
    found = dict(_annotated(resource.data))
    if gke.below(refused["below"]):
        yield from _removed(resource, sorted(found, key=str), context)
        yield from _elsewhere(resource, set(found))
    else:
        yield from _explained(resource, found)


def _removed(resource: Resource, paths: list[Path], context: Context) -> Iterator[Change]:
    row = table("eviction")["refused"]
    if not paths:
        return
    places = paths if _kustomized(resource, context) else _with_maps(resource, paths)
    for path in places:
        yield resource.remove(path, why=row["why"], source=table("eviction").cite("refused"))


def _with_maps(resource: Resource, paths: list[Path]) -> list[Path]:
    """Emptied `annotations`, and the `metadata` around it, go too; in a patch they stay, for a patch may need them."""
    if resource.role is Role.PATCH:
        return paths
    kept: list[Path] = []
    for path in with_emptied(resource.data, paths, 0):
        whole = next(p for p in paths if p[: len(path)] == path)
        at = max(len(path), len(whole) - 2)  # never more than metadata
        shortened = whole[:at]
        if shortened not in kept:
            kept.append(shortened)
    return kept


def _kustomized(resource: Resource, context: Context) -> bool:
    """Overlays may add to or remove from the annotations, which then must be there (gitops.md 1.8)."""
    return context.index.kustomize.role(resource.file) is not None


def _explained(resource: Resource, found: Mapping[Path, Mapping[str, Any]]) -> Iterator[Finding]:
    rows = table("eviction")
    if not found:
        return
    for row_id in ("spot", "compute-class", "affinity"):
        where = [path for path, spec in found.items() if _applies(row_id, spec)]
        if where:
            yield resource.finding(
                "EVI002",
                f'safe-to-evict "false" stays, but does not help here: {rows[row_id]["why"]}.',
                remedy=f"Remove {KEY}, or what keeps it from working.",
                source=rows.cite(row_id),
                path=where[0],
            )
            return
    yield resource.finding(
        "EVI001",
        f'safe-to-evict "false" stays: it {rows["extended-run-time"]["why"]}.',
        remedy=f"Nothing, if the Pod runs long; else remove {KEY} to save the larger minimum.",
        source=rows.cite("extended-run-time"),
        path=next(iter(found)),
        severity=Severity.INFO,
    )


def _applies(row_id: str, spec: Mapping[str, Any]) -> bool:
    selector = spec.get("nodeSelector")
    selector = selector if isinstance(selector, Mapping) else {}
    if row_id == "spot":
        return selector.get(SPOT) in ("true", True)
    if row_id == "compute-class":
        return str(selector.get(CLASS, "")) not in (BUILT_IN_CLASSES | {""})
    affinity = spec.get("affinity")
    return isinstance(affinity, Mapping) and bool(affinity.get("podAffinity") or affinity.get("podAntiAffinity"))


def _annotated(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """(path of the annotation, Pod spec or what holds the like) of every Pod template that carries it."""
    for place in pod_places(data):
        node = _at(data, place.path)
        if place.form == "pod":
            yield from _in(node, (*place.path, "metadata"), node.get("spec"))
            continue
        yield from _in({"metadata": node.get("podMetadata")}, (*place.path, "podMetadata"), node)
        for path in argo_templates(node, place.path):
            template = _at(data, path)
            yield from _in(template, (*path, "metadata"), {**node, **template})


def _in(holder: Mapping[str, Any], at: Path, spec: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    meta = holder.get("metadata")
    notes = meta.get("annotations") if isinstance(meta, Mapping) else None
    if isinstance(notes, Mapping) and notes.get(KEY) in ("false", False):
        yield (*at, "annotations", KEY), spec if isinstance(spec, Mapping) else {}


def _elsewhere(resource: Resource, known: set[Path]) -> Iterator[Finding]:
    """The annotation in a place that is not a Pod template of this kind: once per resource."""
    own = {(*at, "metadata", "annotations", KEY) for at, _ in objects(resource.data)}
    for path in _all(resource.data, ()):
        if path in known or path in own:
            continue
        yield resource.finding(
            "EVI003",
            f'{KEY} "false" is set at {"/".join(map(str, path[:-1]))}, and {table("eviction")["refused"]["why"]}.',
            remedy="Remove it there, where it reaches a Pod.",
            source=table("eviction").cite("refused"),
            path=path,
        )
        return


def _all(node: Any, at: Path) -> Iterator[Path]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == KEY and value in ("false", False):
                yield (*at, key)
            else:
                yield from _all(value, (*at, key))
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from _all(value, (*at, n))
    elif isinstance(node, str) and KEY in node and "\n" in node:
        yield at


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    metadata:
      labels: {app: worker}
      annotations:
        team: ml  # ours
        # must not move
        cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    spec:
      containers: [{name: worker, image: worker:1}]
"""
_CRONJOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        metadata:
          annotations:
            cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
        spec:
          containers: [{name: main, image: job:1}]
"""
_WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  podMetadata:
    annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: 'false', team: ml}
  templates:
  - name: main
    container: {image: job:1, command: [run]}
"""
_OLD, _NEW = {"gke": "1.26"}, {"gke": "1.33"}

EXAMPLES = (
    Rewrites(
        "refused before 1.27: the annotation goes with its comment, its neighbours stay",
        _DEPLOYMENT,
        _DEPLOYMENT.replace('        # must not move\n        cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n', ""),
        target=_OLD,
    ),
    Rewrites(
        "nothing empty is left behind",
        _CRONJOB,
        _CRONJOB.replace(
            '        metadata:\n          annotations:\n            cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n', ""
        ),
        target=_OLD,
    ),
    Rewrites(
        "Argo's podMetadata, in flow style",
        _WORKFLOW,
        _WORKFLOW.replace("cluster-autoscaler.kubernetes.io/safe-to-evict: 'false', ", ""),
        target=_OLD,
    ),
    Keeps("extended run time from 1.27 on: kept and explained", _CRONJOB, target=_NEW, finding="EVI001"),
    Keeps(
        "a Spot Pod has no extended run time",
        _DEPLOYMENT.replace(
            "    spec:\n      containers", "    spec:\n      nodeSelector: {cloud.google.com/gke-spot: 'true'}\n      containers"
        ),
        target=_NEW,
        finding="EVI002",
    ),
    Keeps("another value was never refused", _DEPLOYMENT.replace('"false"', '"true"'), target=_OLD),
    Keeps(
        "values of a chart are the chart's matter",
        'podAnnotations:\n  cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n',
        file="values.yaml",
        target=_OLD,
        finding="EVI003",
    ),
)

PASS = Pass(
    id="eviction",
    run=run,
    words=(KEY,),
    roles=frozenset({Role.RESOURCE, Role.PATCH, Role.VALUES, Role.KUSTOMIZATION}),
    needs=frozenset({"gke"}),
    examples=EXAMPLES,
    codes=CODES,
)
