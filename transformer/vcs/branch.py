"""The review branch: one commit per pass on top of the base, without touching working tree, index or HEAD.

Objects are written first, by plumbing and through an index of our own; the branch then moves in one step, only if it
still is where it was looked at. Killed at any moment, the repository is as before (loose objects may remain).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from transformer.errors import UnsafeError, UsageError
from transformer.vcs.command import Git, GitError
from transformer.vcs.names import branch_ref, refuse_alias, refuse_checked_out, refuse_outside
from transformer.vcs.objects import REGULAR, Signature, read_commits
from transformer.vcs.ownership import IDENTITY, Identity, check_ours
from transformer.vcs.source import Source
from transformer.vcs.text import shown


class Status(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # the branch already is what would be written
    NOTHING = "nothing"  # there is no change to write; a branch of an earlier run stays as it is


@dataclass(frozen=True, slots=True)
class PassCommit:
    """What one pass leaves: the whole new text by path (relative to SOURCE), None where the file goes."""

    pass_id: str
    message: str
    texts: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Published:
    """`tip` is where the branch is now ("" where there is none), `previous` where it was; `commits` are the new
    ones, (pass id, commit id)."""

    branch: str
    status: Status
    tip: str
    previous: str
    commits: tuple[tuple[str, str], ...] = ()


def publish(source: Source, branch: str, commits: Sequence[PassCommit], *, identity: Identity = IDENTITY) -> Published:
    """Write the branch. The same base, commits and identity give the same commit ids.

    Raises UnsafeError where the branch holds commits that are not ours or is checked out, UsageError where its name
    cannot be used or git cannot write; then no ref has changed.
    """
    ref = branch_ref(source, branch)
    refuse_outside(source.git, ref)
    previous = tip_of(source.git, ref)
    with tempfile.TemporaryDirectory(prefix="transformer-", ignore_cleanup_errors=True) as scratch:
        made = _Builder(source, Path(scratch), identity).commit_all(commits)
    if not made:
        return Published(branch, Status.NOTHING, previous, previous)
    tip = made[-1][1]
    if tip == previous:
        return Published(branch, Status.UNCHANGED, tip, previous, tuple(made))
    _refuse_checked_out(source.git, ref)
    if previous:
        check_ours(source.git, source.base, previous, branch, identity)
    _move(source.git, ref, tip, previous, identity)
    return Published(branch, Status.UPDATED if previous else Status.CREATED, tip, previous, tuple(made))


def tip_of(git: Git, ref: str) -> str:
    """The commit of a branch, "" where there is none. Raises UnsafeError for a branch that stands for another one."""
    for line in git.run("for-each-ref", "--format=%(refname) %(objectname) %(symref)", ref).decode().splitlines():
        name, oid, symref = line.split(" ")
        if name != ref:
            continue
        if symref:
            raise UnsafeError(f"{shown(ref)} is a symbolic ref to {shown(symref)}. Choose another name with --branch.")
        return oid
    return ""


def _refuse_checked_out(git: Git, ref: str) -> None:
    refuse_checked_out(git, ref)
    refuse_alias(git, ref)


def _move(git: Git, ref: str, tip: str, previous: str, identity: Identity) -> None:
    expected = previous or "0" * len(tip)
    who = {"GIT_COMMITTER_NAME": identity.name, "GIT_COMMITTER_EMAIL": identity.email}
    try:
        git.run("update-ref", "--no-deref", "-m", "transformer", ref, tip, expected, environment=who)
    except GitError as error:
        raise _not_moved(ref, error) from error


def _not_moved(ref: str, error: GitError) -> UsageError:
    branch = shown(ref.removeprefix("refs/heads/"))
    lock = re.search(r"Unable to create '(.*?\.lock)': File exists", error.reason)
    if lock:
        return UsageError(
            f"{branch} is locked by {lock[1]}. Another git is at work there; "
            "if none is, a killed one left the lock: remove that file, then run again."
        )
    if "but expected" in error.reason or "reference already exists" in error.reason:
        return UsageError(f"{branch} was changed by someone else during this run. Look at it, then run again.")
    if "exists; cannot create" in error.reason or "Not a directory" in error.reason:
        return UsageError(
            f"{branch} cannot be made, since a branch of the repository has a name that excludes it "
            f"({error.reason}). Choose another name with --branch."
        )
    return UsageError(f"{branch} cannot be written: {error.reason}. Nothing has changed.")


class _Builder:
    """Writes blobs, trees and commits; no ref. One index in a temporary folder grows from pass to pass."""

    def __init__(self, source: Source, scratch: Path, identity: Identity) -> None:
        self.git = source.git
        self.base = source.base
        self.prefix = source.prefix
        self.scratch = scratch
        self.environment = {"GIT_INDEX_FILE": str(scratch / "index")}
        base = next(read_commits(self.git, [source.base]))
        self.signed = _signed(identity, base.committer)

    def commit_all(self, commits: Sequence[PassCommit]) -> list[tuple[str, str]]:
        """Pass id and commit id, of the passes that change a byte."""
        if not any(commit.texts for commit in commits):
            return []
        self.git.run("read-tree", f"{self.base}^{{tree}}", environment=self.environment)
        parent, tree = self.base, self.git.line("rev-parse", "--verify", f"{self.base}^{{tree}}")
        modes = self._modes({path for commit in commits for path in commit.texts})
        made = []
        for commit in commits:
            grown = self._tree(commit.texts, modes) if commit.texts else tree
            if grown == tree:
                continue
            parent, tree = self._commit(commit.message, grown, parent), grown
            made.append((commit.pass_id, parent))
        return made

    def _tree(self, texts: Mapping[str, bytes | None], modes: Mapping[str, str]) -> str:
        paths = sorted(texts)
        written = self._blobs([text for path in paths if (text := texts[path]) is not None])
        none = "0" * len(self.base)
        rows = []
        for path in paths:
            mode, oid = ("0", none) if texts[path] is None else (modes.get(path, "100644"), next(written))
            rows.append(f"{mode} {oid}\t".encode("ascii") + os.fsencode(self.prefix + path) + b"\0")
        self._run("update-index", "-z", "--index-info", data=b"".join(rows))
        return self._run("write-tree", "--missing-ok").decode("ascii").strip()

    def _modes(self, paths: Iterable[str]) -> dict[str, str]:
        """The base's mode by path; executable files stay executable."""
        for path in paths:
            check_path(path)
        full = {os.fsencode(self.prefix + path): path for path in paths}
        modes = {}
        for line in self._run("ls-files", "--stage", "-z").split(b"\0")[:-1]:
            head, name = line.split(b"\t", 1)
            if name in full:
                modes[full[name]] = head[:6].decode("ascii")
        for path, mode in modes.items():
            if mode not in REGULAR:
                raise UnsafeError(f"{shown(path)} is no regular file in the base commit; it is not overwritten.")
        return modes

    def _blobs(self, texts: Sequence[bytes]) -> Iterator[str]:
        """Object ids in the order given, from one process."""
        names = []
        for number, text in enumerate(texts):
            place = self.scratch / f"blob-{number}"
            place.write_bytes(text)
            names.append(f"{place}\n")
        listed = self._run("hash-object", "-w", "--no-filters", "--stdin-paths", data=os.fsencode("".join(names)))
        return iter(listed.decode("ascii").split())

    def _commit(self, message: str, tree: str, parent: str) -> str:
        text = (message.rstrip("\n") + "\n").encode("utf-8", "backslashreplace")
        out = self._run("commit-tree", tree, "-p", parent, data=text, environment=self.signed)
        return out.decode("ascii").strip()

    def _run(self, *arguments: str, data: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        return self.git.run(*arguments, data=data, environment={**self.environment, **(environment or {})})


def check_path(path: str) -> None:
    """Raises UnsafeError for a path that leaves the source, or that git itself would treat as its own."""
    parts = path.split("/")
    if path.startswith("/") or "\0" in path or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise UnsafeError(f"{shown(path)!r} is not a path inside the source; it is not written.")


def _signed(identity: Identity, base: Signature) -> dict[str, str]:
    """Who and when, for commit-tree: the date is the base's, so that the same input gives the same ids."""
    date = f"@{base.seconds} {base.zone}"
    names: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        names |= {f"GIT_{role}_NAME": identity.name, f"GIT_{role}_EMAIL": identity.email, f"GIT_{role}_DATE": date}
    return names
