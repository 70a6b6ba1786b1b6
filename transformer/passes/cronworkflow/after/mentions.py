"""Lines of texts that name a converted CronJob or its Jobs (the rows of `references` about lines): scripts, docs, alerts, CI."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.after import commands, expressions
from transformer.passes.cronworkflow.after.commands import Named
from transformer.passes.cronworkflow.after.expressions import Hit
from transformer.passes.cronworkflow.after.gone import Gone
from transformer.passkit import table
from transformer.repository.index import Index

_LONGEST_LINE: Final = 100_000
_LONGEST_COMMAND: Final = 10_000
_TRIES: Final = 50  # places of one command
_MOST: Final = 20  # findings for one row in one file


@dataclass(frozen=True, slots=True)
class Mention:
    row: Row
    file: str
    line: int
    whom: tuple[Gone, ...]
    by_name: bool
    more: int = 0  # further lines of the file


def mentions(gone: Sequence[Gone], index: Index) -> Iterator[Mention]:
    """The mentions in manifests, then those in other texts."""
    rows = [r for r in table("references").rows if r["look"] in LINES]
    for path in index.paths:
        yield from _in_file(path, index.files[path], rows, gone)
    for path, raw in index.other_texts():
        yield from _in_file(path, raw, rows, gone)


def _in_file(path: str, raw: bytes, rows: Sequence[Row], gone: Sequence[Gone]) -> Iterator[Mention]:
    wanted = [r for r in rows if any(word.encode() in raw for word in r["words"])]
    if not wanted or b"\0" in raw:
        return
    text = raw.decode("utf-8", "replace")
    starts = _starts(text)
    taken: set[int] = set()
    for row in wanted:
        each = _whole(row, text, starts, gone) if row["look"] in _IN_TEXTS else _by_line(row, text, gone)
        found = {n: (hit, lines) for n, hit, lines in each if taken.isdisjoint(lines)}
        taken.update(*(lines for _, lines in found.values()))
        for count, (n, ((whom, by_name), _)) in enumerate(list(found.items())[:_MOST]):
            yield Mention(row, path, n + 1, tuple(whom), by_name, len(found) - _MOST if count == _MOST - 1 else 0)


def _starts(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(m.end() for m in re.finditer("\n", text))]


def _whole(row: Row, text: str, starts: list[int], gone: Sequence[Gone]) -> Iterator[tuple[int, Named, range]]:
    """(number of the line, hit, all its lines): an expression may go over several lines."""
    look = _IN_TEXTS[row["look"]]
    for match in _pattern(row["pattern"]).finditer(text):
        line = bisect_right(starts, match.start()) - 1
        if match.start() - starts[line] > _LONGEST_LINE:
            continue
        if hit := look(match, text[starts[line] : match.start()], gone):
            at = bisect_right(starts, hit[2]) - 1
            yield at, hit[:2], range(at, at + 1)


def _by_line(row: Row, text: str, gone: Sequence[Gone]) -> Iterator[tuple[int, Named, range]]:
    """(number of the line, hit, all its lines). A line that ends with a backslash goes on in the next one."""
    look = _IN_LINES[row["look"]]
    for number, line in _commands(text):
        if not any(word in line for word in row["words"]):
            continue
        for match in islice(_pattern(row["pattern"]).finditer(line), _TRIES):
            whom, by_name = look(match, line, text, gone)
            if whom:
                at = number + line.count("\n", 0, match.start())
                yield at, (whom, by_name), range(number, number + line.count("\n") + 1)
                break


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of each line, with those that continue it."""
    held: list[str] = []
    for number, line in enumerate(text.split("\n")):
        held.append(line[:_LONGEST_COMMAND])
        if not line.rstrip("\r").endswith("\\") or len(held) >= _MOST:
            yield number - len(held) + 1, "\n".join(held)
            held = []
    if held:
        yield text.count("\n") - len(held) + 1, "\n".join(held)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _everybody(_match: re.Match[str], _line: str, _text: str, gone: Sequence[Gone]) -> Named:
    return gone, False


_IN_TEXTS: Final[Mapping[str, Callable[[re.Match[str], str, Sequence[Gone]], Hit | None]]] = {
    "metric": expressions.metric,
    "container": expressions.container,
}
_IN_LINES: Final[Mapping[str, Callable[[re.Match[str], str, str, Sequence[Gone]], Named]]] = {
    "line": _everybody,
    "from": commands.from_cronjob,
    "command": commands.command,
    "label": commands.label,
    "client": commands.client,
    "jobs": commands.jobs,
    "container-command": commands.container,
    "log-field": commands.log_field,
}
LINES: Final = (*_IN_TEXTS, *_IN_LINES)
