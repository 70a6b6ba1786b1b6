"""SOURCE: a path or a URL, opened at a commit.

A path may be a working tree, a linked worktree, a bare or shallow repository, or a folder inside one; then only what
lies below it is read, and paths are relative to it. A URL is fetched into a temporary bare repository.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from transformer.errors import UsageError
from transformer.executables import holding_repository
from transformer.safe_files import read_regular
from transformer.vcs import network
from transformer.vcs.address import Address, is_url, parse
from transformer.vcs.command import TIMED_OUT, Git, GitError
from transformer.vcs.network import FETCH_SECONDS
from transformer.vcs.text import shown

MAX_FILE_BYTES: Final = 10_000_000  # architecture §9
LOCATE_SECONDS: Final = 20.0
_LINK_BYTES: Final = 10_000
# What git reads before it says anything. A pipe or a device there would make it wait.
_READ_FIRST: Final = (
    "HEAD",
    "config",
    "config.worktree",
    "commondir",
    "gitdir",
    "packed-refs",
    "shallow",
    "index",
    "objects/info/alternates",
)
_NEWER: Final = re.compile(
    r"unknown repository extension|Expected git repo version|unknown ref storage|unknown hash algorithm", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Source:
    """An opened repository. `base` is a whole commit id; `prefix` is "" or a folder with a final slash;
    `folder` is where the files lie on disk (None: bare, or a URL); `base_ref` is the full name of the ref that the base
    was named by ("" where it was a commit id); `address` is set when SOURCE is a URL."""

    git: Git
    base: str
    base_ref: str
    prefix: str = ""
    folder: Path | None = None
    address: Address | None = None

    @property
    def url(self) -> str:
        """The URL without its password, "" for a path."""
        return self.address.url if self.address else ""


@contextmanager
def open_source(
    source: str = ".",
    ref: str | None = None,
    *,
    max_file_bytes: int = MAX_FILE_BYTES,
    timeout: float = FETCH_SECONDS,
) -> Iterator[Source]:
    """The repository at SOURCE, with `ref` (default: HEAD; of a URL, the remote's default branch) as the base.

    What was fetched from a URL is removed when the block is left; blobs over `max_file_bytes` are not fetched, where
    the remote allows that. `timeout` in seconds, for the fetch. Raises UsageError where there is nothing to read.
    """
    if ref is not None and (ref.startswith("-") or not ref or "\0" in ref):
        raise UsageError(f"{shown(ref)!r} is no name of a commit. Name a branch, a tag or a commit id with --ref.")
    if not is_url(source):
        yield open_path(Path(source), ref)
        return
    address = parse(source)
    with tempfile.TemporaryDirectory(prefix="transformer-", ignore_cleanup_errors=True) as scratch:
        yield _fetched(Path(scratch), address, ref, max_file_bytes, timeout)


def open_path(path: Path, ref: str | None = None) -> Source:
    """A repository on disk. Raises UsageError: no folder, no repository, no commits, no such ref or folder in it."""
    folder = _folder(path)
    git, top = locate(folder)
    base = _resolve(git, ref or "HEAD", path)
    prefix = "" if top is None else _below(folder, top)
    if prefix and not git.line("rev-parse", "--verify", "--quiet", f"{base}:{prefix.removesuffix('/')}"):
        raise UsageError(
            f"{shown(str(path))} is not a folder of commit {base[:12]}. "
            "Commit it, name another commit with --ref, or use --in-place for files without a commit."
        )
    return Source(git, base, git.line("rev-parse", "--symbolic-full-name", ref or "HEAD"), prefix, top and folder)


def locate(folder: Path) -> tuple[Git, Path | None]:
    """git for the repository that holds an existing folder, and the top of its working tree (None where `folder` does
    not lie in one). Raises UsageError where there is none."""
    _refuse_pipes(holding_repository(folder))
    looking = Git(folder)
    try:
        said = looking.run("rev-parse", "--absolute-git-dir", timeout=LOCATE_SECONDS)
        git_dir = Path(os.fsdecode(said.removesuffix(b"\n")))
    except GitError as error:
        raise _no_repository(folder, error) from error
    if not looking.line("rev-parse", "--show-toplevel"):
        return Git(git_dir, git_dir=git_dir), None
    top = holding_repository(folder)  # `core.worktree` could name any folder of the machine
    return Git(top, git_dir=git_dir, work_tree=top), top


def roots(source: Source) -> tuple[Path, ...]:
    """The folders on this machine that hold the target: its working trees, and the repository itself; resolved."""
    if source.address is not None:
        place = source.address.place
        return () if place is None else roots_of(place)
    return _roots(source.git, source.folder)


def roots_of(folder: Path) -> tuple[Path, ...]:
    """The same for a folder, which need not lie in a repository that git can open."""
    try:
        git, top = locate(folder.resolve())
    except UsageError:
        return (holding_repository(folder),)
    return _roots(git, top or folder)


def _roots(git: Git, folder: Path | None) -> tuple[Path, ...]:
    common = common_dir(git)
    places = [*_linked(common), common.parent if common.name == ".git" else common, *filter(None, (git.work_tree, folder))]
    return tuple(dict.fromkeys(place.resolve() for place in places))


def common_dir(git: Git) -> Path:
    """The folder of the repository itself, also for a linked worktree."""
    return Path(git.line("rev-parse", "--path-format=absolute", "--git-common-dir"))


def _linked(common: Path) -> Iterator[Path]:
    """The linked working trees; what does not point back is none, whatever the repository says."""
    for told in common.glob("worktrees/*/gitdir"):
        try:
            tree = Path(os.fsdecode(read_regular(told, _LINK_BYTES).strip())).parent
            back = Path(os.fsdecode(read_regular(tree / ".git", _LINK_BYTES).removeprefix(b"gitdir:").strip()))
        except OSError:
            continue
        if (tree / back).resolve() == told.parent.resolve():
            yield tree


def _refuse_pipes(top: Path) -> None:
    """Raises UsageError where git would wait for a pipe or a device."""
    git_dir = top / ".git" if os.path.lexists(top / ".git") else top
    if git_dir == top and not (top / "objects").is_dir():
        return
    for name in ("", *_READ_FIRST):
        place = git_dir / name
        try:
            mode = place.stat().st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise UsageError(f"{shown(str(place))} is a pipe or a device, not a file of a git repository. Remove it, then run again.")


def _folder(path: Path) -> Path:
    try:
        folder = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{shown(str(path))} does not exist. Give the path or the URL of a git repository.") from error
    if not folder.is_dir():
        raise UsageError(f"{shown(str(path))} is a file. Give the folder of a git repository (files: --path GLOB).")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"{shown(str(path))} cannot be read. Check its permissions.")
    return folder


def _no_repository(folder: Path, error: GitError) -> UsageError:
    if "not a git repository" in error.reason and (folder / ".git").exists() is False:
        return UsageError(
            f"{shown(str(folder))} is not in a git repository. Give the path or URL of one, or use --in-place to rewrite plain files."
        )
    if _NEWER.search(error.reason):
        return UsageError(
            f"the git repository at {shown(str(folder))} is of a kind that this git does not know ({error.reason}). "
            "Update git (refs in a reftable need git 2.45), then run again."
        )
    if error.code == TIMED_OUT:
        return UsageError(f"git does not answer for the repository at {shown(str(folder))}: {error.reason}. Look for pipes in its folder.")
    return UsageError(f"the git repository at {shown(str(folder))} cannot be opened: {error.reason}. Try git fsck there.")


def _below(folder: Path, top: Path) -> str:
    relative = os.path.relpath(folder, top.resolve())
    return "" if relative == "." else relative + "/"


def _resolve(git: Git, ref: str, path: Path) -> str:
    base = git.line("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if base:
        return base
    names = git.run("for-each-ref", "--format=%(refname:short)").decode("utf-8", "replace").split()
    place = shown(str(path))
    if not names and ref == "HEAD":
        raise UsageError(f"the repository at {place} is empty: it has no commit. Commit its files, then run again.")
    if git.line("cat-file", "-t", ref):
        raise UsageError(f"{shown(ref)} in {place} is not a commit. Name a branch, a tag or a commit id with --ref.")
    if ref == "HEAD":
        raise UsageError(f"HEAD of {place} is on a branch without commits. Name another one with --ref; there is {_some(names)}.")
    close = difflib.get_close_matches(ref, names, 1)
    hint = f" Did you mean {close[0]}?" if close else f" There is {_some(names)}." if names else " It has no commit."
    raise UsageError(f"{place} has no branch, tag or commit {shown(ref)}.{hint}")


def _some(names: list[str]) -> str:
    listed = ", ".join(names[:5])
    return f"{listed} and {len(names) - 5} more" if len(names) > 5 else listed


def _fetched(scratch: Path, address: Address, ref: str | None, max_file_bytes: int, timeout: float) -> Source:
    """One commit, without its history and without the blobs that are too big to be read."""
    wanted = ref or "HEAD"
    limit = f"--filter=blob:limit={max_file_bytes + 1}"
    try:
        asking = network.towards(network.new_repository(scratch / "ask"), address, named_by_user=True)
        answer = network.ask(asking, wanted, f"refs/heads/{wanted}", f"refs/tags/{wanted}", timeout=timeout)
        git = network.new_repository(scratch / "fetched", next(iter(answer.tips.values()), ""))
        talking = network.towards(git, address, named_by_user=True)
        network.fetch(talking, f"+{wanted}:refs/transformer/base", options=("--depth=1", limit), timeout=timeout)
    except GitError as error:
        raise _no_answer(address, ref, error) from error
    base = git.line("rev-parse", "--verify", "--quiet", "refs/transformer/base^{commit}")
    if not base:
        raise UsageError(f"{shown(wanted)} at {address} is not a commit. Name a branch with --ref.")
    base_ref = f"refs/heads/{ref.removeprefix('refs/heads/')}" if ref else answer.default
    return Source(git, base, base_ref, address=address)


def _no_answer(address: Address, ref: str | None, error: GitError) -> UsageError:
    place = str(address)
    if "couldn't find remote ref HEAD" in error.reason:
        return UsageError(f"{place} is empty or has no default branch. Push a commit, or name a branch with --ref.")
    if "couldn't find remote ref" in error.reason or "not our ref" in error.reason:
        return UsageError(f"{place} has no branch, tag or commit {shown(ref or 'HEAD')}. Check --ref.")
    return UsageError(f"{place} does not answer or cannot be read: {error.reason}. Check the URL, the network and your credentials.")
