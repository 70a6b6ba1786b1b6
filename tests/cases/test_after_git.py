"""Kinds of fault: what changes manifests after git is not counted (19); text from outside is written as it is (42)."""

from __future__ import annotations

import json

import pytest

from tests.cases.conftest import Case, cron_job
from transformer.yamltext import load

IMAGE = "registry.example.net/tally"
JOB = {
    "jobs/tally.yaml": cron_job("tally", more="namespace: jobs").replace("image: a", f"image: {IMAGE}:1.0"),
    "jobs/kustomization.yaml": "resources: [tally.yaml]\n",
}
SPEC = "{project: default, source: {repoURL: x, path: %s}, destination: {namespace: jobs}}"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: jobs
  annotations:
    argocd-image-updater.argoproj.io/image-list: %s
spec: {project: default, source: {repoURL: x, path: %s}, destination: {namespace: jobs}}
"""
UPDATER = """\
apiVersion: argocd-image-updater.argoproj.io/v1alpha1
kind: ImageUpdater
metadata: {name: all}
spec:
  applicationRefs:
    - namePattern: "*"
      images: [{alias: tally, imageName: "%s:1.x"}]
"""
SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: jobs}
spec:
  template:
    metadata: {annotations: {argocd-image-updater.argoproj.io/image-list: "%s"}}
    spec: {source: {repoURL: x, path: "{{path}}"}}
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (APPLICATION % (f"tally={IMAGE}:1.x", "jobs"), 6),
        (APPLICATION % (IMAGE, "./jobs/"), 6),
        (APPLICATION % (f"other=a/b:1, tally={IMAGE}@latest", "jobs"), 6),
        (SET % IMAGE, 6),
        (UPDATER % IMAGE, 7),
    ],
)
def test_an_image_updater_acts(case: Case, text: str, line: int) -> None:
    (told,) = case({**JOB, "apps/a.yaml": text}).findings("KUS001")
    assert f"apps/a.yaml:{line}" in told["message"] and IMAGE in told["message"]


@pytest.mark.parametrize(
    "text", [APPLICATION % (f"tally={IMAGE}", "other"), APPLICATION % ("other/tally:1.x", "jobs"), UPDATER % "other/tally"]
)
def test_one_that_is_about_something_else(case: Case, text: str) -> None:
    assert case({**JOB, "apps/a.yaml": text}).verdicts["jobs/tally.yaml"] == "Changed"


def test_an_image_updater_works_with_kustomize_alone(case: Case) -> None:
    """In a folder of plain manifests it can set nothing."""
    files = {"jobs/tally.yaml": JOB["jobs/tally.yaml"], "apps/a.yaml": APPLICATION % (IMAGE, "jobs")}
    assert case(files).verdicts["jobs/tally.yaml"] == "Changed"


FLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: embed%s}
spec:
  entrypoint: embed
  templates:
  - name: embed
    container:
      image: embed:3
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flows, namespace: flux-system}
spec: {path: ./flows, sourceRef: {kind: GitRepository, name: x}%s}
"""
CONFIG = "passes:\n  - command: {imagesFile: images.json}\n"
BUILD = ", postBuild: {substitute: {ZONE: home}}"
OFF = ", labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}"


@pytest.mark.parametrize(
    ("word", "written", "flux", "more"),
    [
        ("--zone ${ZONE:-none}", "--zone $${ZONE:-none}", BUILD, ""),
        ("--zone ${ZONE:-none}", "--zone $${ZONE:-none}", ", postBuild: {substituteFrom: [{kind: Secret, name: x}]}", ""),
        ("--zone ${ZONE:-none}", "--zone ${ZONE:-none}", BUILD, OFF),
        ("--zone ${ZONE:-none}", "--zone ${ZONE:-none}", "", ""),
        ("echo $(date) $$ $X", "echo $$(date) $$$ $X", "", ""),
        ("a $(b) ${c}", "a $$(b) $${c}", BUILD, ""),
    ],
)
def test_a_command_is_written_for_everyone_who_reads_it(case: Case, word: str, written: str, flux: str, more: str) -> None:
    images = json.dumps({"embed:3": {"entrypoint": ["sh", "-c", word], "cmd": [word]}})
    done = case({"flows/wt.yaml": FLOW % more, "clusters/flows.yaml": FLUX % flux, "images.json": images}, CONFIG)
    (flow,) = load(done.texts["flows/wt.yaml"])
    assert flow["spec"]["templates"][0]["container"]["command"] == ["sh", "-c", written]
    assert flow["spec"]["templates"][0]["container"]["args"] == [written]


@pytest.mark.parametrize("word", ["--tpl {{workflow.name}}", "{{= 1 }}", "a {{ b"])
def test_double_braces_are_refused_with_the_reason(case: Case, word: str) -> None:
    images = json.dumps({"embed:3": {"entrypoint": ["embed", word], "cmd": None}})
    done = case({"flows/wt.yaml": FLOW % "", "images.json": images}, CONFIG)
    (told,) = done.report["findings"]
    assert (told["code"], told["line"]) == ("CMD009", 8) and word in told["message"] and not done.texts


@pytest.mark.parametrize(
    ("more", "row", "line"),
    [
        ("annotations: {keel.sh/policy: minor, keel.sh/trigger: poll}", "annotation-image-updater", 3),
        ("labels: {keel.sh/policy: minor}", "annotation-image-updater", 3),
        ('annotations: {fluxcd.io/automated: "true"}', "annotation-image-updater", 3),
        ("annotations: {image.openshift.io/triggers: '[]'}", "annotation-image-updater", 3),
        ('annotations: {reloader.stakater.com/auto: "true"}', "annotation-watcher", 3),
        ("annotations: {secret.reloader.stakater.com/reload: a, configmap.reloader.stakater.com/reload: b}", "annotation-watcher", 3),
        ("annotations: {downscaler/uptime: always}", "annotation-watcher", 3),
    ],
)
def test_a_program_that_acts_on_cron_jobs_only_is_told(case: Case, more: str, row: str, line: int) -> None:
    done = case({"a.yaml": cron_job(more=f"namespace: a, {more}")})
    told = [
        f for f in done.findings("CRON004") if f["source"] in ("cronjob_rules/annotation-image-updater", "cronjob_rules/annotation-watcher")
    ]
    assert [(f["source"], f["line"], f["severity"]) for f in told] == [(f"cronjob_rules/{row}", line, "warning")]
    assert done.verdicts["a.yaml"] == "Changed"


@pytest.mark.parametrize("more", ['annotations: {keel.example.com/x: "1"}', "labels: {app.kubernetes.io/name: keel}"])
def test_another_key_is_none_of_them(case: Case, more: str) -> None:
    told = case({"a.yaml": cron_job(more=f"namespace: a, {more}")}).findings("CRON004", severity="warning")
    assert not told
