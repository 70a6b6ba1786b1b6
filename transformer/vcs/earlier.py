"""What the branch of an earlier run changed, to tell what a narrower run leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterable

from transformer.vcs.branch import tip_of
from transformer.vcs.command import GitError
from transformer.vcs.names import branch_ref
from transformer.vcs.source import Source


def no_longer_changed(source: Source, branch: str, changed: Iterable[str]) -> list[str]:
    """The files, from the top of the repository, that the branch changes up to now and that are not among `changed` (from
    SOURCE). Empty where there is no branch yet, or it has nothing to do with the base."""
    tip = tip_of(source.git, branch_ref(source, branch))
    if not tip:
        return []
    try:
        common = source.git.line("merge-base", source.base, tip)
    except GitError:
        return []
    listed = source.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", common, tip).split(b"\0")[:-1]
    return sorted({os.fsdecode(name) for name in listed} - {source.prefix + path for path in changed})
