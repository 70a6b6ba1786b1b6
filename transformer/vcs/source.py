"""SOURCE: a path or a URL, opened at a commit.

A path may be a working tree, a linked worktree, a bare or shallow repository, or a folder inside one; then only what
lies below it is read, and paths are relative to it. A URL is fetched into a temporary bare repository.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from transformer.errors import UsageError
from transformer.vcs.command import PROTOCOLS, Git, GitError, shown, without_password

MAX_FILE_BYTES: Final = 10_000_000  # architecture §9
FETCH_SECONDS: Final = 300.0
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP: Final = re.compile(r"(?:[^/:@\s]+@)?[^/:@\s]+:\S+")
_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")


@dataclass(frozen=True, slots=True)
class Source:
    """An opened repository. `base` is a whole commit id; `prefix` is "" or a folder with a final slash;
    `folder` is where the files lie on disk (None: bare, or a URL); `base_ref` is the full name of the ref that the base
    was named by ("" where it was a commit id, and for a URL's default branch); `url` is set when SOURCE is a URL."""

    git: Git
    base: str
    base_ref: str
    prefix: str = ""
    folder: Path | None = None
    url: str = ""


def is_url(source: str) -> bool:
    """`https://...`, `user@host:path`, `helper::address`; whatever exists as a path is a path."""
    if os.path.lexists(source):
        return False
    return bool(_SCHEME.match(source) or _HELPER.match(source) or _SCP.fullmatch(source))


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
    check_protocol(source)
    with tempfile.TemporaryDirectory(prefix="transformer-", ignore_cleanup_errors=True) as scratch:
        yield _fetched(Path(scratch), source, ref, max_file_bytes, timeout)


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
    looking = Git(folder)
    try:
        git_dir = Path(os.fsdecode(looking.run("rev-parse", "--absolute-git-dir").removesuffix(b"\n")))
    except GitError as error:
        raise _no_repository(folder, error) from error
    top = looking.line("rev-parse", "--show-toplevel")
    if not top:
        return Git(git_dir, git_dir=git_dir), None
    return Git(Path(top), git_dir=git_dir, work_tree=Path(top)), Path(top)


def check_protocol(url: str) -> None:
    """Raises UsageError for protocols that can run programs (`ext::`) or that git would have to guess."""
    scheme = _SCHEME.match(url)
    if url.startswith("-") or _HELPER.match(url) or (scheme and scheme[1].lower() not in PROTOCOLS):
        raise UsageError(
            f"{shown(without_password(url))} cannot be used. "
            f"Give a path, or a URL that starts with {', '.join(f'{p}://' for p in PROTOCOLS)}."
        )


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


def _fetched(scratch: Path, url: str, ref: str | None, max_file_bytes: int, timeout: float) -> Source:
    """One commit, without its history and without the blobs that are too big to be read."""
    git = new_repository(scratch)
    git.run("config", "remote.origin.url", url)
    wanted = ref or "HEAD"
    limit = f"--filter=blob:limit={max_file_bytes + 1}"
    options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", limit)
    try:
        git.on_network().run("fetch", *options, "origin", f"+{wanted}:refs/transformer/base", timeout=timeout)
    except GitError as error:
        raise _no_answer(url, ref, error) from error
    base = git.line("rev-parse", "--verify", "--quiet", "refs/transformer/base^{commit}")
    if not base:
        raise UsageError(f"{shown(wanted)} at {shown(without_password(url))} is not a commit. Name a branch with --ref.")
    return Source(git, base, f"refs/heads/{ref.removeprefix('refs/heads/')}" if ref else "", url=url)


def new_repository(place: Path) -> Git:
    """An empty bare repository of our own, with nobody's template."""
    git = Git(place)
    git.run("init", "--bare", "--quiet", "--template=", str(place))
    return Git(place, git_dir=place)


def _no_answer(url: str, ref: str | None, error: GitError) -> UsageError:
    place = shown(without_password(url))
    if "couldn't find remote ref HEAD" in error.reason:
        return UsageError(f"{place} is empty or has no default branch. Push a commit, or name a branch with --ref.")
    if "couldn't find remote ref" in error.reason or "not our ref" in error.reason:
        return UsageError(f"{place} has no branch, tag or commit {shown(ref or 'HEAD')}. Check --ref.")
    return UsageError(f"{place} does not answer or cannot be read: {error.reason}. Check the URL, the network and your credentials.")
