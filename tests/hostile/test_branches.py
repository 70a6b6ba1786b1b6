"""The branch that is written is never the base, the default branch, a protected one, or one that somebody works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.traps import FILES, Make, run
from transformer.errors import UnsafeError, UsageError
from transformer.vcs import PassCommit, Published, open_source, publish

if TYPE_CHECKING:
    from tests.conftest import GitRepo


def written(where: Path | str, branch: str, ref: str | None = None) -> Published:
    message = "Change\n\nTransformer-Plan: 0f\n"
    with open_source(str(where), ref) as source:
        return publish(source, branch, [PassCommit("one", message, {"a.yaml": b"a: 2\n"})])


def refs(repo: GitRepo) -> str:
    return repo.git("for-each-ref") + repo.git("rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["main", "MAIN", "master", "Master", "trunk", "develop", "production", "gh-pages"])
def test_protected_names(git_repo: Make, name: str) -> None:
    """Whatever HEAD is, and also where no branch has that name yet."""
    repo = git_repo(FILES)
    repo.git("checkout", "--quiet", "--detach")
    before = refs(repo)
    assert run("convert", repo.path, "--branch", name) in (2, 4)
    assert refs(repo) == before


@pytest.mark.parametrize(
    "name",
    [
        *(
            "refs/heads/main",
            "refs/heads/x",
            "refs/tags/x",
            "HEAD",
            "head",
            "@",
            "-x",
            "--force",
            "",
            ".",
            "a..b",
            "a b",
            "a~1",
            "a^",
            "x.lock",
            "a:b",
        ),
        *("/x", "x/", "a//b", "a\nb", "a\x7fb", "a\\b", "@{-1}", "a" * 40, "0" * 64, "a?b", "a*b", "[a"),
    ],
)
def test_names_that_mean_something_else(git_repo: Make, name: str) -> None:
    repo = git_repo(FILES)
    before = refs(repo)
    with pytest.raises(UsageError, match="--branch"):
        written(repo.path, name)
    assert refs(repo) == before


def test_the_base(git_repo: Make) -> None:
    """By its short name, by its full one, and as a remote's."""
    repo = git_repo(FILES)
    repo.git("branch", "living")
    repo.git("update-ref", "refs/remotes/origin/feature/x", "main")
    for ref, name in (("living", "living"), ("refs/heads/living", "living"), ("living", "LIVING"), ("origin/feature/x", "feature/x")):
        before = refs(repo)
        with pytest.raises(UsageError, match="the branch to start from"):
            written(repo.path, name, ref)
        assert refs(repo) == before
    assert written(repo.path, "x", "origin/feature/x").tip


def test_default_branches_that_are_known_here(git_repo: Make) -> None:
    """A bare repository's HEAD, and what a clone has noted of its remotes."""
    bare, repo = git_repo(name="hub.git", bare=True), git_repo(FILES)
    bare.git("symbolic-ref", "HEAD", "refs/heads/living")
    repo.git("push", "--quiet", str(bare.path), "main:living", "main:other")
    repo.git("update-ref", "refs/remotes/upstream/stable", "main")
    repo.git("symbolic-ref", "refs/remotes/upstream/HEAD", "refs/remotes/upstream/stable")
    for where, name, ref in ((bare.path, "living", "other"), (repo.path, "stable", None)):
        with pytest.raises(UnsafeError, match="default branch"):
            written(where, name, ref)


def test_default_branch_of_a_url(git_repo: Make) -> None:
    """Also where the base is another one."""
    bare, repo = git_repo(name="hub.git", bare=True), git_repo(FILES)
    bare.git("symbolic-ref", "HEAD", "refs/heads/living")
    repo.git("push", "--quiet", str(bare.path), "main:living", "main:other")
    before = bare.git("for-each-ref")
    for words in (
        ["--branch", "living"],
        ["--branch", "living", "--ref", "other"],
        ["--branch", "main"],
        ["--branch", "other", "--ref", "other"],
    ):
        assert run("convert", bare.path.as_uri(), "--push", *words) in (2, 4)
    assert bare.git("for-each-ref") == before


def test_checked_out_anywhere(git_repo: Make, tmp_path: Path) -> None:
    """In any working tree, seen from any other, and while it is rebased or bisected, when HEAD is detached."""
    repo = git_repo(FILES)
    for name in ("one", "two", "three"):
        repo.git("branch", name)
    repo.git("worktree", "add", "--quiet", tmp_path / "linked", "one")
    linked = type(repo)(tmp_path / "linked")
    repo.git("checkout", "--quiet", "two")
    for name in ("rebase-merge", "rebase-apply"):
        (repo.path / ".git" / name).mkdir()
    (repo.path / ".git/rebase-merge/head-name").write_text("refs/heads/three\n")
    (Path(linked.git("rev-parse", "--absolute-git-dir")) / "BISECT_START").write_text("four\n")
    for where in (repo.path, linked.path):
        for name in ("one", "two", "three", "four", "TWO"):
            before = refs(repo)
            with pytest.raises(UnsafeError, match=r"is checked out|middle of a rebase"):
                written(where, name, "main")
            assert refs(repo) == before


def test_somebody_elses_branch(git_repo: Make) -> None:
    """A release branch has nothing that the base has not, and is no less somebody's."""
    repo = git_repo(FILES)
    repo.git("branch", "release-1")
    repo.commit({"a.yaml": "a: 1\n"})
    assert run("convert", repo.path, "--branch", "release-1") == 4
    assert repo.git("rev-parse", "release-1") == repo.git("rev-parse", "main~1")


def test_a_file_system_without_case(git_repo: Make) -> None:
    """git notes at `init` that it is on one; then `Review` would be the file of `review`."""
    repo = git_repo(FILES)
    repo.git("branch", "review")
    repo.git("config", "core.ignoreCase", "true")
    with pytest.raises(UnsafeError, match="the same as review on this file system"):
        written(repo.path, "Review")
    repo.git("config", "core.ignoreCase", "false")
    assert written(repo.path, "Review").tip


def test_names_that_exclude_each_other(git_repo: Make) -> None:
    repo = git_repo(FILES)
    for existing, name in (("x", "x/y"), ("p/q", "p")):
        repo.git("branch", existing)
        before = refs(repo)
        with pytest.raises(UsageError, match="excludes it"):
            written(repo.path, name)
        repo.git("pack-refs", "--all")
        with pytest.raises(UsageError, match="excludes it"):
            written(repo.path, name)
        assert refs(repo) == before


def test_the_old_id_is_named(git_repo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who moves or makes the branch between our look and our step wins, here and at a remote."""
    from transformer.vcs import branch

    repo = git_repo(FILES)
    written(repo.path, "review")
    repo.commit({"b.yaml": "b: 1\n"})
    move = branch._move

    def late(*parts: object) -> None:
        repo.git("update-ref", "refs/heads/review", "main")
        move(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(branch, "_move", late)
    with pytest.raises(UsageError, match="changed by someone else"):
        written(repo.path, "review")
    assert repo.git("rev-parse", "review") == repo.git("rev-parse", "main")
