"""What is written outside of git: never through a link of the target's, whole or not at all, and never a wait."""

from __future__ import annotations

import os
import resource
import signal
import socket
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tests.hostile.traps import FILES, Make, run
from transformer import safe_files

LATE = 20  # seconds; a run that waits for a pipe never ends


@pytest.mark.parametrize("where", ["here", "by path", "from above", "check", "linked folder", "dots"])
def test_a_link_committed_in_the_target(git_repo: Make, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that it leads to stays as it is."""
    repo, outside = git_repo(FILES), tmp_path / "outside"
    outside.mkdir()
    (outside / "plan.md").write_text("mine\n")
    (repo.path / "plan.md").symlink_to(outside / "plan.md")
    (repo.path / "docs").symlink_to(outside)
    (repo.path / "new.json").symlink_to(outside / "new.json")
    monkeypatch.chdir(tmp_path if where == "from above" else repo.path)
    words = {
        "here": ["convert", "--report", "plan.md"],
        "by path": ["convert", str(repo.path), "--report", str(repo.path / "new.json")],
        "from above": ["convert", "repo", "--report", "repo/docs/plan.md"],
        "check": ["check", "--report", "new.json"],
        "linked folder": ["convert", "--report", "docs/new.json"],
        "dots": ["convert", "--report", "jobs/../docs/new.json"],
    }[where]
    assert run(*words) == 2
    assert (outside / "plan.md").read_text() == "mine\n"
    assert [p.name for p in outside.iterdir()] == ["plan.md"]
    assert repo.git("branch", "--list", "transformer/*") == ""


def test_links_of_the_user(git_repo: Make, tmp_path: Path) -> None:
    """A linked folder outside of the target is the user's own, and may lead anywhere."""
    repo = git_repo(FILES)
    (tmp_path / "real").mkdir()
    (tmp_path / "reports").symlink_to("real")
    assert run("convert", repo.path, "--report", tmp_path / "reports/plan.md") == 0
    assert "report" in (tmp_path / "real/plan.md").read_text()


def in_time(*words: str, cwd: Path) -> tuple[int, str]:
    """Exit code and words of a run, which must end. (A wait for a pipe would be ended by the alarm, as a bug.)"""
    told = StringIO()
    here = Path.cwd()

    def late(*_: object) -> None:
        raise AssertionError(f"{words} waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LATE)
    os.chdir(cwd)
    try:
        with redirect_stderr(told), redirect_stdout(StringIO()):
            return run(*words), told.getvalue()
    finally:
        os.chdir(here)
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def make(kind: str, place: Path) -> None:
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "socket":
        here = Path.cwd()
        os.chdir(place.parent)
        socket.socket(socket.AF_UNIX).bind(place.name)
        os.chdir(here)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "link to a pipe":
        os.mkfifo(place.parent / "pipe")
        place.symlink_to("pipe")


KINDS = ("pipe", "folder", "socket", "device", "link to a pipe")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file(git_repo: Make, tmp_path: Path, kind: str) -> None:
    """As a report, a baseline, a configuration, transformer.yaml or a template: an error that says what it is, at once."""
    repo = git_repo(FILES)
    (tmp_path / "odd").mkdir()
    odd = tmp_path / "odd/cronworkflow.yaml.j2"
    make(kind, odd)
    (tmp_path / "odd/r.json").symlink_to(odd.name) if kind != "folder" else (tmp_path / "odd/r.json").mkdir()
    for words in (
        ["convert", str(repo.path), "--report", str(tmp_path / "odd/r.json")],
        ["convert", str(repo.path), "--config", str(odd)],
        ["check", str(repo.path), "--baseline", str(odd)],
        ["convert", str(repo.path), "--templates", str(tmp_path / "odd")],
    ):
        code, told = in_time(*words, cwd=tmp_path)
        assert code == 2, (words, told)
        assert "it is a" in told, told
    make(kind, repo.path / "transformer.yaml")
    for words in (
        ["convert", str(repo.path)],
        ["check", str(repo.path)],
        ["convert", "--in-place", str(repo.path)],
        ["init", "--force", str(repo.path)],
    ):
        code, told = in_time(*words, cwd=tmp_path)
        assert code == 2 and "transformer.yaml" in told and "it is a" in told, (words, told)
    assert repo.git("branch", "--list", "transformer/*") == ""


def test_what_is_no_file_in_the_commit(git_repo: Make) -> None:
    """A folder, a link or a submodule of that name in the base commit."""
    for kind in ("folder", "link", "submodule"):
        repo = git_repo(FILES, name=kind)
        if kind == "folder":
            repo.commit({"transformer.yaml/x.yaml": "a: 1\n"})
        elif kind == "link":
            (repo.path / "transformer.yaml").symlink_to("/etc/passwd")
            repo.commit()
        else:
            repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD')},transformer.yaml")
            repo.git("commit", "--quiet", "-m", "submodule")
        for source in (str(repo.path / ".git"), repo.path.as_uri()):
            assert run("convert", source, "--dry-run") == 2
        assert run("convert", repo.path) == 2


@pytest.mark.parametrize("name", ["config", "HEAD", "packed-refs", "objects/info/alternates", "index", ""])
def test_pipes_among_the_files_of_git(git_repo: Make, name: str, tmp_path: Path) -> None:
    repo = git_repo(FILES)
    place = repo.path / ".git" / name
    if name:
        place.unlink(missing_ok=True)
    else:
        place.rename(tmp_path / "away")
    os.mkfifo(place)
    code, told = in_time("convert", str(repo.path), cwd=tmp_path)
    assert code == 2 and "pipe" in told, told


def test_names_and_places_that_cannot_be_written(git_repo: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told before any work."""
    repo = git_repo(FILES)
    (tmp_path / "file.md").write_text("x")
    for name, told in (
        (str(tmp_path / ("n" * 300 + ".md")), "too long"),
        (str(tmp_path / "file.md/r.md"), "Not a directory"),
        (str(tmp_path / "none/r.md"), "does not exist"),
        (str(tmp_path / "r\0.md"), "null"),
    ):
        assert run("convert", repo.path, "--report", name) == 2
        assert told in capsys.readouterr().err
    assert repo.git("branch", "--list", "transformer/*") == ""


def test_a_full_disk(tmp_path: Path) -> None:
    """The old file stays, and nothing is left beside it."""
    report = tmp_path / "r.json"
    report.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            safe_files.write_whole(report, b"x" * 5_000, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert report.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


def test_modes(tmp_path: Path) -> None:
    """A new file is as the umask says; one that is replaced keeps its mode, and its other names their text."""
    report, other = tmp_path / "r.json", tmp_path / "other"
    safe_files.write_whole(report, b"1", None)
    assert report.stat().st_mode & 0o777 == 0o666 & ~_umask()
    report.chmod(0o640)
    os.link(report, other)
    safe_files.write_whole(report, b"2", None)
    assert (report.read_text(), other.read_text(), report.stat().st_mode & 0o777) == ("2", "1", 0o640)


def _umask() -> int:
    mask = os.umask(0o22)
    os.umask(mask)
    return mask


def test_a_link_that_comes_in_between(git_repo: Make, tmp_path: Path) -> None:
    """Between the check and the writing: the folder is opened anew, step by step."""
    repo = git_repo(FILES)
    (repo.path / "docs").mkdir()
    (tmp_path / "outside").mkdir()
    safe_files.check_writable(repo.path / "docs/r.json", repo.path.resolve())
    (repo.path / "docs").rmdir()
    (repo.path / "docs").symlink_to(tmp_path / "outside")
    with pytest.raises(safe_files.NotRegular, match="symbolic link"):
        safe_files.write_whole(repo.path / "docs/r.json", b"x", repo.path.resolve())
    assert not list((tmp_path / "outside").iterdir())
