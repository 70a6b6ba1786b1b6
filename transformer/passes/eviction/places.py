"""Where the annotation is, and which fields of its Pod disable it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transformer.argo.containers import merge
from transformer.kubernetes.pod_templates import argo_templates, expand, pod_places
from transformer.passkit import Path, table
from transformer.yamltext import ParseError, load

KEY = "cluster-autoscaler.kubernetes.io/safe-to-evict"
CLASS = "cloud.google.com/compute-class"
SPOT = {"cloud.google.com/gke-spot": "true", "cloud.google.com/gke-provisioning": "spot"}
POINTER = KEY.replace("/", "~1")
# "false" in a text that holds YAML or JSON: as a value, or as that of a JSON patch's operation.
_FALSE = re.compile(r"""safe-to-evict\\?["']?\s*(?:[:=]|,?\s*["']?value["']?\s*:)\s*\\?["']?false""")
_MAKE_PODS = ("container", "script", "containerSet", "resource", "data")
BUILT_IN_CLASSES = frozenset(row["name"] for row in table("compute_classes").rows)


def takes(text: str) -> bool:
    """Whether a text holds a JSON patch, also inside a kustomization, that fails without the annotation."""
    if POINTER not in text:
        return False
    try:
        return any(_takes(document) for document in load(text))
    except ParseError:
        return False


def _takes(node: Any) -> bool:
    if isinstance(node, Mapping):
        needs = node.get("op") in ("remove", "replace", "test") and str(node.get("path")).endswith(POINTER)
        return needs or any(map(_takes, node.values()))
    if isinstance(node, list):
        return any(map(_takes, node))
    return isinstance(node, str) and "\n" in node and takes(node)


def applies(row_id: str, spec: Mapping[str, Any], spot_classes: Collection[str] = ()) -> bool:
    """Whether a Pod is one that the row is about; `spot_classes`: the ComputeClasses of the repository that take Spot nodes."""
    selector = spec.get("nodeSelector")
    wanted = [(k, str(v).lower()) for k, v in selector.items()] if isinstance(selector, Mapping) else []
    wanted += [(key, str(value).lower()) for key, value in _node_affinity(spec)]
    classes = {value for key, value in wanted if key == CLASS}
    if row_id == "spot":
        return any(SPOT.get(key) == value for key, value in wanted) or bool(classes & {"autopilot-spot", *map(str.lower, spot_classes)})
    if row_id == "compute-class":
        return bool(classes - {c.lower() for c in BUILT_IN_CLASSES})
    affinity = spec.get("affinity")
    return isinstance(affinity, Mapping) and bool(affinity.get("podAffinity") or affinity.get("podAntiAffinity"))


def _node_affinity(spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(label, value) of what the Pod requires of its node."""
    required = (
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
        "*",
        "matchExpressions",
        "*",
    )
    for _, term in expand(spec, required):
        if isinstance(term, Mapping) and term.get("operator") == "In":
            values = term.get("values")
            yield from ((str(term.get("key")), value) for value in (values if isinstance(values, list) else ()))
        elif isinstance(term, Mapping) and term.get("operator") == "Exists" and term.get("key") in tuple(SPOT):
            yield str(term["key"]), SPOT[term["key"]]


@dataclass(frozen=True, slots=True)
class Pod:
    """A Pod that carries the annotation: where it says so, its fields as far as they decide here, and the template that makes it."""

    path: Path
    spec: Mapping[str, Any]
    template: str = ""


def annotated(data: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> Iterator[Pod]:
    """Every Pod of an object that carries it; `defaults`: the spec of the controller's workflowDefaults."""
    for place in pod_places(data):
        node = _at(data, place.path)
        if place.form == "pod":
            spec = node.get("spec")
            yield from (Pod(p, spec if isinstance(spec, Mapping) else {}) for p in _in(node, (*place.path, "metadata")))
        else:
            yield from in_workflow(node, place.path, defaults)


def in_workflow(spec: Mapping[str, Any], at: Path, defaults: Mapping[str, Any] | None = None) -> Iterator[Pod]:
    """The Pods of a WorkflowSpec, put together from Workflow, templateDefaults, template, podSpecPatch and the controller's defaults."""
    whole = merge(defaults or {}, spec)
    templates = [path for path in argo_templates(spec, ()) if path != ("templateDefaults",)]
    making = [path for path in templates if any(kind in _at(spec, path) for kind in _MAKE_PODS)]
    pods = [_pod(whole, _at(spec, path)) for path in making] or [(_fields(whole, {}), "")]
    every = [*_in({"metadata": spec.get("podMetadata")}, (*at, "podMetadata"))]
    inherited = spec.get("templateDefaults")
    every += _in(inherited if isinstance(inherited, Mapping) else {}, (*at, "templateDefaults", "metadata"))
    yield from (Pod(path, fields, name) for path in every for fields, name in pods)
    for path in templates:
        template = _at(spec, path)
        fields, name = _pod(whole, template)
        yield from (Pod(p, fields, name) for p in _in(template, (*at, *path, "metadata")))


def _pod(whole: Mapping[str, Any], template: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    inherited = whole.get("templateDefaults")
    held = merge(inherited if isinstance(inherited, Mapping) else {}, template)
    return _fields(whole, held), str(template.get("name") or "")


def _fields(whole: Mapping[str, Any], template: Mapping[str, Any]) -> Mapping[str, Any]:
    """A template's own fields go before the Workflow's; patches over both."""
    found: Mapping[str, Any] = {key: template.get(key) or whole.get(key) for key in ("nodeSelector", "affinity")}
    for holder in (whole, template):
        found = merge(found, _patch(holder.get("podSpecPatch")))
    return found


def _patch(text: Any) -> Mapping[str, Any]:
    try:
        documents = load(text) if isinstance(text, str) else []
    except ParseError:
        return {}
    return documents[0] if documents and isinstance(documents[0], Mapping) else {}


def _in(holder: Mapping[str, Any], at: Path) -> Iterator[Path]:
    meta = holder.get("metadata")
    notes = meta.get("annotations") if isinstance(meta, Mapping) else None
    if isinstance(notes, Mapping) and notes.get(KEY) in ("false", False):
        yield (*at, "annotations", KEY)


def unread(data: Mapping[str, Any]) -> Iterator[Path]:
    """The annotation above a Pod template: on the workload itself, on a Job of a CronJob, on a Workflow. Nothing reads it there."""
    for place in pod_places(data):
        for depth in range(len(place.path) + (place.form == "argo")):
            holder = _at(data, place.path[:depth])
            if isinstance(holder, Mapping):
                yield from _in(holder, (*place.path[:depth], "metadata"))
                yield from _in({"metadata": holder.get("workflowMetadata")}, (*place.path[:depth], "workflowMetadata"))
        if place.form == "argo":
            node = _at(data, place.path)
            yield from _in({"metadata": node.get("workflowMetadata")}, (*place.path, "workflowMetadata"))


def everywhere(node: Any, at: Path) -> Iterator[Path]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == KEY and value in ("false", False):
                yield (*at, key)
            else:
                yield from everywhere(value, (*at, key))
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from everywhere(value, (*at, n))
    elif isinstance(node, str) and _FALSE.search(_uncommented(node)):
        yield at


def _uncommented(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data
