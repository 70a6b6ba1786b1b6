"""Real git repositories in temporary folders, with fixed identity and dates."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "ana@example.com",
    "GIT_AUTHOR_DATE": "1700000000 +0900",
    "GIT_COMMITTER_NAME": "Ben",
    "GIT_COMMITTER_EMAIL": "ben@example.com",
    "GIT_COMMITTER_DATE": "1700000600 +0900",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "file",
}

# Time is for the benchmarks: machines are busy.
settings.register_profile("busy", deadline=None, print_blob=True)
settings.load_profile("busy")


@pytest.fixture(scope="session", autouse=True)
def no_git_environment() -> Iterator[None]:
    """Tests that run in a hook, or on a machine with settings of its own, see none of that."""
    held = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    yield
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        os.environ.pop(name, None)
    os.environ.update(held)


@dataclass(frozen=True)
class GitRepo:
    """A repository, and git as its owner would run it."""

    path: Path

    def git(self, *arguments: str | os.PathLike[str], data: bytes = b"", **variables: str) -> str:
        """What git prints, without the last newline; an error of git fails the test."""
        environment = {**os.environ, **IDENTITY, **variables}
        done = subprocess.run(["git", *arguments], cwd=self.path, env=environment, input=data, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, os.fsdecode(done.stderr)
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, text in files.items():
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(self, files: Mapping[str, str | bytes] | None = None, message: str = "change") -> str:
        """Write these files, commit everything, give the commit id."""
        self.write(files or {})
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def state(self) -> dict[str, object]:
        """All that a run in branch mode must not touch: HEAD, index, files; and every ref, and every lock."""
        git_dir = Path(self.git("rev-parse", "--absolute-git-dir"))
        files = {p: p.read_bytes() for p in sorted(self.path.rglob("*")) if ".git" not in p.parts and p.is_file() and not p.is_symlink()}
        return {
            "HEAD": (git_dir / "HEAD").read_bytes(),
            "index": (git_dir / "index").read_bytes() if (git_dir / "index").exists() else b"",
            "files": files if git_dir.name == ".git" else {},
            "refs": self.git("for-each-ref"),
            "locks": sorted(str(p) for p in git_dir.rglob("*.lock")),
        }


@pytest.fixture
def git_repo(tmp_path: Path) -> Callable[..., GitRepo]:
    """Make a repository: `git_repo({"a.yaml": "a: 1\\n"})` has one commit, `git_repo()` none."""

    def make(files: Mapping[str, str | bytes] | None = None, *, name: str = "repo", bare: bool = False) -> GitRepo:
        repo = GitRepo(tmp_path / name)
        repo.path.mkdir(parents=True)
        repo.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
        if files is not None:
            repo.commit(files, "first")
        return repo

    return make
