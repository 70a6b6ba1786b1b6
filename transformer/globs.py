"""Globs over POSIX paths: `*` and `?` stay inside a folder, `**` crosses folders, `[a-z]` is a set, `{a,b}` is plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test whether a path, relative to the source's root, matches any of the patterns. A pattern that ends with `/`
    names everything below that folder."""
    parts = [_regex(p) for p in patterns]
    if not parts:
        return lambda path: False
    whole = re.compile("|".join(f"(?:{p})" for p in parts), re.DOTALL)
    return lambda path: whole.fullmatch(path) is not None


def _regex(pattern: str) -> str:
    text = pattern.removeprefix("./")
    if text.endswith("/"):
        text += "**"
    out = []
    at = 0
    while at < len(text):
        piece, at = _piece(text, at)
        out.append(piece)
    return "".join(out)


def _piece(text: str, at: int) -> tuple[str, int]:
    """The regular expression of what stands at `at`, and where the next piece begins."""
    if text.startswith("**/", at) and (at == 0 or text[at - 1] == "/"):
        return "(?:[^/]+/)*", at + 3
    if text.startswith("**", at):
        return ".*", at + 2
    char = text[at]
    if char == "*":
        return "[^/]*", at + 1
    if char == "?":
        return "[^/]", at + 1
    end = text.find("]", at + 2) if char == "[" else -1
    if end > 0:
        body = text[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
        return f"(?!/)[{'^' + body[1:] if body.startswith('!') else body.replace('^', chr(92) + '^', 1)}]", end + 1
    return re.escape(char), at + 1
