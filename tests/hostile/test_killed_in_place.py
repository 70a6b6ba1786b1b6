"""Killed at any call that writes, in place: after one more run the tree is the same as without the kill."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.inject import fault_at, full_disk, in_child, kill
from transformer.errors import UsageError
from transformer.repository import exchange
from transformer.repository.in_place import is_half_done, recover, write_in_place

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
OLD = {"a.yaml": b"a: 1\n", "sub/b.yaml": b"b: 1\n", "sub/c.yaml": b"c: 1\n", "d.yaml": b"d: 1\n"}
NEW = {**{path: text.replace(b"1", b"2") for path, text in OLD.items()}, "new.yaml": b"n: 1\n", "x/y/new.yaml": b"y: 1\n"}
LAST = ("a.yaml", "sub/b.yaml")


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    """Everything below a folder but for git's own; a folder counts with its mode."""
    found = {}
    for path in sorted(root.rglob("*")):
        if ".git" not in path.relative_to(root).parts:
            found[path.relative_to(root).as_posix()] = (path.read_bytes() if path.is_file() else b"/", path.stat().st_mode)
    return found


@pytest.fixture(params=["git", "plain"])
def made(request: pytest.FixtureRequest, git_repo: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree to write to, with all its modes; and a cache beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "made"
    if request.param == "git":
        git_repo(OLD, name="made")
    else:
        write(root, OLD)
    (root / "d.yaml").chmod(0o755)
    return root


def write(root: Path, texts: Mapping[str, bytes]) -> None:
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text)


def one_run(root: Path) -> None:
    """What `convert --in-place` does: undo, read, write."""
    recover(root)
    held = {path: (root / path).read_bytes() for path in NEW if (root / path).exists()}
    write_in_place(root, held, NEW, last=LAST)


def calls_of(root: Path, work: Callable[[Path], object]) -> int:
    """How often the work writes."""
    copy = root.with_name("counted")
    shutil.copytree(root, copy, symlinks=True)
    with fault_at(-1, kill) as seen:
        work(copy)
    assert "exchange" in seen or "replace" in seen
    shutil.rmtree(copy)
    return len(seen)


def finished(root: Path) -> dict[str, tuple[bytes, int]]:
    copy = root.with_name("finished")
    shutil.copytree(root, copy, symlinks=True)
    one_run(copy)
    return tree(copy)


def broken(root: Path, number: int, *, after: bool) -> tuple[Path, int]:
    """A copy in which a run was killed; and how that ended."""
    copy = root.with_name("broken")
    shutil.copytree(root, copy, symlinks=True)
    return copy, killed(number, copy, one_run, after=after)


def killed(number: int, root: Path, work: Callable[[Path], object], *, after: bool = False) -> int:
    """The exit code of the work, killed at the n-th call that writes: -9, or 0 where it has no more of them."""

    def child() -> None:
        with fault_at(number, kill, after=after):
            work(root)

    return in_child(child)


@pytest.mark.parametrize("one_step", [True, False], ids=["exchange", "three-steps"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_one_more_run_completes(made: Path, after: bool, one_step: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """And until then nobody takes the half for the whole, and nothing of ours stays."""
    if not one_step:
        monkeypatch.setattr(exchange, "_system_call", lambda: None)
    expected = finished(made)
    step = 6 if (made / ".git").exists() else 1 if one_step else 3  # git only decides where the journal lies
    for number in range(0, calls_of(made, one_run), step):
        copy, code = broken(made, number, after=after)
        assert code == -9
        texts = {path: (copy / path).read_bytes() for path in OLD}
        assert texts in (OLD, {path: NEW[path] for path in OLD}) or is_half_done(copy), number
        one_run(copy)
        assert tree(copy) == expected, number
        assert not list(copy.rglob("*transformer-in-place*"))
        shutil.rmtree(copy)


def test_killed_while_it_undoes(made: Path) -> None:
    """Undoing can be killed as well, at each of its own calls."""
    if (made / ".git").exists():
        pytest.skip("git only decides where the journal lies")
    expected = finished(made)
    total = calls_of(made, one_run)
    undone = 0
    for number in range(total // 2 + 1, total, total // 5):
        for again in count():
            copy, _ = broken(made, number, after=True)
            code = killed(again, copy, recover)
            one_run(copy)
            assert tree(copy) == expected, (number, again)
            shutil.rmtree(copy)
            if code == 0:
                break
            undone += 1
    assert undone > 5


def test_a_full_disk_at_any_call(made: Path, tmp_path: Path) -> None:
    """Nothing is written, or all; an error is a clear one."""
    before, expected = tree(made), finished(made)
    for number in range(0, calls_of(made, one_run), 2):
        copy = tmp_path / f"full-{number}"
        shutil.copytree(made, copy, symlinks=True)
        try:
            with fault_at(number, full_disk):
                one_run(copy)
        except UsageError as error:
            assert "No space left" in str(error)
            recover(copy)
            assert tree(copy) == before, number
        else:
            recover(copy)
            assert tree(copy) == expected, number


def test_saved_since_the_kill(made: Path) -> None:
    """What somebody wrote into a half-done tree stays, and so does what stood there before us."""
    for number in range(1, calls_of(made, one_run), 3):
        copy, _ = broken(made, number, after=True)
        if is_half_done(copy):
            (copy / "a.yaml").write_bytes(b"a: mine\n")
            (copy / "new.yaml").write_bytes(b"n: mine\n")
            recover(copy)
            assert (copy / "a.yaml").read_bytes() == b"a: mine\n"
            assert (copy / "new.yaml").read_bytes() == b"n: mine\n"
            assert all((copy / path).read_bytes() == OLD[path] for path in OLD if path != "a.yaml")
            assert all(kept.read_bytes() == OLD["a.yaml"] for kept in copy.glob("*before-transformer*"))
        shutil.rmtree(copy)
