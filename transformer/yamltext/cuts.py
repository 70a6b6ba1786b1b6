"""Spans of the old text with their replacements, and the one function that joins them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from transformer.yamltext.edit import Refused


@dataclass(frozen=True, slots=True)
class Cut:
    start: int
    end: int
    text: str
    column: int = 0  # of what is put in: where two meet, the deeper one belongs to what stands above
    within: int = -1  # head of the moved entry at whose very end it is put in, and with which it goes


def joined(text: str, start: int, end: int, cuts: Iterable[Cut]) -> str:
    """text[start:end] with the cuts that lie in it. A cut inside a larger one went with it; crossing ones are refused."""
    inside = [c for c in cuts if start <= c.start and c.end <= end]
    inside.sort(key=lambda c: (c.start, c.end > c.start, -c.column, -c.end))
    out: list[str] = []
    at = start
    for cut in inside:
        if cut.start < at:
            if cut.end > at:
                raise Refused(f"two changes overlap near {text[cut.start : cut.start + 30]!r}")
            continue
        out += (text[at : cut.start], cut.text)
        at = cut.end
    out.append(text[at:end])
    return "".join(out)
