"""safe-to-evict by GKE version: every kind of Pod template, every way to write it, and what must stay."""

from __future__ import annotations

import json
from typing import Any

import pytest

from transformer.model import Target, Verdict, Version
from transformer.passes.eviction import PASS
from transformer.passkit.testing import Result, converted
from transformer.yamltext import load

KEY = "cluster-autoscaler.kubernetes.io/safe-to-evict"
NOTES = {"annotations": {"a": "b", KEY: "false"}}
POD = {"metadata": NOTES, "spec": {"containers": [{"name": "c", "image": "i"}]}}
ARGO = {
    "podMetadata": NOTES,
    "templateDefaults": {"metadata": NOTES},
    "templates": [{"name": "t", "metadata": NOTES, "container": {"image": "i"}}],
}
KUSTOMIZE = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def convert(files: dict[str, str], gke: str = "1.26", mode: str = "autopilot") -> Result:
    return converted(files, PASS, Target(gke_mode=mode, gke=Version.parse(gke), argo=Version.parse("3.6")))


def one(text: str, gke: str = "1.26") -> str:
    return convert({"a.yaml": text}, gke).texts["a.yaml"]


def deployment(value: str = '"false"', spec: str = "") -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    metadata:\n      annotations:\n"
        f"        {KEY}: {value}\n    spec:\n{spec}      containers: [{{name: c, image: i}}]\n"
    )


WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
WORKFLOW = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "w"}, "spec": ARGO}
OBJECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Pod": ("v1", POD),
    "PodTemplate": ("v1", {"template": POD}),
    "ReplicationController": ("v1", {"spec": {"template": POD}}),
    **{kind: ("apps/v1", {"spec": {"template": POD}}) for kind in WORKLOADS},
    "Job": ("batch/v1", {"spec": {"template": POD}}),
    "CronJob": ("batch/v1", {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": POD}}}}),
    "Rollout": ("argoproj.io/v1alpha1", {"spec": {"template": POD}}),
    "Service": ("serving.knative.dev/v1", {"spec": {"template": POD}}),
    **{kind: ("argoproj.io/v1alpha1", {"spec": ARGO}) for kind in ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate")},
    "CronWorkflow": ("argoproj.io/v1alpha1", {"spec": {"schedule": "* * * * *", "workflowSpec": ARGO}}),
    "Sensor": ("argoproj.io/v1alpha1", {"spec": {"triggers": [{"template": {"argoWorkflow": {"source": {"resource": WORKFLOW}}}}]}}),
}


def without(node: Any) -> Any:
    """The same without the annotation."""
    if isinstance(node, dict):
        return {k: without(v) for k, v in node.items() if k != KEY}
    return [without(v) for v in node] if isinstance(node, list) else node


@pytest.mark.parametrize("kind", OBJECTS)
def test_every_kind_of_pod_template(kind: str) -> None:
    """Before 1.27 it is gone from all of them and its neighbour stays; from 1.27 on it is explained, once."""
    version, fields = OBJECTS[kind]
    meta = {**fields.get("metadata", {}), "name": "x"}
    text = json.dumps({"apiVersion": version, "kind": kind, **fields, "metadata": meta}, indent=2)
    assert load(one(text)) == without(load(text))
    ran = convert({"a.yaml": text}, "1.33")
    assert ran.texts["a.yaml"] == text
    assert ran.codes() == ["EVI001"]


@pytest.mark.parametrize("value", ['"false"', "'false'"])
def test_an_emptied_mapping_goes(value: str) -> None:
    """And the metadata around it, where it held nothing else."""
    assert one(deployment(value)) == deployment().replace(f'    metadata:\n      annotations:\n        {KEY}: "false"\n', "")


def test_an_emptied_mapping_stays_where_kustomize_may_add_to_it() -> None:
    """`annotations: {}` keeps overlays that add to it working."""
    ran = convert({"a.yaml": deployment(), "kustomization.yaml": KUSTOMIZE + "resources: [a.yaml]\n"})
    assert "      annotations: {}\n" in ran.texts["a.yaml"]


def test_a_patch_is_edited() -> None:
    """It sets the annotation as well as a whole object does."""
    files = {"p.yaml": deployment(), "kustomization.yaml": KUSTOMIZE + "patches: [{path: p.yaml}]\n"}
    assert KEY not in convert(files).texts["p.yaml"]


@pytest.mark.parametrize("value", ['"true"', '"yes"', '""', "null"])
@pytest.mark.parametrize("gke", ["1.26", "1.33"])
def test_other_values_are_left_alone(value: str, gke: str) -> None:
    """Only "false" was refused, and only "false" means anything."""
    ran = convert({"a.yaml": deployment(value)}, gke)
    assert ran.texts["a.yaml"] == deployment(value)
    assert ran.codes() == []


def test_standard_clusters_are_left_alone() -> None:
    """There the annotation does what it always did."""
    ran = convert({"a.yaml": deployment()}, "1.26", "standard")
    assert ran.texts["a.yaml"] == deployment()
    assert ran.codes() == []


@pytest.mark.parametrize(
    "spec",
    [
        "      nodeSelector: {cloud.google.com/gke-spot: 'true'}\n",
        "      nodeSelector: {cloud.google.com/gke-provisioning: spot}\n",
        "      nodeSelector: {cloud.google.com/compute-class: mine}\n",
        "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: k}]}}\n",
        "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
        "[{matchExpressions: [{key: cloud.google.com/gke-spot, operator: In, values: ['true']}]}]}}}\n",
    ],
    ids=["spot", "spot, newer label", "compute class", "affinity", "spot by affinity"],
)
def test_where_it_does_not_help(spec: str) -> None:
    """Kept, with a warning."""
    ran = convert({"a.yaml": deployment(spec=spec)}, "1.33")
    assert ran.texts["a.yaml"] == deployment(spec=spec)
    assert ran.codes() == ["EVI002"]


def test_a_built_in_compute_class_is_no_reason_to_warn() -> None:
    """Balanced and its like are Autopilot's own."""
    assert convert({"a.yaml": deployment(spec="      nodeSelector: {cloud.google.com/compute-class: Balanced}\n")}, "1.33").codes() == [
        "EVI001"
    ]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("values.yaml", f'job:\n  podAnnotations:\n    {KEY}: "false"\n'),
        ("kustomization.yaml", KUSTOMIZE + f'commonAnnotations:\n  {KEY}: "false"\n'),
        (
            "kustomization.yaml",
            KUSTOMIZE + f'patches:\n- patch: |\n    kind: Deployment\n    metadata:\n      annotations:\n        {KEY}: "false"\n',
        ),
        (
            "pg.yaml",
            f"apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {{name: p}}\nspec:\n  podAnnotations:\n    {KEY}: 'false'\n",
        ),
    ],
    ids=["Helm values", "commonAnnotations", "inline patch", "another operator's object"],
)
def test_other_places_are_told(file: str, text: str) -> None:
    """File and line, no change; with another value nothing."""
    ran = convert({file: text})
    assert ran.texts[file] == text
    assert ran.codes() == ["EVI003"]
    assert convert({file: text.replace("false", "true")}).codes() == []


def test_the_annotation_of_the_object_itself_is_no_pods() -> None:
    """A Deployment's own annotations reach no Pod, and that is told."""
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n"
    text = head + f"  annotations: {{{KEY}: 'false'}}\nspec: {{template: {{spec: {{}}}}}}\n"
    assert convert({"a.yaml": text}).codes() == ["EVI005"]


@pytest.mark.parametrize("nested", [False, True])
def test_workflow_defaults_of_the_controller(nested: bool) -> None:
    """Edited inside the text, in both forms of the ConfigMap."""
    inner = ["spec:", "  podMetadata:", "    annotations:", "      team: ml  # ours", f'      {KEY}: "false"', "  parallelism: 3"]
    lines = (
        ["config: |", "  workflowDefaults:", *(f"    {x}" for x in inner)]
        if nested
        else ["workflowDefaults: |", *(f"  {x}" for x in inner)]
    )
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\ndata:\n"
    text = head + "".join(f"  {line}\n" for line in lines)
    assert one(text) == "".join(line + "\n" for line in text.splitlines() if KEY not in line)
    ran = convert({"a.yaml": text}, "1.33")
    assert ran.texts["a.yaml"] == text
    assert ran.codes() == ["EVI001"]


@pytest.mark.parametrize(("operation", "blocked"), [("remove", True), ("replace", True), ("add", False)])
@pytest.mark.parametrize("inline", [True, False])
def test_a_json_patch_that_needs_it(operation: str, blocked: bool, inline: bool) -> None:
    """`remove` and `replace` fail where there is nothing; `add` does not."""
    pointer = "/spec/template/metadata/annotations/" + KEY.replace("/", "~1")
    lines = [f"- op: {operation}", f"  path: {pointer}", '  value: "true"']
    body = "".join(f"    {line}\n" for line in lines)
    files = {
        "a.yaml": deployment(),
        "kustomization.yaml": KUSTOMIZE
        + "resources: [a.yaml]\npatches:\n- target: {kind: Deployment}\n"
        + (f"  patch: |\n{body}" if inline else "  path: p.yaml\n"),
        **({} if inline else {"p.yaml": "\n".join(lines) + "\n"}),
    }
    ran = convert(files)
    assert (ran.verdict("a.yaml") is Verdict.BLOCKED) is blocked
    assert (KEY in ran.texts["a.yaml"]) is blocked
    assert ("EVI004" in ran.codes()) is blocked
