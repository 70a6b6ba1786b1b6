"""Whose commits a branch holds: only what this program wrote may be replaced."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from transformer.errors import UnsafeError, UsageError
from transformer.vcs.command import Git
from transformer.vcs.objects import Commit, read_commits
from transformer.vcs.text import shown

_OURS: Final = "transformer/"
_STRIPPED: Final = "".join(map(chr, range(33))) + ".,:;<>\"\\'"
_TRAILER: Final = re.compile(r"^Transformer-Plan: \S+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Identity:
    """Author and committer of what we write, as git stores them: without the characters that it strips."""

    name: str
    email: str

    def __post_init__(self) -> None:
        for part in ("name", "email"):
            kept = re.sub(r"[<>\n\0]", "", getattr(self, part))
            object.__setattr__(self, part, kept.strip(_STRIPPED))
            if not getattr(self, part):
                raise UsageError(f"the {part} of the author of our commits is empty. Set both name and email.")


IDENTITY: Final = Identity("transformer", "transformer@localhost")


def check_ours(git: Git, base: str, tip: str, branch: str, identity: Identity) -> None:
    """Raises UnsafeError where replacing `tip` by a new branch on `base` would lose a commit that is not ours.

    A commit is ours when it has our trailer and our committer. Commits below ours that the base no longer has (it was
    amended or rebased) are the old base, not work on the branch. A branch with another name than
    ours (transformer/...) whose newest commit is not ours is somebody's, even where the base has all of it (a release).
    """
    foreign = _foreign(git, base, tip, identity, lenient=branch.startswith(_OURS))
    if foreign is None:
        return
    subject = shown(foreign.message.split("\n", 1)[0])[:60]
    raise UnsafeError(
        f"branch {shown(branch)} holds commit {foreign.oid[:12]} ({subject!r} by {shown(foreign.committer.name)}), "
        "which this program did not write. Merge or move that work, then delete the branch "
        f"(git branch -D {shown(branch)}), or write to another one with --branch."
    )


def _foreign(git: Git, base: str, tip: str, identity: Identity, *, lenient: bool) -> Commit | None:
    """The newest commit on top of the base, or between ours, that is not ours."""
    rows = [row.split() for row in _lost(git, base, tip)]
    commits = list(read_commits(git, [row[0] for row in rows]))
    parents = {oid: rest for oid, *rest in rows}
    ours = {commit.oid for commit in commits if _is_ours(commit, identity)}
    above = set(ours)  # ours, and what stands on it
    for commit in reversed(commits):  # parents come before children
        if any(parent in above for parent in parents[commit.oid]):
            above.add(commit.oid)
    if not rows:
        newest = next(read_commits(git, [tip]))
        return None if lenient or _is_ours(newest, identity) else newest
    suspects = above if tip in ours else parents.keys()
    return next((commit for commit in commits if commit.oid in suspects and commit.oid not in ours), None)


def _lost(git: Git, base: str, tip: str) -> list[str]:
    """`commit parent ...`, children first, of what the branch has and the base has not."""
    listed = git.run("rev-list", "--topo-order", "--parents", tip, f"^{base}")
    return os.fsdecode(listed).splitlines()


def _is_ours(commit: Commit, identity: Identity) -> bool:
    known = {(identity.name, identity.email), (IDENTITY.name, IDENTITY.email)}
    last_paragraph = commit.message.rstrip().rsplit("\n\n", 1)[-1]
    return (commit.committer.name, commit.committer.email) in known and bool(_TRAILER.search(last_paragraph))
