"""Remove or explain the annotation `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`.

On GKE Standard this annotation keeps a Pod on its node. On Autopilot its effect depends on the GKE version:

* Before 1.27, Autopilot refuses every workload with the value "false". The annotation is removed from all Pod templates, from the
  controller's workflowDefaults, and from Kustomize patches of both.
* From 1.27 on, the Pod gets extended run time: up to 7 days without scale-down or node upgrade. The annotation stays. A warning
  says where it does not help: on Spot Pods, with a custom ComputeClass, and with affinity between Pods.

Other values are never changed. Other places that set the annotation (Helm values, `commonAnnotations`, JSON patches, other objects)
are reported with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from transformer.argo.controllers import controllers
from transformer.kubernetes.pod_templates import expand, objects, with_emptied
from transformer.model import Op
from transformer.passes.eviction.examples import EXAMPLES
from transformer.passes.eviction.places import KEY, annotated, applies, everywhere, in_workflow, takes
from transformer.passkit import Change, Context, Edit, Finding, Pass, Path, Refused, Resource, Role, Severity, edit_text, table
from transformer.yamltext import ParseError, load

CODES = {
    "EVI001": 'safe-to-evict "false" stays, because on this GKE version it gives the Pod extended run time. You need not do anything. '
    "Remove it from short jobs, where it only costs more.",
    "EVI002": 'safe-to-evict "false" stays, but it does not protect this Pod. The finding says why. Change the Pod, or remove the '
    "annotation.",
    "EVI003": 'safe-to-evict "false" is set in a place that this pass does not edit, and this GKE version refuses it. Remove it by hand.',
    "EVI004": "This GKE version refuses the annotation, but a JSON patch in a kustomization removes or replaces it, and fails without it. "
    "Remove the annotation and the patch operation together.",
}


def run(resource: Resource, _params: Any, context: Context) -> Iterator[Change | Finding]:
    gke = context.target.gke
    if context.target.gke_mode != "autopilot" or gke is None or not isinstance(resource.data, Mapping):
        return
    refused = table("eviction")["refused"]
    found = dict(annotated(resource.data))
    inside = list(_inside(resource, context))
    if gke.below(refused["below"]):
        yield from _removed(resource, sorted(found, key=str), context)
        yield from _removed_inside(resource, inside)
        yield from _elsewhere(resource, {*found, *(path for path, _, _ in inside)})
    else:
        yield from _explained(resource, {**found, **{path: spec for path, _, places in inside for spec in places.values()}})


def _removed(resource: Resource, paths: list[Path], context: Context) -> Iterator[Change | Finding]:
    row = table("eviction")["refused"]
    if not paths:
        return
    if taken := _taken_by(resource, context):
        yield resource.block(
            "EVI004",
            "A JSON patch removes or replaces the annotation, and fails without it.",
            subject=taken,
            remedy=f"Remove the annotation here and the operation in {taken} together.",
            source="gitops.md 1.8",
            path=paths[0],
        )
        return
    places = paths if _kustomized(resource, context) else _with_maps(resource, paths)
    for path in places:
        yield resource.remove(path, why=row["why"], source=table("eviction").cite("refused"))


def _with_maps(resource: Resource, paths: list[Path]) -> list[Path]:
    """The paths, or their emptied `annotations` and `metadata`. In a patch these stay: another patch may need them."""
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
    """Whether Kustomize reads the file. Overlays may patch `annotations`, which must then exist (gitops.md 1.8)."""
    return context.index.kustomize.role(resource.file) is not None


def _taken_by(resource: Resource, context: Context) -> str:
    """The file of a build with this one whose JSON patch needs the annotation to be there; empty if there is none."""
    for built in context.index.kustomize.builds(resource.file):
        for file in sorted(built):
            if takes(context.index.text(file) or ""):
                return file
    return ""


Inside = tuple[Path, str, dict[Path, Mapping[str, Any]]]


def _inside(resource: Resource, context: Context) -> Iterator[Inside]:
    """The controller's workflowDefaults: (path of the text, the text, annotations in it by their path there)."""
    if not any((c.file, c.name) == (resource.file, resource.id.name) for c in controllers(context.index)):
        return
    for key, prefix in (("workflowDefaults", ()), ("config", ("workflowDefaults",))):
        text = resource.get("data", key)
        try:
            documents = load(text) if isinstance(text, str) and KEY in text else []
        except ParseError:
            continue
        for path, spec in expand(documents[0] if documents else None, (*prefix, "spec")):
            if isinstance(spec, Mapping) and (places := dict(in_workflow(spec, path))):
                yield ("data", key), str(text), places


def _removed_inside(resource: Resource, inside: Iterable[Inside]) -> Iterator[Change | Finding]:
    row = table("eviction")["refused"]
    for path, text, places in inside:
        gone = with_emptied(load(text)[0], places, 1)
        try:
            new = edit_text(text, {0: [Edit(Op.REMOVE, p) for p in gone]}).text
        except (Refused, ParseError) as e:
            yield _told(resource, path, f" and cannot be edited there: {e}")
            continue
        yield resource.set(path, new, why=row["why"], source=table("eviction").cite("refused"))


def _explained(resource: Resource, found: Mapping[Path, Mapping[str, Any]]) -> Iterator[Finding]:
    rows = table("eviction")
    if not found:
        return
    for row_id in ("spot", "compute-class", "affinity"):
        where = [path for path, spec in found.items() if applies(row_id, spec)]
        if where:
            yield resource.finding(
                "EVI002",
                f'safe-to-evict "false" stays, but it does not protect this Pod. {rows[row_id]["why"]}',
                remedy=f"Remove {KEY}, or change the field of the Pod that disables it.",
                source=rows.cite(row_id),
                path=where[0],
            )
            return
    yield resource.finding(
        "EVI001",
        f'safe-to-evict "false" stays. {rows["extended-run-time"]["why"]}',
        remedy=f"Keep it if the Pod runs long. Otherwise remove {KEY}: the Pod then needs less CPU.",
        source=rows.cite("extended-run-time"),
        path=next(iter(found)),
        severity=Severity.INFO,
    )


def _elsewhere(resource: Resource, known: set[Path]) -> Iterator[Finding]:
    """The annotation in a place that is not a Pod template of this kind: one finding for a resource."""
    own = {(*at, "metadata", "annotations", KEY) for at, _ in objects(resource.data)}
    for path in everywhere(resource.data, ()):
        if path in known or path in own:
            continue
        yield _told(resource, path, "")
        return


def _told(resource: Resource, path: Path, trouble: str) -> Finding:
    return resource.finding(
        "EVI003",
        f'safe-to-evict "false" is set in a place that this pass does not edit. {table("eviction")["refused"]["why"]}',
        subject=f"{'/'.join(map(str, path))}{trouble}",
        remedy=f"If it reaches a Pod, remove {KEY} here.",
        source=table("eviction").cite("refused"),
        path=path,
    )


PASS = Pass(
    id="eviction",
    run=run,
    prefilter=("safe-to-evict",),
    roles=frozenset({Role.RESOURCE, Role.PATCH, Role.VALUES, Role.KUSTOMIZATION}),
    needs=frozenset({"gke"}),
    examples=EXAMPLES,
    codes=CODES,
)
