"""A rollout in three runs in a real repository: each branch is merged before the next run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import GitRepo
from tests.passes.cronjobs import WHOLE
from tests.passes.cronworkflow.test_rollout import LIST, OTHER, RICH, document
from transformer.cli import main

CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
passes:
  - resources: {defaults: {requests: {cpu: 250m, memory: 512Mi}}}
  - cronworkflow: {rollout: expand-contract}
  - command: {images: {"registry.example/bare:1": {entrypoint: [bare], cmd: []}}}
"""
FILES = {
    "transformer.yaml": CONFIG,
    "one.yaml": WHOLE,
    "jobs/rich.yaml": OTHER + "---\n" + RICH.replace("name: report", "name: rich"),
    "jobs/list.yaml": LIST.replace("name: report", "name: listed"),
    "bare.yaml": WHOLE.replace("report:1", "bare:1").replace("name: report", "name: bare").replace("              command: [report]\n", ""),
    "suspended.yaml": WHOLE.replace("name: report", "name: by-hand").replace("  jobTemplate", "  suspend: true\n  jobTemplate"),
}
BRANCH = "transformer/autopilot"
Make = Callable[..., GitRepo]


def run(repo: GitRepo, *argv: str) -> int:
    return main(["convert", str(repo.path), "--quiet", *argv])


def shown(repo: GitRepo, ref: str) -> dict[str, str]:
    """Every YAML file of a commit."""
    names = [n for n in repo.git("ls-tree", "-r", "--name-only", ref).split("\n") if n != "transformer.yaml"]
    return {n: repo.git("cat-file", "blob", f"{ref}:{n}") for n in names}


def test_three_merges_end_where_one_would(git_repo: Make) -> None:
    """The CronWorkflows are those of `rollout: replace`, byte for byte; the same input gives the same branch; then nothing is left."""
    repo, single = git_repo(FILES), git_repo({**FILES, "transformer.yaml": CONFIG.replace("expand-contract", "replace")}, name="single")
    assert run(single) == 0
    for step in (1, 2, 3):
        assert run(repo) == 0
        tip = repo.git("rev-parse", BRANCH)
        assert run(repo) == 0
        assert repo.git("rev-parse", BRANCH) == tip
        repo.git("merge", "--quiet", "--ff-only", BRANCH)
        kinds = [text.count("kind: CronJob") for text in shown(repo, "main").values()]
        assert sum(kinds) == {1: 5, 2: 4, 3: 0}[step]
    head = repo.git("rev-parse", "main")
    assert run(repo) == 0
    assert repo.git("rev-parse", "main", BRANCH).split("\n") == [head, head]
    one, other = shown(repo, "main"), shown(single, BRANCH)
    assert one.keys() == other.keys()
    assert "            - bare\n" in one["bare.yaml"]
    for name in one.keys() - {"jobs/list.yaml"}:
        assert one[name] == other[name]
    items = LIST.replace("name: report", "name: listed").count("\n")
    assert one["jobs/list.yaml"].count("\n") == other["jobs/list.yaml"].count("\n") > items
    assert document(one["jobs/rich.yaml"], "CronWorkflow") == document(other["jobs/rich.yaml"], "CronWorkflow")


def test_merged_with_a_commit_of_its_own(git_repo: Make) -> None:
    """How the branch is merged, and what else is committed between, does not matter."""
    repo = git_repo(FILES)
    for step in (1, 2, 3):
        assert run(repo) == 0
        repo.git("merge", "--quiet", "--squash", BRANCH)
        repo.commit({"note.txt": f"step {step}"}, f"step {step}")
        repo.git("branch", "--quiet", "-D", BRANCH)
    assert "CronJob" not in "".join(shown(repo, "main").values())


def test_a_replaced_job_is_no_deletion(git_repo: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """`limits.deletedResources: 0` lets the third step go; a limit on changes counts the items of a List singly."""
    repo = git_repo({"transformer.yaml": CONFIG + "limits: {deletedResources: 0}\n", "one.yaml": WHOLE})
    for _ in range(3):
        assert run(repo) == 0
        repo.git("merge", "--quiet", "--ff-only", BRANCH)
    assert "kind: CronWorkflow" in shown(repo, "main")["one.yaml"]
    limited = git_repo({"transformer.yaml": CONFIG + "limits: {changedResources: 20%}\n", "list.yaml": LIST}, name="limited")
    assert run(limited) == 4
    assert "1 of 3 resources" in capsys.readouterr().err


def test_a_cronworkflow_that_has_moved_on(git_repo: Make) -> None:
    """Behind the switch somebody changed it: the CronJob goes only where that is accepted."""
    repo = git_repo({"transformer.yaml": CONFIG, "one.yaml": WHOLE})
    for _ in range(2):
        assert run(repo, "--in-place") == 0
        repo.commit()
    text = Path(repo.path, "one.yaml").read_text()
    repo.commit({"one.yaml": "report:2".join(text.rsplit("report:1", 1))})
    assert run(repo) == 1
    assert run(repo, "--accept", "rollout-drift") == 0
    assert "CronJob" not in shown(repo, BRANCH)["one.yaml"]
    assert "report:2" in shown(repo, BRANCH)["one.yaml"]


def test_one_commit_is_told_with_what_it_means(git_repo: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """Once for the whole run."""
    assert run(git_repo({**FILES, "transformer.yaml": CONFIG.replace("expand-contract", "replace")})) == 0
    told = capsys.readouterr().out
    assert told.count("both schedules run") == 1
    assert "Each CronWorkflow replaces its CronJob" in told and "  5 CronJobs\n" in told


def test_where_the_rest_of_the_work_goes_on(git_repo: Make) -> None:
    """`check` says that there is work left between the steps, and none behind the last."""
    repo = git_repo({"transformer.yaml": CONFIG, "one.yaml": WHOLE})
    for _ in range(3):
        assert main(["check", str(repo.path), "--quiet"]) == 1
        assert run(repo, "--in-place") == 0
        repo.commit()
    assert main(["check", str(repo.path), "--quiet"]) == 0
    assert Path(repo.path, "one.yaml").read_text().startswith("apiVersion: argoproj.io/v1alpha1\n")
