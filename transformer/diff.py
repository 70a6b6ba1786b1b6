"""Differences: of texts as unified hunks, and of plain data in words. The only door to deepdiff, which loads slowly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, TypeAlias

from transformer.model import pointer
from transformer.redaction import Spans, lines_of, masked

_MANY_LINES: Final = 4_000  # beyond, difflib may take popular lines for noise: a longer diff, in time
_MANY_NODES: Final = 100_000  # deepdiff does not return on expanded alias bombs (architecture §9)
_LONG: Final = 60


Show: TypeAlias = Callable[[str, Spans], Sequence[str]]


def as_it_is(text: str, _: Spans) -> list[str]:
    return lines_of(text)


def unified(path: str, old: str, new: str, *, context: int = 3, show: Show = masked) -> str:
    """A diff as git prints it, or nothing where the texts are equal. `show` gives the lines as they may be printed, in these spans."""
    return unified_each(path, old, new, show, context=context)[0]


def unified_each(path: str, old: str, new: str, *shows: Show, context: int = 3) -> tuple[str, ...]:
    """The same diff, printed in several ways."""
    if old == new:
        return ("",) * len(shows)
    groups = _groups(lines_of(old), lines_of(new), context)
    of_old, of_new = [(g[0][1], g[-1][2]) for g in groups], [(g[0][3], g[-1][4]) for g in groups]
    return tuple(_printed(path, groups, show(old, of_old), show(new, of_new)) for show in shows)


def replacements(old: str, new: str) -> Iterator[tuple[int, int, int, int]]:
    """Lines of the old text, from 0, that lines of the new one replace: (first, behind the last, first, behind the last)."""
    for group in _groups(lines_of(old), lines_of(new), 0):
        yield from (rest for tag, *rest in group if tag != "equal")  # type: ignore[misc]


def _printed(path: str, groups: Sequence[Sequence[tuple[str, int, int, int, int]]], a: Sequence[str], b: Sequence[str]) -> str:
    out = [f"--- a/{path}\n", f"+++ b/{path}\n"]
    for group in groups:
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        out.append(f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@\n")
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                out += [_line(" ", line) for line in a[a1:a2]]
            else:
                out += [_line("-", line) for line in a[a1:a2]]
                out += [_line("+", line) for line in b[b1:b2]]
    return "".join(out)


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> str:
    length = stop - start
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"


def _groups(a: list[str], b: list[str], context: int) -> list[list[tuple[str, int, int, int, int]]]:
    """Grouped opcodes; what both texts begin and end with is set aside first, but for the context."""
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    head, tail = max(head - context, 0), max(tail - context, 0)
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    matcher = SequenceMatcher(None, middle_a, middle_b, autojunk=len(middle_a) + len(middle_b) > _MANY_LINES)
    return [
        [(tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in group]
        for group in matcher.get_grouped_opcodes(context)
    ]


def _common(a: list[str], b: list[str]) -> int:
    for n, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return n
    return min(len(a), len(b))


def explain(before: Any, after: Any, *, most: int = 20, values: bool = True) -> list[str]:
    """Where two values differ, in words, sorted by place: `/spec/schedule: "0 * * * *" became "@hourly"`.

    Without `values` only places are told: for Secrets."""
    if not _small(before) or not _small(after):
        return [] if before == after else ["they differ; too large to say where"]
    from deepdiff import DeepDiff

    found: list[tuple[str, str]] = []
    tree = DeepDiff(before, after, view="tree", ignore_nan_inequality=True, verbose_level=2, threshold_to_diff_deeper=0)
    for change, items in tree.items():
        for item in items:
            place = pointer(tuple(item.path(output_format="list"))) or "/"
            found.append((place, _words(str(change), item) if values else "differs"))
    found.sort()
    told = [f"{place}: {words}" for place, words in found[:most]]
    return told + ([f"and {len(found) - most} more"] if len(found) > most else [])


def _words(change: str, item: Any) -> str:
    if change.endswith("_added"):
        return f"new: {_brief(item.t2)}"
    if change.endswith("_removed"):
        return f"gone: {_brief(item.t1)}"
    return f"{_brief(item.t1)} became {_brief(item.t2)}"


def _brief(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _small(value: Any) -> bool:
    """Counts nodes, and stops counting at the limit."""
    left, stack = _MANY_NODES, [value]
    while stack and left:
        here = stack.pop()
        left -= 1
        if isinstance(here, dict):
            stack += here.values()
        elif isinstance(here, (list, tuple)):
            stack += here
    return bool(left)
