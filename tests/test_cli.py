"""The command line: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GitRepo
from transformer import cli
from transformer.config import discovery
from transformer.errors import UnsafeError
from transformer.run import pipeline

MakeRepo = Callable[..., GitRepo]

HEAD = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: tests}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
"""
CONFIG = HEAD + "passes:\n- resources: {defaults: {requests: {cpu: 250m, memory: 512Mi}}}\n- cronworkflow: {}\n"
CRONJOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report  # every night
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/report:1.4
              command: [report]
"""
BLOCKED = CRONJOB.replace("restartPolicy: Never", "restartPolicy: OnFailure").replace("name: report ", "name: other ")
DONE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"


def run(*words: str | os.PathLike[str]) -> int:
    return cli.main([os.fspath(w) for w in words])


@pytest.fixture
def repo(git_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """One CronJob and a configuration, committed; the current folder."""
    made = git_repo({"transformer.yaml": CONFIG, "jobs/report.yaml": CRONJOB})
    monkeypatch.chdir(made.path)
    return made


class TestConvert:
    """Plans, and writes the review branch."""

    def test_a_branch_with_a_commit_for_each_pass(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """Working tree, index and HEAD stay; a second run adds nothing."""
        before = repo.state()
        assert run("convert") == 0
        assert {**before, "refs": ""} == {**repo.state(), "refs": ""}
        log = repo.git("log", "--reverse", "--format=%s%n%b", "main..transformer/tests")
        assert log.startswith("Apply resources to 1 resource\n")
        assert "Apply cronworkflow to 1 resource" in log
        assert log.count("Transformer-Plan: ") == 2 and "Transformer-Pass: cronworkflow" in log
        assert "kind: CronWorkflow" in repo.git("show", "transformer/tests:jobs/report.yaml")
        tip = repo.git("rev-parse", "transformer/tests")
        assert run("convert") == 0
        assert repo.git("rev-parse", "transformer/tests") == tip
        said = capsys.readouterr()
        assert said.err == ""
        assert said.out.endswith("Undo    git branch -D transformer/tests\nAgain   transformer convert\n")

    def test_dry_run_prints_the_diff_alone(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """On standard output, so that it can be applied; the rest goes to standard error."""
        before = repo.state()
        assert run("convert", "--dry-run") == 0
        said = capsys.readouterr()
        assert repo.state() == before
        assert said.out.startswith("--- a/jobs/report.yaml\n+++ b/jobs/report.yaml\n@@ ")
        assert "+kind: CronWorkflow\n" in said.out and "Write it  transformer convert\n" in said.err
        subprocess.run(["git", "apply", "--check", "-"], input=said.out.encode(), cwd=repo.path, check=True)

    def test_in_place_needs_no_git(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A plain folder; the second run has nothing to do."""
        (tmp_path / "a.yaml").write_text(CRONJOB)
        assert run("convert", tmp_path, "--in-place") == 0
        once = (tmp_path / "a.yaml").read_text()
        assert "kind: CronWorkflow" in once
        said = capsys.readouterr().out
        assert "configuration: the built-in autopilot pipeline; target: GKE 1.33 autopilot; Argo Workflows 3.6\n" in said
        assert "this folder is not in git" in said
        assert run("convert", tmp_path, "--in-place") == 0
        assert (tmp_path / "a.yaml").read_text() == once

    def test_in_place_refuses_what_is_not_committed(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """Unless forced."""
        repo.write({"jobs/report.yaml": CRONJOB + "# mine\n"})
        assert run("convert", "--in-place") == UnsafeError.exit_code == 4
        assert "jobs/report.yaml" in capsys.readouterr().err
        assert run("convert", "--in-place", "--force") == 0

    def test_something_blocked_is_exit_1(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """The rest is done; the row is named, and accepting it does it."""
        repo.commit({"jobs/other.yaml": BLOCKED})
        assert run("convert") == 1
        assert "restart-policy-on-failure" in capsys.readouterr().out
        assert "kind: CronWorkflow" in repo.git("show", "transformer/tests:jobs/report.yaml")
        assert run("convert", "--accept", "restart-policy-on-failure") == 0
        assert "  accepted: restart-policy-on-failure\n" in capsys.readouterr().out
        assert "kind: CronWorkflow" in repo.git("show", "transformer/tests:jobs/other.yaml")

    def test_nothing_to_do_is_exit_0(self, git_repo: MakeRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """And makes no branch."""
        made = git_repo({"a.yaml": DONE})
        assert run("convert", made.path) == 0
        assert made.git("branch", "--list", "transformer/*") == ""
        assert "nothing to do; plan " in capsys.readouterr().out

    def test_too_much_is_exit_4(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """More than `limits:` allows is not written."""
        repo.commit({"transformer.yaml": CONFIG + "limits: {changedResources: 0}\n"})
        assert run("convert") == 4
        assert "more than limits.changedResources (0) allows. Nothing was written." in capsys.readouterr().err
        assert repo.git("branch", "--list", "transformer/*") == ""
        assert run("convert", "--force") == 0

    def test_only_path_and_set(self, repo: GitRepo) -> None:
        """Narrow and change a run from the command line."""
        repo.commit({"old/report.yaml": CRONJOB})
        assert run("convert", "--in-place", "--only", "resources", "--path", "jobs/**", "--set", "resources.defaults.requests.cpu=2") == 0
        text = (repo.path / "jobs/report.yaml").read_text()
        assert "cpu: 2" in text.replace('"', "") and "kind: CronJob" in text
        assert (repo.path / "old/report.yaml").read_text() == CRONJOB

    def test_reports_by_their_ending(self, repo: GitRepo, tmp_path: Path) -> None:
        """Several at once."""
        assert run("convert", "--report", tmp_path / "r.json", "--report", tmp_path / "r.md") == 0
        found = json.loads((tmp_path / "r.json").read_text())
        assert found["pipeline"] == "tests" and found["base"] == repo.git("rev-parse", "main")
        assert {c["file"] for c in found["changes"]} == {"jobs/report.yaml"}
        body = (tmp_path / "r.md").read_text()
        assert found["digest"] in body and found["digest"] in repo.git("log", "-1", "--format=%b", "transformer/tests")

    def test_push(self, repo: GitRepo, git_repo: MakeRepo) -> None:
        """To a remote that the user names, since this one lies on this machine."""
        remote = git_repo(name="remote.git", bare=True)
        repo.git("remote", "add", "origin", remote.path.as_uri())
        assert run("convert", "--push") == 4
        assert repo.git("branch", "--list", "transformer/*") == ""
        assert run("convert", "--push", "--remote", remote.path.as_uri()) == 0
        assert remote.git("rev-parse", "transformer/tests") == repo.git("rev-parse", "transformer/tests")

    def test_a_url_is_pushed_or_dry(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """Nothing is left here."""
        url = repo.path.as_uri()
        assert run("convert", url) == 2
        assert "a URL needs --push" in capsys.readouterr().err
        assert run("convert", url, "--dry-run") == 0
        assert run("convert", url, "--push") == 0
        assert "Apply cronworkflow" in repo.git("log", "-1", "--format=%s", "transformer/tests")


class TestConfiguration:
    """Which transformer.yaml holds."""

    def test_a_changed_copy_in_the_working_tree_is_refused(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """Unless it is named."""
        repo.write({"transformer.yaml": CONFIG.replace("tests", "mine")})
        assert run("convert") == 2
        assert "the copy in the working tree differs from the one in the base commit" in capsys.readouterr().err
        assert run("convert", "--config", "transformer.yaml") == 0
        assert repo.git("rev-parse", "--verify", "transformer/mine")

    def test_in_place_takes_the_working_tree(self, repo: GitRepo) -> None:
        """Committed or not."""
        repo.write({"transformer.yaml": HEAD + "passes: []\n"})
        assert run("convert", "--in-place") == 0
        assert (repo.path / "jobs/report.yaml").read_text() == CRONJOB

    def test_a_folder_has_the_configuration_of_its_repository(self, repo: GitRepo) -> None:
        """Unless it has one of its own."""
        assert run("convert", "jobs") == 0
        assert "kind: CronWorkflow" in repo.git("show", "transformer/tests:jobs/report.yaml")
        assert run("check", "jobs", "--only", "cronworkflow") == 1
        repo.commit({"jobs/transformer.yaml": CONFIG.replace("tests", "own")})
        assert run("convert", "jobs") == 0
        assert repo.git("rev-parse", "--verify", "transformer/own")

    def test_a_link_is_not_followed(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """No path leaves the repository."""
        (repo.path / "transformer.yaml").unlink()
        (repo.path / "transformer.yaml").symlink_to("/etc/hostname")
        for words in (["convert"], ["check"]):
            assert run(*words) == 2
            assert "is a symbolic link, and is not followed" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (CONFIG.replace("- cron", "- crom"), 'transformer.yaml:9:3: unknown pass "cromworkflow". Did you mean "cronworkflow"?'),
            (CONFIG.replace("cpu:", "cup:"), 'transformer.yaml:8:37: unknown key "cup". Did you mean "cpu"?'),
            (CONFIG.replace("250m", "250x"), "transformer.yaml:8:36: "),
            (HEAD + "passes:\n- command: {}\n- cronworkflow: {}\n", '"command" must come after "cronworkflow" (line 9)'),
            (HEAD + "passes: [\n", "invalid YAML"),
            (HEAD.replace('{version: "3.6"}', "{}") + "passes: [cronworkflow: {}]\n", '"cronworkflow" needs target.argoWorkflows.version'),
        ],
    )
    def test_a_mistake_is_exit_2_and_writes_nothing(
        self, repo: GitRepo, text: str, message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With its place and what to do."""
        repo.commit({"transformer.yaml": text})
        before = repo.state()
        assert run("convert") == 2
        assert message in capsys.readouterr().err
        assert repo.state() == before

    @pytest.mark.parametrize("name", ["of-mine.yaml", "a name with blanks.yaml"])
    def test_a_place_in_a_file_stands_first(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """So that an editor or a terminal links it, whatever the file is called; other messages begin with our name."""
        (tmp_path / name).write_text(HEAD + "passes: 1\n")
        assert cli.main(["check", str(tmp_path), "--config", str(tmp_path / name)]) == 2
        assert capsys.readouterr().err.startswith(f"{tmp_path / name}:7:9: ")
        assert cli.main(["check", str(tmp_path), "--set", "x:1:2: y"]) == 2
        assert capsys.readouterr().err.startswith("transformer: ")

    def test_a_configuration_that_is_no_text(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """With the line."""
        (tmp_path / "c.yaml").write_bytes(b"a: b\n\xff\n")
        assert run("convert", tmp_path, "--in-place", "--config", tmp_path / "c.yaml") == 2
        assert "c.yaml:2: this is not UTF-8" in capsys.readouterr().err

    def test_templates_inside_the_target_are_refused(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """A target repository is data."""
        repo.commit({"templates/cronworkflow.yaml.j2": "kind: Evil\n"})
        assert run("convert", "--templates", "templates") == 2
        assert "is inside the repository that is converted" in capsys.readouterr().err
        assert run("convert", "--templates", "nowhere-at-all") == 2


class TestUsage:
    """Exit 2, with what to do instead."""

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--in-place", "--push"], "--in-place writes files, not a branch"),
            (["--in-place", "--dry-run"], "--dry-run writes nothing"),
            (["--dry-run", "--push"], "--dry-run pushes nothing"),
            (["--request"], "--request is not available yet"),
            (["--report", "r.html"], ".html is not available yet. Use one of .json, .md, .sarif, .gitlab.json."),
            (["--report", "r.txt"], "unknown file extension"),
            (["--report", "no/where/r.json"], "does not exist. Create it first."),
            (["--config", "nothing.yaml"], "does not exist"),
            (["--only", "comand"], 'no pass "comand". Did you mean'),
            (["--accept", "restart-policy"], "has a row"),
            (["--set", "resources.x=1"], 'unknown key "x"'),
            (["--ref", "no-such-branch"], "no-such-branch"),
            (["nowhere"], "does not exist"),
        ],
    )
    def test_what_cannot_be(
        self, git_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Nothing is written."""
        repo = git_repo({"transformer.yaml": HEAD + "passes:\n- resources: {}\n- cronworkflow: {}\n- command: {}\n", "a.yaml": CRONJOB})
        monkeypatch.chdir(repo.path)
        before = repo.state()
        assert run("convert", *words) == 2
        assert message in capsys.readouterr().err
        assert repo.state() == before

    def test_without_a_command_help_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        """It is no success."""
        assert run() == 2
        assert "convert" in capsys.readouterr().err

    def test_a_folder_that_is_no_repository(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Says how to go on without git."""
        assert run("convert", tmp_path) == 2
        assert "--in-place" in capsys.readouterr().err


class TestCheck:
    """Plans only."""

    def test_work_left_is_exit_1(self, repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
        """Nothing is written; after the work it is 0."""
        before = repo.state()
        assert run("check") == 1
        assert repo.state() == before
        assert "nothing written; plan" in capsys.readouterr().out
        assert run("convert", "--in-place", "--quiet") == 0
        assert run("check") == 0

    def test_files_narrow_the_run(self, repo: GitRepo) -> None:
        """As pre-commit names them, whatever signs a name has."""
        repo.write({"a[1] *.yaml": DONE})
        assert run("check", "a[1] *.yaml") == 0
        assert run("check", "a[1] *.yaml", "jobs/report.yaml") == 1
        assert run("check", "jobs", "a[1] *.yaml") == 1
        assert run("check", "jobs") == 1

    @pytest.mark.usefixtures("repo")
    def test_a_path_elsewhere_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Or missing."""
        (tmp_path / "x.yaml").write_text(DONE)
        assert run("check", tmp_path / "x.yaml") == 2
        assert run("check", "missing.yaml", "jobs") == 2
        assert "missing.yaml does not exist" in capsys.readouterr().err

    def test_a_baseline_need_not_fail_again(self, repo: GitRepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What is new does."""
        config = CONFIG.replace("- resources", "# - resources")
        repo.commit({"transformer.yaml": config, "jobs/report.yaml": DONE, "jobs/other.yaml": BLOCKED})
        baseline = tmp_path / "baseline.json"
        assert run("check", "--report", baseline) == 1
        repo.write({"jobs/other.yaml": "# moved\n" + BLOCKED})
        assert run("check", "--baseline", baseline) == 0
        assert "already in the baseline" in capsys.readouterr().out
        repo.write({"jobs/third.yaml": BLOCKED.replace("other", "third")})
        assert run("check", "--baseline", baseline) == 1
        (tmp_path / "no.json").write_text("[]")
        assert run("check", "--baseline", tmp_path / "no.json") == 2


class TestBoundary:
    """Every end has its exit code, and says what to expect."""

    @pytest.mark.usefixtures("repo")
    def test_a_bug_is_exit_3(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """Short, with the traceback only where it is asked for."""

        def fail(*_: Any) -> None:
            raise RuntimeError("the moon is full")

        monkeypatch.setattr(pipeline, "plan_run", fail)
        assert run("convert") == 3
        said = capsys.readouterr().err
        assert "this is a bug of transformer: RuntimeError: the moon is full" in said and "Traceback" not in said
        assert run("convert", "--verbose") == 3
        assert "Traceback" in capsys.readouterr().err

    def test_a_pass_that_raises_is_exit_3_and_the_rest_is_published(self, repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
        """The resource is blocked, other passes go on."""
        from dataclasses import replace

        load = discovery.load

        def broken(name: str) -> Any:
            def run_it(*_: Any) -> Any:
                raise KeyError("oops")

            return replace(load(name), run=run_it) if name == "cronworkflow" else load(name)

        monkeypatch.setattr(discovery, "load", broken)
        assert run("convert") == 3
        assert "cpu: 250m" in repo.git("show", "transformer/tests:jobs/report.yaml")

    def test_ctrl_c_is_exit_130(self, repo: GitRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """With the promise that nothing half-done remains."""

        def interrupt(*_: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(pipeline, "plan_run", interrupt)
        before = repo.state()
        assert run("convert") == 130
        assert "No half-written change remains" in capsys.readouterr().err
        assert repo.state() == before

    @pytest.mark.usefixtures("repo")
    def test_sigterm_is_exit_143(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """Temporary files are removed, as after Ctrl-C."""

        def terminate(*_: Any) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

        monkeypatch.setattr(pipeline, "plan_run", terminate)
        assert run("convert") == 143
        assert "stopped by a signal" in capsys.readouterr().err

    def test_a_closed_pipe_is_no_bug(self) -> None:
        """`transformer … | head` ends without a traceback."""
        command = f"{sys.executable} -m transformer explain resources executor cronworkflow command resources | head -c 10"
        done = subprocess.run(command, shell=True, capture_output=True, check=False, cwd=Path(__file__).parent.parent)  # noqa: S602
        assert done.stderr == b"" and len(done.stdout) == 10

    def test_output_that_the_terminal_cannot_show(self, repo: GitRepo) -> None:
        """An ASCII terminal gets escapes."""
        environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parent.parent)}
        done = subprocess.run(
            [sys.executable, "-m", "transformer", "check"], cwd=repo.path, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 1 and done.stderr == b""


class TestOther:
    """passes, explain, init, --version."""

    def test_passes_and_explain(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Pages on standard output."""
        assert run("passes") == 0
        assert run("explain", "executor", "restart-policy-on-failure") == 0
        said = capsys.readouterr().out
        assert "# executor\n" in said and "# restart-policy-on-failure\n" in said
        assert run("explain", "executr") == 2
        assert 'Did you mean "executor"?' in capsys.readouterr().err

    def test_init_writes_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Never over a file that is there, nor through a link."""
        (tmp_path / "a.yaml").write_text(CRONJOB)
        assert run("init", tmp_path) == 0
        made = tmp_path / "transformer.yaml"
        assert "#   1 CronJob\n" in made.read_text()
        made.write_text("mine")
        assert run("init", tmp_path) == 2
        assert made.read_text() == "mine" and "already exists" in capsys.readouterr().err
        assert run("init", tmp_path, "--force") == 0
        made.unlink()
        made.symlink_to(tmp_path / "elsewhere.yaml")
        assert run("init", tmp_path, "--force") == 2
        assert not (tmp_path / "elsewhere.yaml").exists()

    def test_what_init_writes_runs(self, git_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
        """As it is."""
        made = git_repo({"a.yaml": CRONJOB})
        monkeypatch.chdir(made.path)
        assert run("init") == 0
        made.commit()
        assert run("convert") == 0
        assert made.git("rev-parse", "--verify", "transformer/autopilot")

    def test_version_is_quick(self) -> None:
        """No library is imported for it."""
        code = (
            "import sys\nfrom transformer.cli import main\n"
            "try:\n    main(['--version'])\nexcept SystemExit:\n    pass\n"
            "print([m for m in sys.modules if m.split('.')[0] in ('ruamel', 'git', 'jinja2', 'rich', 'deepdiff')])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=Path(__file__).parent.parent)
        assert done.stdout.startswith("transformer ") and done.stdout.endswith("[]\n")


def test_strict_fails_for_what_was_not_checked(git_repo: Callable[..., GitRepo], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `argo` on PATH a CronWorkflow was not linted."""
    monkeypatch.setattr("transformer.run.lint.lint_program", lambda *_: None)
    text = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  schedule: '0 1 * * *'\n  jobTemplate:\n    spec:\n"
    pod = "      template:\n        spec:\n          restartPolicy: Never\n          containers: [{name: a, image: b, command: [c]}]\n"
    repo = git_repo({"a.yaml": text + pod})
    assert cli.main(["convert", str(repo.path), "--dry-run", "--quiet"]) == 0
    assert cli.main(["convert", str(repo.path), "--dry-run", "--quiet", "--strict"]) == 1


# --- one line a finding


@pytest.mark.parametrize("where", ["top", "inside", "outside"])
def test_lines_for_editors_can_be_opened_from_here(
    where: str, repo: GitRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever the command runs: from the top, from a folder inside, from outside of the repository."""
    repo.write({"deploy/jobs/b.yaml": BLOCKED})
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "more")
    here = {"top": repo.path, "inside": repo.path / "deploy", "outside": tmp_path}[where]
    monkeypatch.chdir(here)
    for command in (("check", repo.path / "deploy"), ("convert", "--dry-run", repo.path / "deploy"), ("convert", "--dry-run", repo.path)):
        assert run(*command, "--format", "concise") == 1
        said = capsys.readouterr()
        places = {line.split(":")[0] for line in said.out.splitlines() if ": error CRON002 " in line}
        assert [(here / place).resolve() for place in places] == [repo.path.resolve() / "deploy/jobs/b.yaml"]
        assert "refused" in said.err


def test_lines_for_github_name_files_from_the_top(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever the command runs, and nothing but commands stands on standard output."""
    repo.write({"deploy/jobs/b.yaml": BLOCKED})
    monkeypatch.chdir(repo.path / "deploy")
    assert run("check", "jobs", "--format", "github") == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("::") for line in lines)
    assert any(line.startswith("::error file=deploy/jobs/b.yaml,line=") for line in lines)


def test_the_configuration_is_named_where_it_lies(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write({"deploy/jobs/b.yaml": CRONJOB, "transformer.yaml": CONFIG + 'namespaces: {"nowhere/**": x}\n'})
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "more")
    monkeypatch.chdir(repo.path / "deploy")
    for command in (["check"], ["check", ".", "--config", "../transformer.yaml"], ["convert", "--dry-run"], ["convert", "--dry-run", ".."]):
        run(*command, "--format", "concise")
        assert "../transformer.yaml:10:" in capsys.readouterr().out, command
        run(*command, "--format", "github")
        assert "file=transformer.yaml,line=10," in capsys.readouterr().out, command


def test_code_quality_of_a_dry_run_is_json_and_no_diff(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    run("convert", "--dry-run", "--format", "gitlab", repo.path)
    assert isinstance(json.loads(capsys.readouterr().out), list)


def test_a_narrower_branch_says_so(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    """From a folder, or for one pass, the branch would lose what an earlier run had put into it; said once, and not when it is as wide."""
    repo.write({"deploy/b.yaml": CRONJOB})
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "more")
    for words, said in (
        ([], False),
        ([], False),
        ([repo.path / "deploy"], True),
        ([repo.path / "deploy"], False),
        ([repo.path], False),
        (["--path", "deploy/**"], True),
    ):
        assert run("convert", *words) == 0
        told = capsys.readouterr().out
        assert ("this run read less than the last one: 1 file that the branch changed before is not in it" in told) is said, words


def test_reports_for_code_scanning(repo: GitRepo, tmp_path: Path) -> None:
    """The ending chooses; `.gitlab.json` is not the JSON report."""
    names = [tmp_path / name for name in ("r.sarif", "r.gitlab.json", "r.json")]
    assert run("check", *(word for name in names for word in ("--report", name))) == 1
    scanned, quality, whole = (json.loads(name.read_text()) for name in names)
    assert scanned["version"] == "2.1.0"
    assert isinstance(quality, list) and quality[0]["location"]["path"] == "jobs/report.yaml"
    assert whole["version"] == 1
