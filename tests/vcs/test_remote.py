"""Sending the branch to real remotes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from transformer.errors import UnsafeError, UsageError
from transformer.vcs import PassCommit, Status, open_source, publish, push

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
BRANCH = "transformer/autopilot"
REF = f"refs/heads/{BRANCH}"
COMMIT = PassCommit("one", "Change\n\nTransformer-Pass: one\nTransformer-Plan: 0f\n", {"a.yaml": b"a: 2\n"})


def send(where: Path | str, remote: Path | str = "origin") -> Status:
    with open_source(str(where)) as source:
        return push(source, publish(source, BRANCH, [COMMIT]), str(remote))


@pytest.fixture
def pair(git_repo: Make) -> tuple[GitRepo, GitRepo]:
    """A working repository and its bare remote."""
    repo, remote = git_repo({"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}), git_repo(name="remote.git", bare=True)
    repo.git("remote", "add", "origin", "../remote.git")
    repo.git("push", "--quiet", "origin", "main")
    for one in (repo, remote):
        one.git("config", "uploadpack.allowFilter", "true")
        one.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return repo, remote


def move_on(repo: GitRepo) -> None:
    repo.commit({"b.yaml": "b: 2\n"})
    repo.git("push", "--quiet", "origin", "main")


def test_push_and_again(pair: tuple[GitRepo, GitRepo]) -> None:
    """The remote's branch is made, kept and replaced as the local one is; nothing else of either side changes."""
    repo, remote = pair
    assert send(repo.path, remote.path) is Status.CREATED
    assert remote.git("rev-parse", REF) == repo.git("rev-parse", BRANCH)
    assert send(repo.path, remote.path) is Status.UNCHANGED
    move_on(repo)
    assert send(repo.path, remote.path) is Status.UPDATED
    assert remote.git("rev-parse", REF) == repo.git("rev-parse", BRANCH)
    assert remote.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", REF]
    assert send(repo.path, str(remote.path)) is Status.UNCHANGED
    assert send(repo.path, remote.path.as_uri()) is Status.UNCHANGED


def test_foreign_commit_at_the_remote(pair: tuple[GitRepo, GitRepo]) -> None:
    """What a reviewer pushed to the branch stays."""
    repo, remote = pair
    send(repo.path, remote.path)
    theirs = remote.git("commit-tree", f"{REF}^{{tree}}", "-p", REF, data=b"by hand")
    remote.git("update-ref", REF, theirs)
    move_on(repo)
    for where in (repo.path, remote.path.as_uri()):
        with pytest.raises(UnsafeError, match=theirs[:12]):
            send(where, remote.path)
    assert remote.git("rev-parse", REF) == theirs


def test_changed_meanwhile(pair: tuple[GitRepo, GitRepo], monkeypatch: pytest.MonkeyPatch) -> None:
    """A push between our look and our push wins."""
    repo, remote = pair
    remote.git("update-ref", REF, remote.git("commit-tree", "main^{tree}", data=b"new"))
    monkeypatch.setattr("transformer.vcs.remote._remote_tip", lambda *_: "")
    with pytest.raises(UnsafeError, match="changed by someone else"):
        send(repo.path, remote.path)


def test_from_a_url(pair: tuple[GitRepo, GitRepo]) -> None:
    """What was fetched from a URL is pushed back to it, though the fetch was shallow and partial."""
    repo, remote = pair
    move_on(repo)
    assert send(remote.path.as_uri()) is Status.CREATED
    assert send(remote.path.as_uri()) is Status.UNCHANGED
    move_on(repo)
    repo.commit({"b.yaml": "b: 3\n"})
    repo.git("push", "--quiet", "origin", "main")
    assert send(remote.path.as_uri()) is Status.UPDATED
    assert remote.git("rev-parse", f"{REF}~1") == repo.git("rev-parse", "main")
    remote.git("fsck", "--strict")


def test_shallow_source(pair: tuple[GitRepo, GitRepo], tmp_path: Path) -> None:
    repo, remote = pair
    move_on(repo)
    repo.git("clone", "--quiet", "--depth=1", remote.path.as_uri(), tmp_path / "shallow")
    assert send(tmp_path / "shallow", remote.path) is Status.CREATED
    assert remote.git("rev-list", "--count", REF) == "3"


def test_no_such_remote(git_repo: Make) -> None:
    repo = git_repo({"a.yaml": "a: 1\n"})
    with pytest.raises(UsageError, match="no remote origin"):
        send(repo.path)
    with pytest.raises(UsageError, match="does not answer or refuses"):
        send(repo.path, "/nowhere.git")
    repo.git("remote", "add", "origin", "/nowhere.git")
    repo.git("remote", "set-url", "origin", "ext::sh -c x")
    with pytest.raises(UsageError, match="cannot be used"):
        send(repo.path)


def test_nothing_to_push(pair: tuple[GitRepo, GitRepo]) -> None:
    repo, remote = pair
    with open_source(str(repo.path)) as source:
        assert push(source, publish(source, BRANCH, [])) is Status.NOTHING
    assert remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
