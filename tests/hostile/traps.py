"""Repositories that run a program when they can, and a run of the whole tool on them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from transformer import cli
from transformer.vcs import PassCommit, Published, open_source, publish

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
BRANCH = "transformer/autopilot"
REF = f"refs/heads/{BRANCH}"
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - {name: main, image: registry.example/report:1.4, command: [report]}
"""
FILES = {"jobs/report.yaml": JOB}
HOOKS = (
    *("pre-receive", "update", "post-receive", "post-update", "reference-transaction", "proc-receive", "push-to-checkout"),
    *("pre-push", "post-checkout", "pre-auto-gc", "post-index-change"),
)


def trap(path: Path, marker: Path) -> Path:
    """A program that leaves a marker."""
    path.write_text(f'#!/bin/sh\necho "$0 $*" >> "{marker}"\ncat >/dev/null\n')
    path.chmod(0o755)
    return path


def arm(repo: GitRepo, marker: Path) -> None:
    """Every hook of a repository leaves the marker, and so does what its configuration can name."""
    hooks = Path(repo.git("rev-parse", "--absolute-git-dir")) / "hooks"
    hooks.mkdir(exist_ok=True)
    program = trap(hooks / "trap", marker)
    for name in HOOKS:
        (hooks / name).symlink_to(program)
    for key in ("core.alternateRefsCommand", "core.fsmonitor", "uploadpack.packObjectsHook", "core.sshCommand", "credential.helper"):
        repo.git("config", key, str(program))


def run(*words: str | os.PathLike[str]) -> int:
    return cli.main([os.fspath(word) for word in words])


def made(where: Path | str) -> Published:
    """A branch with one commit, made in the repository at a path."""
    with open_source(str(where)) as source:
        return publish(
            source, BRANCH, [PassCommit("one", "Change\n\nTransformer-Pass: one\nTransformer-Plan: 0f\n", {"a.yaml": b"a: 2\n"})]
        )
