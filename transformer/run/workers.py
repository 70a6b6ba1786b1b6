"""Files through the engine: in this process, or shared out to several. The results are the same, in the same order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import TypeVar

from transformer.errors import UsageError
from transformer.run.engine import Engine
from transformer.run.memory import at_most
from transformer.run.record import FileResult

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[str, int, int], None]
SMALL = 400_000  # bytes of selected files: below, starting processes costs more than it saves
_SHARE = 64_000  # bytes that a process takes at a time

# Of a worker process.
_engine: Engine | None = None
_memory: int | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """`jobs`: processes; None: as many as there are processors, one for small runs. `memory`: bytes that each may take for
    parsing and converting. `program_seconds`: what another program may take; 0: none is run."""

    jobs: int | None = None
    memory: int | None = None
    program_seconds: float = 60


USUAL = Effort()


def convert_all(engine: Engine, paths: Sequence[str], effort: Effort, progress: Progress | None = None) -> list[FileResult]:
    """Every file through every pass, in the order of `paths`. Raises UsageError where a process was ended from outside."""
    several = min(effort.jobs or _default(sum(len(engine.index.files[p]) for p in paths)), len(paths))
    if several > 1:
        return _shared(engine, paths, replace(effort, jobs=several), progress)
    with at_most(effort.memory):
        return list(_alone(engine, paths, progress))


def each(of: Callable[[T], R], items: Sequence[T], size: int, jobs: int | None) -> Iterator[R]:
    """What a function gives for each of them, in their order. `size`: in bytes, of all; `jobs` as in Effort. The function is of a
    module, and depends on nothing else. Raises UsageError as above."""
    several = min(jobs or _default(size), len(items))
    if several < 2:
        yield from map(of, items)
        return
    with ProcessPoolExecutor(several, _context(), _quiet) as pool:
        try:
            yield from pool.map(of, items, chunksize=max(len(items) // (several * 8), 1))
        except BrokenProcessPool as e:
            raise _ended(e) from e
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _default(size: int) -> int:
    return 1 if size < SMALL else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _alone(engine: Engine, paths: Sequence[str], progress: Progress | None) -> Iterator[FileResult]:
    for n, path in enumerate(paths):
        if progress:
            progress("converting", n, len(paths))
        yield engine.convert(path)


def _shared(engine: Engine, paths: Sequence[str], effort: Effort, progress: Progress | None) -> list[FileResult]:
    engine.index.prepare()
    found: dict[str, FileResult] = {}
    with ProcessPoolExecutor(effort.jobs, _context(), _start, (engine, effort.memory)) as pool:
        waiting = {pool.submit(_convert, share) for share in _shares(engine, paths)}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                found |= {result.path: result for future in done for result in future.result()}
                if progress:
                    progress("converting", len(found), len(paths))
        except BrokenProcessPool as e:
            raise _ended(e) from e
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[path] for path in paths]


def _context() -> multiprocessing.context.BaseContext:
    """A forked worker shares what was worked out already; elsewhere all that it needs travels as a pickle."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _ended(_: BrokenProcessPool) -> UsageError:
    return UsageError("a process of this run was ended from outside, perhaps for want of memory.\nRun again with --jobs 1.")


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


def _start(engine: Engine, memory: int | None) -> None:
    global _engine, _memory
    _engine, _memory = engine, memory
    _quiet()


def _quiet() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the pool
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _convert(paths: Sequence[str]) -> list[FileResult]:
    assert _engine is not None  # noqa: S101 - set where the process started
    with at_most(_memory):
        return [_engine.convert(path) for path in paths]
