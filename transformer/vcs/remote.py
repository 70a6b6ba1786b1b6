"""Sending the review branch to a remote, without any forge.

The target's own configuration could name programs to run for a remote, so nothing is pushed from it: a temporary
repository that borrows its objects is, and only the remote's address is taken from the configuration. An address on
this machine is one more way to name programs, the hooks of the repository there: only the user may give one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from transformer.errors import PublishError, UnsafeError, UsageError
from transformer.vcs import network
from transformer.vcs.address import Address, is_url, parse
from transformer.vcs.branch import Published, Status
from transformer.vcs.command import Git, GitError
from transformer.vcs.environment import REMOTE
from transformer.vcs.names import branch_ref, refuse_branch
from transformer.vcs.network import FETCH_SECONDS
from transformer.vcs.objects import is_partial
from transformer.vcs.ownership import IDENTITY, Identity, check_ours
from transformer.vcs.source import Source, common_dir, roots
from transformer.vcs.text import shown

_THEIRS: Final = "refs/transformer/theirs"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the branch is pushed. `named_by_user`: the address stands on the command line, not only in the target.
    `runs_hooks`: it is a repository on this machine that the user has named beside the source, so it may do what a
    repository does that is pushed to."""

    address: Address
    named_by_user: bool
    runs_hooks: bool = False


def destination(source: Source, remote: str = "origin") -> Destination:
    """The remote by its name in the repository, or by a path or URL (not used where SOURCE itself is a URL).

    Raises UnsafeError for a place on this machine that only the target names, or that lies inside the target;
    UsageError where there is no such remote.
    """
    if source.address is not None:
        return Destination(source.address, named_by_user=True)
    if is_url(remote) or "/" in remote or remote in (".", ".."):
        address = parse(remote) if is_url(remote) else Address(os.path.abspath(remote))  # noqa: PTH100 - links may be part of it
        _refuse_inside(source, address)
        return Destination(address, named_by_user=True, runs_hooks=address.place is not None)
    told = source.git.line("remote", "get-url", "--push", "--", remote)
    if not told:
        raise UsageError(f"there is no remote {shown(remote)}. Add it (git remote add), or give a URL with --remote.")
    address = parse(told)
    if address.place is not None:
        raise UnsafeError(
            f"the repository says that its remote {shown(remote)} is {address}, a place on this machine, where its hooks would run. "
            f"Where you trust it, name it yourself: --remote {shown(str((source.git.cwd / address.place).absolute()))}"
        )
    return Destination(address, named_by_user=False)


def _refuse_inside(source: Source, address: Address) -> None:
    if address.place is not None and any(address.place.resolve().is_relative_to(root) for root in roots(source)):
        raise UnsafeError(
            f"{address} lies inside the repository that is converted, whose hooks would run. "
            "Push to a repository elsewhere, or leave out --push: the branch is in this one."
        )


def push(
    source: Source,
    published: Published,
    remote: str | Destination = "origin",
    *,
    identity: Identity = IDENTITY,
    timeout: float = FETCH_SECONDS,
) -> Status:
    """Make the remote's branch equal to ours.

    Raises UnsafeError where the remote's branch is its default one, holds commits that are not ours, or changed
    meanwhile; PublishError where the remote cannot be reached or refuses.
    """
    if published.status is Status.NOTHING:
        return Status.NOTHING
    to = remote if isinstance(remote, Destination) else destination(source, remote)
    ref = branch_ref(source, published.branch)
    with _sender(source) as sender:
        talking = network.towards(sender, to.address, named_by_user=to.named_by_user, push=True)
        theirs = _remote_tip(talking, to, ref, timeout)
        if theirs == published.tip:
            return Status.UNCHANGED
        if theirs:
            with _history(source, talking, ref, timeout) as history:
                check_ours(history, source.base, theirs, published.branch, identity)
        _send(talking, to, ref, published.tip, theirs, timeout)
    return Status.UPDATED if theirs else Status.CREATED


def refuse_default(source: Source, to: Destination, branch: str, *, timeout: float = FETCH_SECONDS) -> None:
    """Raises UnsafeError where the remote's default branch has this name, so before there is one of that name here. A
    remote that does not answer is left to `push`, when the work is done."""
    with _sender(source) as sender, suppress(GitError):
        talking = network.towards(sender, to.address, named_by_user=to.named_by_user, push=True)
        refuse_branch(branch_ref(source, branch), network.ask(talking, timeout=timeout).default, f"the default branch of {to.address}")


@contextmanager
def _sender(source: Source) -> Iterator[Git]:
    """A repository of our own with the source's objects; what was fetched from a URL is one already."""
    if source.address is not None:
        yield source.git
        return
    with tempfile.TemporaryDirectory(prefix="transformer-", ignore_cleanup_errors=True) as scratch:
        git = network.new_repository(Path(scratch), source.base)
        common = common_dir(source.git)
        borrowed = Path(scratch, "objects", "info")
        borrowed.mkdir(exist_ok=True)
        borrowed.joinpath("alternates").write_bytes(_quoted(os.fsencode(common / "objects")) + b"\n")
        if (common / "shallow").is_file():
            Path(scratch, "shallow").write_bytes((common / "shallow").read_bytes())
        if is_partial(source.git):  # what is missing is at home where it came from
            git.run("config", f"remote.{REMOTE}.promisor", "true")
            git.run("config", "extensions.partialClone", REMOTE)
            git.run("config", "core.repositoryFormatVersion", "1")
        yield git


def _quoted(path: bytes) -> bytes:
    """A path as `objects/info/alternates` takes it: a line that begins with a quote or a # is another thing there."""
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"' if escaped != path else path


@contextmanager
def _history(source: Source, talking: Git, ref: str, timeout: float) -> Iterator[Git]:
    """A repository with every commit of the base and of the remote's branch. What was fetched from a URL is
    shallow, so there the commits (without their files, where the remote allows that) are fetched again."""
    address, by_user = talking.remote, talking.named_by_user
    assert address is not None  # noqa: S101 - `talking` has one
    if source.address is None:
        talking.run("update-ref", "refs/transformer/base", source.base)
        _fetch(talking, address, [f"+{ref}:{_THEIRS}"], timeout)
        yield talking
        return
    with tempfile.TemporaryDirectory(prefix="transformer-", ignore_cleanup_errors=True) as scratch:
        git = network.new_repository(Path(scratch), source.base)
        _fetch(
            git.towards(address, named_by_user=by_user),
            address,
            [f"+{ref}:{_THEIRS}", f"+{source.base}:refs/transformer/base"],
            timeout,
            "--filter=tree:0",
        )
        yield git


def _fetch(git: Git, address: Address, refspecs: list[str], timeout: float, *options: str) -> None:
    try:
        network.fetch(git, *refspecs, options=options, timeout=timeout)
    except GitError as error:
        raise _unreachable(address, error) from error


def _remote_tip(git: Git, to: Destination, ref: str, timeout: float) -> str:
    try:
        answer = network.ask(git, ref, timeout=timeout)
    except GitError as error:
        raise _unreachable(to.address, error) from error
    refuse_branch(ref, answer.default, f"the default branch of {to.address}")
    return answer.tips.get(ref, "")


def _send(git: Git, to: Destination, ref: str, tip: str, theirs: str, timeout: float) -> None:
    lease = f"--force-with-lease={ref}:{theirs}"
    options = ("--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", lease)
    serving = () if to.runs_hooks else network.serving(git, "receive-pack")
    try:
        git.run("push", *options, *serving, "--", REMOTE, f"{tip}:{ref}", timeout=timeout)
    except GitError as error:
        if "stale info" in error.reason:
            raise UnsafeError(f"{shown(ref)} at {to.address} was changed by someone else meanwhile. Look at it, then run again.") from error
        raise _unreachable(to.address, error) from error


def _unreachable(address: Address, error: GitError) -> PublishError:
    return PublishError(
        f"{address} does not answer or refuses: {error.reason}. "
        "Check the URL, the network and your credentials; the local branch is written, git push can send it."
    )
