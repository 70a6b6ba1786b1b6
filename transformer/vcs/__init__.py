"""Git: the source of a run, and the branch it leaves. Importing this package does not import GitPython."""

from transformer.vcs.branch import PassCommit, Published, Status, publish
from transformer.vcs.command import GitError, shown
from transformer.vcs.ownership import IDENTITY, Identity
from transformer.vcs.remote import push
from transformer.vcs.source import Source, is_url, locate, open_source

__all__ = [
    "IDENTITY",
    "GitError",
    "Identity",
    "PassCommit",
    "Published",
    "Source",
    "Status",
    "is_url",
    "locate",
    "open_source",
    "publish",
    "push",
    "shown",
]
