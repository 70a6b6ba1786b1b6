"""Kind 67: objects inside objects: a CronJob there is a finding, the same job twice a warning."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

from transformer.model import Severity, Verdict
from transformer.passkit.testing import Result, convert

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: a}
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template: {spec: {restartPolicy: Never, containers: [{name: main, image: a, command: [b]}]}}
"""
INNER = '{apiVersion: batch/v1, kind: CronJob, metadata: {name: NAME, namespace: a}, spec: {schedule: "0 2 * * *"}}'
LINES = '      apiVersion: batch/v1\n      kind: CronJob\n      metadata: {name: NAME, namespace: a}\n      spec: {schedule: "0 2 * * *"}\n'


def run(text: str, name: str, file: str = "x.yaml") -> Result:
    return convert({"cj.yaml": JOB, file: text.replace("INNER", INNER).replace("LINES", LINES).replace("NAME", name)}, "cronworkflow")


HOLDERS = [
    ("apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: t}\nobjects:\n- INNER\n", 5, "Template t"),
    ("apiVersion: hive.openshift.io/v1\nkind: SyncSet\nmetadata: {name: t}\nspec:\n  resources:\n  - INNER\n", 6, "SyncSet t"),
    (
        "apiVersion: hive.openshift.io/v1\nkind: SelectorSyncSet\nmetadata: {name: t}\nspec:\n  resources:\n  - INNER\n",
        6,
        "SelectorSyncSet t",
    ),
    (
        "apiVersion: policy.open-cluster-management.io/v1\nkind: ConfigurationPolicy\nmetadata: {name: t}\nspec:\n  object-templates:\n  - complianceType: musthave\n    objectDefinition: INNER\n",
        7,
        "ConfigurationPolicy t",
    ),
    ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata:\n  job.yaml: |\n    a: b\n    c:\n    - d:\nLINES", 8, "ConfigMap t"),
    (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata:\n  job.yaml: |\n    # why\n    apiVersion: batch/v1\n    kind: CronJob\n    metadata: {name: NAME, namespace: a}\n    spec: {schedule: '1 1 * * *'}\n",
        8,
        "ConfigMap t",
    ),
    (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata:\n  all.yaml: |\n    kind: Service\n    ---\n    kind: CronJob\n    apiVersion: batch/v1\n    metadata: {name: NAME, namespace: a}\n    spec: {schedule: '1 1 * * *'}\n",
        8,
        "ConfigMap t",
    ),
    (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: t}\nspec:\n  values:\n    extraObjects:\n    - INNER\n",
        7,
        "HelmRelease t",
    ),
    (
        "apiVersion: kubernetes.crossplane.io/v1alpha2\nkind: Object\nmetadata: {name: t}\nspec:\n  forProvider:\n    manifest: INNER\n",
        6,
        "Object t",
    ),
    (
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: t}\nspec:\n  rules:\n  - generate: {apiVersion: batch/v1, kind: CronJob, name: NAME, namespace: a, data: {spec: {schedule: '1 1 * * *'}}}\n",
        6,
        "ClusterPolicy t",
    ),
    ("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  metadata: {name: t}\n  items:\n  - INNER\n", 8, "List t"),
    ("extraDeploy:\n- INNER\n", 2, "document"),
]


@pytest.mark.parametrize(("text", "line", "holder"), HOLDERS, ids=[h for *_, h in HOLDERS])
@pytest.mark.parametrize(("name", "severity"), [("other", Severity.INFO), ("report", Severity.WARNING)])
def test_67_a_cronjob_inside_another_object(text: str, line: int, holder: str, name: str, severity: Severity) -> None:
    """Told at its line, as a warning where the same job is converted; the plain one is converted."""
    ran = run(text, name)
    (told,) = [f for f in ran.findings if f.code == "CRON014"]
    assert (told.file, told.line, told.severity) == ("x.yaml", line, severity)
    assert f"it stands in the {holder}" in told.message
    assert ran.verdict("cj.yaml") is Verdict.CHANGED and "x.yaml" not in ran.new


def test_67_told_also_where_nothing_is_converted() -> None:
    """It is no less a CronJob."""
    ran = convert({"x.yaml": HOLDERS[0][0].replace("INNER", INNER).replace("NAME", "n")}, "cronworkflow")
    assert ran.codes() == ["CRON014"]


def test_67_a_text_that_is_no_yaml() -> None:
    """A script that applies one."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata:\n  run.sh: |\n    kubectl apply -f - <<EOF\n    kind: CronJob\n    metadata: {name: x}\n    EOF\n"
    assert [(f.code, f.line) for f in run(text, "x").findings if f.file == "x.yaml"] == [("CRON014", 7)]


def test_67_nothing_of_a_secret_is_shown() -> None:
    """Not even a name."""
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: t}\nstringData:\n  job.yaml: |\n    a:\nLINES"
    (told,) = [f for f in run(text, "hidden").findings if f.code == "CRON014"]
    assert "hidden" not in told.full_message + told.remedy


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: t}\nspec: {targetRef: {apiVersion: batch/v1, kind: CronJob, name: other}}\n",
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: t}\nspec: {rules: [{match: {any: [{resources: {kinds: [CronJob]}}]}}]}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: t}\nspec: {namespaceResourceWhitelist: [{group: batch, kind: CronJob}, {group: '*', kind: '*'}]}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata: {a: about the CronJob report}\n",
    ],
)
def test_67_what_only_names_one_is_none(text: str) -> None:
    """References, kinds in policies, prose."""
    assert [f.code for f in run(text, "x").findings if f.code == "CRON014"] == []


def test_67_a_patch_of_kustomize_is_none() -> None:
    """It is a part of the one that is there."""
    text = "resources: [cj.yaml]\npatches:\n- patch: |\n    apiVersion: batch/v1\n    kind: CronJob\n    metadata: {name: report, namespace: a}\n    spec: {schedule: '1 1 * * *'}\n"
    assert "CRON014" not in run(text, "x", "kustomization.yaml").codes()
