"""Sending the review branch to a remote, without any forge.

The target's own configuration could name programs to run for a remote, so nothing is pushed from it: a temporary
repository that borrows its objects is, and only the remote's address is taken from the configuration.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from transformer.errors import UnsafeError, UsageError
from transformer.vcs.branch import Published, Status, branch_ref
from transformer.vcs.command import Git, GitError, shown, without_password
from transformer.vcs.ownership import IDENTITY, Identity, check_ours
from transformer.vcs.source import FETCH_SECONDS, Source, check_protocol, is_url, new_repository

_THEIRS: Final = "refs/transformer/theirs"


def push(
    source: Source,
    published: Published,
    remote: str = "origin",
    *,
    identity: Identity = IDENTITY,
    timeout: float = FETCH_SECONDS,
) -> Status:
    """Make the remote's branch equal to ours. `remote` is a name or a URL (not used where SOURCE itself is a URL).

    Raises UnsafeError where the remote's branch holds commits that are not ours, or changed meanwhile; UsageError where
    the remote cannot be found or reached.
    """
    if published.status is Status.NOTHING:
        return Status.NOTHING
    ref = branch_ref(source, published.branch)
    url = source.url or _address(source, remote)
    with _sender(source) as sender:
        theirs = _remote_tip(sender, url, ref, timeout)
        if theirs == published.tip:
            return Status.UNCHANGED
        if theirs:
            with _history(source, sender, url, ref, timeout) as history:
                check_ours(history, source.base, theirs, published.branch, identity)
        _send(sender, url, ref, published.tip, theirs, timeout)
    return Status.UPDATED if theirs else Status.CREATED


def _address(source: Source, remote: str) -> str:
    """The URL of a remote; a relative path in it counts from the repository, as for git."""
    url = remote if is_url(remote) or "/" in remote else source.git.line("remote", "get-url", "--push", "--", remote)
    if not url:
        raise UsageError(f"there is no remote {shown(remote)}. Add it (git remote add), or give a URL.")
    if is_url(url):
        check_protocol(url)
        return url
    return str((source.git.cwd / url).absolute())


@contextmanager
def _sender(source: Source) -> Iterator[Git]:
    """A repository of our own with the source's objects; what was fetched from a URL is one already."""
    if source.url:
        yield source.git
        return
    with tempfile.TemporaryDirectory(prefix="transformer-", ignore_cleanup_errors=True) as scratch:
        git = new_repository(Path(scratch))
        common = Path(source.git.line("rev-parse", "--path-format=absolute", "--git-common-dir"))
        borrowed = Path(scratch, "objects", "info")
        borrowed.mkdir(exist_ok=True)
        borrowed.joinpath("alternates").write_bytes(os.fsencode(common / "objects") + b"\n")
        if (common / "shallow").is_file():
            Path(scratch, "shallow").write_bytes((common / "shallow").read_bytes())
        yield git


@contextmanager
def _history(source: Source, sender: Git, url: str, ref: str, timeout: float) -> Iterator[Git]:
    """A repository with every commit of the base and of the remote's branch. What was fetched from a URL is
    shallow, so there the commits (without their files, where the remote allows that) are fetched again."""
    if not source.url:
        sender.run("update-ref", "refs/transformer/base", source.base)
        _fetch(sender, url, [f"+{ref}:{_THEIRS}"], timeout)
        yield sender
        return
    with tempfile.TemporaryDirectory(prefix="transformer-", ignore_cleanup_errors=True) as scratch:
        git = new_repository(Path(scratch))
        git.run("config", "remote.origin.url", url)
        _fetch(git, "origin", [f"+{ref}:{_THEIRS}", f"+{source.base}:refs/transformer/base"], timeout, "--filter=tree:0")
        yield git


def _fetch(git: Git, url: str, refspecs: list[str], timeout: float, *options: str) -> None:
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head")
    try:
        git.on_network().run("fetch", *quiet, *options, "--", url, *refspecs, timeout=timeout)
    except GitError as error:
        raise _unreachable(url, error) from error


def _remote_tip(git: Git, url: str, ref: str, timeout: float) -> str:
    try:
        listed = git.on_network().run("ls-remote", "--", url, ref, timeout=timeout).decode("utf-8", "replace")
    except GitError as error:
        raise _unreachable(url, error) from error
    rows = (line.split("\t") for line in listed.splitlines())
    return next((row[0] for row in rows if row[-1] == ref), "")


def _send(git: Git, url: str, ref: str, tip: str, theirs: str, timeout: float) -> None:
    lease = f"--force-with-lease={ref}:{theirs}"
    try:
        git.on_network().run("push", "--quiet", "--no-verify", lease, "--", url, f"{tip}:{ref}", timeout=timeout)
    except GitError as error:
        if "stale info" in error.reason:
            raise UnsafeError(
                f"{shown(ref)} at {shown(without_password(url))} was changed by someone else meanwhile. Look at it, then run again."
            ) from error
        raise _unreachable(url, error) from error


def _unreachable(url: str, error: GitError) -> UsageError:
    return UsageError(
        f"{shown(without_password(url))} does not answer or refuses: {error.reason}. "
        "Check the URL, the network and your credentials; the local branch is written, git push can send it."
    )
