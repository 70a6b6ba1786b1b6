"""Lines of texts that name a converted CronJob or its Jobs (the rows of `references` about lines): scripts, docs, alerts, CI."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.after.gone import Gone, job_of, named
from transformer.passkit import table
from transformer.repository.index import Index

LINES: Final = ("metric", "line", "from", "command", "label", "client")
_CLI: Final = re.compile(r"\b(?:kubectl|oc|k)\b")
_NAMESPACE: Final = re.compile(r"(?:\s|[\"'])(?:-n|--namespace)[=\s]?[\"']?([^\s\"'`,;]+)")
_MATCHER: Final = re.compile(r"""\b([A-Za-z_]\w*)\s*(=~|=|!=|!~)\s*\\*["']([^"'\\]*)""")
_LITERAL: Final = re.compile(r"[-A-Za-z0-9_]*")
_LONGEST_LINE: Final = 100_000
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
    lines = text.split("\n")
    taken: set[int] = set()
    for row in wanted:
        found = [(n, *hit) for n, line in enumerate(lines) if n not in taken if (hit := _hit(row, line, text, gone))]
        taken.update(n for n, *_ in found)
        for count, (n, whom, by_name) in enumerate(found[:_MOST]):
            yield Mention(row, path, n + 1, tuple(whom), by_name, len(found) - _MOST if count == _MOST - 1 else 0)


def _hit(row: Row, line: str, text: str, gone: Sequence[Gone]) -> tuple[Sequence[Gone], bool] | None:
    """The CronJobs that a line concerns, and whether it names them. None if there are none."""
    if len(line) > _LONGEST_LINE:
        line = line[:_LONGEST_LINE]
    if not any(word in line for word in row["words"]):
        return None
    for match in _pattern(row["pattern"]).finditer(line):
        whom, by_name = _READ[row["look"]](match, line, text, gone)
        if whom:
            return whom, by_name
    return None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


_Read = Callable[[re.Match[str], str, str, Sequence[Gone]], tuple[Sequence[Gone], bool]]


def _metric(match: re.Match[str], _line: str, _text: str, gone: Sequence[Gone]) -> tuple[Sequence[Gone], bool]:
    whom, by_name = list(gone), False
    for key, operator, value in _MATCHER.findall(match["labels"] or ""):
        if key in ("namespace", "exported_namespace") and operator in ("=", "=~"):
            whom = [g for g in whom if g.may_be_in(None) and (operator == "=~" or g.in_namespace(value))]
        elif key in ("cronjob", "job_name", "owner_name") and operator in ("=", "=~"):
            whom, by_name = [g for g in whom if _may_be(g.name, operator, value, job=key != "cronjob")], True
    return whom, by_name


def _may_be(name: str, operator: str, value: str, *, job: bool) -> bool:
    """Whether a matcher may match a name. Regular expressions of the repository are never run: their literal prefix is compared."""
    start = _LITERAL.match(value)
    begin = start[0] if start else ""
    if "$" in value or "{" in value or "|" in value or (operator == "=~" and begin != value):
        return begin.startswith(name) or name.startswith(begin) or "|" in value
    return value == name or (job and value.startswith(f"{name}-"))


def _label(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> tuple[Sequence[Gone], bool]:
    name = match["name"] or ""
    return _near(job_of(gone, name), line), bool(name)


def _everybody(_match: re.Match[str], _line: str, _text: str, gone: Sequence[Gone]) -> tuple[Sequence[Gone], bool]:
    return gone, False


def _from(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> tuple[Sequence[Gone], bool]:
    name = match["name"]
    return _near(named(gone, name), line), any(g.name == name for g in gone)


def _command(match: re.Match[str], line: str, _text: str, gone: Sequence[Gone]) -> tuple[Sequence[Gone], bool]:
    """`cronjob/NAME` anywhere. `cronjob NAME` only as an argument of kubectl."""
    if not match[0].partition(match["name"])[0].endswith("/") and not _CLI.search(line):
        return (), False
    return _near([g for g in gone if g.name == match["name"].rstrip(".")], line), True


def _client(_match: re.Match[str], _line: str, text: str, gone: Sequence[Gone]) -> tuple[Sequence[Gone], bool]:
    return [g for g in gone if f"'{g.name}'" in text or f'"{g.name}"' in text], True


def _near(gone: Sequence[Gone], line: str) -> list[Gone]:
    """The CronJobs that may be in the namespace that a command names."""
    named_there = _NAMESPACE.search(line)
    return [g for g in gone if g.in_namespace(named_there[1] if named_there else "")]


_READ: Final[Mapping[str, _Read]] = {
    "metric": _metric,
    "line": _everybody,
    "from": _from,
    "command": _command,
    "label": _label,
    "client": _client,
}
