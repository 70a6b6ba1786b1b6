"""The files of a run, at one moment: those of a commit, or those of a folder on disk.

Listing tells names, modes and sizes; contents are read only when asked for, in bulk. What is not read (symlinks,
submodules, files that are too big or unreadable) is listed with a reason. Paths are POSIX and relative to the source;
bytes that are no UTF-8 are kept as surrogate escapes (`os.fsencode` gives the bytes back).
"""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from transformer.errors import UsageError
from transformer.repository.globs import glob_matcher
from transformer.vcs.objects import SUBMODULE, SYMLINK, list_tree, list_work_tree, read_objects
from transformer.vcs.source import MAX_FILE_BYTES, Source, locate
from transformer.vcs.text import shown

MAX_TOTAL_BYTES: Final = 256_000_000
_ENTRIES_A_FILE: Final = 5  # of all kinds in a commit, for each that a run may read
MAX_FILES: Final = 200_000  # architecture §9
TEMPORARY: Final = (".transformer-", ".tmp")  # how repository/in_place.py names what it has not finished


class NotRead(NamedTuple):
    """Why something is not read. `expected`: nobody has to decide anything about it. `unreadable`: the system refused, so
    nobody knows what is in it. `folder`: it stands for what may be in it."""

    reason: str
    expected: bool = False
    unreadable: bool = False
    folder: bool = False


class LeftAlone(NamedTuple):
    """What was asked for and is not read."""

    path: str
    why: NotRead


_LINK: Final = NotRead("a symbolic link; the file it names is read where it lies, if that is inside the source", expected=True)
_MODULE: Final = NotRead("a submodule: another repository, to be converted by itself", expected=True, folder=True)
_ABSENT: Final = NotRead("not in this clone: it is a partial or a damaged one, or the file is over the size limit")


class FileEntry(NamedTuple):
    """`mode` as git writes it (100644, 100755), `size` in bytes, `oid` "" for a file on disk."""

    mode: str
    size: int
    oid: str = ""


class Snapshot(ABC):
    """`files` are the regular files; `left_alone` is what was asked for and is not read."""

    base: str | None = None

    def __init__(self, *, max_file_bytes: int = MAX_FILE_BYTES, max_files: int = MAX_FILES, max_total_bytes: int = MAX_TOTAL_BYTES) -> None:
        self.files: Mapping[str, FileEntry] = {}
        self._others: dict[str, NotRead] = {}
        self._max_file_bytes = max_file_bytes
        self._max_files = max_files
        self._max_total_bytes = max_total_bytes
        self._left: dict[str, NotRead] = {}

    @property
    def left_alone(self) -> tuple[LeftAlone, ...]:
        return tuple(LeftAlone(path, why) for path, why in sorted(self._left.items()))

    def holds(self, path: str) -> bool:
        """Whether anything is at a path: a folder, or a file that is not read (a link, one that git ignores), as well."""
        return path in self.files or path in self._others or path in self._folders

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(parent for folder in {p.rpartition("/")[0] for p in self.files} for parent in _parents(folder))

    def select(self, include: Iterable[str] = ("**",), exclude: Iterable[str] = ()) -> tuple[str, ...]:
        """The paths that match a glob of `include` and none of `exclude` (as in .gitignore, see `glob_matcher`), sorted.

        Raises UsageError where they are more than a run may read.
        """
        wanted, unwanted = glob_matcher(tuple(include)), glob_matcher(tuple(exclude))
        for path, why in self._others.items():
            if any(wanted(p) and not unwanted(p) for p in ([path, path + "/x.yaml"] if why.folder else [path])):
                self._left[path] = why
        chosen = sorted(path for path in self.files if wanted(path) and not unwanted(path))
        if len(chosen) > self._max_files:
            raise UsageError(
                f"{len(chosen)} files match, more than the {self._max_files} that one run may read. "
                "Name a folder, narrow include or --path, or raise the limit."
            )
        return tuple(path for path in chosen if self._is_small(path))

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Contents by path. What is no file here is not in the result; what cannot be read is listed as left alone."""
        return dict(self.read_each(paths))

    def read_each(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The same one by one, for more text than fits in memory."""
        known = [path for path in dict.fromkeys(paths) if self._is_known(path)]
        small = [path for path in known if self._is_small(path)]
        total = sum(self.files[path].size for path in small)
        if total > self._max_total_bytes:
            raise UsageError(
                f"{total:,} bytes are to be read in {len(small)} files, more than the {self._max_total_bytes:,} that one run may read. "
                "Name a folder, narrow include or --path, or raise the limit: --limit totalSize=SIZE."
            )
        return self._read(small)

    @abstractmethod
    def _read(self, paths: list[str]) -> Iterator[tuple[str, bytes]]: ...

    def _is_known(self, path: str) -> bool:
        if path in self._others:
            self._left[path] = self._others[path]
        return path in self.files

    def _is_small(self, path: str) -> bool:
        size = self.files[path].size
        if size > self._max_file_bytes:
            self._left[path] = NotRead(f"{size} bytes, over the limit of {self._max_file_bytes} for one file")
        return size <= self._max_file_bytes


def _parents(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


class CommitSnapshot(Snapshot):
    """The files of a commit, from git's object database. Working tree and index are not looked at."""

    def __init__(
        self, source: Source, *, max_file_bytes: int = MAX_FILE_BYTES, max_files: int = MAX_FILES, max_total_bytes: int = MAX_TOTAL_BYTES
    ) -> None:
        super().__init__(max_file_bytes=max_file_bytes, max_files=max_files, max_total_bytes=max_total_bytes)
        self.base: str = source.base
        self._source = source
        files = {}
        for path, mode, oid, size in list_tree(source.git, source.base, source.prefix, _ENTRIES_A_FILE * max_files):
            if mode in (SYMLINK, SUBMODULE) or size is None:
                self._others[path] = {SYMLINK: _LINK, SUBMODULE: _MODULE}.get(mode, _ABSENT)
            else:
                files[path] = FileEntry(mode, size, oid)
        self.files = files

    def _read(self, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        """A blob that stands at several paths is read once, and kept until the last of them."""
        left = Counter(self.files[path].oid for path in paths)
        contents = read_objects(self._source.git, list(left))
        held: dict[str, bytes] = {}
        for path in paths:
            oid = self.files[path].oid
            while oid not in held:
                found, text = next(contents)
                held[found] = text
            left[oid] -= 1
            yield path, held[oid] if left[oid] else held.pop(oid)


class FolderSnapshot(Snapshot):
    """The files below a folder as they are on disk, for `check` and `--in-place`; git is not needed.

    In a git repository these are the tracked files and the untracked ones that it does not ignore, elsewhere all.
    """

    def __init__(
        self, root: Path, *, max_file_bytes: int = MAX_FILE_BYTES, max_files: int = MAX_FILES, max_total_bytes: int = MAX_TOTAL_BYTES
    ) -> None:
        super().__init__(max_file_bytes=max_file_bytes, max_files=max_files, max_total_bytes=max_total_bytes)
        if not root.is_dir():
            raise UsageError(f"{shown(str(root))} is not a folder. Give the folder that holds the manifests.")
        self.root = root.resolve()
        self.files = files = {}
        self._real_folders: dict[str, bool] = {}
        for path in sorted(_on_disk(self.root, self._others)):
            entry = self._entry(path)
            if isinstance(entry, FileEntry):
                files[path] = entry
            elif entry is not None:
                self._others[path] = entry

    def holds(self, path: str) -> bool:
        return super().holds(path) or os.path.lexists(self.root / path)

    def _entry(self, path: str) -> FileEntry | NotRead | None:
        """What may be read, or why not; None where there is nothing."""
        full = os.path.join(self.root, path)  # noqa: PTH118 - pathlib costs 10 µs a file
        if path.rsplit("/", 1)[-1].startswith(TEMPORARY[0]) and path.endswith(TEMPORARY[1]):
            return NotRead("left behind by a run that was killed; it can be deleted")
        try:
            found = os.lstat(full)
        except FileNotFoundError:
            return None
        except OSError as error:
            return _unreadable(error)
        if stat.S_ISLNK(found.st_mode) or self._is_behind_link(path):
            return _LINK
        if stat.S_ISDIR(found.st_mode):
            return _MODULE
        if not stat.S_ISREG(found.st_mode):
            return NotRead("not a regular file")
        return FileEntry("100755" if found.st_mode & stat.S_IXUSR else "100644", found.st_size)

    def _is_behind_link(self, path: str) -> bool:
        """git still lists what was in a folder that is a symbolic link on disk now."""
        folder = path.rpartition("/")[0]
        if folder not in self._real_folders:
            self._real_folders[folder] = is_real_folder(str(self.root), folder)
        return not self._real_folders[folder]

    def _read(self, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            try:
                text = read_regular(self.root / path, self._max_file_bytes + 1)
            except OSError as error:
                self._left[path] = _unreadable(error)
                continue
            if len(text) > self._max_file_bytes:
                self._left[path] = NotRead(f"over the limit of {self._max_file_bytes} bytes for one file")
                continue
            yield path, text


def read_regular(path: Path, limit: int = -1) -> bytes:
    """The bytes of a file that is no symbolic link, up to `limit`. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit)


def is_real_folder(root: str, folder: str) -> bool:
    """No part of `folder` below `root` (itself resolved) is a symbolic link."""
    full = os.path.join(root, folder)  # noqa: PTH118
    return os.path.realpath(full) == os.path.normpath(full)


def _unreadable(error: OSError) -> NotRead:
    return _refused(error.strerror or str(error))


def _refused(why: str) -> NotRead:
    return NotRead(f"cannot be read: {why}", unreadable=True, folder=True)


def _on_disk(root: Path, failed: dict[str, NotRead]) -> Iterable[str]:
    """Every path that may be read; folders that cannot be listed go to `failed`, with the reason."""
    try:
        git, top = locate(root)
        if top is not None:
            git.cwd = root
            names, closed = list_work_tree(git)
            if names or closed:  # neither: the folder that was asked for is one that git ignores
                failed |= {folder: _refused(why) for folder, why in closed}
                return names
    except UsageError:  # no git, no repository, or one that git cannot open: then these are plain files
        pass
    return _walk(root, failed)


def _walk(root: Path, failed: dict[str, NotRead]) -> Iterator[str]:
    """Every file, symbolic link and other repository below a folder; not what is in the latter, nor in `.git`."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as found:
                entries = list(found)
        except OSError as error:
            if not folder:
                raise UsageError(f"{shown(str(root))} cannot be read: {error.strerror}. Check its permissions.") from error
            failed[folder] = _unreadable(error)
            continue
        if folder and any(entry.name == ".git" for entry in entries):
            yield folder
            continue
        prefix = folder + "/" if folder else ""
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting += [prefix + entry.name] if entry.name != ".git" else []
            elif entry.name != ".git":
                yield prefix + entry.name
