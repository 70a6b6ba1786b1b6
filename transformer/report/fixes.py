"""What a resource's file would be, as replacements of lines: for programs that offer a fix beside a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from transformer.diff import replacements
from transformer.model import Plan
from transformer.redaction import hidden_lines, lines_of
from transformer.report.by_resource import Became, by_resource


@dataclass(frozen=True, slots=True)
class Replacement:
    """`text` in the place of what stands from one position up to another one; lines and columns count from 1."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def fixes(plan: Plan) -> Mapping[tuple[str, int], tuple[Replacement, ...]]:
    """By file and line of a changed resource. None for one that changes only together with others, and none that shows a secret."""
    bound = {who.file for group in plan.groups if len(group.files) > 1 or len(group.resources) > 1 for who in group.resources}
    starts: dict[str, list[int]] = {}
    for s in by_resource(plan):
        if s.verdict in (Became.CONVERTED, Became.CHANGED) and s.file in plan.old and s.file not in bound:
            starts.setdefault(s.file, []).append(s.line)
    found: dict[tuple[str, int], list[Replacement]] = {}
    for file, lines in starts.items():
        for replacement in _of_file(plan.old[file], plan.new[file]):
            owner = max((line for line in lines if line <= replacement.start[0]), default=min(lines))
            found.setdefault((file, owner), []).append(replacement)
    return {key: tuple(held) for key, held in found.items()}


def _of_file(old: bytes, new: bytes) -> Iterator[Replacement]:
    """None where a replaced or a written line holds a secret."""
    try:
        before, after = (text.decode("utf-8").removeprefix("\ufeff") for text in (old, new))
    except UnicodeDecodeError:
        return
    lines, made = lines_of(before), lines_of(after)
    secret, new_secret = hidden_lines(before), hidden_lines(after)
    whole = []
    for first, last, start, stop in replacements(before, after):
        if any(n + 1 in secret for n in range(first, last)) or any(n + 1 in new_secret for n in range(start, stop)):
            return
        whole.append(Replacement(_position(lines, first), _position(lines, last), "".join(made[start:stop])))
    yield from whole


def _position(lines: list[str], number: int) -> tuple[int, int]:
    """Before the line with this number from 0; behind the last one there may be no line break."""
    if number == len(lines) and lines and not lines[-1].endswith("\n"):
        return number, len(lines[-1]) + 1
    return number + 1, 1
