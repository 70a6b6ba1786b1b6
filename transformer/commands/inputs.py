"""The input of a run: source, configuration and templates, from the arguments of the command line."""

from __future__ import annotations

import os
import shlex
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from transformer import output
from transformer.config.settings import FILE
from transformer.errors import UsageError
from transformer.safe_files import read_below, read_regular
from transformer.vcs.objects import REGULAR, SUBMODULE, SYMLINK, entry_at

if TYPE_CHECKING:
    from transformer.config.passes import Overrides
    from transformer.config.settings import Settings
    from transformer.repository.snapshot import Snapshot
    from transformer.vcs import Source


CONFIG_BYTES: Final = 1_000_000
_KINDS: Final = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The source of a run. `repository` is None for plain files. `folder` is None if no file is on disk.

    `config` is the path of transformer.yaml: in the folder SOURCE, or else in the root of the repository.
    """

    repository: Source | None
    folder: Path | None
    config: str = FILE
    committed: str | None = None  # its text in the base commit
    worktree: str | None = None  # and in the working tree
    roots: tuple[Path, ...] = ()  # the folders that hold the target


def target_of(args: Namespace) -> Path | None:
    """The top of the target on this machine, before it is opened: what lies there is data, and its links are not followed.
    None for a URL elsewhere."""
    from transformer.executables import holding_repository
    from transformer.vcs.address import is_url, parse

    if not is_url(args.source):
        return holding_repository(Path(args.source))
    place = parse(args.source).place
    return holding_repository(place) if place else None


@contextmanager
def open_for(args: Namespace) -> Iterator[Opened]:
    """The source, with its roots; programs are looked for outside of them while it is open."""
    from transformer import executables
    from transformer.vcs import open_source, roots, roots_of

    if args.in_place:
        folder = Path(args.source)
        found = roots_of(folder)
        with executables.without(found):
            yield replace(_open_folder(folder, args.source), roots=found)
        return
    with open_source(args.source, args.ref) as source:
        found = roots(source)
        with executables.without(found):
            yield replace(_open_commit(source), roots=found)


def put_back(source: str) -> None:
    """Before files are read in place: undo what a run that was killed has left there."""
    from transformer.repository.in_place import recover
    from transformer.vcs.text import shown

    found = recover(Path(source)) if Path(source).is_dir() else None
    if found is None:
        return
    output.warn(
        f"transformer: an earlier run with --in-place was stopped before it was done. Its changes to {len(found.back)} files were undone.\n"
    )
    for path, name in found.kept:
        output.warn(f"{shown(path)} was changed since, and stays. What that run had replaced is kept as {shown(name)} beside it.\n")


def refuse_half_done(source: str) -> None:
    from transformer.repository.in_place import is_half_done

    if Path(source).is_dir() and is_half_done(Path(source)):
        raise UsageError(
            "a run in place was ended in the middle, so some of these files are old and some are new.\n"
            f"Run {shlex.join(['transformer', 'convert', '--in-place', source])} first: it undoes that, and begins again."
        )


def _open_folder(folder: Path, name: str) -> Opened:
    if not folder.is_dir():
        raise UsageError(f"{name} is not a folder. Give the folder that holds the manifests.")
    top = _top_of(folder)
    for place in dict.fromkeys((folder, top or folder)):
        text = _own_text(place, FILE)
        if text is not None:
            return Opened(None, folder, str(place / FILE) if place != folder else FILE, None, text)
    return Opened(None, folder)


def _top_of(folder: Path) -> Path | None:
    from transformer.vcs import locate

    try:
        return locate(folder.resolve())[1]
    except UsageError:  # no git here, or none that can be read: plain files
        return None


def _open_commit(source: Source) -> Opened:
    top = source.git.work_tree if source.folder else None
    for name in dict.fromkeys((source.prefix + FILE, FILE)):
        committed = _committed(source, name)
        worktree = _own_text(top, name) if top else None
        if committed is not None or worktree is not None:
            return Opened(source, source.folder, name, committed, worktree)
    return Opened(source, source.folder)


def _own_text(root: Path, name: str) -> str | None:
    """The text of a file of the repository, which must not be a link."""
    try:
        return _decoded(_of_bearable_size(read_below(root, name, CONFIG_BYTES + 1), name), name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as e:
        raise UsageError(f"{root / name} cannot be read: {e.strerror}. Check it, or name another one with --config.") from e


def _text(path: Path) -> str | None:
    try:
        return _decoded(_of_bearable_size(read_regular(path, CONFIG_BYTES + 1, follow=True), str(path)), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as e:
        raise UsageError(f"{path} cannot be read: {getattr(e, 'strerror', e)}. Check it, or name another one with --config.") from e


def _of_bearable_size(data: bytes, name: str) -> bytes:
    if len(data) > CONFIG_BYTES:
        raise UsageError(f"{name} is over {CONFIG_BYTES:,} bytes, too big for a configuration. Name another one with --config.")
    return data


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise UsageError(f"{name}:{line}: this is not UTF-8. Save the file as UTF-8.") from e


def _committed(source: Source, name: str) -> str | None:
    """A file of the base commit, by its path from the repository's root."""
    entry = entry_at(source.git, source.base, name)
    where = f"{name} in {source.base[:12]}"
    if entry is None:
        return None
    if entry.mode not in REGULAR:
        raise UsageError(f"{where} is {_KINDS.get(entry.mode, 'a folder')}, not a file. Name the file with --config.")
    if entry.size is None or entry.size > CONFIG_BYTES:
        told = "is not in this clone" if entry.size is None else f"is over {CONFIG_BYTES:,} bytes, too big for a configuration"
        raise UsageError(f"{where} {told}. Name another one with --config.")
    return _decoded(source.git.run("cat-file", "blob", entry.oid), where)


def settings_of(args: Namespace, opened: Opened, *, in_place: bool) -> Settings:
    from transformer.config import settings

    named = None
    if args.config:
        text = _text(Path(args.config))
        if text is None:
            raise UsageError(f"{args.config} does not exist. Check --config.")
        named = (args.config, text)
    name, text = settings.choose(named=named, base=opened.committed, worktree=opened.worktree, in_place=in_place, file=opened.config)
    trusted = named is not None and not any(_is_in(Path(args.config), root) for root in opened.roots)
    return settings.parse(text, name, _overrides(args), trusted=trusted)


def _overrides(args: Namespace) -> Overrides:
    from transformer.config.ceilings import VARIABLE
    from transformer.config.passes import Overrides

    variable = tuple(part.strip() for part in os.environ.get(VARIABLE, "").split(",") if part.strip())
    return Overrides(tuple(args.set), tuple(args.accept), tuple(args.only), tuple(args.path), tuple(args.limit), variable)


def snapshot_of(opened: Opened, settings: Settings) -> Snapshot:
    from transformer.repository.snapshot import CommitSnapshot, FolderSnapshot

    size, files, total = settings.limits.file_size, settings.limits.files, settings.limits.total_size
    if opened.repository is not None:
        return CommitSnapshot(opened.repository, max_file_bytes=size, max_files=files, max_total_bytes=total)
    assert opened.folder is not None  # noqa: S101 - either a repository or a folder is opened
    return FolderSnapshot(opened.folder, max_file_bytes=size, max_files=files, max_total_bytes=total)


def use_templates(args: Namespace, opened: Opened) -> None:
    """Set the templates. Those inside the repository are refused, because a repository must not decide what is written."""
    from transformer import templating
    from transformer.config import discovery

    if not args.templates:
        templating.use(None)
        return
    given = Path(args.templates)
    for place in (given, *_templates_in(given)):
        if any(_is_in(place, root) for root in opened.roots):
            raise UsageError(f"--templates: {place} is inside the repository that is converted. Move the templates out of it.")
    templating.use(given, discovery.packages())


def _templates_in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _is_in(place: Path, root: Path) -> bool:
    """As it is written, and where its links lead."""
    return place.resolve().is_relative_to(root) or Path(os.path.abspath(place)).is_relative_to(root)  # noqa: PTH100 - no links here
