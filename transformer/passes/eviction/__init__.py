"""Remove or explain the annotation `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`.

On GKE Standard this annotation keeps a Pod on its node. On Autopilot its effect depends on the GKE version:

* Before 1.27, Autopilot refuses every workload with the value "false". The annotation is removed from all Pod templates, from the
  controller's workflowDefaults, and from Kustomize patches of both.
* From 1.27 on, the Pod gets extended run time: up to 7 days without scale-down or node upgrade. The annotation stays. A warning
  says where it does not help: on Spot Pods, with a custom ComputeClass, and with affinity between Pods. The Pod of a Workflow is
  first put together from Workflow, templateDefaults, template, podSpecPatch and the controller's defaults.
* On the workload itself, above its Pod template, nothing reads the annotation. A warning says so.

Other values are never changed. Other places that set the annotation (Helm values, `commonAnnotations`, JSON patches, other objects)
are reported with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from transformer.argo.containers import settings_of
from transformer.argo.controllers import controllers
from transformer.kubernetes.pod_templates import expand, objects, with_emptied
from transformer.model import Op
from transformer.passes.eviction.examples import EXAMPLES
from transformer.passes.eviction.places import KEY, Pod, annotated, applies, everywhere, in_workflow, takes, unread
from transformer.passkit import Change, Context, Edit, Finding, Pass, Path, Refused, Resource, Role, Severity, edit_text, table
from transformer.yamltext import ParseError, load

if TYPE_CHECKING:
    from transformer.repository.index import Index

CODES = {
    "EVI001": 'safe-to-evict "false" stays, because on this GKE version it gives the Pod extended run time. You need not do anything. '
    "Remove it from short jobs, where it only costs more.",
    "EVI002": 'safe-to-evict "false" stays, but it does not protect this Pod. The finding says why. Change the Pod, or remove the '
    "annotation.",
    "EVI005": 'safe-to-evict "false" is on the workload itself, where nothing reads it, so it does not protect the Pod. Write it into the '
    "metadata of the Pod template, or remove it.",
    "EVI003": 'safe-to-evict "false" is set in a place that this pass does not edit, and this GKE version refuses it. Remove it by hand.',
    "EVI004": "This GKE version refuses the annotation, but a JSON patch in a kustomization removes or replaces it, and fails without it. "
    "Remove the annotation and the patch operation together.",
}


def run(resource: Resource, _params: Any, context: Context) -> Iterator[Change | Finding]:
    gke = context.target.gke
    if context.target.gke_mode != "autopilot" or gke is None or not isinstance(resource.data, Mapping):
        return
    refused = table("eviction")["refused"]
    found = list(annotated(resource.data, _defaults(context)))
    inside = list(_inside(resource, context))
    if gke.below(refused["below"]):
        paths = {pod.path for pod in found}
        yield from _removed(resource, sorted(paths, key=str), context)
        yield from _removed_inside(resource, inside)
        yield from _elsewhere(resource, {*paths, *(path for path, _, _ in inside), *unread(resource.data)})
    else:
        yield from _explained(resource, found, context)
        for path, _, pods in inside:
            yield from _explained(resource, [replace(pod, path=path) for pod in pods], context)
    if not found:
        yield from _unread(resource)


def _defaults(context: Context) -> Mapping[str, Any]:
    """What the controller of the repository says for every Workflow, where it is but one."""
    settings = settings_of(controllers(context.index))
    return settings[0].defaults if len(settings) == 1 else {}


def _unread(resource: Resource) -> Iterator[Finding]:
    row = table("eviction")["unread"]
    for path in unread(resource.data):
        yield resource.finding(
            "EVI005",
            row["why"],
            remedy=f"If the Pod must stay where it is, write {KEY} into the metadata of its Pod template (for a Workflow: podMetadata). "
            "Otherwise remove it here.",
            source=table("eviction").cite("unread"),
            path=path,
            subject="/".join(map(str, path[:-1])),
        )
        return


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


Inside = tuple[Path, str, list[Pod]]


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
            if isinstance(spec, Mapping) and (pods := list(in_workflow(spec, path))):
                yield ("data", key), str(text), pods


def _removed_inside(resource: Resource, inside: Iterable[Inside]) -> Iterator[Change | Finding]:
    row = table("eviction")["refused"]
    for path, text, pods in inside:
        gone = with_emptied(load(text)[0], {pod.path for pod in pods}, 1)
        try:
            new = edit_text(text, {0: [Edit(Op.REMOVE, p) for p in gone]}).text
        except (Refused, ParseError) as e:
            yield _told(resource, path, f" and cannot be edited there: {e}")
            continue
        yield resource.set(path, new, why=row["why"], source=table("eviction").cite("refused"))


def _explained(resource: Resource, pods: Iterable[Pod], context: Context) -> Iterator[Finding]:
    """What becomes of each Pod that carries it: each place that does not protect its Pods, and the first of those that do."""
    rows = table("eviction")
    found: dict[tuple[Path, str], list[str]] = {}
    for pod in pods:
        classes = context.index.once(spot_classes)
        row_id = next((r for r in ("spot", "compute-class", "affinity") if applies(r, pod.spec, classes)), "extended-run-time")
        found.setdefault((pod.path, row_id), []).append(pod.template)
    for (path, row_id), templates in found.items():
        several = len({row for where, row in found if where == path}) > 1
        subject = ", ".join(dict.fromkeys(filter(None, templates))) if several else ""
        if row_id != "extended-run-time":
            yield resource.finding(
                "EVI002",
                f'safe-to-evict "false" stays, but it does not protect this Pod. {rows[row_id]["why"]}',
                remedy=f"Remove {KEY}, or change the field of the Pod that disables it.",
                source=rows.cite(row_id),
                path=path,
                subject=subject,
            )
        elif (path, row_id) == next(key for key in found if key[1] == row_id):
            yield resource.finding(
                "EVI001",
                f'safe-to-evict "false" stays. {rows["extended-run-time"]["why"]}',
                remedy=f"Keep it if the Pod runs long. Otherwise remove {KEY}: the Pod then needs less CPU.",
                source=rows.cite("extended-run-time"),
                path=path,
                subject=subject,
                severity=Severity.INFO,
            )


def spot_classes(index: Index) -> frozenset[str]:
    """The ComputeClasses of the repository all of whose choices are Spot."""
    found = index.find("ComputeClass", kinds=frozenset({"ComputeClass"}))
    return frozenset(r.id.name for r in found if _all_spot(r.get("spec", "priorities", default=[])))


def _all_spot(priorities: Any) -> bool:
    return isinstance(priorities, list) and bool(priorities) and all(isinstance(p, Mapping) and p.get("spot") is True for p in priorities)


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
