"""Killed at any moment: what architecture §9 promises about refs, index, working tree and files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from tests.conftest import GitRepo
from tests.passes.cronjobs import WHOLE

CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
passes:
  - resources: {defaults: {requests: {cpu: 250m, memory: 512Mi}}}
  - cronworkflow: {}
"""
FILES = {f"jobs/{n:03}.yaml": WHOLE.replace("name: report", f"name: report-{n}") for n in range(60)}
BRANCH = "refs/heads/transformer/autopilot"
Make = Callable[..., GitRepo]


def start(repo: GitRepo, *argv: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "transformer", "convert", str(repo.path), "--quiet", *argv]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONUNBUFFERED": "1"})


def run(repo: GitRepo, *argv: str) -> float:
    """Seconds that it takes when nobody kills it."""
    started = time.monotonic()
    assert start(repo, *argv).wait(120) == 0
    return time.monotonic() - started


def killed(repo: GitRepo, sign: signal.Signals, delay: float, *argv: str) -> int:
    process = start(repo, *argv)
    try:
        return process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(sign)
        return process.wait(60)


def moments(seconds: float) -> list[tuple[signal.Signals, float]]:
    """Early, while it reads, and most of all at the end, where it writes; a little different every time."""
    signs = cycle((signal.SIGKILL, signal.SIGINT))
    return [(next(signs), seconds * (share + time.time() % 0.04)) for share in (0.3, 0.75, 0.83, 0.88, 0.92, 0.96)]


@pytest.fixture
def repo(git_repo: Make) -> GitRepo:
    return git_repo({"transformer.yaml": CONFIG, **FILES})


def test_branch_mode_leaves_all_as_before_or_wholly_new(repo: GitRepo) -> None:
    """Refs, index, HEAD and working tree; no lock; and running again completes the work."""
    before = repo.state()
    seconds = run(repo)
    done = repo.state()
    tip = repo.git("rev-parse", BRANCH)
    repo.git("update-ref", "-d", BRANCH)
    for sign, delay in moments(seconds):
        killed(repo, sign, delay)
        found = repo.state()
        assert found in (before, done), (sign, delay)
        if found == done:
            repo.git("update-ref", "-d", BRANCH)
    run(repo)
    assert repo.state() == done
    assert repo.git("rev-parse", BRANCH) == tip


def test_in_place_each_file_is_wholly_old_or_wholly_new(repo: GitRepo, git_repo: Make) -> None:
    """No half file, at most a temporary one left lying about; and running again completes the work."""
    other = git_repo({"transformer.yaml": CONFIG, **FILES}, name="other")
    seconds = run(other, "--in-place")
    new = contents(other.path)
    old = contents(repo.path)
    assert all(new[name] != old[name] for name in FILES)
    for sign, delay in moments(seconds):
        killed(repo, sign, delay, "--in-place", "--force")
        found = contents(repo.path)
        assert {n for n in found if n not in old} <= {n for n in found if is_leftover(n)}
        assert all(found[name] in (old[name], new[name]) for name in old), (sign, delay)
        assert repo.state()["locks"] == []
        repo.git("checkout", "--quiet", "--", ".")
    run(repo, "--in-place", "--force")
    assert {n: text for n, text in contents(repo.path).items() if n in new or not is_leftover(n)} == new


def is_leftover(name: str) -> bool:
    """A temporary file of a run that was killed, which is no manifest."""
    return not name.endswith((".yaml", ".yml"))


def contents(root: Path) -> dict[str, bytes]:
    found = (p for p in root.rglob("*") if p.is_file() and ".git" not in p.relative_to(root).parts)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in found}
