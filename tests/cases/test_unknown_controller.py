"""Kind 59: what the repository deploys is of unknown version where its image is somebody's own; the target is not taken for it."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

from transformer.model import Severity, Target, Verdict, Version
from transformer.passkit.testing import Result, convert

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap, namespace: argo}\ndata:\n  containerRuntimeExecutor: EXECUTOR\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: workflow-controller, namespace: argo}
spec:
  selector: {matchLabels: {app: workflow-controller}}
  template:
    metadata: {labels: {app: workflow-controller}}
    spec:
      containers:
        - name: controller
          image: IMAGE
          command: [workflow-controller]
"""


def run(image: str, executor: str = "emissary", argo: str = "3.6", deployment: str = DEPLOYMENT, **more: str) -> Result:
    files = {"cm.yaml": CONFIG.replace("EXECUTOR", executor), "d.yaml": deployment.replace("IMAGE", image), **more}
    return convert(files, "executor", Target(argo=Version.parse(argo)))


@pytest.mark.parametrize("executor", ["emissary", "pns"])
@pytest.mark.parametrize(
    "image",
    [
        "registry.example/mirror/argoworkflowcontroller:1.8",
        "registry.example/mirror/workflow-controller:2024.06",
        "registry.example/mirror/workflow-controller:stable",
        "quay.io/argoproj/workflow-controller@sha256:" + "0" * 64,
    ],
)
def test_59_nothing_is_removed_on_the_strength_of_the_target(image: str, executor: str) -> None:
    """A finding at the image says so, and how to tell the version."""
    ran = run(image, executor)
    told = ran.told("EXE012")
    assert (ran.new, ran.verdict("cm.yaml")) == ({}, Verdict.SKIPPED)
    assert (told.file, told.line, told.subject, told.severity) == ("d.yaml", 11, image, Severity.WARNING)
    assert "app.kubernetes.io/version: v3.6.10" in told.remedy and "cm.yaml:5" in told.remedy


@pytest.mark.parametrize("image", ["quay.io/argoproj/workflow-controller:v3.6.10", "registry.example/workflow-controller:v3.5.1-ours.2", "argo/workflow-controller:latest", "${IMAGE}"])  # fmt: skip
def test_59_what_can_be_known_goes_on_as_before(image: str) -> None:
    """A version in the tag; the newest; and what is filled in elsewhere."""
    ran = run(image, "pns")
    assert "EXE012" not in ran.codes() and "containerRuntimeExecutor" not in ran.texts["cm.yaml"]


def test_59_the_remedies_work() -> None:
    """The label and the tag that the finding shows."""
    label = DEPLOYMENT.replace("namespace: argo}", "namespace: argo, labels: {app.kubernetes.io/version: v3.6.10}}")
    for ran in (run("mirror/controller:1.8", "pns", deployment=label), run("mirror/workflow-controller:v3.6.10-mirror.1", "pns")):
        assert "EXE012" not in ran.codes() and "containerRuntimeExecutor" not in ran.texts["cm.yaml"]


def test_59_a_pin_of_kustomize_says_it() -> None:
    """`images:` goes before the image itself."""
    more = {"kustomization.yaml": "resources: [cm.yaml, d.yaml]\nimages: [{name: mirror/workflow-controller, newTag: v3.3.10}]\n"}
    assert "containerRuntimeExecutor: emissary" in run("mirror/workflow-controller:1.8", "pns", **more).texts["cm.yaml"]


def test_59_where_the_setting_stays_anyway_it_is_set() -> None:
    """At 3.3 emissary is the default, and the key is known."""
    assert "containerRuntimeExecutor: emissary" in run("mirror/workflow-controller:1.8", "pns", "3.3").texts["cm.yaml"]
