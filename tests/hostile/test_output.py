"""Trouble with the output, the machine or the user's patience: each has its exit code and its text, and undoes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.inject import in_child
from transformer.cli import main

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
TOOL = (sys.executable, "-P", "-m", "transformer")
BRANCH = "refs/heads/transformer/autopilot"
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: job}
spec:
  schedule: "0 * * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "debian:12", command: [date]}]}}}}
"""


@pytest.fixture
def repo(git_repo: Make) -> GitRepo:
    return git_repo({"job.yaml": JOB})


def shell(repo: GitRepo, redirection: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The program, with its streams as the shell sets them."""
    command = f"exec {' '.join((*TOOL, *words))} {redirection}"
    return subprocess.run(["bash", "-c", command], cwd=repo.path, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", "2>/dev/full", "2>&-", ">&- 2>&-", ">/dev/full 2>/dev/full", "<&- >&- 2>&-"])
def test_the_work_is_done_whatever_the_streams(repo: GitRepo, redirection: str) -> None:
    """The branch is written, the exit code is that of the work; and where somebody listens, it is said what was not shown."""
    done = shell(repo, redirection, "convert")
    assert done.returncode == 0, done.stderr
    assert repo.git("rev-parse", BRANCH)
    if "2>" not in redirection:
        assert "standard output" in done.stderr
        assert "is done" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_leaves(repo: GitRepo) -> None:
    """`| head`: the branch is there, and no traceback."""
    done = shell(repo, "| true; exit ${PIPESTATUS[0]}", "convert").returncode
    assert done == 0
    assert repo.git("rev-parse", BRANCH)


@pytest.mark.parametrize(("redirection", "code"), [(">/dev/full", 2), (">&-", 2)])
def test_a_diff_that_nobody_gets(repo: GitRepo, redirection: str, code: int) -> None:
    """There the output is the work."""
    done = shell(repo, redirection, "convert", "--dry-run")
    assert done.returncode == code
    assert "standard output" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_a_check_keeps_its_verdict(repo: GitRepo) -> None:
    done = shell(repo, ">/dev/full", "check")
    assert (done.returncode, "standard output" in done.stderr) == (1, True)


def test_in_place_beside_a_full_stdout(repo: GitRepo) -> None:
    assert shell(repo, ">/dev/full", "convert", "--in-place").returncode == 0
    assert "CronWorkflow" in (repo.path / "job.yaml").read_text()


@pytest.mark.parametrize("command", [["convert"], ["convert", "--in-place"], ["check"], ["init"]])
def test_a_folder_that_is_gone(tmp_path: Path, command: list[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"cd {gone} && rmdir {gone} && exec {' '.join((*TOOL, *command))}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the current folder is gone" in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("place", ["missing", "read-only"])
def test_no_place_for_temporary_files(repo: GitRepo, tmp_path: Path, place: str) -> None:
    """A clear line, exit 2, and no branch; or done without one."""
    limits = "ulimit -f 0; trap '' XFSZ; " if place == "read-only" else ""
    line = f"{limits}export TMPDIR={tmp_path}/missing; exec {' '.join((*TOOL, 'convert'))}"
    done = subprocess.run(["bash", "-c", line], cwd=repo.path, capture_output=True, text=True, check=False)
    assert done.returncode in ((0,) if place == "missing" else (2,)), done.stderr
    assert "bug" not in done.stderr
    assert bool(repo.git("for-each-ref", BRANCH)) == (done.returncode == 0)


@pytest.mark.parametrize("name", ["x" * 300 + ".json", "a/" * 2_500 + "x.md", "missing/x.json"])
def test_names_of_reports(repo: GitRepo, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(repo.path), "--report", str(repo.path.parent / name)]) == 2
    told = capfd.readouterr().err
    assert "bug" not in told
    assert repo.git("for-each-ref", BRANCH) == ""


@pytest.mark.parametrize("flag", ["--config", "--templates", "--baseline", "--path", "--report", "--only", "SOURCE", "--set", "--accept"])
def test_nothing_where_something_is_named(repo: GitRepo, flag: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", str(repo.path), *([flag, ""] if flag != "SOURCE" else [""])])
    assert ended.value.code == 2
    assert "it is empty" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 2_500])
@pytest.mark.parametrize("flag", ["--config", "--templates", "SOURCE"])
def test_names_that_are_too_long(repo: GitRepo, flag: str, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    source = [str(repo.path.parent / name)] if flag == "SOURCE" else [str(repo.path), flag, str(repo.path.parent / name)]
    assert main(["convert", *source]) == 2
    assert "bug" not in capfd.readouterr().err


# --- Ctrl-C


def interrupted_at(number: int, arguments: list[str], told: Path) -> int:
    """The exit code where Ctrl-C comes at the n-th call of a Python function after the start."""
    count = 0

    def watch(*_: object) -> None:
        nonlocal count
        count += 1
        if count == number:
            signal.raise_signal(signal.SIGINT)

    def child() -> None:
        from transformer.__main__ import start

        signal.signal(signal.SIGINT, signal.default_int_handler)
        for descriptor in (1, 2):
            os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        sys.argv[1:] = arguments
        sys.setprofile(watch)
        code = start()
        sys.setprofile(None)
        sys.stdout.flush()
        os._exit(code)

    return in_child(child)


@pytest.mark.parametrize("arguments", [["check"], ["convert"], ["convert", "--in-place"], ["passes"]], ids=" ".join)
def test_ctrl_c_at_any_moment(repo: GitRepo, tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line and 130; or the end of the work, where that came first."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    ended = []
    for number in (8, 20, 40, 100, 300, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 10_000_000):
        repo.git("checkout", "--quiet", "--", ".")
        told = tmp_path / f"told-{number}"
        code = interrupted_at(number, arguments + ([str(repo.path)] if arguments != ["passes"] else []), told)
        said = told.read_text()
        assert code in (130, 0, 1), (number, said[-2000:])
        if code == 130:
            assert "interrupted" in said.splitlines()[-1], number
            assert "Traceback" not in said
            assert "Exception ignored" not in said
        ended.append(code)
    assert ended.count(130) > 3


def test_ctrl_c_in_the_shell(repo: GitRepo) -> None:
    """The real signal, to the whole group, while the program starts and runs."""
    for delay in (0.15, 0.3, 0.6):
        running = subprocess.Popen([*TOOL, "check"], cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            _, said = running.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGINT)
            _, said = running.communicate(timeout=60)
        if running.returncode == -2:  # before Python itself was up
            continue
        assert running.returncode in (130, 1), said
        assert len(said.splitlines()) == (running.returncode == 130), said
