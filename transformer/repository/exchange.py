"""Two files change places in one step, so that whatever stood at a path is never gone, also where an editor saves meanwhile."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

_HERE: Final = -100  # AT_FDCWD
_RENAME_EXCHANGE: Final = 2  # linux/fs.h
_RENAME_SWAP: Final = 2  # sys/stdio.h of macOS
_NOT_KNOWN: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def exchange(first: Path, second: Path) -> None:
    """Both must exist and lie on one file system. Raises OSError; then neither has moved.

    Where the system has no such call, `first` gets a second name (`spare_of`) until it is done."""
    if not _in_one_step(first, second):
        _in_three_steps(first, second)


def spare_of(path: Path) -> Path:
    """The name beside a temporary file that `exchange` may leave behind where it is killed."""
    return path.with_name(path.name.removesuffix(".tmp") + ".spare.tmp")


def place_new(temporary: Path, target: Path) -> None:
    """Give a new file its name. Raises FileExistsError where something is there meanwhile."""
    try:
        os.link(temporary, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.rename(temporary, target)  # noqa: PTH104 - as its siblings here
        return
    os.unlink(temporary)  # noqa: PTH108


def _in_one_step(first: Path, second: Path) -> bool:
    call = _system_call()
    if call is None:
        return False
    if call(os.fsencode(first), os.fsencode(second)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_KNOWN:
        return False
    raise OSError(number, os.strerror(number), str(first))


@cache
def _system_call() -> Any:
    """A function of two names, or None where the system has none."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):
        return None
    if hasattr(library, "renameat2"):
        return lambda a, b: library.renameat2(_HERE, a, _HERE, b, _RENAME_EXCHANGE)
    if hasattr(library, "renamex_np"):
        return lambda a, b: library.renamex_np(a, b, _RENAME_SWAP)
    return None


def _in_three_steps(first: Path, second: Path) -> None:
    """`second` is a temporary file of ours."""
    spare = spare_of(second)
    with suppress(FileNotFoundError):
        os.unlink(spare)  # noqa: PTH108
    try:
        os.link(first, spare, follow_symlinks=False)
    except OSError:
        shutil.copy2(first, spare, follow_symlinks=False)
    os.replace(second, first)  # noqa: PTH105
    os.replace(spare, second)  # noqa: PTH105
