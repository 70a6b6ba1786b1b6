"""Rewriting files where they lie."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from transformer.errors import UnsafeError, UsageError
from transformer.repository.in_place import recover, write_in_place

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
OLD = {"a.yaml": b"a: 1\n", "sub/b.yaml": b"b: 1\n"}
NEW = {"a.yaml": b"a: 2\n", "sub/b.yaml": b"b: 2\n"}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A folder that git knows nothing of."""
    root = tmp_path / "plain"
    for name, text in OLD.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text)
    return root


def content(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def _untouched(path: Path) -> tuple[int, ...]:
    """What a write would change; reading changes the time of access."""
    found = path.stat()
    return found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def test_plain_folder(plain: Path) -> None:
    """Files are replaced, new ones made with their folders; modes stay; unchanged files are not written."""
    (plain / "a.yaml").chmod(0o750)
    (plain / "same.yaml").write_bytes(b"s\n")
    before = _untouched(plain / "same.yaml")
    written = write_in_place(plain, {**OLD, "same.yaml": b"s\n"}, {**NEW, "same.yaml": b"s\n", "n/c.yaml": b"c\n"})
    assert written == ("a.yaml", "n/c.yaml", "sub/b.yaml")
    assert content(plain) == {**NEW, "same.yaml": b"s\n", "n/c.yaml": b"c\n"}
    assert stat.S_IMODE((plain / "a.yaml").stat().st_mode) == 0o750
    assert stat.S_IMODE((plain / "n/c.yaml").stat().st_mode) & 0o600 == 0o600
    assert _untouched(plain / "same.yaml") == before
    assert write_in_place(plain, NEW, NEW) == ()


def test_odd_names(tmp_path: Path) -> None:
    names = ["-rf.yaml", "new\nline.yaml", "a b.yaml", os.fsdecode(b"\xe9.yaml"), "日本.yaml"]
    for name in names:
        (tmp_path / name).write_bytes(b"1")
    write_in_place(tmp_path, dict.fromkeys(names, b"1"), dict.fromkeys(names, b"2"))
    assert content(tmp_path) == dict.fromkeys(names, b"2")


def test_changed_since_it_was_read(plain: Path) -> None:
    """What changed, went or came since it was read stays, also with force; and nothing else is written either."""
    (plain / "sub/b.yaml").write_bytes(b"b: 3\n")
    for old, new in ((OLD, NEW), ({"a.yaml": OLD["a.yaml"]}, NEW), ({**OLD, "gone.yaml": b"g"}, {**NEW, "gone.yaml": b"h"})):
        with pytest.raises(UnsafeError, match="has changed since"):
            write_in_place(plain, old, new, force=True)
    assert content(plain) == {"a.yaml": b"a: 1\n", "sub/b.yaml": b"b: 3\n"}


@pytest.mark.parametrize("path", ["../x.yaml", "/tmp/x.yaml", "sub/../../x.yaml", ".git/hooks/x", "a\0b", "", "."])
def test_paths_that_leave(plain: Path, path: str) -> None:
    with pytest.raises(UnsafeError, match="not a path inside"):
        write_in_place(plain, {}, {path: b"x"}, force=True)
    assert content(plain) == OLD
    assert [p.name for p in plain.parent.iterdir()] == ["plain"]


def test_symlinks(plain: Path, tmp_path: Path) -> None:
    """Neither a link nor what lies behind one is written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.yaml").write_bytes(b"b: 1\n")
    (plain / "link.yaml").symlink_to(outside / "b.yaml")
    (plain / "dead.yaml").symlink_to(outside / "new.yaml")
    (plain / "linked").symlink_to(outside)
    for name in ("link.yaml", "dead.yaml", "linked/b.yaml", "linked/new.yaml"):
        old = {name: b"b: 1\n"} if "dead" not in name and "new" not in name else {}
        with pytest.raises(UnsafeError, match="symbolic link"):
            write_in_place(plain, old, {name: b"x"}, force=True)
    assert content(outside) == {"b.yaml": b"b: 1\n"}
    (tmp_path / "way").symlink_to(plain)
    assert write_in_place(tmp_path / "way", OLD, NEW) == ("a.yaml", "sub/b.yaml")


def test_uncommitted_changes(git_repo: Make) -> None:
    """Only the files that would be written must be clean: modified, staged, untracked and conflicting ones are not."""
    repo = git_repo({**OLD, "other.yaml": b"o: 1\n"})
    repo.write({"other.yaml": "o: 2\n", "untracked.yaml": "u: 1\n"})
    repo.git("add", "other.yaml")
    assert write_in_place(repo.path, OLD, NEW) == ("a.yaml", "sub/b.yaml")
    with pytest.raises(UnsafeError, match=r"2 of the files.*\n  a\.yaml\n  sub/b\.yaml\nCommit") as caught:
        write_in_place(repo.path, NEW, {"a.yaml": b"a: 3\n", "sub/b.yaml": b"b: 3\n"})
    assert caught.value.exit_code == 4
    with pytest.raises(UnsafeError, match="untracked"):
        write_in_place(repo.path, {"untracked.yaml": b"u: 1\n"}, {"untracked.yaml": b"u: 2\n"})
    repo.write({"other.yaml": "o: 1\n"})  # as in HEAD, but another text is staged
    with pytest.raises(UnsafeError, match="other"):
        write_in_place(repo.path, {"other.yaml": b"o: 1\n"}, {"other.yaml": b"o: 3\n"})
    assert write_in_place(repo.path, NEW, {**NEW, "a.yaml": b"a: 3\n"}, force=True) == ("a.yaml",)
    assert write_in_place(repo.path, {}, {"fresh.yaml": b"f\n"}) == ("fresh.yaml",)


def test_clean_folder_inside(git_repo: Make) -> None:
    """Below a folder of the repository, with names that git would quote, and with line endings that git changed."""
    names = ["b.yaml", "日本 -x\n.yaml", "crlf.yaml"]
    repo = git_repo({f"sub/{name}": "b: 1\n" for name in names})
    repo.write({"sub/crlf.yaml": "b: 1\r\n"})
    old = {**dict.fromkeys(names, b"b: 1\n"), "crlf.yaml": b"b: 1\r\n"}
    assert len(write_in_place(repo.path / "sub", old, dict.fromkeys(names, b"b: 2\n"))) == 3
    repo.git("checkout", "--quiet", "--", ".")
    repo.git("update-index", "--assume-unchanged", "sub/b.yaml")
    assert write_in_place(repo.path / "sub", {"b.yaml": b"b: 1\n"}, {"b.yaml": b"b: 2\n"}) == ("b.yaml",)


def test_without_a_commit(git_repo: Make) -> None:
    """Nothing is committed yet, so git could give nothing back."""
    repo = git_repo()
    repo.write(OLD)
    repo.git("add", ".")
    with pytest.raises(UnsafeError, match="2 of the files"):
        write_in_place(repo.path, OLD, NEW)
    assert write_in_place(repo.path, OLD, NEW, force=True) == ("a.yaml", "sub/b.yaml")


def test_nothing_of_git_changes(git_repo: Make) -> None:
    repo = git_repo(OLD)
    before = repo.state()
    write_in_place(repo.path, OLD, NEW)
    after = repo.state()
    assert {**after, "files": None} == {**before, "files": None}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_failure_leaves_nothing(plain: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """A full disk or Ctrl-C leaves each file wholly old or wholly new, and no temporary file."""

    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((UsageError, KeyboardInterrupt)):
        write_in_place(plain, OLD, NEW)
    assert content(plain) == OLD
    monkeypatch.undo()
    assert write_in_place(plain, OLD, NEW) == ("a.yaml", "sub/b.yaml")


def test_kill_and_run_again(plain: Path) -> None:
    """After `kill -9` between two files the next run takes the leftover for no manifest, and completes."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom transformer.repository.in_place import write_in_place\n"
        "real = os.fsync\ncount = []\n"
        "def fsync(fd):\n    count.append(fd)\n    len(count) == 3 and os.kill(os.getpid(), signal.SIGKILL)\n    real(fd)\n"
        f"os.fsync = fsync\nwrite_in_place(Path(sys.argv[1]), {OLD!r}, {NEW!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(plain)], check=False)
    assert done.returncode == -9
    left = content(plain)
    stale = [name for name in left if ".transformer-" in name]
    assert {name: text for name, text in left.items() if name not in stale} == OLD
    assert stale
    from transformer.repository.snapshot import FolderSnapshot

    snapshot = FolderSnapshot(plain)
    assert snapshot.select() == ("a.yaml", "sub/b.yaml")
    texts = snapshot.read_all(snapshot.select())
    recover(plain)
    assert content(plain) == OLD
    assert write_in_place(plain, texts, NEW) == ("a.yaml", "sub/b.yaml")


def test_unreadable_target(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        write_in_place(plain, OLD, NEW)
