"""Cron expressions as Kubernetes and Argo read them: both use robfig/cron v3 `ParseStandard` (argo.md 3.4).

What one accepts the other does, apart from the pattern of Argo's full CRDs, which takes fewer spellings: `plain` gives
one that every version takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

MACROS: Final[Mapping[str, str]] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = {m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
_DAYS = {d: i for i, d in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}


_LETTERS: Final = re.compile(r"[A-Za-z]+")
# The patterns of Argo's full CRDs.
_PATTERN: Final = r"@({macros})|([{field}]+[ \t\n\f\r]+){{4}}[{field}]+"
_PLAIN: Final = re.compile(_PATTERN.format(macros="|".join(m[1:] for m in MACROS), field="0-9*,/?-"))
_WITH_NAMES: Final = re.compile(_PATTERN.format(macros="|".join(m[1:] for m in MACROS), field="A-Za-z0-9*,/?-"))
_EVERY: Final = re.compile(r"@every[ \t\n\f\r]+([0-9]+(ns|us|µs|ms|s|m|h))+")


def taken_by_crds(text: str, *, names: bool) -> bool:
    """Whether the pattern of Argo's full CRDs takes this spelling; `names`: of a release that takes names of days and months."""
    return bool((_WITH_NAMES if names else _PLAIN).fullmatch(text) or _EVERY.fullmatch(text))


class ScheduleError(ValueError):
    """No schedule of either side; says which part is wrong."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    name: str
    low: int
    high: int
    names: Mapping[str, int]


_FIELDS: Final = (
    _Bounds("minute", 0, 59, {}),
    _Bounds("hour", 0, 23, {}),
    _Bounds("day of month", 1, 31, {}),
    _Bounds("month", 1, 12, _MONTHS),
    _Bounds("day of week", 0, 6, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times it names. `any_day` and `any_weekday`: the field was `*` or `?`, so that the other one decides alone;
    where both are restricted, a day matches that fits either."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A schedule's text taken apart: the zone of a `TZ=` prefix, the period of `@every` in seconds, else five fields."""

    text: str
    zone: str = ""
    every: float | None = None
    schedule: Schedule | None = None


def parse(text: str) -> Source:
    """Raises ScheduleError. Blanks around a macro or before a `TZ=` are an error there, around five fields they are not."""
    body, zone = text, ""
    if body.startswith(("TZ=", "CRON_TZ=")):
        prefix, _, body = body.partition(" ")
        zone, body = prefix.partition("=")[2] or "UTC", body.strip()
    if body.startswith("@every "):
        return Source(body, zone, every=duration(body.removeprefix("@every ")))
    if body.startswith("@"):
        if body not in MACROS:
            raise ScheduleError(f"{body!r} is no macro; there is: {', '.join(MACROS)}, @every")
        return Source(body, zone, schedule=_fields(MACROS[body]))
    return Source(body.strip(), zone, schedule=_fields(body))


def plain(text: str, *, names: bool = False) -> str:
    """The same schedule as the full CRDs from 4.0 on take it: with numbers instead of names where they take none (argo.md 3.4)."""
    if (_WITH_NAMES if names else _PLAIN).fullmatch(text):
        return text
    fields = [f.replace("+", "") for f in text.split()]
    if not names:
        fields = [_LETTERS.sub(partial(_spelt, bounds), f) for f, bounds in zip(fields, _FIELDS, strict=True)]
    return " ".join(fields)


def _spelt(bounds: _Bounds, name: re.Match[str]) -> str:
    return str(bounds.names.get(name[0].lower(), name[0]))


def as_fields(seconds: float) -> str | None:
    """Five fields that run as often as `@every` with this period, where the period divides an hour or a day evenly."""
    minutes = int(seconds // 60)
    if minutes * 60 != seconds or minutes < 1:
        return None
    if minutes < 60 and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    hours = minutes // 60
    if hours * 60 == minutes and 24 % hours == 0:
        return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
    return None


_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")


_MOST_OF_A_DURATION: Final = 1_000  # characters
_LONGEST: Final = 2**63 / 1e9  # seconds: nanoseconds in 64 bits


def duration(text: str) -> float:
    """Seconds of a Go duration; robfig rounds down to whole seconds and takes at least one."""
    body = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    parts = _DURATION.findall(body) if len(body) <= _MOST_OF_A_DURATION else []
    if body != "0" and (not parts or "".join(number + unit for number, unit in parts) != body):
        raise ScheduleError(f"{text[:40]!r} is no duration such as 1h30m")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if seconds > _LONGEST:
        raise ScheduleError(f"{body[:40]!r} is longer than Go's durations, which end at 292 years")
    return float(max(int(0.0 if text.startswith("-") else seconds), 1))


def _fields(text: str) -> Schedule:
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ScheduleError(f"it has {len(fields)} field{'s'[: len(fields) != 1]} instead of five")
    minutes, hours, days, months, weekdays = (_field(f, b) for f, b in zip(fields, _FIELDS, strict=True))
    return Schedule(minutes[0], hours[0], days[0], months[0], weekdays[0], days[1], weekdays[1])


def _field(text: str, bounds: _Bounds) -> tuple[frozenset[int], bool]:
    """The values, and whether the field is a plain `*` or `?`."""
    values: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):
        found, any_value = _range(part, bounds)
        values |= found
        star |= any_value
    return frozenset(values), star


def _range(text: str, bounds: _Bounds) -> tuple[frozenset[int], bool]:
    span, *steps = text.split("/")
    low, *rest = span.split("-")
    star = low in ("*", "?")  # whatever follows a hyphen then is not read
    if len(steps) > 1 or (len(rest) > 1 and not star):
        raise ScheduleError(f"{bounds.name} {text}: too many slashes or hyphens")
    step = _number(steps[0], {}, bounds) if steps else 1
    first = bounds.low if star else _number(low, bounds.names, bounds)
    last = bounds.high if star or (steps and not rest) else _number(rest[0], bounds.names, bounds) if rest else first
    if step < 1 or not bounds.low <= first <= last <= bounds.high:
        raise ScheduleError(f"{bounds.name} {text}: it must lie in {bounds.low}-{bounds.high}, in rising order, with a step above 0")
    return frozenset(range(first, last + 1, step)), star and step == 1


def _number(text: str, names: Mapping[str, int], bounds: _Bounds) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not re.fullmatch(r"\+?[0-9]{1,18}", text):
        raise ScheduleError(f"{bounds.name} {text!r} is no number")
    return int(text)
