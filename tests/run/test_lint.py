"""Real programs, where they are on PATH; a machine without them skips, and says which is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from transformer.argo.rules import faults
from transformer.cli import main
from transformer.model import Target, Version
from transformer.run import lint
from transformer.yamltext import load

RELEASES = ("3.6", "3.7", "4.0")
CRON = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: %s}
spec:
  %s
  workflowSpec:
    entrypoint: main
    templates: [{name: main, container: {image: "a:1", command: [a], args: ["%s"]}}]
"""
REFERS = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: refers}
spec: {%s, workflowSpec: {workflowTemplateRef: {name: shared}}}
"""
SHARED = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: shared}
spec: {entrypoint: main, templates: [{name: main, container: {image: a}}]}
"""
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 2 * * MON-FRI"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 5
          containers: [{name: work, image: "a:1", command: [a]}]
"""
CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: test}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "%s"}
passes: [{cronworkflow: {}}]
"""


def target(argo: str) -> Target:
    return Target(argo=Version.parse(argo), crds="minimal")


def schedules(argo: str) -> str:
    return 'schedules: ["0 2 * * *"]' if argo >= "3.6" else 'schedule: "0 2 * * *"'


def program(argo: str) -> str:
    found = lint.lint_program(target(argo))
    if found is None:
        pytest.skip(f"not checked: no argo {argo} on PATH")
    return found


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    lint.lint_program.cache_clear()
    yield
    lint.lint_program.cache_clear()


@pytest.mark.parametrize("argo", RELEASES)
def test_each_release_lints_its_own(argo: str) -> None:
    """Each file has its own faults; what is right has none."""
    texts = {"a.yaml": CRON % ("a", schedules(argo), "x"), "b.yaml": CRON % ("b", schedules(argo), "{{workflow.foo}}")}
    found = lint.lint(program(argo), {k: v.encode() for k, v in texts.items()}, 60)
    assert found is not None
    assert list(found) == ["b.yaml"]
    assert "failed to resolve" in next(iter(found["b.yaml"]))


@pytest.mark.parametrize("argo", RELEASES)
@pytest.mark.parametrize("field", ['schedule: "0 2 * * *"', 'schedules: ["0 2 * * *"]', 'schedules: ["0 2 * *"]'])
def test_the_rules_agree_with_the_program(argo: str, field: str) -> None:
    """A schedule is one field up to 3.7 and another from 3.6 on."""
    text = CRON % ("a", field, "x")
    found = lint.lint(program(argo), {"a.yaml": text.encode()}, 60)
    assert bool(found) is bool(faults(load(text)[0], target(argo)))


@pytest.mark.parametrize("argo", RELEASES)
def test_references_are_looked_up_in_the_repository(argo: str) -> None:
    """In files that did not change, and forgiven where the template may be in the cluster; one that stands twice hides nothing."""
    texts = {"a.yaml": (REFERS % schedules(argo)).encode(), "b.yaml": (CRON % ("b", schedules(argo), "{{workflow.foo}}")).encode()}
    for beside in ({}, {"t.yaml": SHARED.encode()}, {"t.yaml": SHARED.encode(), "u.yaml": SHARED.encode()}):
        found = lint.lint(program(argo), texts, 60, beside)
        assert found is not None
        assert list(found) == ["b.yaml"]


@pytest.mark.parametrize("argo", RELEASES)
def test_a_conversion_is_linted_by_the_targets_own_program(argo: str, tmp_path: Path) -> None:
    """The report says which one, and that it found nothing."""
    program(argo)
    (tmp_path / "transformer.yaml").write_text(CONFIG % argo)
    (tmp_path / "job.yaml").write_text(JOB)
    report = tmp_path / "report.md"
    assert main(["convert", str(tmp_path), "--in-place", "--quiet", "--report", str(report)]) == 0
    assert f"argo lint --offline ({argo}): 1 files, no new fault" in report.read_text()
    assert load((tmp_path / "job.yaml").read_text())[0]["kind"] == "CronWorkflow"


@pytest.mark.parametrize("argo", ["3.5", "4.0"])
def test_without_the_program_the_report_says_so(argo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `argo` of another version is none: it is asked for its version, and not used."""
    stub = tmp_path / "bin" / "argo"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\necho 'argo: v3.6.10'\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stub.parent}:/usr/bin:/bin")
    source = tmp_path / "source"
    source.mkdir()
    (source / "transformer.yaml").write_text(CONFIG % argo)
    (source / "job.yaml").write_text(JOB)
    report = tmp_path / "report.md"
    assert main(["convert", str(source), "--in-place", "--quiet", "--report", str(report)]) == 0
    assert f"argo lint --offline ({argo}): not checked: no argo of that version on PATH" in report.read_text()
