"""What a run reads: its source, its configuration and its templates, from the arguments of the command line."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from transformer.errors import UsageError

if TYPE_CHECKING:
    from transformer.config import Settings
    from transformer.repository.snapshot import Snapshot
    from transformer.steps import Overrides
    from transformer.vcs import Source


@dataclass(frozen=True, slots=True)
class Opened:
    """The source of a run. `repository` is None for plain files; `folder` is None where nothing lies on disk."""

    repository: Source | None
    folder: Path | None
    committed: str | None  # transformer.yaml in the base commit
    worktree: str | None  # and in the working tree


@contextmanager
def open_for(args: Namespace) -> Iterator[Opened]:
    from transformer.config import FILE
    from transformer.vcs import open_source

    if args.in_place:
        folder = Path(args.source)
        if not folder.is_dir():
            raise UsageError(f"{args.source} is not a folder. Give the folder that holds the manifests.")
        yield Opened(None, folder, None, _text(folder / FILE))
        return
    with open_source(args.source, args.ref) as source:
        worktree = _text(source.folder / FILE) if source.folder else None
        yield Opened(source, source.folder, _committed(source, FILE), worktree)


def _text(path: Path) -> str | None:
    try:
        return _decoded(path.read_bytes(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as e:
        raise UsageError(f"{path} cannot be read: {e.strerror}.") from e


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise UsageError(f"{name}:{line}: this is not UTF-8. Save the file as UTF-8.") from e


def _committed(source: Source, name: str) -> str | None:
    """A file of the base commit, in the folder that SOURCE names."""
    found = source.git.line("rev-parse", "--verify", "--quiet", f"{source.base}:{source.prefix}{name}")
    return _decoded(source.git.run("cat-file", "blob", found), f"{name} in {source.base[:12]}") if found else None


def settings_of(args: Namespace, opened: Opened, *, in_place: bool) -> Settings:
    from transformer import config

    named = None
    if args.config:
        text = _text(Path(args.config))
        if text is None:
            raise UsageError(f"{args.config}: there is no such file. Check --config.")
        named = (args.config, text)
    name, text = config.choose(named=named, base=opened.committed, worktree=opened.worktree, in_place=in_place)
    return config.parse(text, name, _overrides(args))


def _overrides(args: Namespace) -> Overrides:
    from transformer.steps import Overrides

    return Overrides(tuple(args.set), tuple(args.accept), tuple(args.only), tuple(args.path))


def snapshot_of(opened: Opened, settings: Settings) -> Snapshot:
    from transformer.repository.snapshot import CommitSnapshot, FolderSnapshot

    size, files = settings.limits.file_size, settings.limits.files
    if opened.repository is not None:
        return CommitSnapshot(opened.repository, max_file_bytes=size, max_files=files)
    assert opened.folder is not None  # noqa: S101 - either a repository or a folder is opened
    return FolderSnapshot(opened.folder, max_file_bytes=size, max_files=files)


def use_templates(args: Namespace, opened: Opened) -> None:
    """A target repository is data: what it holds must not decide what is written."""
    from transformer import templating

    if not args.templates:
        return
    given = Path(args.templates)
    inside = opened.repository.git.work_tree if opened.repository else opened.folder
    if inside is not None and given.resolve().is_relative_to(inside.resolve()):
        raise UsageError(f"--templates {given} lies inside the repository that is converted. Keep it elsewhere.")
    templating.use(given)
