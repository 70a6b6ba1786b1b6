"""Rewriting files on disk: all of them or none, and each wholly old or wholly new at every moment.

Every new text is written beside its target first; only then do the two change places, file by file, and what stood
there is kept until all are done. What fails or is interrupted is undone; what is killed, the next run undoes by the
journal. Nothing that an editor saves meanwhile is lost: it is found when the files change places, and put back.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from transformer.errors import UnsafeError, UsageError
from transformer.repository.exchange import exchange, place_new, spare_of
from transformer.repository.journal import Entry, Journal, Record, State, held, journals, seal, sync_folder
from transformer.repository.snapshot import TEMPORARY, is_real_folder, read_regular
from transformer.repository.uncommitted import check_committed
from transformer.vcs.branch import check_path
from transformer.vcs.text import shown

_NOTHING = "Nothing was written."


def write_in_place(
    root: Path, old: Mapping[str, bytes], new: Mapping[str, bytes], *, force: bool = False, last: Collection[str] = ()
) -> tuple[str, ...]:
    """Replace files below `root`. `old` holds what was read, by path (a path of `new` that is not in it is a new
    file). New files come first, those in `last` at the end. Gives the paths written, sorted.

    Raises UnsafeError where a path leads out of the root or through a symbolic link, a file is not what was read, or
    (unless `force`) it has changes that are not committed; UsageError where a file cannot be written. Then all is as it was.
    """
    root = root.resolve()
    paths = tuple(sorted(path for path in new if old.get(path) != new[path]))
    for path in paths:
        _check_place(root, path)
        _check_unchanged(root, path, old.get(path))
    if not force:
        check_committed(root, {path: old[path] for path in paths if path in old})
    if paths:
        order = sorted(paths, key=lambda path: (path in old, path in last, path))
        with held(journals(root)[0]) as journal:
            _Work(root, journal, old, new, order).do()
    return paths


class Recovered(NamedTuple):
    """Paths below the root of the run that was killed: those that are as they were again, and those that somebody has
    changed since (with the name under which the earlier text is kept)."""

    back: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]


def recover(root: Path) -> Recovered | None:
    """Undo what a run that was killed has left in the repository or the folder. None where nothing was left."""
    back: list[str] = []
    kept: list[tuple[str, str]] = []
    found = _left_behind(root)
    for journal in found:
        with held(journal):
            record = journal.read()
            if record is not None:
                try:
                    _undo(record, journal, back, kept)
                except OSError as error:
                    raise UsageError(
                        f"an earlier run was ended in the middle, and cannot be undone: {error.strerror}: {shown(str(error.filename))}. "
                        "Check permissions and space, then run again."
                    ) from error
    return Recovered(tuple(back), tuple(kept)) if found else None


def is_half_done(root: Path) -> bool:
    """A run was killed between two files, and nobody has put that right since."""
    records = (journal.read() for journal in _left_behind(root))
    return any(record is not None and record.state is State.MOVING for record in records)


def _left_behind(root: Path) -> list[Journal]:
    return [journal for journal in journals(root.resolve()) if journal.place.exists()]


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


class _Work:
    """The files of one run, from the first temporary file to the last rename."""

    def __init__(self, root: Path, journal: Journal, old: Mapping[str, bytes], new: Mapping[str, bytes], order: list[str]) -> None:
        self.root, self.journal, self.old, self.new = root, journal, old, new
        token = secrets.token_hex(8)
        entries = (
            Entry(path, f"{TEMPORARY[0]}{token}-{n}{TEMPORARY[1]}", seal(old[path]) if path in old else "", seal(new[path]))
            for n, path in enumerate(order)
        )
        below = root.relative_to(journal.anchor).as_posix()
        self.record = Record("" if below == "." else below, tuple(entries), _missing_folders(root, order))

    def do(self) -> None:
        path = ""
        try:
            self.journal.write(self.record)
            for folder in self.record.folders:
                (self.root / folder).mkdir()
            for entry in self.record.entries:
                path = entry.path
                _stage(_temporary(self.root, entry), self.root / path, self.new[path])
            self._sync_folders()
            self.record = self.journal.enter(self.record, State.MOVING)
            for entry in self.record.entries:
                path = entry.path
                self._move(entry)
            self._sync_folders()
            self._check_kept()
            self.record = self.journal.enter(self.record, State.DONE)
        except OSError as error:
            self._take_back()
            name = shown(path or str(self.journal.place))
            raise UsageError(
                f"{name} cannot be written: {error.strerror}. {_NOTHING} Check permissions and space, then run again."
            ) from error
        except BaseException:
            self._take_back()
            raise
        _tidy(self.record, self.journal)

    def _move(self, entry: Entry) -> None:
        path, temporary = entry.path, _temporary(self.root, entry)
        _check_place(self.root, path)
        _check_unchanged(self.root, path, self.old.get(path))
        if path not in self.old:
            try:
                place_new(temporary, self.root / path)
            except FileExistsError:
                raise UnsafeError(f"{shown(path)} has come since it was looked for. {_NOTHING} Run again.") from None
            return
        exchange(self.root / path, temporary)
        self._check_was(entry)

    def _check_was(self, entry: Entry) -> None:
        """What stood there is what was read: a save in the last moment lies in the temporary file now."""
        if _seal_of(_temporary(self.root, entry)) != entry.old:
            raise UnsafeError(f"{shown(entry.path)} was saved by somebody else meanwhile. That is kept. {_NOTHING} Run again.")

    def _check_kept(self) -> None:
        """An editor that had a file open may have written to what is kept of it."""
        for entry in self.record.entries:
            if entry.old:
                self._check_was(entry)

    def _take_back(self) -> None:
        with suppress(OSError):  # what cannot be undone now, the next run undoes
            _undo(self.record, self.journal, [], [])

    def _sync_folders(self) -> None:
        for folder in sorted({(self.root / entry.path).parent for entry in self.record.entries}):
            sync_folder(folder)


def _temporary(root: Path, entry: Entry) -> Path:
    return (root / entry.path).with_name(entry.temporary)


def _missing_folders(root: Path, paths: list[str]) -> tuple[str, ...]:
    """The outer before the inner."""
    needed = {"/".join(parts[:n]) for parts in (path.split("/") for path in paths) for n in range(1, len(parts))}
    return tuple(sorted(folder for folder in needed if not (root / folder).is_dir()))


def _stage(temporary: Path, target: Path, text: bytes) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        _take_over(file.fileno(), target)
        os.fsync(file.fileno())


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


# --- undoing


def _undo(record: Record, journal: Journal, back: list[str], kept: list[tuple[str, str]]) -> None:
    """Put back what has changed places, the last first, and remove what was written beside. Raises OSError.

    What somebody has changed since stays as it is. Ended in the middle, it can be done again."""
    if record.state is State.MOVING:
        root = journal.anchor / record.root
        for entry in reversed(record.entries):
            _put_back(root, entry, back, kept)
    _tidy(record, journal)


def _put_back(root: Path, entry: Entry, back: list[str], kept: list[tuple[str, str]]) -> None:
    target, temporary = root / entry.path, _temporary(root, entry)
    if not is_real_folder(str(root), entry.path.rpartition("/")[0]):
        return
    if not os.path.lexists(temporary) and os.path.lexists(spare_of(temporary)):  # killed between the steps of an exchange
        spare_of(temporary).rename(temporary)
    if not entry.old:
        if _remove_new(target, temporary, entry):
            back.append(entry.path)
    elif not os.path.lexists(temporary) or _seal_of(temporary) == entry.new:  # it has not changed places
        return
    elif _seal_of(target) == entry.new:
        exchange(target, temporary)
        back.append(entry.path)
    else:  # somebody has saved it since: both are kept
        name = _kept_name(target)
        temporary.rename(name)
        kept.append((entry.path, name.name))


def _remove_new(target: Path, temporary: Path, entry: Entry) -> bool:
    if _seal_of(target) != entry.new or (temporary.exists() and not temporary.samefile(target)):
        return False
    target.unlink()
    return True


def _kept_name(target: Path) -> Path:
    names: Callable[[int], Path] = lambda n: target.with_name(f"{target.name}.before-transformer{n or ''}")  # noqa: E731
    return next(names(n) for n in range(10_000) if not os.path.lexists(names(n)))


def _seal_of(path: Path) -> str | None:
    """None where there is no regular file."""
    try:
        return seal(read_regular(path))
    except OSError:
        return None


def _tidy(record: Record, journal: Journal) -> None:
    """Remove what lies beside the targets, and the folders that nothing came into. What cannot be removed, the next
    run in place removes."""
    root = journal.anchor / record.root
    clean = True
    for entry in record.entries:
        temporary = _temporary(root, entry)
        if is_real_folder(str(root), entry.path.rpartition("/")[0]):
            for name in (temporary, spare_of(temporary)):
                try:
                    name.unlink()
                except (FileNotFoundError, NotADirectoryError):
                    pass
                except OSError:
                    clean = False
    for folder in reversed(record.folders):
        with suppress(OSError):  # there is something in it
            (root / folder).rmdir()
    if clean:
        journal.forget()
