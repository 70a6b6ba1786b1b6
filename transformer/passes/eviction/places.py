"""Where the annotation is, and which fields of its Pod disable it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from transformer.kubernetes.pod_templates import argo_templates, expand, pod_places
from transformer.passkit import Path, table
from transformer.yamltext import ParseError, load

KEY = "cluster-autoscaler.kubernetes.io/safe-to-evict"
CLASS = "cloud.google.com/compute-class"
SPOT = {"cloud.google.com/gke-spot": "true", "cloud.google.com/gke-provisioning": "spot"}
POINTER = KEY.replace("/", "~1")
# "false" in a text that holds YAML or JSON: as a value, or as that of a JSON patch's operation.
_FALSE = re.compile(r"""safe-to-evict\\?["']?\s*(?:[:=]|,?\s*["']?value["']?\s*:)\s*\\?["']?false""")
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


def applies(row_id: str, spec: Mapping[str, Any]) -> bool:
    selector = spec.get("nodeSelector")
    wanted = [(k, str(v).lower()) for k, v in selector.items()] if isinstance(selector, Mapping) else []
    wanted += [(key, str(value).lower()) for key, value in _node_affinity(spec)]
    if row_id == "spot":
        return any(SPOT.get(key) == value for key, value in wanted) or (CLASS, "autopilot-spot") in wanted
    if row_id == "compute-class":
        return any(key == CLASS and value not in {c.lower() for c in BUILT_IN_CLASSES} for key, value in wanted)
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


def annotated(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """(path of the annotation, Pod spec or what holds the like) of every Pod template that carries it."""
    for place in pod_places(data):
        node = _at(data, place.path)
        if place.form == "pod":
            yield from _in(node, (*place.path, "metadata"), node.get("spec"))
            continue
        yield from in_workflow(node, place.path)


def in_workflow(spec: Mapping[str, Any], at: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield from _in({"metadata": spec.get("podMetadata")}, (*at, "podMetadata"), spec)
    for path in argo_templates(spec, at):
        template = _at(spec, path[len(at) :])
        yield from _in(template, (*path, "metadata"), {**spec, **template})


def _in(holder: Mapping[str, Any], at: Path, spec: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    meta = holder.get("metadata")
    notes = meta.get("annotations") if isinstance(meta, Mapping) else None
    if isinstance(notes, Mapping) and notes.get(KEY) in ("false", False):
        yield (*at, "annotations", KEY), spec if isinstance(spec, Mapping) else {}


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
