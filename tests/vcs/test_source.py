"""Where a run may start from."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from transformer.errors import UsageError
from transformer.repository.snapshot import CommitSnapshot
from transformer.vcs import is_url, open_source

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
FILES = {"a.yaml": "a: 1\n", "sub/b.yaml": "b: 1\n"}


def read(source: str | Path, ref: str | None = None) -> dict[str, bytes]:
    with open_source(str(source), ref) as opened:
        snapshot = CommitSnapshot(opened)
        return snapshot.read_all(snapshot.select())


def refused(source: str | Path, ref: str | None = None) -> str:
    with pytest.raises(UsageError) as caught, open_source(str(source), ref):
        pass
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_working_tree(git_repo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit is read, whatever lies in the working tree; `.` is the default."""
    repo = git_repo(FILES)
    repo.write({"a.yaml": "dirty: 1\n", "new.yaml": "n: 1\n"})
    monkeypatch.chdir(repo.path)
    before = repo.state()
    with open_source() as opened:
        assert opened.base == repo.git("rev-parse", "HEAD")
        assert opened.base_ref == "refs/heads/main"
        assert opened.folder == repo.path
        assert CommitSnapshot(opened).read_all(["a.yaml", "new.yaml"]) == {"a.yaml": b"a: 1\n"}
    assert repo.state() == before


def test_ref(git_repo: Make) -> None:
    """A branch, a tag, a short id and an expression name the base; HEAD may be detached."""
    repo = git_repo(FILES)
    first = repo.git("rev-parse", "HEAD")
    repo.git("tag", "-a", "v1", "-m", "one")
    repo.commit({"a.yaml": "a: 2\n"})
    for ref in ("v1", first[:10], "main~1", "HEAD^"):
        assert read(repo.path, ref)["a.yaml"] == b"a: 1\n"
    repo.git("checkout", "--quiet", "--detach", first)
    assert read(repo.path)["a.yaml"] == b"a: 1\n"
    assert read(repo.path, "main")["a.yaml"] == b"a: 2\n"


def test_bare_shallow_and_linked(git_repo: Make, tmp_path: Path) -> None:
    """Bare and shallow clones, linked worktrees and the `.git` folder itself are repositories too."""
    repo = git_repo(FILES)
    repo.commit({"a.yaml": "a: 2\n"})
    repo.git("clone", "--quiet", "--bare", repo.path, tmp_path / "bare.git")
    repo.git("clone", "--quiet", "--depth=1", repo.path.as_uri(), tmp_path / "shallow")
    repo.git("worktree", "add", "--quiet", "--detach", tmp_path / "linked", "HEAD~1")
    for name in ("bare.git", "shallow", "repo/.git"):
        assert read(tmp_path / name)["a.yaml"] == b"a: 2\n"
    assert read(tmp_path / "linked")["a.yaml"] == b"a: 1\n"


def test_folder_inside(git_repo: Make) -> None:
    """Of a folder inside a repository only what lies below it is read, with paths relative to it."""
    repo = git_repo({**FILES, "sub/deep er/c.yaml": "c: 1\n"})
    assert read(repo.path / "sub") == {"b.yaml": b"b: 1\n", "deep er/c.yaml": b"c: 1\n"}
    (repo.path / "link").symlink_to("sub")
    assert read(repo.path / "link").keys() == {"b.yaml", "deep er/c.yaml"}
    (repo.path / "untracked").mkdir()
    assert "is not a folder of commit" in refused(repo.path / "untracked")


def test_not_a_repository(tmp_path: Path) -> None:
    """What is no repository is refused with a way out."""
    (tmp_path / "file.yaml").write_text("a: 1\n")
    assert "--in-place" in refused(tmp_path)
    assert "does not exist" in refused(tmp_path / "missing")
    assert "is a file" in refused(tmp_path / "file.yaml")
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    assert "cannot be opened" in refused(tmp_path)


def test_empty_unborn_missing(git_repo: Make) -> None:
    """Repositories without the commit that is asked for are refused, and what there is instead is named."""
    empty = git_repo(name="empty")
    assert "is empty: it has no commit" in refused(empty.path)
    assert "It has no commit" in refused(empty.path, "main")
    repo = git_repo(FILES)
    assert "Did you mean main?" in refused(repo.path, "mian")
    assert "no branch, tag or commit" in refused(repo.path, "f" * 40)
    assert "is not a commit" in refused(repo.path, "HEAD:sub")
    assert "--ref" in refused(repo.path, "--upload-pack=x")
    repo.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    assert "there is main" in refused(repo.path)


def test_damaged(git_repo: Make) -> None:
    """A file whose object is gone is left alone; without its tree the run ends with a reason, not a traceback."""
    repo = git_repo(FILES)
    blob, tree = repo.git("rev-parse", "HEAD:a.yaml", "HEAD:sub").split()
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert read(repo.path) == {"sub/b.yaml": b"b: 1\n"}
    (repo.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(UsageError, match="ls-tree failed"):
        read(repo.path)


def test_garbage(git_repo: Make) -> None:
    """An object that cannot be unpacked ends the run with a reason, at the latest when it is read."""
    repo = git_repo({**FILES, "big.yaml": os.urandom(100_000)})
    blob = repo.git("rev-parse", "HEAD:big.yaml")
    place = repo.path / ".git/objects" / blob[:2] / blob[2:]
    place.chmod(0o644)
    whole = place.read_bytes()
    place.write_bytes(whole[:8])
    assert read(repo.path).keys() == FILES.keys()
    place.write_bytes(whole[:50_000])
    with pytest.raises(UsageError, match="git fsck"):
        read(repo.path)


def test_partial_clone(git_repo: Make, tmp_path: Path) -> None:
    """What a partial clone lacks is left alone; it is never fetched behind the user's back."""
    repo = git_repo(FILES)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", repo.path.as_uri(), tmp_path / "partial")
    with open_source(str(tmp_path / "partial")) as opened:
        snapshot = CommitSnapshot(opened)
        assert snapshot.select() == ()
        assert "a partial" in snapshot.left_alone[0].why.reason


def test_sha256(git_repo: Make, tmp_path: Path) -> None:
    """The longer object ids work alike."""
    repo = git_repo(FILES)
    repo.git("init", "--quiet", "--object-format=sha256", tmp_path / "long")
    long = type(repo)(tmp_path / "long")
    long.commit(FILES)
    assert read(long.path) == read(repo.path)


def test_somebody_elses(git_repo: Make) -> None:
    """A repository that another user owns (a volume in a container) can be read, since nothing in it is run."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    repo = git_repo(FILES)
    for place in (repo.path, *repo.path.rglob("*")):
        os.chown(place, 12345, 12345)
    assert read(repo.path).keys() == FILES.keys()


def test_inherited_environment(git_repo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that calls us sets GIT_DIR and more for its own repository; that must not decide which one is read."""
    repo, other = git_repo(FILES), git_repo({"x.yaml": "x: 1\n"}, name="other")
    for name, value in {"GIT_DIR": ".git", "GIT_WORK_TREE": ".", "GIT_INDEX_FILE": "x", "GIT_CONFIG_COUNT": "nonsense"}.items():
        monkeypatch.setenv(name, str(other.path / value))
    with open_source(str(repo.path)) as opened:
        assert CommitSnapshot(opened).files.keys() == FILES.keys()
    assert os.environ["GIT_DIR"] == str(other.path / ".git")


def test_url(git_repo: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A URL is fetched into a temporary folder, which is gone afterwards; files over the limit stay at the remote."""
    repo = git_repo({**FILES, "big.yaml": b"#" * 5000})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("branch", "other", "HEAD")
    repo.commit({"a.yaml": "a: 2\n"})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with open_source(repo.path.as_uri(), max_file_bytes=4999) as opened:
        snapshot = CommitSnapshot(opened, max_file_bytes=4999)
        assert (opened.base, opened.folder) == (repo.git("rev-parse", "main"), None)
        assert snapshot.read_all(snapshot.select())["a.yaml"] == b"a: 2\n"
        assert [left.path for left in snapshot.left_alone] == ["big.yaml"]
        assert list(scratch.iterdir())
    assert read(repo.path.as_uri(), "other")["a.yaml"] == b"a: 1\n"
    assert not list(scratch.iterdir())


def test_dead_url(git_repo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL that does not answer, or has nothing to give, is a usage error that shows no password."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    said = refused(f"http://ana:hunter2@127.0.0.1:{port}/repo.git")
    assert "does not answer" in said
    assert "hunter2" not in said
    assert "does not answer" in refused(f"git://127.0.0.1:{port}/repo.git")
    assert "does not answer" in refused("file:///nowhere/at/all.git")
    assert "has no branch" in refused(git_repo(FILES).path.as_uri(), "missing")
    assert "is empty" in refused(git_repo(name="empty").path.as_uri())


def test_silent_url() -> None:
    """A server that takes the connection and says nothing is given up after the time limit."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        start = time.monotonic()
        with (
            pytest.raises(UsageError, match="stopped after 1 seconds"),
            open_source(f"git://127.0.0.1:{silent.getsockname()[1]}/repo.git", timeout=1),
        ):
            pass
        assert time.monotonic() - start < 10


@pytest.mark.parametrize("url", ["ext::sh -c 'touch marker'", "ext://sh", "ftp://host/x", "fd::3", "ssh+x://host/x"])
def test_protocols(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers that run programs, and protocols we do not know, are refused before git sees them."""
    monkeypatch.chdir(tmp_path)
    assert "cannot be used" in refused(url)
    assert not (tmp_path / "marker").exists()


def test_what_is_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "host:path").mkdir()
    assert all(map(is_url, ("https://h/x", "git@host:team/x.git", "host:team/x", "file:///x")))
    assert not any(map(is_url, (".", "a/b", "/x", "../y", "host:path", "./a:b", "a/b:c")))


def test_interrupted_fetch(tmp_path: Path) -> None:
    """Ctrl-C while a remote is silent leaves no temporary folder and no process behind."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        url = f"git://127.0.0.1:{silent.getsockname()[1]}/repo.git"
        heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what runs in the background ignores it
        code = f"{heard}from transformer.vcs import open_source\nwith open_source({url!r}): pass"
        process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.DEVNULL)
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) != 0
        assert not list(tmp_path.iterdir())
        connection.settimeout(10)
        while connection.recv(4096):  # ends when git has closed its end
            pass
        connection.close()


def test_no_git_program(git_repo: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repo = git_repo(FILES)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Install git" in refused(repo.path)


def test_import_is_lazy() -> None:
    """GitPython is not imported before the first command runs."""
    code = "import sys, transformer.vcs, transformer.repository.snapshot; sys.exit('git' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
