"""Rules of the field table that no example shows: what brings each of them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.passes.cronjobs import ALONE, FILE, WHOLE, convert, with_field
from transformer.model import Target, Version
from transformer.passes.cronworkflow.rows import rule
from transformer.passkit import table, testing

APPARMOR = "container.apparmor.security.beta.kubernetes.io/work: unconfined"
DEFAULT = "metadata: {annotations: {kubectl.kubernetes.io/default-container: work}}"
RESOURCE = "env: [{name: A, valueFrom: {resourceFieldRef: {containerName: work, resource: limits.cpu}}}]"
PATCHED = {"kustomization.yaml": f"images: [{{name: registry.example/report, newTag: '2'}}]\nresources: [{FILE}]\n"}
CONTROLLER = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap}
data:
  workflowDefaults: |
    spec: {nodeSelector: {pool: argo}}
"""
SUBMITS = WHOLE.replace("[report]", "[argo, submit, --wait, --from, workflowtemplate/report]").replace(
    "    spec:\n      template:", "    spec:\n      backoffLimit: 0\n      podReplacementPolicy: Failed\n      template:"
)
TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: report}
spec: {entrypoint: main, templates: [{name: main, container: {image: "a:1", command: [a]}}]}
"""
NATIVE = [r.id for name in ("cronjob_fields", "cronjob_rules") for r in table(name).rows if r.get("consent") == "accept"]
LONG = "x" * 140_000


def cited(
    text: str, argo: str = "3.6", crds: str = "", referencing: str = "", files: Mapping[str, str] | None = None, **params: Any
) -> set[str]:
    """The rows that changes and findings name."""
    target = Target(argo=Version.parse(argo), gke=Version.parse("1.33"), crds=crds, template_referencing=referencing)
    found = testing.convert({FILE: text, **(files or {})}, (ALONE, params), target, include=[FILE])
    assert not found.bugs, found.bugs
    return {s.removeprefix("cronjob_fields/").removeprefix("cronjob_rules/") for s in found.cited}


@pytest.mark.parametrize(
    ("row", "text", "settings"),
    [
        ("name-too-long", WHOLE.replace("name: report", f"name: {'a' * 53}", 1), {}),
        ("annotation-applied", with_field("metadata", "annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}"), {}),
        ("retry-expression", WHOLE, {"argo": "3.1"}),
        ("container-annotations", with_field("pod-template", f"metadata: {{annotations: {{{APPARMOR}}}}}"), {}),
        ("default-container-annotations", with_field("pod-template", DEFAULT), {}),
        ("restart-policy-absent", WHOLE.replace("          restartPolicy: Never\n", ""), {}),
        ("pod-name-reference", with_field("container", "env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"), {}),
        ("args-too-long", with_field("container", f"args: [$(A), {LONG}]"), {"argo": "3.7"}),
        ("args-too-long", with_field("container", f"args: [$(A), {'é' * 65_600}]"), {"argo": "3.7"}),
        ("container-reference", with_field("container", RESOURCE), {}),
        ("api-too-old", WHOLE.replace("batch/v1", "batch/v2alpha1"), {}),
        ("says-nothing", with_field("pod", "readinessGates: []"), {}),
        ("api-default", with_field("job", "parallelism: 1"), {}),
        ("target-too-old", WHOLE, {"argo": "3.0"}),
        ("native-left-wrapped", SUBMITS, {"files": {"t.yaml": TEMPLATE}, "mode": "wrapper"}),
        ("native-waiting-job", SUBMITS, {"files": {"t.yaml": TEMPLATE}, "mode": "native", "accept": NATIVE}),
        ("inline-templates", WHOLE, {"referencing": "Strict"}),
    ],
)  # fmt: skip
def test_what_brings_a_rule_up(row: str, text: str, settings: dict[str, Any]) -> None:
    """A change or a finding cites it."""
    assert row in cited(text, **settings)


def test_a_kustomization_that_acts_is_cited_by_its_own_section() -> None:
    """The row `kustomize` gives the words, the feature its place in gitops.md."""
    assert rule("kustomize")["why"]
    assert cited(WHOLE, files=PATCHED) == {"gitops.md 1.2"}


def test_what_the_controller_would_add_is_told_with_the_row_that_accepts_it() -> None:
    """The Pod proof blocks the conversion."""
    found = convert(WHOLE, files={"argo.yaml": CONTROLLER})
    assert found.outcome == "Blocked"
    assert rule("controller-defaults").id in found.findings[-1].remedy
