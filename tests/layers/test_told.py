"""What a layer means for the new kind is told at the layer."""

from __future__ import annotations

from tests.layers.judge import PASSES, planned

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
%s      template:
        spec:
          restartPolicy: Never
          containers:
          - {name: main, image: "x:1", command: [run]}
"""
OVER = """\
resources: [../base]
patches:
- patch: |-
    apiVersion: batch/v1
    kind: CronJob
    metadata: {name: a}
    spec: {jobTemplate: {spec: {%s}}}
"""


def tree(job: str, patch: str) -> dict[str, str]:
    return {"base/job.yaml": JOB % job, "base/kustomization.yaml": "resources: [job.yaml]\n", "prod/kustomization.yaml": OVER % patch}


def test_a_finding_about_what_a_patch_sets() -> None:
    ran = planned(PASSES)(tree("      backoffLimit: 0\n", "backoffLimit: 3"))
    told = [f for f in ran.findings if f.file == "prod/kustomization.yaml"]
    assert [f.line for f in told] and all(f.line == 3 for f in told)
    assert any("evicted" in f.message for f in told)


def test_a_number_over_a_default_stays_a_number() -> None:
    """Kustomize would keep the quotes of a text."""
    ran = planned(PASSES)(tree("", "backoffLimit: 3"))
    assert "limit: 6\n" in ran.files["base/job.yaml"]
    assert "limit: 3" in ran.files["prod/kustomization.yaml"]
