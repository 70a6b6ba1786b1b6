"""Pushing: what only the target's configuration says is never enough to have something executed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.traps import BRANCH, FILES, Make, arm, made, run, trap
from transformer.errors import UnsafeError, UsageError
from transformer.vcs import destination, open_source, publish, push
from transformer.vcs.environment import local

if TYPE_CHECKING:
    pass

# How a repository's own configuration can lead a push to a place on this machine; `{}` is that place.
WAYS: dict[str, list[tuple[str, str]]] = {
    "path": [("remote.origin.url", "{}")],
    "file": [("remote.origin.url", "file://{}")],
    "FILE": [("remote.origin.url", "FILE://{}")],
    "localhost": [("remote.origin.url", "file://localhost{}")],
    "dots": [("remote.origin.url", "{}/../remote.git")],
    "relative": [("remote.origin.url", "../remote.git")],
    "pushurl": [("remote.origin.url", "https://example.invalid/x"), ("remote.origin.pushurl", "{}")],
    "insteadOf": [("remote.origin.url", "https://example.invalid/remote.git"), ("url.{}/../.insteadOf", "https://example.invalid/")],
    "pushInsteadOf": [
        ("remote.origin.url", "https://example.invalid/remote.git"),
        ("url.file://{}/../.pushInsteadOf", "https://example.invalid/"),
    ],
    "included": [("include.path", "more"), ("remote.other.url", "https://example.invalid/x")],
    "pushDefault": [("remote.origin.url", "{}"), ("remote.pushDefault", "origin")],
    "receivepack": [("remote.origin.url", "{}"), ("remote.origin.receivepack", "git receive-pack")],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_place_that_only_the_target_names(git_repo: Make, tmp_path: Path, way: str) -> None:
    """Refused, and nothing there runs, however the configuration says it."""
    repo, remote, marker = git_repo(FILES), git_repo(name="remote.git", bare=True), tmp_path / "marker"
    arm(remote, marker)
    (repo.path / ".git/more").write_text(f'[remote "origin"]\n\turl = {remote.path}\n')
    for key, value in WAYS[way]:
        repo.git("config", key.replace("{}", str(remote.path)), value.replace("{}", str(remote.path)))
    with open_source(str(repo.path)) as source, pytest.raises(UnsafeError, match=r"a place on this machine.* --remote "):
        push(source, made(repo.path))
    assert not marker.exists()
    assert remote.git("for-each-ref") == ""
    repo.git("push", "--quiet", str(remote.path), "main")
    assert marker.exists(), "the trap works"


def test_named_by_the_user(git_repo: Make, tmp_path: Path) -> None:
    """A repository elsewhere, given on the command line by its path: it is pushed to as git pushes, hooks and all."""
    repo, remote, marker = git_repo(FILES), git_repo(name="remote.git", bare=True), tmp_path / "marker"
    arm(remote, marker)
    assert run("convert", repo.path, "--push", "--remote", remote.path) == 0
    assert remote.git("rev-parse", BRANCH) == repo.git("rev-parse", BRANCH)
    assert "pre-receive" in marker.read_text()


@pytest.mark.parametrize("inside", ["hub.git", ".git", ".", "sub/deep.git", "link"])
def test_a_repository_inside_the_target(git_repo: Make, tmp_path: Path, inside: str) -> None:
    """It is refused also where the user names it: all of it is the target's."""
    repo, marker = git_repo(FILES), tmp_path / "marker"
    for name in ("hub.git", "sub/deep.git"):
        repo.git("init", "--quiet", "--bare", name)
    (tmp_path / "outside").symlink_to(repo.path / "hub.git")
    (repo.path / "link").symlink_to("hub.git")
    for hub in (repo.path / "hub.git", repo.path / "sub/deep.git", repo.path):
        arm(type(repo)(hub), marker)
    done = made(repo.path)
    marker.unlink(missing_ok=True)  # `arm` is git's owner at work
    for named in (str(repo.path / inside), (repo.path / inside).as_uri(), str(tmp_path / "outside")):
        with open_source(str(repo.path)) as source, pytest.raises(UnsafeError, match="lies inside the repository"):
            push(source, done, named)
    assert not marker.exists()


def test_a_linked_worktree_of_the_target(git_repo: Make, tmp_path: Path) -> None:
    repo = git_repo(FILES)
    repo.git("worktree", "add", "--quiet", "--detach", tmp_path / "linked")
    for where, other in ((repo.path, tmp_path / "linked"), (tmp_path / "linked", repo.path)):
        done = made(where)
        with open_source(str(where)) as source, pytest.raises(UnsafeError, match="lies inside the repository"):
            push(source, done, str(other))


def test_a_url_of_this_machine_as_the_source(git_repo: Make, tmp_path: Path) -> None:
    """The source is the target, and nothing of it runs: neither when it is fetched nor when it is pushed to."""
    repo, marker = git_repo(FILES), tmp_path / "marker"
    repo.git("checkout", "--quiet", "--detach")
    arm(repo, marker)
    assert run("convert", repo.path.as_uri(), "--push") == 0
    assert "Apply" in repo.git("log", "-1", "--format=%s", BRANCH)
    assert not marker.exists()


@pytest.mark.parametrize(
    "url",
    ["ext::touch marker", "transport::x", "fd::7", "ftp://example.invalid/x", "--upload-pack=touch marker", "hg::https://example.invalid"],
)
def test_helpers_that_run_programs(git_repo: Make, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by the target or by the user: refused before git sees them."""
    monkeypatch.chdir(tmp_path)
    repo = git_repo(FILES)
    repo.git("config", "remote.origin.url", url)
    repo.git("config", "protocol.allow", "always")
    with open_source(str(repo.path)) as source:
        with pytest.raises((UsageError, UnsafeError)):
            destination(source)
        with pytest.raises((UsageError, UnsafeError)):
            destination(source, url)
    assert not (tmp_path / "marker").exists() and not (repo.path / "marker").exists()


PROGRAMS = (
    *("core.sshCommand", "core.gitProxy", "core.askPass", "credential.helper"),
    *("remote.origin.receivepack", "remote.origin.uploadpack", "remote.origin.vcs"),
)


@pytest.mark.parametrize("key", PROGRAMS)
def test_programs_of_the_target_for_a_remote_elsewhere(git_repo: Make, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remote is reached with the user's programs. Here that is an `ssh` that says no."""
    repo, marker = git_repo(FILES), tmp_path / "marker"
    repo.git("config", "remote.origin.url", "ssh://example.invalid/x")
    repo.git("config", key, str(trap(tmp_path / "trap", marker)))
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    with open_source(str(repo.path)) as source, pytest.raises(UsageError, match="does not answer or refuses"):
        push(source, made(repo.path))
    assert not marker.exists()


@pytest.mark.parametrize("place", [".", "", "bin", "{repo}/bin", "{repo}"])
def test_programs_on_path(git_repo: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A PATH that begins with the current folder, or with one of the target's, finds no program there."""
    repo, marker = git_repo(FILES), tmp_path / "marker"
    repo.git("config", "remote.origin.url", "ssh://example.invalid/x")
    (repo.path / "bin").mkdir()
    for name in ("git", "env", "argo", "argo-3.6", "kustomize", "ssh", "sh", "helm"):
        for folder in (repo.path, repo.path / "bin"):
            trap(folder / name, marker)
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("PATH", os.pathsep.join((place.replace("{repo}", str(repo.path)), os.environ["PATH"])))
    monkeypatch.setenv("GIT_SSH", "ssh")
    assert run("convert", ".", "--push") == 5
    assert run("check", ".") == 1
    assert not marker.exists(), marker.read_text()


def test_the_environment_of_a_child(git_repo: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git is told is a function of what is given: nothing that begins with GIT_ is handed on by chance."""
    dump = tmp_path / "dump"
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    code = f"open({str(dump)!r}, 'a').write(repr(dict(os.environ)) + chr(10)); os.execv({_git()!r}, ['git', *sys.argv[1:]])"
    shim.write_text(f"#!{sys.executable}\nimport os, sys; {code}\n")
    shim.chmod(0o755)
    repo = git_repo(FILES)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("GIT_TRACE", "GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_PARAMETERS", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "GIT_PAGER"):
        monkeypatch.setenv(name, str(tmp_path / "evil"))
    with open_source(str(repo.path)) as source:
        publish(source, BRANCH, [])
    known = set(local({}, "")) | {"GIT_DIR", "GIT_WORK_TREE"}
    seen = [eval(line) for line in dump.read_text().splitlines() if "GIT_ATTR_NOSYSTEM" in line]  # noqa: S307 - our own repr
    assert seen
    for environment in seen:
        assert {name for name in environment if name.startswith("GIT_")} <= known
        assert environment["HOME"] == environment["XDG_CONFIG_HOME"] == os.devnull
        assert str(tmp_path / "evil") not in environment.values()


def _git() -> str:
    from transformer import executables

    found = executables.find("git")
    assert found is not None
    return found


def test_no_default_branch_of_the_remote(git_repo: Make, tmp_path: Path) -> None:
    """Before anything is written here, the remote is asked for its default branch."""
    repo, remote = git_repo(FILES), git_repo(name="remote.git", bare=True)
    remote.git("symbolic-ref", "HEAD", "refs/heads/living")
    repo.git("push", "--quiet", str(remote.path), "main:living")
    assert run("convert", repo.path, "--branch", "living", "--push", "--remote", remote.path) == 4
    assert repo.git("branch", "--list", "living") == ""
    assert remote.git("rev-parse", "living") == repo.git("rev-parse", "main")


def test_objects_and_logs_that_lead_out(git_repo: Make, tmp_path: Path) -> None:
    """git follows links among its own files: a log of a ref would be appended to any file."""
    victim = tmp_path / "victim"
    for make in _leading_out(victim):
        repo = git_repo(FILES, name=f"repo-{make.__name__}")
        make(repo.path / ".git")
        victim.write_text("mine\n")
        (tmp_path / "folder").mkdir(exist_ok=True)
        with pytest.raises(UnsafeError, match="through a symbolic link"):
            made(repo.path)
        assert victim.read_text() == "mine\n"
        assert not list((tmp_path / "folder").iterdir())


def _leading_out(victim: Path) -> list[Callable[[Path], None]]:
    def log(git: Path) -> None:
        place = git / "logs" / "refs/heads" / BRANCH
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(victim)

    def folder_of_logs(git: Path) -> None:
        (git / "logs/refs/heads/transformer").symlink_to(victim.parent / "folder")

    def folder_of_refs(git: Path) -> None:
        (git / "refs/heads/transformer").symlink_to(victim.parent / "folder")

    def objects(git: Path) -> None:
        for first in range(256):
            if not (git / f"objects/{first:02x}").exists():
                (git / f"objects/{first:02x}").symlink_to(victim.parent / "folder")

    return [log, folder_of_logs, folder_of_refs, objects]
