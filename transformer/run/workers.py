"""Files through the engine: in this process, or shared out to several. The results are the same, in the same order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from transformer.errors import UsageError
from transformer.run.engine import Engine
from transformer.run.record import FileResult

Progress = Callable[[str, int, int], None]
SMALL = 400_000  # bytes of selected files: below, starting processes costs more than it saves
_SHARE = 64_000  # bytes that a process takes at a time

_engine: Engine | None = None  # of a worker process


def convert_all(engine: Engine, paths: Sequence[str], jobs: int | None = None, progress: Progress | None = None) -> list[FileResult]:
    """Every file through every pass, in the order of `paths`. `jobs`: processes; None: as many as there are processors, one for
    small runs. Raises UsageError where a process was ended from outside."""
    several = min(jobs or _default(engine, paths), len(paths))
    if several <= 1:
        return list(_alone(engine, paths, progress))
    return _shared(engine, paths, several, progress)


def _default(engine: Engine, paths: Sequence[str]) -> int:
    small = sum(len(engine.index.files[p]) for p in paths) < SMALL
    return 1 if small else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _alone(engine: Engine, paths: Sequence[str], progress: Progress | None) -> Iterator[FileResult]:
    for n, path in enumerate(paths):
        if progress:
            progress("converting", n, len(paths))
        yield engine.convert(path)


def _shared(engine: Engine, paths: Sequence[str], jobs: int, progress: Progress | None) -> list[FileResult]:
    # A forked worker shares what the index has worked out already; elsewhere the engine travels as a pickle.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    engine.index.prepare()
    found: dict[str, FileResult] = {}
    with ProcessPoolExecutor(jobs, context, _start, (engine,)) as pool:
        waiting = {pool.submit(_convert, share) for share in _shares(engine, paths)}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                found |= {result.path: result for future in done for result in future.result()}
                if progress:
                    progress("converting", len(found), len(paths))
        except BrokenProcessPool as e:
            raise UsageError("a process of this run was ended from outside, perhaps for want of memory.\nRun again with --jobs 1.") from e
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[path] for path in paths]


def _shares(engine: Engine, paths: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The largest files first, so that no process is left with one at the end; small ones together."""
    held: list[str] = []
    size = 0
    for path in sorted(paths, key=lambda p: (-len(engine.index.files[p]), p)):
        held.append(path)
        size += len(engine.index.files[path])
        if size >= _SHARE:
            yield tuple(held)
            held, size = [], 0
    if held:
        yield tuple(held)


def _start(engine: Engine) -> None:
    global _engine
    _engine = engine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the pool
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _convert(paths: Sequence[str]) -> list[FileResult]:
    assert _engine is not None  # noqa: S101 - set where the process started
    return [_engine.convert(path) for path in paths]
