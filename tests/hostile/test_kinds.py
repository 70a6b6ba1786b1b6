"""Every kind of repository: it works in all modes, or one clear sentence says why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.traps import BRANCH, FILES, Make, run

if TYPE_CHECKING:
    from tests.conftest import GitRepo


@pytest.fixture
def kinds(git_repo: Make, tmp_path: Path) -> dict[str, GitRepo]:
    repo = git_repo(FILES, name="plain")
    repo.commit({"b.yaml": "b: 1\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    made = {"plain": repo}

    def add(name: str, place: Path) -> None:
        made[name] = type(repo)(place)

    repo.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256", tmp_path / "sha256")
    add("sha256", tmp_path / "sha256")
    made["sha256"].commit(FILES)
    for name, options in (
        ("shallow", ["--depth=1"]), ("blobless", ["--filter=blob:none"]), ("treeless", ["--filter=tree:0"]),
        ("bare", ["--bare"]), ("mirror", ["--mirror"]), ("separate", [f"--separate-git-dir={tmp_path / 'elsewhere'}"]),
        ("borrowing", ["--shared"]),
    ):  # fmt: skip
        repo.git("clone", "--quiet", *options, str(repo.path) if name == "borrowing" else repo.path.as_uri(), tmp_path / name)
        add(name, tmp_path / name)
    repo.git("worktree", "add", "--quiet", "--detach", tmp_path / "linked")
    add("linked", tmp_path / "linked")
    outer = git_repo({"x.yaml": "x: 1\n"}, name="outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(repo.path), "sub")
    add("submodule", outer.path / "sub")
    made["submodule"].git("checkout", "--quiet", "--detach")
    return made


KINDS = ("sha256", "shallow", "blobless", "treeless", "bare", "mirror", "separate", "borrowing", "linked", "submodule")


@pytest.mark.parametrize("kind", KINDS)
def test_all_modes(kinds: dict[str, GitRepo], kind: str, git_repo: Make, tmp_path: Path) -> None:
    """A branch, a push to a place that the user names, a URL, in place, and a check; healthy afterwards."""
    repo = kinds[kind]
    bare = kind in ("bare", "mirror")
    hub = tmp_path / "hub"
    repo.git("init", "--quiet", "--bare", "--initial-branch=main", f"--object-format={'sha256' if kind == 'sha256' else 'sha1'}", hub)
    kinds["sha256" if kind == "sha256" else "plain"].git("push", "--quiet", str(hub), "HEAD:refs/heads/main")
    assert run("convert", repo.path) == 0
    tip = repo.git("rev-parse", BRANCH)
    assert run("convert", repo.path) == 0
    assert repo.git("rev-parse", BRANCH) == tip
    assert run("convert", repo.path, "--push", "--remote", hub) == 0
    there = type(repo)(hub)
    assert there.git("rev-parse", BRANCH) == tip
    there.git("fsck", "--strict")
    assert run("convert", repo.path.as_uri(), "--dry-run") == 0
    if not bare:
        assert run("check", repo.path) == 1
        assert run("convert", "--in-place", repo.path) == 0
        assert "CronWorkflow" in (repo.path / "jobs/report.yaml").read_text()
    repo.git("fsck")


def test_push_to_a_url_of_each(kinds: dict[str, GitRepo]) -> None:
    """SOURCE as a URL: fetched, and pushed back."""
    for kind in ("sha256", "bare", "submodule", "linked"):
        repo = kinds[kind]
        assert run("convert", repo.path.as_uri(), "--push") == 0, kind
        assert repo.git("rev-parse", "--verify", BRANCH)


def test_what_this_git_does_not_know(git_repo: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """A repository with refs in a reftable, or of a later version: one sentence, which says what to do."""
    for key, value in (("extensions.refStorage", "reftable"), ("extensions.unheardOf", "true"), ("core.repositoryFormatVersion", "7")):
        repo = git_repo(FILES, name=key)
        repo.git("config", "core.repositoryFormatVersion", "1")
        with (repo.path / ".git/config").open("a") as config:
            section, name = key.split(".")
            config.write(f"[{section}]\n\t{name} = {value}\n")
        if key == "extensions.refStorage" and not _unknown(repo):
            continue
        assert run("convert", repo.path) == 2
        told = capsys.readouterr().err
        assert "of a kind that this git does not know" in told and "Update git" in told and told.count("\n") == 1


def _unknown(repo: GitRepo) -> bool:
    import subprocess

    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=repo.path, capture_output=True, check=False).returncode != 0
