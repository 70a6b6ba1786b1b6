"""One line on a terminal with the progress of a run. It disappears at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

Progress = Callable[[str, int, int], None]  # what is being done, how many of how many
_EVERY: Final = 0.1  # seconds
_WAIT: Final = 0.5  # short work needs no line


@contextmanager
def on_terminal(quiet: bool = False, out: TextIO | None = None) -> Iterator[Progress | None]:
    """A function that shows progress. None if the output is not a terminal."""
    stream = out or sys.stderr
    if quiet or not stream.isatty():
        yield None
        return
    line = _Line(stream)
    try:
        yield line.show
    finally:
        line.clear()


class _Line:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = time.monotonic() + _WAIT - _EVERY
        self._shown = False

    def show(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last < _EVERY:
            return
        self._last, self._shown = now, True
        share = f" {done:,} of {total:,}" if total else ""
        self._out.write(f"\r\x1b[K{what[:60]}{share}")
        self._out.flush()

    def clear(self) -> None:
        if self._shown:
            self._out.write("\r\x1b[K")
            self._out.flush()
