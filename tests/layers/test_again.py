"""A job that comes to a base later: the Component of the earlier run is extended, and what was converted then stays as it is."""

from __future__ import annotations

from tests.layers.judge import PASSES, judge, planned
from tests.layers.test_told import JOB

KUSTOMIZATION = "base/cronworkflow-component/kustomization.yaml"
OVER = "resources: [../base]\nimages: [{name: x, newTag: '2'}]\n"
ENV = """\
patches:
- patch: |-
    apiVersion: batch/v1
    kind: CronJob
    metadata: {name: b}
    spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: main, env: [{name: A, value: "1"}]}]}}}}}
"""


def test_a_job_that_comes_later() -> None:
    first = {"base/a.yaml": JOB % "", "base/kustomization.yaml": "resources: [a.yaml]\n", "prod/kustomization.yaml": OVER}
    ran = planned(PASSES)(first)
    assert "openapi" not in ran.files[KUSTOMIZATION]
    later = {**ran.files, "base/b.yaml": JOB.replace("name: a", "name: b") % "", "prod/kustomization.yaml": OVER + ENV}
    later["base/kustomization.yaml"] = later["base/kustomization.yaml"].replace("[a.yaml]", "[a.yaml, b.yaml]")
    verdict = judge(later)
    assert verdict.state == "converted" and verdict.jobs == ("b",), str(verdict)
    assert "- images.yaml\nopenapi:\n  path: merge-keys.yaml\n" in verdict.ran.files[KUSTOMIZATION]
    assert verdict.ran.files["base/a.yaml"] == ran.files["base/a.yaml"]


def test_something_else_of_that_name() -> None:
    files = {"base/a.yaml": JOB % "", "base/kustomization.yaml": "resources: [a.yaml]\n", "prod/kustomization.yaml": OVER}
    ran = planned(PASSES)({**files, KUSTOMIZATION: "resources: [../a.yaml]\n"})
    assert not any(path.startswith("base/cronworkflow-component/i") for path in ran.files)
    assert any("holds something else" in f.message for f in ran.findings)
