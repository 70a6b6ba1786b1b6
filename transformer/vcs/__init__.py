"""Git: the source of a run, and the branch it leaves. Importing this package does not import GitPython."""

from transformer.vcs.address import is_url
from transformer.vcs.branch import PassCommit, Published, Status, publish
from transformer.vcs.command import GitError
from transformer.vcs.earlier import no_longer_changed
from transformer.vcs.names import branch_ref
from transformer.vcs.ownership import IDENTITY, Identity
from transformer.vcs.remote import Destination, destination, push, refuse_default
from transformer.vcs.source import Source, locate, open_source, roots, roots_of
from transformer.vcs.text import hidden_word, shown

__all__ = [
    "IDENTITY",
    "Destination",
    "GitError",
    "Identity",
    "PassCommit",
    "Published",
    "Source",
    "Status",
    "branch_ref",
    "destination",
    "hidden_word",
    "is_url",
    "locate",
    "no_longer_changed",
    "open_source",
    "publish",
    "push",
    "refuse_default",
    "roots",
    "roots_of",
    "shown",
]
