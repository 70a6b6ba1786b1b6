"""Programs that the user has on PATH, and none that the target brings.

A PATH that begins with `.` or with a folder of the target would let the target decide what runs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_BARE: Final = ("HEAD", "objects", "refs")


def find(name: str, outside: Iterable[Path] = ()) -> str | None:
    """The absolute path of a program, or None where PATH has none outside of these folders."""
    path = search_path(os.environ, outside)
    for folder in path.split(os.pathsep) if path else ():
        found = shutil.which(name, path=folder)
        if found and not _is_below(Path(found), outside):
            return found
    return None


def search_path(environment: Mapping[str, str], outside: Iterable[Path] = ()) -> str:
    """PATH with its absolute folders only, and without those that lie in one of `outside` (these are resolved)."""
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(f for f in folders if os.path.isabs(f) and not _is_below(Path(f), outside))  # noqa: PTH117


@contextmanager
def without(outside: Iterable[Path]) -> Iterator[None]:
    """While it lasts, this process and its children look for programs outside of these folders only."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = search_path(os.environ, tuple(outside))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def holding_repository(folder: Path) -> Path:
    """The top of the repository that holds a folder, found without git; the folder itself where there is none."""
    real = folder.resolve()
    for place in (real, *real.parents):
        if os.path.lexists(place / ".git"):
            return place
        if all((place / name).exists() for name in _BARE):
            return place.parent if place.name == ".git" else place
    return real


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    real = path.resolve()
    return any(real.is_relative_to(folder) for folder in folders)
