"""A fault at the n-th call that writes to the disk: the process is killed there, or the disk is full."""

from __future__ import annotations

import errno
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from transformer.repository import exchange

# All by which in_place.py, journal.py and exchange.py change a file system (pathlib calls these too); `open` only where it makes a file.
WRITING: Final = ("open", "fsync", "fchmod", "fchown", "rename", "replace", "link", "unlink", "mkdir", "rmdir")

Fault = Callable[[], None]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def full_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def fault_at(number: int, fault: Fault, *, after: bool = False) -> Iterator[list[str]]:
    """While the block runs, the `number`-th writing call (from 0) meets the fault, before or after it. Gives the calls seen."""
    seen: list[str] = []
    real = {name: getattr(os, name) for name in WRITING}
    system_call = exchange._system_call()

    def met(name: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        seen.append(name)
        mine = len(seen) - 1 == number
        if mine and not after:
            fault()
        try:
            return None if name == "fsync" else call(*arguments, **options)  # a kill loses nothing that is not synced
        finally:
            if mine and after:
                fault()

    def opened(*arguments: Any, **options: Any) -> Any:
        return met("open", real["open"], *arguments, **options) if arguments[1] & os.O_CREAT else real["open"](*arguments, **options)

    held = exchange._system_call
    exchange._system_call = lambda: partial(met, "exchange", system_call) if system_call else None  # type: ignore[assignment]
    for name, call in real.items():
        setattr(os, name, opened if name == "open" else partial(met, name, call))
    try:
        yield seen
    finally:
        exchange._system_call = held
        for name, call in real.items():
            setattr(os, name, call)


def in_child(work: Callable[[], object]) -> int:
    """Does the work in a forked process; gives its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - the child must end here
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
