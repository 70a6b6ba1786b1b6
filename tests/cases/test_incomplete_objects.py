"""Kind of fault: an incomplete object is called a patch where nothing patches (case 63)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import Case, cron_job

BOTH = "passes:\n  - cronworkflow: {}\n  - resources: {defaults: {requests: {cpu: 100m}}}\n"
RESOURCES = "passes:\n  - resources: {defaults: {requests: {cpu: 100m}}}\n"
NO_IMAGE = cron_job().replace("              image: a\n", "")
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: one
          image: a
        - name: two
          args: [x]
"""
PATCH = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec: {suspend: true}\n"


@pytest.mark.parametrize(
    ("text", "config", "line", "words"),
    [
        (NO_IMAGE, BOTH, 12, "container main has no image"),
        (cron_job().replace("image: a", "image:"), BOTH, 12, "container main has no image"),
        (cron_job(schedule=""), BOTH, 4, "no schedule"),
        (PATCH, BOTH, 4, "no schedule"),
        (DEPLOYMENT, RESOURCES, 10, "container two has no image"),
    ],
)
def test_it_is_refused_once_at_its_place(case: Case, text: str, config: str, line: int, words: str) -> None:
    done = case({"job.yaml": text, "kustomization.yaml": "resources: [job.yaml]\n"}, config)
    (told,) = done.report["findings"]
    assert (told["code"], told["line"], told["severity"], done.code) == ("OBJ001", line, "error", 1)
    assert words in told["message"] and "patch of another object" not in str(done.report)
    assert not done.texts


@pytest.mark.parametrize(
    "kustomization",
    [
        "resources: [whole.yaml]\npatches: [{path: job.yaml}]\n",
        "resources: [whole.yaml]\npatchesStrategicMerge: [job.yaml]\n",
        "resources: [whole.yaml]\npatches: [{path: job.yaml}\n",
    ],
)
def test_a_patch_is_called_one(case: Case, kustomization: str) -> None:
    """Where a kustomization patches with it, also one that cannot be read."""
    done = case({"job.yaml": NO_IMAGE, "whole.yaml": cron_job("other"), "kustomization.yaml": kustomization})
    assert done.verdicts["job.yaml"] == "Skipped"
    assert not done.findings("OBJ001")


@pytest.mark.parametrize(
    "text", ["#@overlay/match by=x\n---\n" + PATCH, PATCH + "---\n" + PATCH.replace("{suspend: true}", "{$patch: delete}")]
)
def test_what_says_that_it_is_a_patch(case: Case, text: str) -> None:
    assert not case({"job.yaml": text}).findings("OBJ001")


def test_an_overlay_that_adds_what_is_missing(case: Case) -> None:
    """The base is no patch: it is left alone, and the place of the patch is said."""
    over = """\
resources: [../base]
patches:
  - patch: |-
      apiVersion: batch/v1
      kind: CronJob
      metadata: {name: report}
      spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: main, image: a}]}}}}}
"""
    files = {"base/job.yaml": NO_IMAGE, "base/kustomization.yaml": "resources: [job.yaml]\n", "over/kustomization.yaml": over}
    done = case(files)
    (outcome,) = done.report["outcomes"]
    assert (outcome["outcome"], done.code) == ("Skipped", 0) and "over/kustomization.yaml:3 patches it" in outcome["reason"]
