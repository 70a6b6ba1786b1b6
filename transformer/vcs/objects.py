"""Reading git's object database, in bulk and without a checkout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from transformer.errors import UsageError
from transformer.vcs.command import Git, GitError

MOST_ENTRIES: Final = 1_000_000
SYMLINK: Final = "120000"
SUBMODULE: Final = "160000"
REGULAR: Final = ("100644", "100755")
# What is asked of `cat-file --batch` before its answers are read must fit into a pipe (64 kB on Linux, 16 kB on macOS).
_ASKED_AT_ONCE: Final = 200


class TreeEntry(NamedTuple):
    """A line of `ls-tree`. `size` in bytes; None for what is no blob, and for a blob that is missing (partial or damaged clone)."""

    path: str
    mode: str
    oid: str
    size: int | None


class Signature(NamedTuple):
    """Who and when: `seconds` since 1970, `zone` such as +0900."""

    name: str
    email: str
    seconds: int
    zone: str


class Commit(NamedTuple):
    oid: str
    committer: Signature
    message: str


def list_tree(git: Git, commit: str, prefix: str, most: int = MOST_ENTRIES) -> Iterator[TreeEntry]:
    """Every entry below a folder (`prefix` is "" or ends with a slash) of a commit; paths relative to that folder.

    Raises UsageError as soon as there are more than `most`: a tree of a few kilobytes may stand for millions."""
    partial = is_partial(git)
    known = _sizes_at_hand(git) if partial else {}
    options = ["-r", "-z"] if partial else ["-r", "-z", "-l"]
    listing = _lines(git, "ls-tree", "--full-tree", *options, f"{commit}:{prefix.removesuffix('/')}")
    for n, line in enumerate(listing):
        if n == most:
            raise UsageError(f"the commit holds more than {most} files. Name a folder in it, or raise the limit: --limit files=NUMBER.")
        head, path = line.split(b"\t", 1)
        mode, kind, oid, *size = head.decode("ascii").split()
        if kind == "blob" and size and size[0].isdigit():  # BAD where the object is missing
            known[oid] = int(size[0])
        yield TreeEntry(os.fsdecode(path), mode, oid, known.get(oid))


def _lines(git: Git, *arguments: str) -> Iterator[bytes]:
    """What git prints, up to each zero byte, while it is printed; it ends where nobody reads on. Raises GitError."""
    rest = b""
    for block in git.blocks(*arguments):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def list_work_tree(git: Git) -> tuple[set[str], list[tuple[str, str]]]:
    """What lies on disk below the current folder of `git` and is tracked or not ignored; and the folders that git could
    not open, with the reason."""
    listed, said = git.both("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = {os.fsdecode(name).removesuffix("/") for name in listed.split(b"\0") if name}
    closed = re.findall(r"could not open directory '(.*)/?': (.*)", os.fsdecode(said))
    return names, [(name.removesuffix("/"), why) for name, why in closed]


def entry_at(git: Git, commit: str, path: str) -> TreeEntry | None:
    """What a commit has at a path from the repository's root, None where it has nothing."""
    listing = git.run("ls-tree", "--full-tree", "-z", *([] if is_partial(git) else ["-l"]), commit, "--", path)
    for line in listing.split(b"\0")[:-1]:
        head, name = line.split(b"\t", 1)
        mode, _, oid, *size = head.decode("ascii").split()
        if os.fsdecode(name) == path:
            known = int(size[0]) if size and size[0].isdigit() else None
            return TreeEntry(path, mode, oid, known if size else _size_at_hand(git, oid))
    return None


def _size_at_hand(git: Git, oid: str) -> int | None:
    told = git.line("cat-file", "-s", oid)
    return int(told) if told.isdigit() else None


def is_partial(git: Git) -> bool:
    """The clone may lack objects, which git would fetch one by one from whatever remote its configuration names."""
    found = git.run("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$", accept=(0, 1))
    return bool(found)


def _sizes_at_hand(git: Git) -> dict[str, int]:
    """Bytes by object id, of the objects that are here."""
    listing = git.run("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
    rows = (row.split() for row in listing.decode("ascii").splitlines())
    return {oid: int(size) for oid, kind, size in rows if kind == "blob"}


def read_objects(git: Git, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Object ids with their contents, in the order asked for, from one process. Raises GitError where one is missing."""
    waiting = iter(oids)
    first = list(islice(waiting, _ASKED_AT_ONCE))
    if not first:
        return
    with git.conversation("cat-file", "--batch") as talk:
        asked = first
        while asked:
            talk.write("".join(f"{oid}\n" for oid in asked).encode("ascii"))
            for oid in asked:
                size = _announced(talk.line(), oid)
                yield oid, talk.read(size)
                talk.read(1)
            asked = list(islice(waiting, _ASKED_AT_ONCE))


def _announced(header: bytes, oid: str) -> int:
    words = header.split()
    if len(words) != 3 or not words[2].isdigit():
        raise GitError(f"object {oid} cannot be read", "the repository is damaged or incomplete; try git fsck", 128)
    return int(words[2])


def read_commits(git: Git, oids: Iterable[str]) -> Iterator[Commit]:
    for oid, raw in read_objects(git, oids):
        head, _, message = raw.partition(b"\n\n")
        yield Commit(oid, _committer(head), message.decode("utf-8", "replace"))


_MOST_OF_A_LINE: Final = 2_000


def _committer(head: bytes) -> Signature:
    """The committer line; a malformed date counts as 1970, so that it is the same on every run."""
    line = next((row[10:] for row in head.split(b"\n") if row.startswith(b"committer ")), b"")
    found = re.fullmatch(r"(.*?) ?<(.*)> ?([0-9]{1,12})? ?([+-][0-9]{4})?.*", line[:_MOST_OF_A_LINE].decode("utf-8", "surrogateescape"))
    if found is None:
        return Signature("", "", 0, "+0000")
    return Signature(found[1], found[2], int(found[3] or 0), found[4] or "+0000")
