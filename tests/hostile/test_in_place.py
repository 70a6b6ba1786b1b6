"""In place beside an editor, a refusing system, and a git that cannot be asked: nothing of the user's is lost."""

from __future__ import annotations

import codecs
import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.inject import in_child
from transformer.cli import main
from transformer.errors import UnsafeError, UsageError
from transformer.repository import exchange, in_place
from transformer.repository.in_place import recover, write_in_place
from transformer.repository.journal import NAME, held, journals

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}}}
spec:
  schedule: "0 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: debian:12
              command: [date]
              resources: {{requests: {{cpu: 250m, memory: 512Mi}}}}
"""
OLD = {"a.yaml": b"a: 1\n", "b.yaml": b"b: 1\n", "c.yaml": b"c: 1\n"}
NEW = {"a.yaml": b"a: 2\n", "b.yaml": b"b: 2\n", "c.yaml": b"c: 2\n", "n/new.yaml": b"n: 1\n"}
NOBODY = 65534


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    root = tmp_path / "plain"
    root.mkdir()
    for name, text in OLD.items():
        (root / name).write_bytes(text)
    return root


def content(root: Path) -> dict[str, bytes]:
    found = (p for p in root.rglob("*") if p.is_file() and ".git" not in p.relative_to(root).parts)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in found}


def by_rename(path: Path) -> None:
    path.with_name("saved~").write_bytes(b"mine\n")
    path.with_name("saved~").rename(path)


def by_writing(path: Path) -> None:
    path.write_bytes(b"mine\n")


@pytest.fixture(params=[True, False], ids=["exchange", "three-steps"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(exchange, "_system_call", lambda: None)


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("save", [by_rename, by_writing])
@pytest.mark.parametrize("moment", ["stage", "place", "move", "kept"])
def test_an_editor_saves_meanwhile(plain: Path, monkeypatch: pytest.MonkeyPatch, save: Callable[[Path], None], moment: str) -> None:
    """Whether while texts are staged, in the moment before a rename, or into a file that was open before: the save stays,
    and nothing else is written."""
    target = plain / "b.yaml"
    opened = target.open("r+b")

    def before(name: str, module: Any, work: Callable[[], object]) -> None:
        real = getattr(module, name)

        def both(*arguments: Any) -> Any:
            work()
            return real(*arguments)

        monkeypatch.setattr(module, name, both)

    def into_open() -> None:
        opened.seek(0)
        opened.write(b"mine\n")
        opened.flush()

    if moment == "stage":
        before("_stage", in_place, lambda: save(target))
    elif moment == "place":
        before("place_new", in_place, lambda: save(target))
    elif moment == "move":
        before("exchange", in_place, lambda: save(target) if target.read_bytes() == OLD["b.yaml"] else None)
    else:
        monkeypatch.setattr(in_place._Work, "_check_kept", _after(into_open, in_place._Work._check_kept))
    with pytest.raises(UnsafeError, match=r"b\.yaml (has changed since|was saved by somebody else)"):
        write_in_place(plain, OLD, NEW)
    assert content(plain) == {**OLD, "b.yaml": b"mine\n"}
    opened.close()


def _after(work: Callable[[], None], real: Callable[[Any], None]) -> Callable[[Any], None]:
    def both(self: Any) -> None:
        work()
        real(self)

    return both


def test_a_new_file_that_came_meanwhile(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def come(*arguments: Path) -> None:
        arguments[1].write_bytes(b"mine\n")
        exchange.place_new(*arguments)

    monkeypatch.setattr(in_place, "place_new", come)
    with pytest.raises(UnsafeError, match="has come since"):
        write_in_place(plain, OLD, NEW)
    assert content(plain) == {**OLD, "n/new.yaml": b"mine\n"}


def test_a_link_that_came_meanwhile(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not followed, and is put back."""
    (plain.parent / "outside").write_bytes(b"secret\n")

    def swap(first: Path, second: Path) -> None:
        if first.name == "b.yaml" and not first.is_symlink() and first.read_bytes() == OLD["b.yaml"]:
            first.unlink()
            first.symlink_to(plain.parent / "outside")
        exchange.exchange(first, second)

    monkeypatch.setattr(in_place, "exchange", swap)
    with pytest.raises(UnsafeError, match="was saved by somebody else"):
        write_in_place(plain, OLD, NEW)
    assert (plain / "b.yaml").is_symlink()
    assert (plain.parent / "outside").read_bytes() == b"secret\n"
    assert {**content(plain), "b.yaml": OLD["b.yaml"]} == OLD


def test_the_order(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New files first, then what follows, what was converted at the end."""
    order: list[str] = []
    real = in_place._Work._move

    def move(self: Any, entry: Any) -> None:
        order.append(entry.path)
        real(self, entry)

    monkeypatch.setattr(in_place._Work, "_move", move)
    assert write_in_place(plain, OLD, NEW, last={"a.yaml"}) == ("a.yaml", "b.yaml", "c.yaml", "n/new.yaml")
    assert order == ["n/new.yaml", "b.yaml", "c.yaml", "a.yaml"]


def test_two_at_once(plain: Path) -> None:
    with held(journals(plain.resolve())[0]), pytest.raises(UnsafeError, match="another run is writing"):
        write_in_place(plain, OLD, NEW)
    assert content(plain) == OLD


def test_no_place_for_the_journal(plain: Path, cache: Path) -> None:
    cache.write_bytes(b"a file\n")
    with pytest.raises(UsageError, match="set XDG_CACHE_HOME"):
        write_in_place(plain, OLD, NEW)
    assert content(plain) == OLD


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"entries": [{"path": "../x", "temporary": "t", "old": "", "new": ""}]}', "\x00", "é"])
def test_a_journal_that_says_nothing(plain: Path, text: str) -> None:
    """It is told, not guessed at; and it leads nowhere else."""
    journal = journals(plain.resolve())[0]
    journal.place.parent.mkdir(parents=True)
    journal.place.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        recover(plain)
    assert content(plain) == OLD


# --- what git cannot say


def break_config(repo: Path) -> None:
    (repo / ".git/config").write_text("[core\n")


def break_head(repo: Path) -> None:
    (repo / ".git/HEAD").unlink()


def empty_git(repo: Path) -> None:
    (repo / ".git").rename(repo.parent / "away")
    (repo / ".git").mkdir()


def dangling(repo: Path) -> None:
    (repo / ".git").rename(repo.parent / "away")
    (repo / ".git").write_text("gitdir: ../nowhere\n")


@pytest.mark.parametrize("harm", [break_config, break_head, empty_git, dangling])
def test_git_that_cannot_be_asked(git_repo: Make, harm: Callable[[Path], None], capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody knows what is not committed: so it is refused, in the folder and below it, unless --force says otherwise."""
    repo = git_repo({"sub/a.yaml": JOB.format(name="a")})
    harm(repo.path)
    before = content(repo.path)
    for folder in (repo.path, repo.path / "sub"):
        assert main(["convert", "--in-place", str(folder)]) == 4
        assert "cannot be told" in capfd.readouterr().err
        assert content(repo.path) == before
    assert main(["convert", "--in-place", "--force", str(repo.path)]) == 0
    assert content(repo.path) != before


def test_without_git_on_path(git_repo: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """The same where git is missing; a plain folder needs none."""
    repo = git_repo({"a.yaml": JOB.format(name="a")})
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.yaml").write_text(JOB.format(name="a"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    before = content(repo.path)
    assert main(["convert", "--in-place", str(repo.path)]) == 4
    assert "git cannot be started" in capfd.readouterr().err
    assert content(repo.path) == before
    assert main(["convert", "--in-place", str(tmp_path / "other")]) == 0


# --- what the system refuses


def as_nobody(work: Callable[[], object]) -> int:
    """Root may read and write everything. What is imported late may lie where only root can read it."""
    importlib.import_module("git")
    codecs.lookup("ascii")

    def child() -> None:
        if os.getuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        sys.exit(work())  # type: ignore[arg-type]

    return in_child(child)


@pytest.fixture
def of_nobody(tmp_path: Path, cache: Path) -> Iterator[Callable[[Path], None]]:
    """Gives a tree away, so that modes hold for the tests too."""
    made: list[Path] = []

    def give(root: Path) -> None:
        made.append(root)
        cache.mkdir(exist_ok=True)
        if os.getuid() == 0:
            for path in (cache, root, *root.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
            for folder in (tmp_path, *tmp_path.parents):
                if folder.stat().st_uid == os.getuid() and len(folder.parts) > 2:
                    folder.chmod(0o755)

    yield give
    for root in made:
        subprocess.run(["chmod", "-R", "u+rwX", str(root)], check=False)


@pytest.mark.parametrize("in_git", [True, False])
@pytest.mark.parametrize("tracked", [True, False])
def test_a_folder_that_cannot_be_opened(
    git_repo: Make, of_nobody: Callable[[Path], None], capfd: pytest.CaptureFixture[str], tracked: bool, in_git: bool, tmp_path: Path
) -> None:
    """It is told, with its name, and `check` does not end with 0 over it."""
    texts = {"a.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n"}
    closed = {"closed/b.yaml": JOB.format(name="b")}
    repo = git_repo({**texts, **(closed if tracked else {})})
    repo.write(closed)
    if not in_git:
        (repo.path / ".git").rename(tmp_path / "away")
    of_nobody(repo.path)
    (repo.path / "closed").chmod(0)
    assert as_nobody(lambda: main(["check", "--no-color", str(repo.path)])) == 99
    told = capfd.readouterr().out
    assert "SRC001" in told
    assert "closed" in told


@pytest.mark.parametrize("read_only", ["b", "."])
def test_a_folder_that_cannot_be_written(tmp_path: Path, of_nobody: Callable[[Path], None], read_only: str) -> None:
    root = tmp_path / "root"
    old = {f"{folder}/x.yaml": b"x: 1\n" for folder in "abc"}
    for name, text in old.items():
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(text)
    of_nobody(root)
    (root / read_only).chmod(0o555)
    new = {**dict.fromkeys(old, b"x: 2\n"), "n/x.yaml": b"n: 1\n"}
    told = tmp_path / "cache" / "told"

    def work() -> int:
        try:
            write_in_place(root, old, new)
        except UsageError as error:
            told.write_text(str(error))
        return 0

    as_nobody(work)
    assert "Permission denied. Nothing was written." in told.read_text()
    assert content(root) == old
    assert not list(root.rglob(".transformer*"))


def test_a_half_done_tree_is_not_judged(plain: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """`check` says how to go on; `convert --in-place` undoes and begins again, and says so."""
    (plain / "a.yaml").write_text(JOB.format(name="a"))
    old = content(plain)

    def die() -> None:
        write_in_place(plain, old, NEW)

    with monkeypatch.context() as patched:
        patched.setattr(in_place._Work, "_check_kept", lambda _: os.kill(os.getpid(), 9))
        assert in_child(die) == -9
    assert main(["check", str(plain)]) == 2
    assert "convert --in-place" in capfd.readouterr().err
    assert main(["convert", "--in-place", str(plain)]) == 0
    assert "changes to 4 files were undone" in capfd.readouterr().err
    assert b"CronWorkflow" in content(plain)["a.yaml"]
    assert {p: t for p, t in content(plain).items() if p != "a.yaml"} == {p: t for p, t in OLD.items() if p != "a.yaml"}
    assert main(["check", str(plain)]) == 0


def test_git_holds_the_journal(git_repo: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Beside the index; so a repository that is moved between two runs is mended too. Also a linked worktree's."""
    repo = git_repo(OLD)
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    for root in (repo.path, tmp_path / "linked"):
        place = journals(root.resolve())[0].place
        assert (place.name, place.parent) == (NAME, Path(repo.git("-C", root, "rev-parse", "--absolute-git-dir")))
        write_in_place(root, OLD, NEW)
        assert not place.exists()
