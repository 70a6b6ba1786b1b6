"""Files that a run reads and writes outside of git: regular ones, and never through a link that the target holds.

A name in a target may be a link that leads out of it, a pipe that nobody writes to, a device: none is followed or waited for.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_OPEN: Final = os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | _OPEN
_KINDS: Final = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISLNK, "it is a symbolic link, and is not followed"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
)


class NotRegular(OSError):  # noqa: N818 - what it is, not that it is an error
    """A folder, a link, a pipe, a device; `strerror` says which."""

    def __init__(self, mode: int) -> None:
        super().__init__(errno.EINVAL, next((words for test, words in _KINDS if test(mode)), "it is a device"))


def read_regular(path: Path, limit: int = -1, *, follow: bool = False) -> bytes:
    """The bytes of a regular file, up to `limit`. `follow`: a symbolic link that a user names himself may be one.
    Raises OSError (NotRegular), and never waits."""
    _refuse_irregular(path.stat(follow_symlinks=follow).st_mode)
    descriptor = os.open(path, os.O_RDONLY | _OPEN | (0 if follow else os.O_NOFOLLOW))
    with os.fdopen(descriptor, "rb") as file:
        _refuse_irregular(os.fstat(descriptor).st_mode)
        return file.read(limit)


def read_below(root: Path, path: str, limit: int = -1) -> bytes:
    """The bytes of a file below `root`; no part of `path` may be a symbolic link. Raises OSError."""
    with _folder(root / path, root) as folder:
        name = path.rpartition("/")[2]
        _refuse_irregular(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        descriptor = os.open(name, os.O_RDONLY | _OPEN | os.O_NOFOLLOW, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            _refuse_irregular(os.fstat(descriptor).st_mode)
            return file.read(limit)


def check_writable(path: Path, target: Path | None) -> None:
    """Raises OSError for what `write_whole` could not write, before there is anything to write."""
    with _folder(path, target) as folder:
        _mode_of(path.name, folder)
        if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def write_whole(path: Path, data: bytes, target: Path | None) -> None:
    """Write beside the file, then rename over it: at every moment it is wholly old or wholly new. Links below `target`
    (the top of the repository that is looked at, resolved) are not followed. Raises OSError; then the old one stays."""
    with _folder(path, target) as folder:
        mode = _mode_of(path.name, folder)
        temporary = f".transformer-{secrets.token_hex(8)}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if mode is not None:
                    os.fchmod(descriptor, mode)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(temporary, dir_fd=folder)
            raise


def _mode_of(name: str, folder: int) -> int | None:
    """Permissions of the file that is replaced, None where there is none. Raises OSError where it may not be replaced."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    _refuse_irregular(found.st_mode)
    if not os.access(name, os.W_OK, dir_fd=folder):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(found.st_mode)


@contextmanager
def _folder(path: Path, target: Path | None) -> Iterator[int]:
    """The open folder of a file. Where the target begins, each step is taken without following a link."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - `..` is taken away without following what stands before it
    start, steps = _entry(absolute.parent, target)
    descriptor = os.open(start, _FOLDER)
    try:
        for step in steps:
            _refuse_link(step, descriptor)
            inner = os.open(step, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _entry(folder: Path, target: Path | None) -> tuple[Path, tuple[str, ...]]:
    """Where the way to a folder enters the target, and the steps from there on."""
    if target is not None:
        for place in (*reversed(folder.parents), folder):
            if not os.path.exists(place):  # noqa: PTH110 - no error where a name is too long
                break
            if place.resolve() == target:
                return place, folder.relative_to(place).parts
    return folder, ()


def _refuse_link(name: str, folder: int) -> None:
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        raise NotRegular(mode)


def _refuse_irregular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NotRegular(mode)
