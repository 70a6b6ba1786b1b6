"""Credentials as they are told by their names and by their shapes.

The shapes are those that their makers publish: GitHub's "About authentication" (ghp_, gho_, github_pat_), GitLab's token
overview (glpat-), Slack's "Token types" (xox), AWS's "IAM identifiers" (AKIA, ASIA), Google's API keys (AIza), Stripe's
"API keys" (sk_live_), npm's token format (npm_), RFC 7519 (eyJ...eyJ), RFC 7468 (-----BEGIN ... PRIVATE KEY-----).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "<redacted>"
_WORD: Final = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|bearer|(?:api|access|secret|private|signing|encryption|auth)[_.-]?key"
    r"|client[_.-]?secret|connection[_.-]?string|dsn)"
)
_IS_NAME: Final = re.compile(
    rf"(?:.{{0,100}}[^A-Za-z]|.{{0,100}}[a-z](?=[A-Z])|[A-Z0-9]{{0,20}})?{_WORD}[_0-9]{{0,4}}", re.IGNORECASE | re.DOTALL
)
# `name: X_PASSWORD`, behind which a `value:` stands; and a flag with its value in the next item.
_NAMED: Final = rf"{_WORD}[_0-9]{{0,4}}[\"']?[ \t]*(?:[,\n\r}}]|$)"
_NAMED_IN_ANY: Final = re.compile(_NAMED, re.IGNORECASE)
_NAMED_IN_LOWER: Final = re.compile(_NAMED)  # five times as fast
# NAME=value, name: value, --name=value and --name value, on one line. A reference is no value.
_GIVEN: Final = re.compile(
    r"((?:\b|_)(?:pass(?:word|wd|phrase|code)|pwd|token|(?:api|access|secret|private|signing|encryption|auth)[_.-]?key|client[_.-]?secret"
    r"|[A-Z0-9]{1,40}_SECRET|connection[_.-]?string)[_0-9]{0,4}[\"']?(?:[ \t]{0,9}[:=][ \t]{0,9}|(?<=-password)[ \t]{1,9}))"
    r"(?!\$[({]|\{\{|[\"']?(?:\$[({]|\{\{)|[&*|>\[{#]|(?:true|false|null|yes|no|[\"']{2})\b)([\"']?)([^\s\"',;}\]]{1,4096})",
    re.IGNORECASE,
)
_SHAPES: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{60,255}\b|\bglpat-[A-Za-z0-9_-]{20,64}\b"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,255}|\bAIza[A-Za-z0-9_-]{35}|\b[sr]k_live_[A-Za-z0-9]{20,255}|\bnpm_[A-Za-z0-9]{36}\b"
    r"|\beyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10,4096}(?:\.[A-Za-z0-9_-]{1,4096})?|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.{0,4096}"
)
_URL: Final = re.compile(r"(\w://[^\s/@:'\"]{0,256}:)[^\s/@'\"]{1,1024}@")
# A part of each of the three above, in lower case.
_STEMS: Final = re.compile(
    r"pass|pwd|token|key|secret|connection|://|akia|asia|gh[pousr]_|github_pat_|glpat-|xox|aiza|k_live_|npm_|eyj|-----begin"
)
_LONG: Final = 1_000_000


def is_name(text: str) -> bool:
    """Whether a variable, a flag or a key of this name holds a credential."""
    return len(text) <= 200 and _IS_NAME.fullmatch(text) is not None


def without(line: str) -> str:
    """A line without the credentials that are told by themselves; the end of the line stays."""
    if len(line) > _LONG:
        return line
    line = _GIVEN.sub(lambda m: f"{m[1]}{m[2]}{HIDDEN}", line)
    line = _URL.sub(lambda m: f"{m[1]}{HIDDEN}@", line)
    return _SHAPES.sub(lambda _: HIDDEN, line)


def suspects(text: str) -> Iterable[int]:
    """The lines, from 0, out of which `without` may take something: all where ASCII does not tell what lower case is."""
    if not text.isascii():
        return range(text.count("\n") + 1)
    lower = text.lower()
    found: list[int] = []
    line = end = 0
    for hit in _STEMS.finditer(lower):
        line += lower.count("\n", end, hit.end())
        end = hit.end()
        if not found or found[-1] != line:
            found.append(line)
    return found


def names_one(text: str) -> bool:
    """Whether a text may name a credential whose value stands in the next item or key."""
    return (_NAMED_IN_LOWER.search(text.lower()) if text.isascii() else _NAMED_IN_ANY.search(text)) is not None
