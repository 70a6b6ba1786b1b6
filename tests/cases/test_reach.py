"""Kind 36: the reach of the repository's controller against the namespace of each CronWorkflow."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

from transformer.model import Verdict
from transformer.passkit.testing import Result, convert

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: tally, namespace: NS}
spec:
  schedule: "0 5 * * *"
  timeZone: Etc/UTC
  jobTemplate:
    spec:
      backoffLimit: 0
      template: {spec: {restartPolicy: Never, containers: [{name: tally, image: "t:1", command: [tally]}]}}
"""
CONTROLLER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: workflow-controller, namespace: argo}
spec:
  selector: {matchLabels: {app: workflow-controller}}
  template:
    metadata: {labels: {app: workflow-controller}}
    spec:
      containers:
      - name: workflow-controller
        image: quay.io/argoproj/workflow-controller:v3.6.10
        ARGS
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap, namespace: argo}\ndata:\n  namespace: argo\n"
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: argo, namespace: argo}\nspec:\n  chart: {spec: {chart: argo-workflows, version: 0.45.0}}\n  values:\n    singleNamespace: true\n"
APPLICATION = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: argo, namespace: argocd}\nspec:\n  destination: {namespace: argo}\n  source:\n    chart: argo-workflows\n    targetRevision: 0.45.0\n    helm:\n      HELM\n"
REMOTE = "namespace: argo\nresources:\n- https://github.com/argoproj/argo-workflows/manifests/namespace-install?ref=v3.6.10\n"


def run(namespace: str = "team", /, accept: tuple[str, ...] = (), **files: str) -> Result:
    named = {("kustomization.yaml" if "resources:" in text else f"{name}.yaml"): text for name, text in files.items()}
    return convert(
        {"jobs/cj.yaml": JOB.replace("NS", namespace), **{f"argo/{k}": v for k, v in named.items()}},
        ("cronworkflow", {"accept": list(accept)}),
    )


LIMITED = [
    (CONTROLLER.replace("ARGS", "args: [--namespaced]"), "argo/a.yaml:12: --namespaced (argo)"),
    (CONTROLLER.replace("ARGS", "command: [workflow-controller, --namespaced]"), "argo/a.yaml:12: --namespaced (argo)"),
    (CONTROLLER.replace("ARGS", "args: [--namespaced, --managed-namespace, prod]"), "argo/a.yaml:12: --managed-namespace prod (prod)"),
    (CONTROLLER.replace("ARGS", "args: [--namespaced, --managed-namespace=prod]"), "argo/a.yaml:12: --managed-namespace=prod (prod)"),
    (CONFIG, "argo/a.yaml:1: namespace: argo (argo)"),
    (RELEASE, "argo/a.yaml:7: singleNamespace: true (argo)"),
    (APPLICATION.replace("HELM", "valuesObject: {singleNamespace: true}"), "argo/a.yaml:10: singleNamespace: true (argo)"),
    (APPLICATION.replace("HELM", "values: |\n        singleNamespace: true"), "argo/a.yaml:10: singleNamespace: true (argo)"),
    (APPLICATION.replace("HELM", "parameters: [{name: singleNamespace, value: 'true'}]"), "argo/a.yaml:10: singleNamespace: true (argo)"),
    (REMOTE, "argo/kustomization.yaml:3: namespace-install (argo)"),
]


@pytest.mark.parametrize(("text", "told"), LIMITED)
def test_36_a_controller_that_does_not_watch_the_namespace(text: str, told: str) -> None:
    """Refused with the line that limits it, until the user accepts it."""
    ran = run(a=text)
    assert ran.verdict("jobs/cj.yaml") is Verdict.BLOCKED
    assert told in ran.told("CRON002").subject and ran.told("CRON002").line == 3
    assert run(a=text, accept=("controller-reach",)).verdict("jobs/cj.yaml") is Verdict.CHANGED


@pytest.mark.parametrize(
    ("namespace", "files"),
    [
        ("argo", {"a": LIMITED[0][0]}),
        ("prod", {"a": LIMITED[2][0]}),
        ("team", {"a": CONTROLLER.replace("        ARGS\n", "")}),
        ("team", {"a": CONTROLLER.replace("ARGS", "args: [--namespaced=false]")}),
        ("team", {"a": LIMITED[0][0], "b": CONTROLLER.replace("        ARGS\n", "").replace("namespace: argo", "namespace: shared")}),
        ("''", {"a": LIMITED[0][0]}),
        ("argo", {"a": RELEASE}),
        ("team", {"a": RELEASE.replace("true", "false")}),
        ("team", {}),
    ],
)
def test_36_where_it_is_watched_or_cannot_be_told(namespace: str, files: dict[str, str]) -> None:
    """Its own namespace, another controller for all, no limit, a namespace that nobody names, no controller here."""
    assert run(namespace, (), **files).verdict("jobs/cj.yaml") is Verdict.CHANGED
