"""`--templates` on the command line: what is refused before anything is written, and what blocks one CronJob."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden import git
from tests.passes.cronjobs import WHOLE, with_field
from tests.passes.cronworkflow.template.test_own_templates import OWN
from transformer import templating
from transformer.cli import main

CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target: {argoWorkflows: {version: "3.6"}}
passes:
  - cronworkflow: {}
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    place.mkdir()
    (place / "transformer.yaml").write_text(CONFIG)
    (place / "job.yaml").write_text(WHOLE)
    (place / "urgent.yaml").write_text(with_field("pod", "priorityClassName: high").replace("name: report\n", "name: urgent\n", 1))
    git(place, "init", "-q", "-b", "main")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "found")
    return place


@pytest.fixture
def own(tmp_path: Path) -> Path:
    place = tmp_path / "ours"
    place.mkdir()
    return place


@pytest.fixture(autouse=True)
def no_templates_left() -> Iterator[None]:
    yield
    templating.use(None)


def refused(repo: Path, templates: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What a run says that ends with exit 2 and has written nothing."""
    assert main(["convert", str(repo), "--templates", str(templates), "--quiet"]) == 2
    assert git(repo, "branch", "--list", "transformer/*") == ""
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return told


def test_folders(repo: Path, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing, empty, without a template that is used, inside the repository."""
    assert "does not exist" in refused(repo, own / "none", capsys)
    assert "has no template" in refused(repo, own, capsys)
    (own / "cronworkflow.j2").write_text(OWN)
    assert "cronworkflow.yaml.j2" in refused(repo, own, capsys)
    inside = repo / "templates"
    inside.mkdir()
    (inside / "cronworkflow.yaml.j2").write_text(OWN)
    assert "inside the repository" in refused(repo, inside, capsys)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OWN + "{% if %}", "Expected an expression"),
        (OWN.replace("spec:\n", "spec: {{ nope }}\n", 1), "'nope' is undefined"),
        (OWN.replace("cron.items()", "{}.items()"), "leaves out /spec/schedule"),
        ("a", "mapping"),
    ],
)
def test_faults(repo: Path, own: Path, capsys: pytest.CaptureFixture[str], text: str, words: str) -> None:
    """The file as it was given, the line, what is wrong, what to do."""
    (own / "cronworkflow.yaml.j2").write_text(text, encoding="utf-8")
    told = refused(repo, own, capsys)
    assert f"{own}/cronworkflow.yaml.j2:" in told
    assert words in told


def test_not_utf8(repo: Path, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "cronworkflow.yaml.j2").write_bytes(b"\xff\xfe")
    assert "cronworkflow.yaml.j2:1: " in refused(repo, own, capsys)


def test_one_cronjob_does_not_fit(repo: Path, own: Path) -> None:
    """Exit 1: it is Blocked, the other is done."""
    (own / "cronworkflow.yaml.j2").write_text(OWN.replace("- name: main\n", "- name: main\n        priorityClassName: batch\n"))
    assert main(["convert", str(repo), "--templates", str(own), "--quiet"]) == 1
    assert "priorityClassName: batch" in git(repo, "show", "transformer/autopilot:job.yaml")
    assert "kind: CronJob" in git(repo, "show", "transformer/autopilot:urgent.yaml")


def test_templates_of_one_run_are_not_those_of_the_next(repo: Path, own: Path) -> None:
    """Where two runs share a process."""
    (own / "cronworkflow.yaml.j2").write_text(OWN.replace("entrypoint: main\n", "entrypoint: main\n    podGC: {strategy: OnPodSuccess}\n"))
    assert main(["convert", str(repo), "--templates", str(own), "--quiet", "--branch", "one"]) == 0
    assert main(["convert", str(repo), "--quiet", "--branch", "two"]) == 0
    assert "podGC" in git(repo, "show", "one:job.yaml")
    assert "podGC" not in git(repo, "show", "two:job.yaml")
