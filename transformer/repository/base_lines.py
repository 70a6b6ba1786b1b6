"""Where the lines of a converted text come from, so that a report names places that the reviewer has before him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

Column: TypeAlias = Callable[[int], int]  # of what is looked for in a line of the present text

LEAD: Final = " -"  # an indent, and the dash that a line gets or loses where it moves


@dataclass(frozen=True, slots=True)
class BaseLines:
    """`lines[n-1]`: the line of the base's text that line n comes from, or stands behind. `shifts[n-1]`: by how much its
    columns were further right there; None where the base has no such line. Without lines the text is the base's."""

    lines: tuple[int, ...] = ()
    shifts: tuple[int | None, ...] = ()

    def line(self, number: int) -> int:
        return self.lines[min(number, len(self.lines)) - 1] if self.lines else number

    def place(self, first: int, last: int, column: Column) -> tuple[int, int]:
        """Line and column, in the base, of what stands from `first` to `last`: of its first line that the base has."""
        if not self.lines:
            return first, column(first)
        for number in range(first, min(last, len(self.lines)) + 1):
            shift = self.shifts[number - 1]
            if shift is not None:
                return self.lines[number - 1], max(column(number) + shift, 1)
        return self.line(first), 1


SAME: Final = BaseLines()


def carried(old: str, new: str, known: BaseLines) -> BaseLines:
    """The lines of a new text by those of the text before it, which `known` leads to the base."""
    a, b = old.split("\n"), new.split("\n")
    base = known.lines or tuple(range(1, len(a) + 1))
    shifts = known.shifts or (0,) * len(a)
    head, tail = _same_ends(a, b)
    places: dict[str, list[int]] = {}
    for n in range(len(a) - tail - 1, head - 1, -1):
        places.setdefault(a[n].strip(" -\r"), []).append(n)
    lines, moved, last = list(base[:head]), list(shifts[:head]), head
    for line in b[head : len(b) - tail]:
        found = places.get(line.strip(" -\r"))
        shift = None
        if found and line.strip():
            last = found.pop()
            before = shifts[last]
            shift = before + _lead(a[last]) - _lead(line) if before is not None else None
        lines.append(base[min(last, len(base) - 1)])
        moved.append(shift)
    return BaseLines((*lines, *base[len(a) - tail :]), (*moved, *shifts[len(a) - tail :]))


def _same_ends(a: list[str], b: list[str]) -> tuple[int, int]:
    """How many lines are the same at the start, and at the end."""
    shorter, head, tail = min(len(a), len(b)), 0, 0
    while head < shorter and a[head] == b[head]:
        head += 1
    while tail < shorter - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    return head, tail


def _lead(line: str) -> int:
    return len(line) - len(line.lstrip(LEAD))
