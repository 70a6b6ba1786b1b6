"""The review branch in real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from transformer.errors import UnsafeError, UsageError
from transformer.vcs import Identity, PassCommit, Published, Status, open_source, publish, push

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
FILES = {"a.yaml": "a: 1\n", "run.yaml": "r: 1\n", "sub/b.yaml": "b: 1\n"}
BRANCH = "transformer/autopilot"


def made_by(pass_id: str, texts: Mapping[str, bytes | None]) -> PassCommit:
    return PassCommit(pass_id, f"Change {pass_id}\n\nWhy.\n\nTransformer-Pass: {pass_id}\nTransformer-Plan: 0f0f\n", texts)


TWO = (made_by("one", {"a.yaml": b"a: 2\n"}), made_by("two", {"a.yaml": b"a: 3\n", "new dir/n.yaml": b"n\n"}))


def run(path: Path | str, commits: tuple[PassCommit, ...] = TWO, ref: str | None = None, branch: str = BRANCH) -> Published:
    with open_source(str(path), ref) as source:
        return publish(source, branch, commits)


def test_one_commit_per_pass(git_repo: Make) -> None:
    """Each pass that changes something is a commit on the base; HEAD, index and files stay as they were."""
    repo = git_repo(FILES)
    repo.write({"a.yaml": "dirty\n", "untracked": "x"})
    repo.git("add", "untracked")
    before = repo.state()
    nothing = made_by("none", {"a.yaml": b"a: 1\n"})
    done = run(repo.path, (nothing, *TWO, made_by("empty", {})))
    assert (done.status, done.previous) == (Status.CREATED, "")
    assert [pass_id for pass_id, _ in done.commits] == ["one", "two"]
    assert repo.git("rev-list", "--reverse", f"main..{BRANCH}").split() == [oid for _, oid in done.commits]
    assert repo.git("diff", "--name-status", "main", BRANCH).split("\n") == ["M\ta.yaml", "A\tnew dir/n.yaml"]
    assert repo.git("show", f"{BRANCH}~1:a.yaml") == "a: 2"
    assert repo.git("show", "-s", "--format=%an|%ae|%ad|%cn|%ce|%cd", "--date=raw", BRANCH) == (
        "transformer|transformer@localhost|1700000600 +0900|transformer|transformer@localhost|1700000600 +0900"
    )
    assert repo.git("show", "-s", "--format=%(trailers:key=Transformer-Pass,valueonly)", BRANCH).strip() == "two"
    repo.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert repo.state() == before


def test_same_input_same_ids(git_repo: Make) -> None:
    """Anywhere and whenever it runs, whatever the user's own settings, the same input gives the same branch."""
    one, two = git_repo(FILES), git_repo(FILES, name="two")
    two.git("config", "user.name", "Zoe")
    two.git("config", "i18n.commitEncoding", "latin1")
    two.git("config", "commit.gpgSign", "true")
    two.git("config", "core.autocrlf", "true")
    first = run(one.path)
    assert run(two.path).commits == first.commits
    again = run(one.path)
    assert (again.status, again.tip) == (Status.UNCHANGED, first.tip)
    with open_source(str(one.path)) as source:
        other = publish(source, "other", TWO, identity=Identity("Bot, Inc.", "<bot@example.com>"))
    assert one.git("show", "-s", "--format=%cn|%ce", other.tip) == "Bot, Inc|bot@example.com"


def test_own_branch_is_replaced(git_repo: Make) -> None:
    """A branch that only we wrote follows the base, also when that moved on or was amended."""
    repo = git_repo(FILES)
    first = run(repo.path)
    repo.commit({"run.yaml": "r: 2\n"})
    second = run(repo.path)
    assert (second.status, second.previous) == (Status.UPDATED, first.tip)
    repo.git("commit", "--quiet", "--amend", "-m", "other words")
    third = run(repo.path)
    assert third.status is Status.UPDATED
    assert repo.git("rev-parse", f"{BRANCH}~2") == repo.git("rev-parse", "main")
    assert repo.git("show", f"{BRANCH}:run.yaml") == "r: 2"


def test_nothing_to_do(git_repo: Make) -> None:
    """Without a change no branch is written, and a branch of an earlier run stays."""
    repo = git_repo(FILES)
    same = (made_by("one", {"a.yaml": b"a: 1\n"}),)
    assert run(repo.path, same) == Published(BRANCH, Status.NOTHING, "", "")
    assert run(repo.path, ()).status is Status.NOTHING
    tip = run(repo.path).tip
    assert run(repo.path, same) == Published(BRANCH, Status.NOTHING, tip, tip)


def test_foreign_commits(git_repo: Make, tmp_path: Path) -> None:
    """A commit of somebody else on the branch, on top or in between, is never lost; the error names it."""
    repo = git_repo(FILES)
    run(repo.path)
    repo.git("worktree", "add", "--quiet", tmp_path / "review", BRANCH)
    review = type(repo)(tmp_path / "review")
    foreign = review.commit({"a.yaml": "a: 4\n"}, "by hand")
    repo.git("worktree", "remove", "--force", review.path)
    repo.commit({"run.yaml": "r: 2\n"})
    before = repo.state()
    with pytest.raises(UnsafeError, match=rf"holds commit {foreign[:12]} \('by hand' by Ben\)") as caught:
        run(repo.path)
    assert caught.value.exit_code == 4
    assert repo.state() == before
    tree = repo.git("rev-parse", f"{BRANCH}^{{tree}}")
    ours = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in OURS.items()}
    top = repo.git("commit-tree", tree, "-p", BRANCH, data=TWO[0].message.encode(), **ours)
    repo.git("update-ref", f"refs/heads/{BRANCH}", top)
    with pytest.raises(UnsafeError, match=foreign[:12]):
        run(repo.path)


OURS = {"NAME": "transformer", "EMAIL": "transformer@localhost"}


def test_cherry_picked_and_unrelated(git_repo: Make) -> None:
    """Our trailer under somebody else's name is theirs; so is an unrelated branch of that name. One without any
    commit of its own may be used."""
    repo = git_repo(FILES)
    run(repo.path)
    repo.git("checkout", "--quiet", BRANCH)
    repo.git("commit", "--quiet", "--amend", "--no-edit")
    repo.git("checkout", "--quiet", "main")
    repo.commit({"run.yaml": "r: 2\n"})
    with pytest.raises(UnsafeError, match="by Ben"):
        run(repo.path)
    repo.git("branch", "--force", BRANCH, repo.git("commit-tree", "main^{tree}", data=b"orphan"))
    with pytest.raises(UnsafeError, match="orphan"):
        run(repo.path)
    repo.git("branch", "--force", BRANCH, "main~1")
    assert run(repo.path).status is Status.UPDATED
    repo.git("branch", "release-1", "main~1")
    with pytest.raises(UnsafeError, match="which this program did not write"):
        run(repo.path, branch="release-1")


def test_checked_out(git_repo: Make, tmp_path: Path) -> None:
    """A branch that is checked out anywhere is not moved under the feet of who works there."""
    repo = git_repo(FILES)
    run(repo.path)
    repo.commit({"run.yaml": "r: 2\n"})
    repo.git("worktree", "add", "--quiet", tmp_path / "review", BRANCH)
    with pytest.raises(UnsafeError, match=r"is checked out in .*review"):
        run(repo.path)
    repo.git("checkout", "--quiet", "-b", "here")
    with pytest.raises(UsageError, match="is the branch to start from"):
        run(repo.path, branch="here")
    with pytest.raises(UnsafeError, match="is checked out"):
        run(repo.path, ref="main", branch="here")


@pytest.mark.parametrize("branch", ["", "-x", "a..b", "a b", "x.lock", "/x", "a\nb", "a\0b"])
def test_branch_names(git_repo: Make, branch: str) -> None:
    with pytest.raises(UsageError, match="--branch"):
        run(git_repo(FILES).path, branch=branch)


def test_refs_in_the_way(git_repo: Make) -> None:
    """Names that exclude each other, symbolic refs and a lock of somebody else end the run; nothing has changed."""
    repo = git_repo(FILES)
    repo.git("branch", "transformer")
    with pytest.raises(UsageError, match="excludes it"):
        run(repo.path)
    repo.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    with pytest.raises(UnsafeError, match="symbolic ref"):
        run(repo.path, branch="alias")
    lock = repo.path / ".git/refs/heads/locked.lock"
    lock.touch()
    before = repo.state()
    with pytest.raises(UsageError, match=r"locked\.lock"):
        run(repo.path, branch="locked")
    assert repo.state() == before
    lock.unlink()
    assert run(repo.path, branch="locked").status is Status.CREATED


def test_moved_meanwhile(git_repo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A branch that somebody writes during our run is left to them."""
    repo = git_repo(FILES)
    monkeypatch.setattr("transformer.vcs.branch.tip_of", lambda *_: "")
    repo.git("branch", BRANCH)
    before = repo.state()
    with pytest.raises(UsageError, match="changed by someone else"):
        run(repo.path)
    assert repo.state() == before


def test_folder_modes_and_odd_paths(git_repo: Make) -> None:
    """Paths count from the source folder, executable files stay so, and any name that git can hold works."""
    odd = ["-rf.yaml", "a b.yaml", "new\nline.yaml", "日本.yaml", 'quo"te\\.yaml', os.fsdecode(b"latin-\xe9.yaml"), "x:y*?[.yaml"]
    repo = git_repo({**FILES, **{f"sub/{name}": "o: 1\n" for name in odd}})
    repo.git("update-index", "--chmod=+x", "sub/b.yaml")
    repo.git("commit", "--quiet", "-m", "mode")
    run(repo.path / "sub", (made_by("one", dict.fromkeys((*odd, "b.yaml"), b"o: 2\n")),))
    changed = repo.git("diff", "--name-only", "-z", "main", BRANCH).split("\0")[:-1]
    assert sorted(changed) == sorted(f"sub/{name}" for name in (*odd, "b.yaml"))
    assert repo.git("ls-tree", BRANCH, "sub/b.yaml").startswith("100755 ")
    assert repo.git("ls-tree", BRANCH, "sub/a b.yaml").startswith("100644 ")


def test_deletion(git_repo: Make) -> None:
    repo = git_repo(FILES)
    run(repo.path, (made_by("one", {"sub/b.yaml": None, "sub/c.yaml": b"c\n"}),))
    assert repo.git("ls-tree", "-r", "--name-only", BRANCH).split() == ["a.yaml", "run.yaml", "sub/c.yaml"]


@pytest.mark.parametrize("path", ["../x.yaml", "/x.yaml", "a/../../x", ".git/config", "sub/.GIT/hooks/x", "", "a//b", "link"])
def test_paths_that_leave(git_repo: Make, path: str) -> None:
    """Nothing is written outside the source, into git's own files, or over a symbolic link."""
    repo = git_repo(FILES)
    (repo.path / "link").symlink_to("/etc/passwd")
    repo.commit()
    with pytest.raises(UnsafeError):
        run(repo.path, (made_by("one", {path: b"x"}),))
    assert repo.git("branch", "--list", BRANCH) == ""


def test_bare_shallow_linked_detached(git_repo: Make, tmp_path: Path) -> None:
    """Every kind of repository that can be read can be written, with the same result."""
    repo = git_repo(FILES)
    repo.git("clone", "--quiet", "--bare", repo.path, tmp_path / "bare")
    repo.git("clone", "--quiet", "--depth=1", repo.path.as_uri(), tmp_path / "shallow")
    repo.git("worktree", "add", "--quiet", "--detach", tmp_path / "linked")
    tips = {run(tmp_path / name).tip for name in ("bare", "shallow", "linked")}
    assert tips == {repo.git("rev-parse", BRANCH)}
    repo.git("clone", "--quiet", "--no-checkout", repo.path, tmp_path / "detached")
    detached = type(repo)(tmp_path / "detached")
    detached.git("update-ref", "--no-deref", "HEAD", "main~0")
    detached.git("checkout", "--quiet", "--detach")
    assert run(detached.path).tip in tips


HOSTILE = """
import os, signal, sys
import transformer.vcs.branch as module
from transformer.vcs import PassCommit, open_source, publish
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
{patch}
with open_source(sys.argv[1]) as source:
    publish(source, {branch!r}, [PassCommit("one", "m\\n\\nTransformer-Plan: 0\\n", {{"a.yaml": b"a: 2\\n"}})])
"""


@pytest.mark.parametrize(
    "patch", ["module._move = die", "module._Builder._commit = die", "module._Builder._tree = die", "module._refuse_checked_out = die"]
)
def test_kill(git_repo: Make, patch: str) -> None:
    """`kill -9` at any stage before the branch moves leaves refs, index and HEAD as they were, and no lock; the next
    run completes."""
    repo = git_repo(FILES)
    before = repo.state()
    code = HOSTILE.format(patch=patch, branch=BRANCH)
    done = subprocess.run([sys.executable, "-c", code, str(repo.path)], check=False)
    assert done.returncode == -9
    assert repo.state() == before
    assert run(repo.path).status is Status.CREATED
    repo.git("fsck", "--strict")


HOOKS = (
    *("reference-transaction", "post-index-change", "post-checkout", "pre-commit", "commit-msg", "prepare-commit-msg"),
    *("post-commit", "pre-push", "post-update", "update", "pre-receive", "post-receive", "pre-auto-gc", "post-rewrite"),
)
PROGRAMS = (
    *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy", "core.askPass", "core.alternateRefsCommand"),
    *("credential.helper", "filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv", "diff.x.command"),
    *("diff.external", "merge.x.driver", "gpg.program", "uploadpack.packObjectsHook", "sequence.editor"),
    *("remote.origin.uploadpack", "remote.origin.receivepack"),
)


def booby_trap(repo: GitRepo, marker: Path) -> None:
    """Every way we know in which a repository could make git run a program."""
    program = repo.path.parent / "trap"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{marker}"\ncat\n')
    program.chmod(0o755)
    hooks = repo.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        (hooks / name).symlink_to(program)
    for name in PROGRAMS:
        repo.git("config", name, str(program))
    for name in ("commit.gpgSign", "push.gpgSign", "protocol.ext.allow", "tag.gpgSign", "extensions.worktreeConfig"):
        repo.git("config", name, "always" if name.startswith("protocol") else "true")
    repo.git("config", "core.hooksPath", str(hooks))


def test_nothing_of_the_target_runs(git_repo: Make, tmp_path: Path) -> None:
    """Hooks, filters, monitors and drivers that the target's configuration names are never run."""
    from transformer.repository.in_place import write_in_place
    from transformer.repository.snapshot import CommitSnapshot, FolderSnapshot

    repo = git_repo({**FILES, ".gitattributes": "* filter=x diff=x merge=x text eol=crlf\n"})
    remote = git_repo(name="remote.git", bare=True)
    repo.git("remote", "add", "origin", remote.path)
    marker = tmp_path / "marker"
    booby_trap(repo, marker)
    os.utime(repo.path / "a.yaml", (1, 1))
    with open_source(str(repo.path)) as source:
        snapshot = CommitSnapshot(source)
        snapshot.read_all(snapshot.select())
        done = publish(source, BRANCH, TWO)
        with pytest.raises(UnsafeError, match="a place on this machine"):
            push(source, done)
        assert push(source, done, str(remote.path)) is Status.CREATED
    folder = FolderSnapshot(repo.path)
    texts = folder.read_all(folder.select(["*.yaml"]))
    write_in_place(repo.path, texts, {"a.yaml": b"a: 9\n"})
    for url in ("ext::" + str(tmp_path / "trap"), "ext://x"):
        with pytest.raises(UsageError), open_source(url):
            pass
    assert not marker.exists(), marker.read_text()
    repo.git("add", "a.yaml")
    assert marker.exists(), "the trap itself works: its owner's git runs the monitor and the filter"


def test_lazy_fetch_of_a_partial_clone_does_not_run(git_repo: Make, tmp_path: Path) -> None:
    """A partial clone may name any program to fetch what it lacks."""
    from transformer.repository.snapshot import CommitSnapshot

    repo = git_repo(FILES)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", repo.path.as_uri(), tmp_path / "partial")
    partial = type(repo)(tmp_path / "partial")
    partial.git("config", "remote.origin.url", f"ext::touch {tmp_path / 'marker'}")
    partial.git("config", "protocol.ext.allow", "always")
    partial.git("config", "remote.origin.uploadpack", f"touch {tmp_path / 'marker'}")
    with open_source(str(partial.path)) as source:
        CommitSnapshot(source).read_all(FILES)
        publish(source, BRANCH, TWO)
    assert partial.git("rev-parse", "--verify", BRANCH)
    assert not (tmp_path / "marker").exists()
