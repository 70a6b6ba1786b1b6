"""A program run once: its processor time, its time on the clock, its peak memory; and repositories to run it on."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the processor and of the clock, and MB at the peak."""

    processor: float
    clock: float
    peak: float


def cost(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """What one run takes, its children too (but for the peak, which is of the largest process)."""
    started = time.perf_counter()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(argv, cwd=cwd, env=env, stdin=quiet, stdout=quiet, stderr=quiet)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0  # it is waited for already
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - started, used.ru_maxrss / 1024)


def least(argv: Sequence[str], times: int = 3, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """The run that took the least processor time."""
    return min((cost(argv, cwd=cwd, env=env) for _ in range(times)), key=lambda c: c.processor)


@dataclass(frozen=True, slots=True)
class Tool:
    """A checkout of this tool with its .venv."""

    folder: Path

    def argv(self, *words: str) -> list[str]:
        return [str(self.folder / ".venv" / "bin" / "python"), "-P", "-m", "transformer", *words]

    def run(self, *words: str, times: int = 1, programs: bool = False) -> Cost:
        """Without `programs`, no other one than git is found: kustomize, kubectl and argo would be measured too. Compiled modules
        are kept, as those of an installed tool are."""
        path = os.environ["PATH"] if programs else _only_git()
        plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return least(self.argv(*words), times, env={**plain, "PYTHONPATH": str(self.folder), "PATH": path})

    def convert(self, repo: Path, config: Path, *words: str, times: int = 1, programs: bool = False) -> Cost:
        argv = ("convert", str(repo), "--config", str(config), "--dry-run", "--quiet", *words)
        return self.run(*argv, times=times, programs=programs)


@cache
def _only_git() -> str:
    folder = tempfile.mkdtemp(prefix="bench-path-")
    atexit.register(shutil.rmtree, folder)
    Path(folder, "git").symlink_to(shutil.which("git") or "git")
    return folder


def repository(place: Path, files: Mapping[str, bytes]) -> Path:
    for name, raw in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(raw)
    git = ["git", "-c", "user.name=b", "-c", "user.email=b@localhost", "-c", "core.autocrlf=false"]
    for argv in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "bench"]):
        subprocess.run([*git, *argv], cwd=place, check=True, stdout=subprocess.DEVNULL)
    return place


def manifests(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*.y*ml")) if p.is_file()}
