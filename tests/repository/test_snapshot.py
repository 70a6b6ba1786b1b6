"""What is read, and what is left alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import UsageError
from transformer.repository.globs import glob_matcher
from transformer.repository.snapshot import CommitSnapshot, FolderSnapshot, Snapshot, is_real_folder
from transformer.vcs import open_source

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
ODD = [
    "-rf.yaml",
    "--/a b.yaml",
    "new\nline.yaml",
    "tab\t.yaml",
    "日本/ü.yaml",
    os.fsdecode(b"latin-\xe9/\xff.yaml"),
    ".hidden.yaml",
    'q"\\.yaml',
]


def of_commit(repo: GitRepo, **limits: int) -> Snapshot:
    with open_source(str(repo.path)) as source:
        return CommitSnapshot(source, **limits)


@pytest.fixture(params=["commit", "folder in git", "folder"])
def snapshot_of(request: pytest.FixtureRequest) -> Iterator[Callable[..., Snapshot]]:
    """The same files, as a commit, as a working tree of git, and as a folder that git knows nothing of."""

    def make(repo: GitRepo, **limits: int) -> Snapshot:
        if request.param == "commit":
            return of_commit(repo, **limits)
        if request.param == "folder":
            (repo.path / ".git").rename(repo.path.parent / "not-git")
        return FolderSnapshot(repo.path, **limits)

    yield make


def reasons(snapshot: Snapshot) -> dict[str, str]:
    return {left.path: left.why.reason for left in snapshot.left_alone}


def test_contents(git_repo: Make, snapshot_of: Callable[..., Snapshot]) -> None:
    """Every regular file comes back byte for byte, whatever its name; empty, binary and equal files too."""
    files = {name: name.encode("utf-8", "surrogateescape") for name in ODD}
    files |= {"empty.yaml": b"", "binary.yaml": bytes(range(256)) * 300, "same.yaml": b"x\n", "twin.yaml": b"x\n"}
    snapshot = snapshot_of(git_repo(files))
    paths = snapshot.select()
    assert list(paths) == sorted(files)
    assert snapshot.read_all(paths) == files
    assert snapshot.left_alone == ()
    assert {path: entry.size for path, entry in snapshot.files.items()} == {path: len(text) for path, text in files.items()}
    assert snapshot.read_all(["missing.yaml", "../x", "/etc/passwd", ".git/config"]) == {}


def test_more_files_than_are_asked_for_at_once(git_repo: Make) -> None:
    files = {f"{i:04}.yaml": str(i).encode() * (i % 50) for i in range(1234)}
    snapshot = of_commit(git_repo(files))
    assert snapshot.read_all(snapshot.select()) == files


def test_symlinks(git_repo: Make, snapshot_of: Callable[..., Snapshot], tmp_path: Path) -> None:
    """Symbolic links, in the tree or out of it, to files or folders, are listed and not followed."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.yaml").write_text("password: x\n")
    repo = git_repo({"a.yaml": "a: 1\n", "d/b.yaml": "b: 1\n"})
    links = {
        "in.yaml": "a.yaml",
        "out.yaml": "../outside/secret.yaml",
        "folder": "d",
        "outer": "../outside",
        "dead.yaml": "nowhere",
        "self.yaml": "self.yaml",
        "abs.yaml": "/etc/passwd",
    }
    for name, target in links.items():
        (repo.path / name).symlink_to(target)
    repo.commit()
    snapshot = snapshot_of(repo)
    assert snapshot.select() == ("a.yaml", "d/b.yaml")
    assert reasons(snapshot).keys() == links.keys()
    assert all("symbolic link" in reason for reason in reasons(snapshot).values())
    assert snapshot.read_all(["out.yaml", "outer/secret.yaml", "folder/b.yaml"]) == {}


def test_folder_that_became_a_link(git_repo: Make, tmp_path: Path) -> None:
    """git still lists what was below it; what lies there now is not ours to read."""
    repo = git_repo({"d/b.yaml": "b: 1\n", "e/sub/c.yaml": "c: 1\n"})
    (tmp_path / "outside/sub").mkdir(parents=True)
    for name in ("b.yaml", "sub/c.yaml"):
        (tmp_path / "outside" / name).write_text("password: x\n")
    for name in ("d", "e"):
        (repo.path / name).rename(tmp_path / f"was-{name}")
        (repo.path / name).symlink_to(tmp_path / "outside")
    snapshot = FolderSnapshot(repo.path)
    assert snapshot.select(["**/*.yaml"]) == ()
    assert {"d/b.yaml", "e/sub/c.yaml"} <= reasons(snapshot).keys()


def test_submodules_and_nested_repositories(git_repo: Make, snapshot_of: Callable[..., Snapshot]) -> None:
    """Another repository inside is listed, unless it is excluded, and not entered."""
    inner = git_repo({"i.yaml": "i: 1\n"}, name="inner")
    repo = git_repo({"a.yaml": "a: 1\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path, "mods/inner")
    repo.commit()
    snapshot = snapshot_of(repo)
    assert snapshot.select(["*.yaml"]) == ("a.yaml",)
    assert "a submodule" in reasons(snapshot)["mods/inner"]
    assert snapshot.read_all(["mods/inner/i.yaml"]) == {}
    excluding = snapshot_of(repo) if not isinstance(snapshot, FolderSnapshot) else FolderSnapshot(repo.path)
    excluding.select(["*.yaml"], ["mods/**"])
    assert excluding.left_alone == ()


def test_limits(git_repo: Make, snapshot_of: Callable[..., Snapshot]) -> None:
    """A file over the limit is not read and says so; too many files end the run."""
    snapshot = snapshot_of(git_repo({"big.yaml": b"#" * 101, "fits.yaml": b"#" * 100, "big.bin": b"#" * 101}), max_file_bytes=100)
    assert snapshot.select(["*.yaml"]) == ("fits.yaml",)
    assert reasons(snapshot) == {"big.yaml": "101 bytes, over the limit of 100 for one file"}
    assert snapshot.read_all(["big.yaml", "big.bin", "fits.yaml"]).keys() == {"fits.yaml"}
    assert reasons(snapshot).keys() == {"big.yaml", "big.bin"}


def test_too_many_files(git_repo: Make, snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(git_repo({f"{i}.{end}": "" for i in range(6) for end in ("yaml", "txt")}), max_files=6)
    assert len(snapshot.select(["*.yaml"])) == 6
    with pytest.raises(UsageError, match="12 files match, more than the 6"):
        snapshot.select()


def test_folder_in_git(git_repo: Make) -> None:
    """In a working tree: tracked files and new ones as they are on disk now; not deleted or ignored ones."""
    repo = git_repo({"a.yaml": "a: 1\n", "gone.yaml": "g\n", ".gitignore": "build/\n*.log\n", "sub/b.yaml": "b\n"})
    repo.write({"a.yaml": "a: 2\n", "new.yaml": "n\n", "build/out.yaml": "o\n", "x.log": "l\n"})
    (repo.path / "gone.yaml").unlink()
    snapshot = FolderSnapshot(repo.path)
    assert snapshot.read_all(snapshot.select()) == {
        ".gitignore": b"build/\n*.log\n",
        "a.yaml": b"a: 2\n",
        "new.yaml": b"n\n",
        "sub/b.yaml": b"b\n",
    }
    assert snapshot.base is None
    assert FolderSnapshot(repo.path / "sub").files.keys() == {"b.yaml"}
    assert FolderSnapshot(repo.path / "build").files.keys() == {"out.yaml"}, "an ignored folder that is asked for is read"


def test_folder_with_a_broken_git(tmp_path: Path) -> None:
    """Plain files need no git, not even a working one."""
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert FolderSnapshot(tmp_path).files.keys() == {"a.yaml"}


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or folder that cannot be opened is listed with the reason, the others are read."""
    for name in ("a.yaml", "b.yaml", "closed/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")
    real_open, real_scandir = os.open, os.scandir

    def refuse_open(path: str | Path, flags: int, *rest: int) -> int:
        if str(path).endswith("b.yaml"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, flags, *rest)

    def refuse_scandir(path: Path) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    monkeypatch.setattr(os, "open", refuse_open)  # root may open anything, so permissions alone would not do
    monkeypatch.setattr(os, "scandir", refuse_scandir)
    snapshot = FolderSnapshot(tmp_path)
    assert snapshot.read_all(snapshot.select()).keys() == {"a.yaml"}
    assert reasons(snapshot) == {"b.yaml": "cannot be read: Permission denied", "closed": "cannot be read: Permission denied"}


def test_special_and_vanishing_files(tmp_path: Path) -> None:
    """Pipes do not hang the run; files that go, or grow, between listing and reading are listed; leftovers are named."""
    os.mkfifo(tmp_path / "pipe.yaml")
    for name in ("goes.yaml", "grows.yaml", "stays.yaml", ".transformer-abc.tmp"):
        (tmp_path / name).write_text("x\n")
    snapshot = FolderSnapshot(tmp_path, max_file_bytes=100)
    paths = snapshot.select()
    (tmp_path / "goes.yaml").unlink()
    (tmp_path / "grows.yaml").write_bytes(b"#" * 101)
    assert snapshot.read_all(paths) == {"stays.yaml": b"x\n"}
    told = reasons(snapshot)
    assert told.pop("pipe.yaml") == "not a regular file"
    assert "killed" in told.pop(".transformer-abc.tmp")
    assert told.keys() == {"goes.yaml", "grows.yaml"}


def test_deep_folders(tmp_path: Path) -> None:
    """Folders nested as deep as a path can be are walked."""
    folders = [tmp_path / "d"]
    for _ in range(1500):
        folders.append(folders[-1] / "d")
    for folder in folders:
        folder.mkdir()
    (folders[-1] / "a.yaml").write_text("a: 1\n")
    try:
        assert len(FolderSnapshot(tmp_path).files) == 1
    finally:  # pytest's own cleaning recurses
        (folders[-1] / "a.yaml").unlink()
        for folder in reversed(folders):
            folder.rmdir()


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        FolderSnapshot(tmp_path / "missing")


def test_huge_file(git_repo: Make) -> None:
    """50 MB named .yaml are listed by size and never held in memory."""
    with (git := git_repo()).path.joinpath("huge.yaml").open("wb") as file:
        file.truncate(50_000_000)
    git.commit({"a.yaml": "a: 1\n"})
    for snapshot in (of_commit(git), FolderSnapshot(git.path)):
        assert snapshot.read_all(snapshot.select()).keys() == {"a.yaml"}
        assert "50000000 bytes" in reasons(snapshot)["huge.yaml"]


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("**/*.yaml", "a.yaml d/a.yaml d/e/.x.yaml", "a.yml a.yaml.txt d.yamlx/f"),
        ("*.yaml", "a.yaml d/a.yaml", "a.yml"),
        ("/*.yaml", "a.yaml", "d/a.yaml"),
        ("./jobs/*.yaml", "jobs/a.yaml", "x/jobs/a.yaml jobs/d/a.yaml"),
        ("vendor/**", "vendor/a vendor/d/a", "vendor x/vendor/a"),
        ("vendor", "vendor vendor/a x/vendor/a", "vendors/a"),
        ("vendor/", "vendor/a x/vendor/a", "vendor x/vendor"),
        ("jobs/**/prod.yaml", "jobs/prod.yaml jobs/a/b/prod.yaml", "prod.yaml jobs/xprod.yaml"),
        ("**/jobs/**", "jobs/a x/jobs/a/b", "jobs a/b"),
        ("**", "a a/b .x", ""),
        ("a/**/**/b", "a/b a/x/b a/x/y/b", "ab a/bb"),
        ("a?c", "abc x/abc", "a/c ac"),
        ("[a-c].yaml", "a.yaml", "d.yaml"),
        ("[!a-c].yaml", "d.yaml", "a.yaml"),
        ("[^a-c].yaml", "d.yaml", "b.yaml"),
        (r"a\*b", "a*b", "axb"),
        (r"a\[b", "a[b", "ab"),
        ("[z-a]", "", "a z"),
        ("[", "[", "a"),
        ("a.b", "a.b", "axb"),
        ("日本*", "日本語 x/日本", "日"),
    ],
)
def test_globs(glob: str, yes: str, no: str) -> None:
    matches = glob_matcher((glob,))
    assert [path for path in yes.split() if not matches(path)] == []
    assert [path for path in no.split() if matches(path)] == []


def test_globs_cross_newlines_but_not_names() -> None:
    assert glob_matcher(("*.yaml",))("a\nb.yaml")
    assert not glob_matcher(())("a")
    assert glob_matcher(("a", "b"))("b")


def test_globs_cannot_run_away() -> None:
    """A glob is data of the target too: no pattern makes matching slow."""
    assert not glob_matcher(("*a" * 60 + "b", "**/" * 60 + "b", "a/**/" * 40 + "b"))("/".join(["a" * 250] * 15))


@given(st.lists(st.text("ab*?[]!^-\\", max_size=6), min_size=1, max_size=4), st.text("ab/*[", min_size=1, max_size=12))
def test_any_glob_is_accepted(names: list[str], path: str) -> None:
    glob_matcher(("/".join(names),))(path)


def test_real_folder(tmp_path: Path) -> None:
    (tmp_path / "d/e").mkdir(parents=True)
    (tmp_path / "l").symlink_to("d")
    root = str(tmp_path.resolve())
    assert [is_real_folder(root, at) for at in ("", "d", "d/e", "new", "l", "l/e")] == [True, True, True, True, False, False]
