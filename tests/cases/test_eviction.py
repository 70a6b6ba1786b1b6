"""Kinds 07 and 08: the whole Pod decides what safe-to-evict does, and a place where nothing reads it is told."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

from transformer.model import Severity, Target, Version
from transformer.passkit.testing import Result, convert

NOTE = 'cluster-autoscaler.kubernetes.io/safe-to-evict: "false"'
SPOT = 'nodeSelector: {cloud.google.com/gke-spot: "true"}'
WORKFLOW = "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: w}\nspec:\n  entrypoint: a\n"
STEP = "container: {image: b, command: [b]}"


def run(text: str, gke: str = "1.33", **files: str) -> Result:
    return convert({"m.yaml": text, **{f"{k}.yaml": v for k, v in files.items()}}, "eviction", Target(gke=Version.parse(gke)))


def codes(ran: Result) -> list[str]:
    return [f.code for f in ran.findings]


@pytest.mark.parametrize(
    "spec",
    [
        f"  podMetadata: {{annotations: {{{NOTE}}}}}\n  {SPOT}\n  templates: [{{name: a, {STEP}}}]\n",
        f"  podMetadata: {{annotations: {{{NOTE}}}}}\n  templates: [{{name: a, {SPOT}, {STEP}}}]\n",
        f"  podMetadata: {{annotations: {{{NOTE}}}}}\n  templateDefaults: {{{SPOT}}}\n  templates: [{{name: a, {STEP}}}]\n",
        f'  podMetadata: {{annotations: {{{NOTE}}}}}\n  podSpecPatch: \'{{"nodeSelector": {{"cloud.google.com/gke-spot": "true"}}}}\'\n  templates: [{{name: a, {STEP}}}]\n',
        f"  podMetadata: {{annotations: {{{NOTE}}}}}\n  templates: [{{name: a, podSpecPatch: '{{nodeSelector: {{cloud.google.com/compute-class: autopilot-spot}}}}', {STEP}}}]\n",
        f"  {SPOT}\n  templates: [{{name: a, metadata: {{annotations: {{{NOTE}}}}}, {STEP}}}]\n",
        f"  {SPOT}\n  templateDefaults: {{metadata: {{annotations: {{{NOTE}}}}}}}\n  templates: [{{name: a, {STEP}}}]\n",
        f"  podMetadata: {{annotations: {{{NOTE}}}}}\n  {SPOT}\n  workflowTemplateRef: {{name: x}}\n",
    ],
)
def test_07_a_spot_pod_however_it_is_said(spec: str) -> None:
    """Workflow, template, templateDefaults, podSpecPatch."""
    assert codes(run(WORKFLOW + spec)) == ["EVI002"]


def test_07_the_controllers_defaults_count() -> None:
    """Every Pod of the Workflow is Spot."""
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: workflow-controller-configmap}}\ndata:\n  workflowDefaults: |\n    spec: {{{SPOT}}}\n"
    spec = f"  podMetadata: {{annotations: {{{NOTE}}}}}\n  templates: [{{name: a, {STEP}}}]\n"
    assert codes(run(WORKFLOW + spec, argo=config)) == ["EVI002"]
    assert codes(run(WORKFLOW + spec)) == ["EVI001"]


def test_07_only_the_templates_that_are_spot() -> None:
    """A template's own selector goes before the Workflow's; steps make no Pod."""
    spec = (
        f"  podMetadata: {{annotations: {{{NOTE}}}}}\n  {SPOT}\n  templates:\n  - {{name: a, {STEP}}}\n"
        f"  - {{name: b, nodeSelector: {{pool: x}}, {STEP}}}\n  - {{name: c, steps: [[{{name: x, template: a}}]]}}\n"
    )
    assert sorted((f.code, f.subject) for f in run(WORKFLOW + spec).findings) == [("EVI001", "b"), ("EVI002", "a")]


JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec:\n  template:\n    metadata: {{annotations: {{{note}}}}}\n    spec:\n      restartPolicy: Never\n      containers: [{{name: a, image: b}}]\n      {more}\n"
AFFINITY = (
    "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchExpressions: [{0}]}}]}}}}}}"
)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (SPOT, "EVI002"),
        ("nodeSelector: {cloud.google.com/gke-provisioning: spot}", "EVI002"),
        ("nodeSelector: {cloud.google.com/compute-class: autopilot-spot}", "EVI002"),
        (AFFINITY.format('{key: cloud.google.com/gke-spot, operator: In, values: ["true"]}'), "EVI002"),
        (AFFINITY.format("{key: cloud.google.com/gke-spot, operator: Exists}"), "EVI002"),
        (AFFINITY.format("{key: cloud.google.com/compute-class, operator: In, values: [autopilot-spot]}"), "EVI002"),
        (AFFINITY.format('{key: cloud.google.com/gke-spot, operator: NotIn, values: ["true"]}'), "EVI001"),
        ("nodeSelector: {cloud.google.com/compute-class: cheap}", "EVI002"),
        ("nodeSelector: {pool: x}", "EVI001"),
    ],
)
def test_07_of_a_job(more: str, code: str) -> None:
    """Selector, affinity, class."""
    assert codes(run(JOB.format(note=NOTE, more=more))) == [code]


def test_07_a_class_of_the_repository_that_is_spot() -> None:
    """Its own reason is told, not only that the class is a custom one."""
    spot = "apiVersion: cloud.google.com/v1\nkind: ComputeClass\nmetadata: {name: cheap}\nspec: {priorities: [{machineFamily: n2, spot: true}]}\n"
    ran = run(JOB.format(note=NOTE, more="nodeSelector: {cloud.google.com/compute-class: cheap}"), cc=spot)
    assert [f.source for f in ran.findings] == ["eviction/spot"]


@pytest.mark.parametrize("gke", ["1.26", "1.33"])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n  annotations:\n    {NOTE}   # keep\nspec: {{template: {{spec: {{containers: [{{name: a, image: b}}]}}}}}}\n", 6),
        (f"apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: d}}\nspec:\n  schedule: '1 1 * * *'\n  jobTemplate:\n    metadata: {{annotations: {{{NOTE}}}}}\n    spec: {{template: {{spec: {{containers: [{{name: a, image: b}}]}}}}}}\n", 7),
        (f"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{name: d, annotations: {{{NOTE}}}}}\nspec: {{templates: [{{name: a, {STEP}}}]}}\n", 3),
        (f"apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {{name: d}}\nspec:\n  workflowMetadata: {{annotations: {{{NOTE}}}}}\n  workflowSpec: {{templates: [{{name: a, {STEP}}}]}}\n", 5),
    ],
)  # fmt: skip
def test_08_where_nothing_reads_it(text: str, line: int, gke: str) -> None:
    """On the workload, on the Job of a CronJob, on a Workflow: no edit, and a warning at its line."""
    ran = run(text, gke)
    assert ran.new == {}
    assert [(f.code, f.severity, f.line, f.source) for f in ran.findings] == [("EVI005", Severity.WARNING, line, "eviction/unread")]


def test_08_not_where_the_pod_has_it_too() -> None:
    """Then the Pod is protected."""
    text = JOB.format(note=NOTE, more="").replace("{name: j}", f"{{name: j, annotations: {{{NOTE}}}}}")
    assert codes(run(text)) == ["EVI001"]
    assert (
        codes(
            run(
                JOB.format(note="a: b", more="").replace(
                    "{name: j}", '{name: j, annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: "true"}}'
                )
            )
        )
        == []
    )
