"""What a run in place is about to do, on disk, so that the next run can undo it when this one is killed.

It lies in the repository's git directory; for plain folders, and where git cannot be asked, in the user's cache. Whoever
holds it is the only one who writes: the folder that it lies in is locked.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from transformer.errors import UnsafeError, UsageError
from transformer.vcs.branch import check_path
from transformer.vcs.source import locate
from transformer.vcs.text import shown

NAME: Final = "transformer-in-place.json"
_TEMPORARY: Final = re.compile(r"\.transformer-[0-9a-f]{16}-[0-9]{1,7}\.tmp")


class State(StrEnum):
    """STAGED: the files are written beside their targets, or some of them. MOVING: some may have changed places.
    DONE: all have, and what stood there lies beside them until it is deleted."""

    STAGED = "staged"
    MOVING = "moving"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file below the root: the temporary name in its folder, and the SHA-256 of its texts (`old` is "" for a new file)."""

    path: str
    temporary: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Record:
    """`root` is the folder of the run below the journal's `anchor` ("" for that itself); `folders` are those made for
    new files, the outer before the inner."""

    root: str
    entries: tuple[Entry, ...]
    folders: tuple[str, ...] = ()
    state: State = State.STAGED


def seal(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


class Journal:
    """A record and where it lies. `anchor` is the real folder that its paths start from: the top of the working tree,
    or the folder itself; so a repository may be moved or mounted elsewhere between two runs."""

    def __init__(self, place: Path, anchor: Path) -> None:
        self.place, self.anchor = place, anchor

    def read(self) -> Record | None:
        """What a run that was killed has left. Raises UsageError where it cannot be understood."""
        try:
            text = self.place.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._unusable() from error
        try:
            return _checked(json.loads(text))
        except (ValueError, TypeError, KeyError, UnsafeError) as error:
            raise self._unusable() from error

    def _unusable(self) -> UsageError:
        return UsageError(
            f"{shown(str(self.place))} tells what an earlier run in place had begun, and cannot be read. "
            "Look at the files with git status, then delete it."
        )

    def write(self, record: Record) -> None:
        """In one step. Raises OSError."""
        beside = self.place.with_name(self.place.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(asdict(record), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.place)  # noqa: PTH105
        sync_folder(self.place.parent)

    def enter(self, record: Record, state: State) -> Record:
        """The same record in another state, on disk."""
        entered = replace(record, state=state)
        self.write(entered)
        return entered

    def forget(self) -> None:
        for name in (self.place, self.place.with_name(self.place.name + ".new")):
            with suppress(OSError):
                name.unlink()


def _checked(data: Any) -> Record:
    entries = tuple(Entry(**entry) for entry in data["entries"])
    for entry in entries:
        check_path(entry.path)
        if not _TEMPORARY.fullmatch(entry.temporary) or not isinstance(entry.old + entry.new, str):
            raise ValueError(entry.temporary)
    for folder in (*data["folders"], data["root"] or "x"):
        check_path(folder)
    return Record(data["root"], entries, tuple(data["folders"]), State(data["state"]))


def journals(root: Path) -> tuple[Journal, ...]:
    """Where a record for a real folder may lie: where this run would write it first."""
    cached = Journal(_cache() / hashlib.sha256(os.fsencode(root)).hexdigest()[:32] / NAME, root)
    try:
        git, top = locate(root)
    except UsageError:
        return (cached,)
    if top is None or git.git_dir is None or not os.access(git.git_dir, os.W_OK):
        return (cached,)
    return Journal(git.git_dir / NAME, top.resolve()), cached


def _cache() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(given) if given.startswith("/") else Path.home() / ".cache") / "transformer" / "in-place"
    except RuntimeError as error:
        raise UsageError("there is no home folder to keep a journal in. Set XDG_CACHE_HOME to a folder of yours.") from error


@contextmanager
def held(journal: Journal) -> Iterator[Journal]:
    """Nobody else writes here meanwhile. Raises UnsafeError where somebody does, UsageError where it cannot be kept."""
    folder = journal.place.parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(
            f"{shown(str(folder))}, where the journal of the work is kept, cannot be used: {error.strerror}. "
            "Mend its permissions, or set XDG_CACHE_HOME to a folder of yours."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UnsafeError("another run is writing these files. Wait for its end, then run again.") from None
        except OSError:  # a file system without locks
            pass
        yield journal
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename itself last through a power cut, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
