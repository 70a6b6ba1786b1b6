"""Kinds 68 and 70: versions that do not exist, that are newer than what is known, or that are another product's."""

from __future__ import annotations

import pytest

from transformer.commands.init import look
from transformer.config.settings import parse
from transformer.errors import UsageError
from transformer.model import Severity

CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {{name: move}}
target:
  gke: {{mode: autopilot, version: "{gke}"}}
  argoWorkflows: {{version: "{argo}"}}
passes:
  - cronworkflow: {{}}
"""


@pytest.mark.parametrize("argo", ["3.8", "3.42", "3.99", "3.99.1", "2.13", "1.8", "0.9"])
def test_68_a_release_that_never_was_is_an_error_at_its_place(argo: str) -> None:
    """Between the last 3.x and 4.0 there is nothing, and nothing before 2.0."""
    with pytest.raises(UsageError, match=rf"transformer.yaml:6:\d+: Argo Workflows {argo} was never released"):
        parse(CONFIG.format(gke="1.33", argo=argo), "transformer.yaml")


@pytest.mark.parametrize(("argo", "known"), [("4.2", "4.1"), ("5.0", "4.1"), ("3.6.99", "3.6.19"), ("4.1.40", "4.1.2")])
def test_68_a_newer_release_is_a_warning(argo: str, known: str) -> None:
    """It may exist: the run goes on, and says what it takes for granted."""
    (told,) = parse(CONFIG.format(gke="1.33", argo=argo), "transformer.yaml").doubts
    assert (told.code, told.severity, told.file, told.line) == ("CFG001", Severity.WARNING, "transformer.yaml", 6)
    assert f"newer than what is known here ({known})" in told.message


def test_68_gke_newer_than_known_is_a_warning() -> None:
    """At its own line."""
    (told,) = parse(CONFIG.format(gke="1.99", argo="3.6"), "transformer.yaml").doubts
    assert (told.line, told.message.split(",")[0]) == (5, "GKE 1.99 is newer than what is known here (1.37)")


@pytest.mark.parametrize("argo", ["2.12", "3.0.10", "3.1", "3.4.8", "3.6", "3.7.10", "4.0.1", "4.1", "4.1.2"])
def test_68_what_exists_is_not_doubted(argo: str) -> None:
    """With a patch and without."""
    assert parse(CONFIG.format(gke="1.33", argo=argo), "transformer.yaml").doubts == ()


@pytest.mark.parametrize(
    "line",
    [
        "- https://github.com/argoproj/argo-cd/manifests/base?ref=v2.1.3",
        "- https://github.com/argoproj/argo-cd.git//manifests/base?ref=v3.1.0",
        "- https://github.com/argoproj/argo-events/manifests/base?ref=v3.2.0",
        "- https://github.com/argoproj/argo-rollouts/releases/download/v3.4.1/install.yaml",
        "- https://raw.githubusercontent.com/argoproj/argo-helm/argo-cd-3.6.0/x.yaml?ref=3.6.0",
        "- https://github.com/argoproj-labs/argocd-image-updater/manifests/base?ref=v2.1.0",
        "image: example.net/kubeflow-workflow-controller:v3.1.0",
        "image: example.net/workflow-controller:v0.8.1",
        "image: example.net/workflow-controller:1.8",
    ],
)
def test_70_no_version_is_read_from_another_product(line: str) -> None:
    """Nor from a tag that Argo Workflows never had."""
    assert look([("a.yaml", f"resources:\n  {line}\n".encode())]).argo == {}


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("- https://github.com/argoproj/argo-workflows/manifests/cluster-install?ref=v3.4.8", "3.4"),
        ("- github.com/argoproj/argo-workflows.git//manifests/base?ref=v3.6.10", "3.6"),
        ("- github.com/argoproj/argo/manifests/base?ref=v2.12.13", "2.12"),
        ("- https://github.com/argoproj/argo-workflows/releases/download/v3.5.0/install.yaml", "3.5"),
        ("- https://raw.githubusercontent.com/argoproj/argo-workflows/v3.3.10/manifests/install.yaml", "3.3"),
        ("image: quay.io/argoproj/workflow-controller:v3.6.10", "3.6"),
        ('image: "workflow-controller:v4.0.2@sha256:0"', "4.0"),
    ],
)
def test_70_its_own_are_read(line: str, version: str) -> None:
    """Remote bases, release assets, raw files and images."""
    assert look([("a.yaml", f"resources:\n  {line}\n".encode())]).argo == {version: "a.yaml"}
