"""Where a repository is, as a user or a configuration writes it, apart from the password that stands in it.

git hands the address of a remote to its helpers as an argument, which every user of the machine can read. So user and
password leave the address here; `environment.py` hands them to git in another way, for that host only.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from transformer.errors import UsageError
from transformer.vcs.text import hidden_word, shown

PROTOCOLS: Final = ("http", "https", "ssh", "git", "file")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP: Final = re.compile(r"(?:[^/:@\s]+@)?(?:[^/:@\s]+|\[[0-9A-Fa-f:.]+\]):\S+")
_SCP_PASSWORD: Final = re.compile(r"[^/:@\s]+:.*@[^/:@\s]+[:/].*", re.DOTALL)
_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
_ADDRESS: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,64})://(?P<rest>.*)", re.DOTALL)
_HOST: Final = re.compile(r"(?:[^\s:@/?#\[\]]+|\[[0-9A-Fa-f:.%]+\])(?::[0-9]*)?")
# A user and a password with a raw slash, which no reading by the book allows: the last `@` before a host counts.
_RAW: Final = re.compile(r"(?P<user>[^:]*:.*)@(?P<rest>[^\s:@/?#]+(?::[0-9]+)?(?:/.*)?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is what git is given and what may be shown. `password` is None where none was given; then a `user` of an
    http address may be a token. `secrets` are the spellings that must not be seen anywhere."""

    url: str
    user: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def scheme(self) -> str:
        found = _SCHEME.match(self.url)
        return found[1].lower() if found else ""

    @property
    def host(self) -> str:
        """Scheme, host and port, as `credential.<url>` matches them; "" where it is no http address."""
        if self.scheme not in ("http", "https"):
            return ""
        return self.url[: len(self.scheme) + 3] + re.split(r"[/?#]", self.url[len(self.scheme) + 3 :], maxsplit=1)[0]

    @property
    def place(self) -> Path | None:
        """The path, where the repository lies on this machine."""
        if self.scheme == "file":
            return Path(unquote(urlsplit(self.url).path))
        return None if self.scheme or _HELPER.match(self.url) or _SCP.fullmatch(self.url) else Path(self.url)

    def __str__(self) -> str:
        return shown(self.url)


def is_url(text: str) -> bool:
    """`https://...`, `user@host:path`, `helper::address`; whatever exists as a path is a path."""
    if os.path.lexists(text):
        return False
    return bool(_SCHEME.match(text) or _HELPER.match(text) or _SCP.fullmatch(text) or _SCP_PASSWORD.fullmatch(text))


def parse(text: str) -> Address:
    """The address of a remote. Raises UsageError for a protocol that can run programs (`ext::`) or that git would have
    to guess, and for a password that git cannot be given without showing it."""
    scheme = _SCHEME.match(text)
    if text.startswith("-") or _HELPER.match(text) or (scheme and scheme[1].lower() not in PROTOCOLS):
        raise _cannot(text, f"Give a path, or a URL that starts with {', '.join(f'{p}://' for p in PROTOCOLS)}.")
    if re.search(r"[\x00-\x1f\x7f]", unquote(text) if scheme else text):
        raise _cannot(text, "It holds a control character: check for a line break that was pasted with it.")
    if scheme is None or scheme[1].lower() == "file":
        if scheme is None and _SCP_PASSWORD.fullmatch(text) and not os.path.lexists(text):
            raise _cannot(text, "An address of SSH takes no password. Leave it out and use a key, or give an https:// URL.")
        return Address(text)
    user, rest = _parted(text[scheme.end() :])
    bare = scheme[0] + rest
    if scheme[1].lower() not in ("http", "https"):
        if ":" in user:
            raise _cannot(text, f"{scheme[0]} takes no password. Leave it out, or give an https:// URL.")
        return Address(text)
    if "?" in rest or "#" in rest:
        raise _cannot(text, "Leave out what follows the ? or #. A token goes before the host: https://oauth2:TOKEN@host/path.")
    if not user:
        return Address(bare)
    name, colon, password = user.partition(":")
    return Address(bare, unquote(name), unquote(password) if colon else None, _spellings(user, name, password))


def secrets_in(word: str) -> tuple[str, ...]:
    """The passwords in a word of a command line, which may be an address or have one behind a `=`. Never raises."""
    found = _ADDRESS.search(word)
    if found is None:
        return ()
    user = _parted(found["rest"])[0]
    name, _, password = user.partition(":")
    return _spellings(user, name, password) if (user and found["scheme"].lower() != "ssh") or password else ()


def _parted(rest: str) -> tuple[str, str]:
    """User and password ("" where there is none), and the address from the host on."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, at, host = authority.rpartition("@")
    if _HOST.fullmatch(host) or "@" not in rest:
        return user, rest[len(user + at) :]
    raw = _RAW.fullmatch(rest)
    return (raw["user"], raw["rest"]) if raw else (user, rest[len(user + at) :])


def _spellings(user: str, name: str, password: str) -> tuple[str, ...]:
    """Longest first, so that no part of one remains. Of a name and a password only the password is secret."""
    secret = password or name
    kinds = {user, secret, unquote(secret), quote(unquote(secret), safe=""), quote(unquote(secret))}
    return tuple(sorted((kind for kind in kinds if len(kind) > 3), key=len, reverse=True))


def _cannot(text: str, remedy: str) -> UsageError:
    return UsageError(f"{shown(hidden_word(text))} cannot be used. {remedy}")
