"""Foreign text on its way to a person: without passwords, without control characters, and not longer than is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from transformer.output import on_one_line

HIDDEN: Final = "***"
SAID_BYTES: Final = 4_000
# What may stand between `://` and `@`. A slash in it is no part of a user by the book, but some passwords hold one.
# SSH's user (`ssh://git@host`) is no secret.
_IN_URL: Final = re.compile(r"(\w://)(?:[^\s/@:'\"]{0,256}:[^\s'\"]{0,1024}|(?<!ssh://)[^\s/'\"]{0,1024})@")
_IN_SCP: Final = re.compile(r"(?<![\w./:@-])([\w.+-]{1,64}):(?!//)[^\s:@'\"][^\s'\"]{0,256}@(?=[\w.-]{1,255}[:/])")
_QUERY: Final = re.compile(r"([?&;](?!service=)[^=&\s'\"]{1,64}=)[^&\s'\"]{1,2048}")
_WHOLE_URL: Final = re.compile(r"(?P<head>.*?\w://)(?P<user>.*)@(?P<rest>.*)", re.DOTALL)


def shown(text: str) -> str:
    """A path or a name for a message: undecodable bytes and control characters are escaped."""
    return on_one_line(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def hidden(text: str, secrets: Iterable[str] = ()) -> str:
    """A text without passwords: the ones that are known, and what looks like one in a URL."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    if "://" in text or "@" in text:
        text = _IN_URL.sub(rf"\1{HIDDEN}@", text)
        text = _IN_SCP.sub(rf"\1:{HIDDEN}@", text)
    return _QUERY.sub(rf"\1{HIDDEN}", text) if "://" in text else text


def hidden_word(word: str) -> str:
    """A word of a command line without passwords. Its end is known, so a password may hold spaces and quotes."""
    whole = _WHOLE_URL.fullmatch(word)
    if whole and (":" in whole["user"] or ("/" not in whole["user"] and not whole["head"].endswith("ssh://"))):
        word = f"{whole['head']}{HIDDEN}@{whole['rest']}"
    return hidden(word)


def said(stderr: bytes, secrets: Iterable[str] = ()) -> str:
    """git's own words, without `fatal:`, hints and secrets, on one line. Of a long text, its beginning and its end."""
    for secret in secrets:
        stderr = stderr.replace(secret.encode("utf-8", "surrogateescape"), HIDDEN.encode())
    if len(stderr) > SAID_BYTES:
        stderr = _ends(stderr, SAID_BYTES // 2)
    lines = stderr.decode("utf-8", "replace").splitlines()
    kept = [re.sub(r"^(fatal|error): ", "", line).strip() for line in lines if not line.startswith(("hint:", "warning:"))]
    return shown(hidden("; ".join(line for line in kept if line), secrets))


def _ends(text: bytes, size: int) -> bytes:
    """The first and the last words; a word that is cut would be an address whose password is no longer recognised."""
    first, last = text[:size].rsplit(None, 1)[:1], text[-size:].split(None, 1)[1:]
    return b" [...] ".join((b"".join(first), b"".join(last)))
