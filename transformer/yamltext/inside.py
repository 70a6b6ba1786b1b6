"""A string that changes in a few places only: those bytes, in whatever style it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from transformer.yamltext.load import load
from transformer.yamltext.scalars import double_quoted
from transformer.yamltext.stream import ParseError

_WORDS: Final = re.compile(r"\w+|\W")
_LONG: Final = 4000  # beyond, one piece from the first difference of a line to its last


@dataclass(frozen=True, slots=True)
class _Piece:
    """`old`, at an offset of the old string, becomes `new`."""

    at: int
    old: str
    new: str


def respelt(raw: str, old: str, new: str, *, style: str, column: int, flow: bool) -> str | None:
    """The text of a scalar below an entry in this column with the new string, or None where it must be written anew."""
    pieces = list(_pieces(old, new))
    text, end = [], 0
    for piece in pieces:
        start = _nth(raw, piece.old, old.count(piece.old, 0, piece.at)) if raw.count(piece.old) == old.count(piece.old) else -1
        if start < end:
            return None
        text += [raw[end:start], _spelt(piece.new, style)]
        end = start + len(piece.old)
    found = "".join([*text, raw[end:]])
    return found if pieces and _reads_as(found, new, column, flow) else None


def _pieces(old: str, new: str) -> Iterator[_Piece]:
    """Line by line; none where lines come or go."""
    before, after = old.split("\n"), new.split("\n")
    if len(before) != len(after):
        return
    at = 0
    for a, b in zip(before, after, strict=True):
        if a != b:
            yield from (_Piece(at + n, x, y) for n, x, y in _differences(a, b))
        at += len(a) + 1


def _differences(a: str, b: str) -> Iterator[tuple[int, str, str]]:
    if len(a) > _LONG:
        start = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        end = next((n for n, (x, y) in enumerate(zip(reversed(a[start:]), reversed(b[start:]), strict=False)) if x != y), 0)
        yield _anchored(a, start, len(a) - end, b[start : len(b) - end])
        return
    words, others = _WORDS.findall(a), _WORDS.findall(b)
    at = [0]
    for word in words:
        at.append(at[-1] + len(word))
    for op, i, j, k, m in SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        if op != "equal":
            yield _anchored(a, at[i], at[j], "".join(others[k:m]))


def _anchored(line: str, start: int, end: int, new: str) -> tuple[int, str, str]:
    """Something that is only added stands with the character before it, or behind."""
    if start < end or not line:
        return start, line[start:end], new
    if start:
        return start - 1, line[start - 1], line[start - 1] + new
    return 0, line[0], new + line[0]


def _nth(raw: str, word: str, n: int) -> int:
    at = -1
    for _ in range(n + 1):
        at = raw.find(word, at + len(word) if at >= 0 else 0)
        if at < 0:
            return -1
    return at


def _spelt(text: str, style: str) -> str:
    if style == '"':
        return double_quoted(text)[1:-1]
    return text.replace("'", "''") if style == "'" else text


def _reads_as(raw: str, value: str, column: int, flow: bool) -> bool:
    try:
        return bool(load(f"[{raw}]\n" if flow else f"{' ' * column}k: {raw}\n")[0] == ([value] if flow else {"k": value}))
    except (ParseError, KeyError, IndexError, TypeError):
        return False
