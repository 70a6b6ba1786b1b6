"""Writes transformer/knowledge/merge-keys.json: Kubernetes' own definitions, pruned to what leads to a merge key, and a CronWorkflow that
merges like a PodSpec (gitops.md 1.5). Kustomize takes a schema instead of its own, so Kubernetes' kinds must be in it.

    python bench/kustomize_skeleton.py          writes the file anew, from the schemas of kubernetes-validate
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kubernetes_validate

from transformer.layers.merging import schema

RELEASE = "v1.31.0"
OUT = Path(__file__).parents[1] / "transformer" / "knowledge" / "merge-keys.json"
KEYS = (
    "x-kubernetes-patch-strategy",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
)
GVK = "x-kubernetes-group-version-kind"
REF = "#/definitions/"
ALSO_BETA = ("CronJob", "CSINode", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")  # Kustomize knows them still
LEFT_OUT = ("metadata", "status")  # nobody patches what merges there: owners, finalizers, and what controllers write


def main() -> None:
    held = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"{RELEASE}-local" / "_definitions.json"
    every: dict[str, Any] = json.loads(held.read_text())["$defs"]
    leads = leading(every)
    wanted = {name: pruned(every[name], leads) for name in sorted(leads)}
    used = reached(wanted)
    wanted = {name: d for name, d in wanted.items() if name in used} | cronworkflow()
    lines = [f"{json.dumps(name)}:{json.dumps(d, separators=(',', ':'), sort_keys=True)}" for name, d in wanted.items()]
    OUT.write_text('{"definitions":{\n' + ",\n".join(lines) + "\n}}\n")
    print(f"{len(wanted)} definitions, {OUT.stat().st_size} bytes")


def leading(every: dict[str, Any]) -> set[str]:
    """The definitions with a merge key, or with a field that leads to one."""
    fields = {n: [p for name, p in d.get("properties", {}).items() if name not in LEFT_OUT] for n, d in every.items() if not odd(n)}
    found = {name for name, props in fields.items() if any(map(merges, props))}
    while more := {n for n, props in fields.items() if n not in found and any(ref(p) in found for p in props)}:
        found |= more
    return found


def odd(name: str) -> bool:
    """Versions that come and go, and the schema of schemas, whose field names are our marks."""
    return "alpha" in name or "apiextensions" in name


def merges(prop: dict[str, Any]) -> bool:
    return "x-kubernetes-patch-merge-key" in prop or "merge" in str(prop.get("x-kubernetes-patch-strategy", ""))


def ref(prop: dict[str, Any]) -> str:
    where = prop.get("$ref") or prop.get("items", {}).get("$ref") or ""
    return str(where).rpartition("/")[2]


def pruned(d: dict[str, Any], leads: set[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, prop in sorted(d.get("properties", {}).items()):
        if name in LEFT_OUT:
            continue
        target = ref(prop)
        if merges(prop):
            inner = {"$ref": REF + target} if target in leads else {"type": prop.get("items", {}).get("type", "object")}
            kept[name] = {k: prop[k] for k in KEYS if k in prop} | {"type": "array", "items": inner}
        elif target in leads:
            kept[name] = {"type": "array", "items": {"$ref": REF + target}} if "items" in prop else {"$ref": REF + target}
    out: dict[str, Any] = {"type": "object", "properties": kept}
    return out | ({GVK: [*d[GVK], *(dict(g, version="v1beta1") for g in d[GVK] if g["kind"] in ALSO_BETA)]} if GVK in d else {})


def reached(wanted: dict[str, Any]) -> set[str]:
    queue = [name for name, d in wanted.items() if GVK in d and d["properties"] and not name.endswith("List")]
    found = set(queue)
    for name in queue:
        for target in map(ref, wanted[name]["properties"].values()):
            if target in wanted and target not in found:
                found.add(target)
                queue.append(target)
    return found


def cronworkflow() -> dict[str, Any]:
    """From the same rows by which patches are rewritten."""
    prefix = "io.argoproj.v1alpha1."
    made: dict[str, Any] = {}
    for kind, fields in {
        "CronWorkflow": ["spec"],
        "CronWorkflowSpec": ["workflowSpec"],
        "KustomizeWorkflowSpec": ["templates", "volumes", "imagePullSecrets", "hostAliases"],
        "KustomizeTemplate": ["container", "script", "initContainers", "sidecars", "containerSet", "volumes"],
        "KustomizeContainerSet": ["containers"],
    }.items():
        props: dict[str, Any] = {}
        for name in fields:
            key, below = schema(kind, name)
            target = "io.k8s.api.core.v1.Container" if below == "Container" else prefix + below
            inner = {"$ref": REF + target} if below else {"type": "object"}
            strategy = {"x-kubernetes-patch-merge-key": key, "x-kubernetes-patch-strategy": "merge"}
            props[name] = {"type": "array", "items": inner} | strategy if key else inner
        made[prefix + kind] = {"type": "object", "properties": props}
    made[prefix + "CronWorkflow"][GVK] = [{"group": "argoproj.io", "kind": "CronWorkflow", "version": "v1alpha1"}]
    return made


if __name__ == "__main__":
    main()
