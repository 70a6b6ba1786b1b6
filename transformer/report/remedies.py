"""Remedies that differ in names only are printed once, with a table of the names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"[\w./:@-]+|.", re.DOTALL)
_MOST: Final = 3  # names that may differ; more is another remedy


@dataclass(frozen=True, slots=True)
class Common:
    """`text` has `<1>`, `<2>`, ... where the remedies differ; `names` says for each remedy what stands there."""

    text: str
    names: tuple[tuple[str, ...], ...]


def in_common(remedies: Sequence[str]) -> Common | None:
    """What different remedies have in common, if they differ in a few words only."""
    split = [_TOKEN.findall(r) for r in remedies]
    if len({len(tokens) for tokens in split}) != 1:
        return None
    columns = list(zip(*split, strict=True))
    varying = list(dict.fromkeys(column for column in columns if len(set(column)) > 1))
    if not 0 < len(varying) <= _MOST or any("<" in text for text in remedies):
        return None
    text = "".join(f"<{varying.index(column) + 1}>" if column in varying else column[0] for column in columns)
    return Common(text, tuple(zip(*varying, strict=True)))
