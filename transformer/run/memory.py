"""A ceiling for the memory that parsing and converting may take, where the system can hold a process to one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(size: int | None) -> Iterator[None]:
    """Beyond what the process holds now plus `size` bytes an allocation raises MemoryError. Programs that are started inside
    inherit the ceiling."""
    try:
        import resource
    except ImportError:  # Windows
        resource = None  # type: ignore[assignment]
    if size is None or not hasattr(resource, "RLIMIT_DATA"):
        yield
        return
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _held() + size
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


def _held() -> int:
    """Bytes of data that this process holds already: what it forked from, or read before."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - no file of a source
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:")), 0)
    except OSError:
        return 0
