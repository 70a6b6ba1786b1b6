"""Which branches are never written: the base, the default branch, one that somebody works on."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import Final

from transformer.errors import UnsafeError, UsageError
from transformer.safe_files import read_regular
from transformer.vcs.command import Git, GitError
from transformer.vcs.source import Source, common_dir
from transformer.vcs.text import shown

# Whatever the default branch is, these are never a review branch.
PROTECTED: Final = ("main", "master", "trunk", "develop", "development", "production", "gh-pages")
_OTHER: Final = "Choose another name with --branch (for example transformer/autopilot)."
_AT_WORK: Final = ("rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START")
_NAME_BYTES: Final = 10_000


def branch_ref(source: Source, branch: str) -> str:
    """The full name of a branch that may be written. Raises UsageError for a bad name, for the base itself, for the
    default branch and for names that a repository lives by."""
    ref = f"refs/heads/{branch}"
    _refuse_name(source.git, branch)
    remote_base = source.base_ref.split("/", 3)[3:] if source.base_ref.startswith("refs/remotes/") else []
    if _same(ref, source.base_ref) or any(_same(branch, name) for name in remote_base):
        raise UsageError(
            f"{shown(branch)} is the branch to start from, so it cannot be the one to write. "
            "Name the base with --ref (for example --ref main), or another branch with --branch."
        )
    if any(_same(branch, name) for name in PROTECTED):
        raise UsageError(f"{shown(branch)} is a name that branches of a repository's own work have. {_OTHER}")
    for default in _defaults(source):
        refuse_branch(ref, default, "the default branch of this repository")
    return ref


def refuse_branch(ref: str, other: str, what: str) -> None:
    """Raises UnsafeError where a branch is one that must not be written, also where only a file system without upper
    and lower case takes it for that one. `other` may be ""."""
    if other and _same(ref, other):
        raise UnsafeError(f"{shown(ref.removeprefix('refs/heads/'))} is {what}, so it is not written. {_OTHER}")


def _refuse_name(git: Git, branch: str) -> None:
    if branch.startswith(("-", "refs/")) or branch.upper() in ("HEAD", "@") or re.fullmatch(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", branch):
        looks = "an option" if branch.startswith("-") else "a commit or a full ref, not the short name of a branch"
        raise UsageError(f"{shown(branch)!r} looks like {looks}. Choose another name with --branch (for example transformer/autopilot).")
    try:
        git.run("check-ref-format", f"refs/heads/{branch}")
    except (GitError, ValueError) as error:
        raise UsageError(f"{shown(branch)!r} cannot be the name of a branch. Choose another with --branch.") from error


def _defaults(source: Source) -> list[str]:
    """The branches that HEAD stands for: in a bare repository (in a working tree it is what is checked out), and at the
    remotes as far as they are known here."""
    if source.address is not None:
        return []
    common = Git(source.git.cwd, git_dir=common_dir(source.git))
    bare = common.line("rev-parse", "--is-bare-repository") == "true"
    own = common.line("symbolic-ref", "--quiet", "HEAD") if bare else ""
    heads = source.git.run("for-each-ref", "--format=%(symref)", "refs/remotes/*/HEAD").decode("utf-8", "surrogateescape").split()
    return [own, *(f"refs/heads/{head.split('/', 3)[3]}" for head in heads if head.count("/") > 2)]


def _same(one: str, other: str) -> bool:
    return unicodedata.normalize("NFC", one).casefold() == unicodedata.normalize("NFC", other).casefold()


def refuse_checked_out(git: Git, ref: str) -> None:
    """Raises UnsafeError where any working tree is on the branch, or will be when its rebase ends."""
    place, branch = "", ref.removeprefix("refs/heads/")
    for line in os.fsdecode(git.run("worktree", "list", "--porcelain")).split("\n"):
        place = line.removeprefix("worktree ") if line.startswith("worktree ") else place
        if line.startswith("branch ") and _same(line.removeprefix("branch "), ref):
            raise UnsafeError(
                f"{shown(branch)} is checked out in {shown(place)}. "
                "Check out another branch there (git switch -), or write to another one with --branch."
            )
    common = common_dir(git)
    for folder in (common, *common.glob("worktrees/*")):
        for name in _AT_WORK:
            if _same(_branch_in(folder / name), branch):
                raise UnsafeError(
                    f"{shown(branch)} is in the middle of a rebase or a bisect ({shown(str(folder / name))}). "
                    "End that first, or write to another one with --branch."
                )


def _branch_in(place: Path) -> str:
    """The short name of the branch that a rebase or a bisect has noted, "" where there is none."""
    try:
        return os.fsdecode(read_regular(place, _NAME_BYTES)).strip().removeprefix("refs/heads/")
    except OSError:
        return ""


def refuse_alias(git: Git, ref: str) -> None:
    """On a file system without upper and lower case, one branch would silently be another."""
    if git.line("config", "--type=bool", "core.ignoreCase") != "true":
        return
    for name in os.fsdecode(git.run("for-each-ref", "--format=%(refname)", "refs/heads/")).splitlines():
        if name != ref:
            refuse_branch(ref, name, f"the same as {name.removeprefix('refs/heads/')} on this file system")


def refuse_outside(git: Git, ref: str) -> None:
    """A link among git's own files would have git write what it names."""
    common = common_dir(git)
    top = common.resolve()
    objects = [entry for entry in os.scandir(common / "objects") if entry.is_symlink()]
    for place in (common / "objects", *(Path(entry.path) for entry in objects), common / ref, common / "logs" / ref):
        if not place.resolve().is_relative_to(top):
            raise UnsafeError(
                f"{shown(str(place))} leads out of the repository through a symbolic link, so nothing is written there. "
                "Convert a clone of this repository (git clone)."
            )
