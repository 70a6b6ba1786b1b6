"""Rewriting files on disk: each is wholly old or wholly new at every moment.

Everything is checked before the first file is written. Killed at any moment, running again completes the work.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from transformer.errors import UnsafeError, UsageError
from transformer.repository.snapshot import TEMPORARY, is_real_folder, read_regular
from transformer.vcs.branch import check_path
from transformer.vcs.command import Git, GitError, shown
from transformer.vcs.objects import read_objects
from transformer.vcs.source import locate


def write_in_place(root: Path, old: Mapping[str, bytes], new: Mapping[str, bytes], *, force: bool = False) -> tuple[str, ...]:
    """Replace files below `root`. `old` holds what was read, by path (a path of `new` that is not in it is a new
    file). Gives the paths written, sorted.

    Raises UnsafeError, before anything is written, where a path leads out of the root or through a symbolic link, a
    file is not what was read, or (unless `force`) it has changes that are not committed.
    """
    root = root.resolve()
    paths = tuple(sorted(path for path in new if old.get(path) != new[path]))
    for path in paths:
        _check_place(root, path)
        _check_unchanged(root, path, old.get(path))
    if not force:
        _check_committed(root, {path: old[path] for path in paths if path in old})
    for path in paths:
        _check_unchanged(root, path, old.get(path))
        _replace(root / path, new[path])
    return paths


def _check_place(root: Path, path: str) -> None:
    check_path(path)
    if not is_real_folder(str(root), path.rpartition("/")[0]) or (root / path).is_symlink():
        raise UnsafeError(f"{shown(path)} is, or lies behind, a symbolic link. Name the folder that it leads to.")


def _check_unchanged(root: Path, path: str, expected: bytes | None) -> None:
    try:
        found: bytes | None = read_regular(root / path)
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be read: {error.strerror}. Check its permissions.") from error
    if found != expected:
        raise UnsafeError(f"{shown(path)} has changed since it was read. Run again.")


def _check_committed(root: Path, texts: Mapping[str, bytes]) -> None:
    """Nothing to say outside of git, nor about a folder that git could not open: then these are plain files."""
    try:
        git, top = locate(root)
    except UsageError:
        return
    if top is None or not texts:
        return
    git.cwd = root
    clean = _clean(git, texts)
    dirty = [path for path in texts if path not in clean]
    if dirty:
        listed = "".join(f"\n  {shown(path)}" for path in dirty[:10])
        more = f"\n  and {len(dirty) - 10} more" if len(dirty) > 10 else ""
        raise UnsafeError(
            f"{len(dirty)} of the files to be written have changes that are not committed:{listed}{more}\n"
            "Commit or stash them (git stash -u), or use --force to write over them."
        )


def _clean(git: Git, texts: Mapping[str, bytes]) -> set[str]:
    """The paths whose text is the one of HEAD and of the index. `git status` is not asked: it runs filters."""
    committed = _listed(git, 2, "ls-tree", "-r", "-z", "--full-name", "HEAD", "--", ".")
    staged = _listed(git, 1, "ls-files", "--stage", "-z", "--full-name", "--", ".")
    prefix = git.line("rev-parse", "--show-prefix")
    tracked = {path: staged[prefix + path] for path in texts if prefix + path in staged}
    same = [path for path, oid in tracked.items() if committed.get(prefix + path) == oid]
    contents = read_objects(git, (tracked[path] for path in same))
    return {path for path, (_, text) in zip(same, contents, strict=True) if _is_text(texts[path], text)}


def _is_text(on_disk: bytes, committed: bytes) -> bool:
    """The same text; git may have been told to check it out with other line endings."""
    return on_disk == committed or (b"\r\n" not in committed and on_disk.replace(b"\r\n", b"\n") == committed)


def _listed(git: Git, id_column: int, *arguments: str) -> dict[str, str]:
    """Object ids by path; of a repository without a commit, none; of a path in conflict, "" (it has several)."""
    listed: dict[str, str] = {}
    try:
        output = git.run(*arguments)
    except GitError:
        return listed
    for line in output.split(b"\0")[:-1]:
        head, name = line.split(b"\t", 1)
        path = os.fsdecode(name)
        listed[path] = "" if path in listed else head.decode("ascii").split()[id_column]
    return listed


def _replace(target: Path, text: bytes) -> None:
    """Write beside the target, then rename over it. Mode and owner stay; what fails or is interrupted leaves nothing."""
    start, end = TEMPORARY
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=start, suffix=end)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                _take_over(file.fileno(), target)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"{shown(str(target))} cannot be written: {error.strerror}. It is as it was; "
            "files before it are written. Check permissions and space, then run again."
        ) from error
    _sync_folder(target.parent)


def _take_over(descriptor: int, target: Path) -> None:
    """The permissions and the owner of the file that is replaced; of a new one, what the umask gives."""
    try:
        found = target.lstat()
    except FileNotFoundError:
        os.fchmod(descriptor, 0o666 & ~_umask())
        return
    with suppress(PermissionError):  # only root may give files away; the mode is set after, since this may clear bits
        os.fchown(descriptor, found.st_uid, found.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(found.st_mode))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
