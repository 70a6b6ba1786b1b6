"""Files with changes that are not committed: git could not give them back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from transformer.errors import UnsafeError, UsageError
from transformer.vcs.command import Git, GitError
from transformer.vcs.objects import read_objects
from transformer.vcs.source import locate
from transformer.vcs.text import shown

_FORCE = "or use --force to write over them"


def check_committed(root: Path, texts: Mapping[str, bytes]) -> None:
    """Raises UnsafeError where a file (path below `root` -> its text) is not committed as it is, or where nobody can
    tell because git does not open the repository that holds it. Outside of a repository there is nothing to say."""
    if not texts:
        return
    try:
        git, top = locate(root)
    except UsageError as error:
        _refuse_unless_plain(root, error)
        return
    if top is None:
        return
    git.cwd = root
    clean = _clean(git, texts)
    dirty = [path for path in texts if path not in clean]
    if dirty:
        listed = "".join(f"\n  {shown(path)}" for path in dirty[:10])
        more = f"\n  and {len(dirty) - 10} more" if len(dirty) > 10 else ""
        raise UnsafeError(
            f"{len(dirty)} of the files to be written have changes that are not committed:{listed}{more}\n"
            f"Commit or stash them (git stash -u), {_FORCE}."
        )


def _refuse_unless_plain(root: Path, error: UsageError) -> None:
    """Where a `.git` stands, there is a repository, whether or not git can open it."""
    for folder in (root, *root.parents):
        if os.path.lexists(folder / ".git"):
            raise UnsafeError(
                f"which files have changes that are not committed cannot be told: {error}\n"
                f"Mend the repository at {shown(str(folder))} so that git status works there, {_FORCE}."
            ) from error


def _clean(git: Git, texts: Mapping[str, bytes]) -> set[str]:
    """The paths whose text is the one of HEAD and of the index. `git status` is not asked: it runs filters."""
    committed = _listed(git, 2, "ls-tree", "-r", "-z", "--full-name", "HEAD", "--", ".")
    staged = _listed(git, 1, "ls-files", "--stage", "-z", "--full-name", "--", ".")
    prefix = git.line("rev-parse", "--show-prefix")
    tracked = {path: staged[prefix + path] for path in texts if prefix + path in staged}
    same = [path for path, oid in tracked.items() if committed.get(prefix + path) == oid]
    contents = read_objects(git, (tracked[path] for path in same))
    return {path for path, (_, text) in zip(same, contents, strict=True) if _is_text(texts[path], text)}


def _is_text(on_disk: bytes, committed: bytes) -> bool:
    """The same text; git may have been told to check it out with other line endings."""
    return on_disk == committed or (b"\r\n" not in committed and on_disk.replace(b"\r\n", b"\n") == committed)


def _listed(git: Git, id_column: int, *arguments: str) -> dict[str, str]:
    """Object ids by path; of a repository without a commit, none; of a path in conflict, "" (it has several)."""
    listed: dict[str, str] = {}
    try:
        output = git.run(*arguments)
    except GitError:
        return listed
    for line in output.split(b"\0")[:-1]:
        head, name = line.split(b"\t", 1)
        path = os.fsdecode(name)
        listed[path] = "" if path in listed else head.decode("ascii").split()[id_column]
    return listed
