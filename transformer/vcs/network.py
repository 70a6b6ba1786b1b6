"""What a remote is asked, from a repository of our own: never from the target, whose configuration could name programs."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from transformer.vcs.address import Address, parse
from transformer.vcs.command import Git
from transformer.vcs.environment import REMOTE, inert

FETCH_SECONDS: Final = 300.0
_SHA256_DIGITS: Final = 64


class Answer(NamedTuple):
    """`default` is the full name of the branch that HEAD stands for ("" where it stands for none), `tips` the commit id
    by full ref name."""

    default: str
    tips: dict[str, str]


def new_repository(place: Path, like: str = "") -> Git:
    """An empty bare repository of our own, with nobody's template; `like`: an object id of the kind that it will hold."""
    kind = "sha256" if len(like) == _SHA256_DIGITS else "sha1"
    place.mkdir(exist_ok=True)
    git = Git(place)
    git.run("init", "--bare", "--quiet", "--template=", f"--object-format={kind}", str(place))
    return Git(place, git_dir=place)


def towards(git: Git, address: Address, *, named_by_user: bool, push: bool = False) -> Git:
    """git that talks to this address. A rewriting that the user's own configuration asks for (`insteadOf`) may bring a
    password, which is then parted from the address as well."""
    talking = git.towards(address, named_by_user=named_by_user)
    if address.user or address.place is not None:
        return talking
    rewritten = talking.line("remote", "get-url", *(["--push"] if push else []), "--", REMOTE)
    if rewritten in ("", address.url):
        return talking
    return git.towards(parse(rewritten), named_by_user=named_by_user)


def ask(git: Git, *refs: str, timeout: float = FETCH_SECONDS) -> Answer:
    """The default branch, and where these refs are. Raises GitError where the remote gives no answer."""
    listed = git.run("ls-remote", "--symref", *serving(git, "upload-pack"), "--", REMOTE, "HEAD", *refs, timeout=timeout)
    default, tips = "", {}
    for line in listed.decode("utf-8", "surrogateescape").splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            default = value.removeprefix("ref: ")
        elif name == "HEAD" or name in refs:
            tips[name] = value
    return Answer(default, tips)


def fetch(git: Git, *refspecs: str, options: tuple[str, ...] = (), timeout: float = FETCH_SECONDS) -> None:
    """Raises GitError."""
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    git.run("fetch", *quiet, *options, *serving(git, "upload-pack"), "--", REMOTE, *refspecs, timeout=timeout)


def serving(git: Git, service: str) -> tuple[str, ...]:
    """The option with which a repository on this machine is served without running anything of it."""
    here = git.remote is not None and git.remote.place is not None
    return (f"--{service}={inert(service)}",) if here else ()
