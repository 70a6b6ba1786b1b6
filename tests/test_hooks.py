"""What other programs start us with: hooks of pre-commit, the GitHub Action, and the job for GitLab CI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import IDENTITY, GitRepo
from transformer.yamltext import load

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
MakeRepo = Callable[..., GitRepo]
CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: tests}
target: {gke: {version: "1.33"}, argoWorkflows: {version: "3.6"}}
passes: [cronworkflow]
"""
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: jobs}
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: "registry.example/report:1", command: [report]}]
"""
FILES = {"transformer.yaml": CONFIG, "deploy/job.yaml": JOB, "readme.txt": "x\n"}


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **IDENTITY, "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)


# --- pre-commit


@pytest.fixture
def hooks(git_repo: MakeRepo, tmp_path: Path) -> Callable[[str], tuple[GitRepo, dict[str, str]]]:
    """A repository with one of our hooks. pre-commit takes them from a git repository; it need not install what is here already."""

    def make(hook: str) -> tuple[GitRepo, dict[str, str]]:
        ours = tmp_path / "ours"
        ours.mkdir()
        shutil.copy(ROOT / ".pre-commit-hooks.yaml", ours)
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "hooks"]):
            assert run(["git", *words], ours).returncode == 0
        revision = run(["git", "rev-parse", "HEAD"], ours).stdout.strip()
        wanted = {"repos": [{"repo": str(ours), "rev": revision, "hooks": [{"id": hook, "language": "system"}]}]}
        repo = git_repo({**FILES, ".pre-commit-config.yaml": json.dumps(wanted)})
        return repo, {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": os.devnull}

    return make


def pre_commit(repo: GitRepo, variables: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-m", "pre_commit", "run", *words], repo.path, **variables)


def test_the_check_hook_fails_and_writes_nothing(hooks: Callable[[str], tuple[GitRepo, dict[str, str]]]) -> None:
    """Whatever files were staged, the repository is looked at as a whole; without manifests among them the hook has nothing to do."""
    repo, variables = hooks("transformer-check")
    before = repo.git("status", "--porcelain")
    done = pre_commit(repo, variables, "--files", "transformer.yaml")
    assert done.returncode == 1
    assert "deploy/job.yaml:1:1: warning cronworkflow CronJob jobs/report: It would become a CronWorkflow." in done.stdout
    assert repo.git("status", "--porcelain") == before
    assert "Skipped" in pre_commit(repo, variables, "--files", "readme.txt").stdout


def test_the_fix_hook_converts_what_is_staged(hooks: Callable[[str], tuple[GitRepo, dict[str, str]]]) -> None:
    """It fails since it changed files; staged again, it passes, and so does the check. What was staged is still in the index."""
    repo, variables = hooks("transformer-fix")
    repo.write({"deploy/job.yaml": JOB.replace("report:1", "report:2")})
    repo.git("add", "-A")
    done = pre_commit(repo, variables)
    assert done.returncode == 1 and "files were modified by this hook" in done.stdout
    assert "report:2" in repo.git("show", ":deploy/job.yaml") and "kind: CronJob" in repo.git("show", ":deploy/job.yaml")
    assert "kind: CronWorkflow" in (repo.path / "deploy/job.yaml").read_text()
    repo.git("add", "-A")
    assert pre_commit(repo, variables).returncode == 0
    assert run(["transformer", "check"], repo.path).returncode == 0


# --- GitHub


def test_the_action_is_valid() -> None:
    valid(ROOT / "action.yml", "vendor.github-actions")


def valid(path: Path, schema: str) -> None:
    done = run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_step_of_the_action(git_repo: MakeRepo, tmp_path: Path) -> None:
    """Annotations on standard output, a SARIF file that is named for the next step, a summary, and the exit code."""
    repo = git_repo(FILES)
    (step,) = [s for s in load((ROOT / "action.yml").read_text())[0]["runs"]["steps"] if s.get("id") == "check"]
    assert set(step["env"]) == {"CHECKED_PATH", "ARGUMENTS"}
    output, summary = tmp_path / "output", tmp_path / "summary.md"
    variables = {
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": str(tmp_path),
        "CHECKED_PATH": "deploy",
        "ARGUMENTS": "--only=cronworkflow\n\n--set=cronworkflow.permissions=report\n",
    }
    done = run(["bash", "-c", step["run"]], repo.path, **variables)
    assert done.returncode == 1, done.stderr
    assert all(line.startswith("::") for line in done.stdout.splitlines()) and "file=deploy/job.yaml,line=1" in done.stdout
    named = output.read_text().strip().removeprefix("sarif=")
    assert json.loads(Path(named).read_text())["version"] == "2.1.0"
    assert "# tests: 1 resource" in summary.read_text()
    assert repo.git("status", "--porcelain") == ""
    bad = run(["bash", "-c", step["run"]], repo.path, **{**variables, "ARGUMENTS": "--onyl=x", "GITHUB_OUTPUT": str(tmp_path / "none")})
    assert bad.returncode == 2


# --- GitLab


def job() -> dict[str, Any]:
    """The job, with the defaults of its inputs."""
    text = (ROOT / "deploy/gitlab/check.yml").read_text()
    spec, _ = load(text)
    for name, about in spec["spec"]["inputs"].items():
        text = text.replace(f"$[[ inputs.{name} ]]", json.dumps(about["default"]))
    found: dict[str, Any] = load(text)[1]
    return found


def test_the_job_for_gitlab_is_valid(tmp_path: Path) -> None:
    (tmp_path / "ci.json").write_text(json.dumps(job()))
    valid(tmp_path / "ci.json", "vendor.gitlab-ci")


def test_the_script_of_the_job_for_gitlab(git_repo: MakeRepo) -> None:
    """What it runs behind the installation, and where it leaves the report."""
    repo, made = git_repo(FILES), job()["transformer-check"]
    script = "set -e\n" + "\n".join(made["script"])
    done = run(["sh", "-c", script], repo.path, **{**made["variables"], "ARGUMENTS": "--strict --only cronworkflow"})
    assert done.returncode == 1, done.stderr
    (first, *_) = json.loads((repo.path / made["artifacts"]["reports"]["codequality"]).read_text())
    assert first["location"]["path"] == "deploy/job.yaml"
