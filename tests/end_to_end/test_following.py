"""What comes along, on real git repositories: new files, paths that are taken, other texts, and what may not be written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.golden import git
from tests.passes.follows import cronjob
from transformer.cli import main

CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target: {argoWorkflows: {version: "3.6"}}
exclude: [vendor/**]
passes:
  - cronworkflow: {}
"""
FILE = "jobs/workflow-permissions.yaml"
Convert = Callable[..., dict[str, Any]]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    (place / "jobs").mkdir(parents=True)
    (place / "transformer.yaml").write_text(CONFIG)
    (place / "jobs/report.yaml").write_text(cronjob())
    git(place, "init", "-q", "-b", "main")
    return place


@pytest.fixture
def convert(repo: Path, tmp_path: Path) -> Convert:
    def call(*argv: str) -> dict[str, Any]:
        git(repo, "add", "-A")
        git(repo, "commit", "-q", "--allow-empty", "-m", "found")
        report = tmp_path / "report.json"
        assert main(["convert", str(repo), "--report", str(report), "--quiet", *argv]) == 0
        return dict(json.loads(report.read_text()))

    return call


def test_a_new_file_on_a_branch_and_in_place(repo: Path, convert: Convert) -> None:
    told = convert()
    assert not (repo / FILE).exists()
    assert {c["file"] for c in told["changes"]} == {"jobs/report.yaml", FILE}
    shown = git(repo, "show", f"transformer/autopilot:{FILE}")
    convert("--in-place")
    assert (repo / FILE).read_text() == shown
    git(repo, "branch", "-D", "transformer/autopilot")
    assert convert("--in-place")["changes"] == []


@pytest.mark.parametrize("what", ["link", "ignored", "folder"])
def test_a_path_that_is_taken(repo: Path, convert: Convert, what: str) -> None:
    """A link, a file that git ignores, a folder: none is written over."""
    if what == "link":
        (repo / FILE).symlink_to("../transformer.yaml")
    elif what == "ignored":
        (repo / ".gitignore").write_text("workflow-permissions.yaml\n")
        (repo / FILE).write_text("mine\n")
    else:
        (repo / FILE).mkdir()
        (repo / FILE / "x.txt").write_text("x")
    branch = convert()
    told = convert("--in-place")
    assert {c["file"] for c in told["changes"]} == {"jobs/report.yaml", "jobs/workflow-permissions-2.yaml"}
    assert what == "ignored" or branch["changes"] == told["changes"]  # a commit does not hold what git ignores
    if what == "ignored":
        assert (repo / FILE).read_text() == "mine\n"


def test_what_may_not_be_written(repo: Path, convert: Convert) -> None:
    """`--path` keeps a kustomization out of reach: then it is told what to add there."""
    (repo / "kustomization.yaml").write_text("resources: [jobs/report.yaml]\n")
    told = convert("--path", "jobs/**")
    assert {c["file"] for c in told["changes"]} == {"jobs/report.yaml", FILE}
    (finding,) = [f for f in told["findings"] if f["code"] == "CRON011"]
    assert finding["file"] == "kustomization.yaml" and "may not write" in finding["message"]


def test_texts_of_other_kinds(repo: Path, convert: Convert) -> None:
    """Read where a job was converted; what is excluded, binary or large is not."""
    line = "kubectl -n jobs create job --from=cronjob/report x\n"
    for name in ("Makefile", "hack/run", "docs/run.md", "vendor/run.sh", "data.bin"):
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text(line)
    (repo / "zero.sh").write_bytes(b"\0" + line.encode())
    (repo / "large.txt").write_text(line * 30_000)
    told = convert("--dry-run")
    assert [f["file"] for f in told["findings"] if f["code"] == "CRON012"] == ["Makefile", "docs/run.md", "hack/run"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind: Role\nmetadata: [", "the rendered text is not valid YAML"),
        ("kind: Role\n", "each rendered document must be an object"),
        ("{{ owner }}", "workflow_permissions.yaml.j2"),
        ("# nothing\n", "each rendered document must be an object"),
    ],
)
def test_an_own_template_with_a_mistake(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str) -> None:
    """Nothing is written, and the mistake is named."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own/workflow_permissions.yaml.j2").write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "found")
    assert main(["convert", str(repo), "--templates", str(tmp_path / "own")]) == 2
    told = capsys.readouterr().err
    assert complaint in told and "Traceback" not in told
    assert git(repo, "branch", "--list", "transformer/*") == ""


def test_an_own_template(repo: Path, tmp_path: Path, convert: Convert) -> None:
    (tmp_path / "own").mkdir()
    given = (Path(__file__).parents[2] / "templates/workflow_permissions.yaml.j2").read_text()
    (tmp_path / "own/workflow_permissions.yaml.j2").write_text(
        given.replace("  name: {{ role }}\n", "  name: {{ role }}\n  labels: {team: platform}\n", 1)
    )
    convert("--in-place", "--templates", str(tmp_path / "own"))
    assert (repo / FILE).read_text().count("labels: {team: platform}") == 1
    assert convert("--in-place", "--templates", str(tmp_path / "own"))["changes"] == []
