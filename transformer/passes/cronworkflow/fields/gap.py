"""The longest time between two runs of a schedule.

Argo starts a missed run late only within `startingDeadlineSeconds`. Kubernetes has no limit where the field is absent. A deadline of
the longest gap gives the same behaviour (argo.md 3.3). If the rules of a time zone change later, at most one run is affected.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from typing import Final

from transformer.kubernetes.cron import Schedule

_DAY: Final = timedelta(days=1)
# Weekdays and leap years repeat after 28 years, except around 2100, which is not a leap year: 29 February is then 8 years away.
_FIRST, _LAST = date(2072, 1, 1), date(2105, 12, 31)
# One such cycle, so that every change of clocks falls on every weekday.
_YEARS: Final = range(2026, 2054)


@cache
def longest_gap(schedule: Schedule, zone: tzinfo) -> int | None:
    """Seconds, or None for a schedule that never runs."""
    steady = _steady(schedule)
    if steady is None:
        return None
    years = _YEARS[:2] if _every_day(schedule) else _YEARS
    return max([steady, *(_around(schedule, zone, moment) for moment in _transitions(zone, years))])


def _every_day(schedule: Schedule) -> bool:
    return schedule.any_day and schedule.any_weekday and len(schedule.months) == 12


def matches(schedule: Schedule, day: date) -> bool:
    if day.month not in schedule.months:
        return False
    by_date, by_weekday = day.day in schedule.days, day.isoweekday() % 7 in schedule.weekdays
    if schedule.any_day or schedule.any_weekday:
        return by_date and by_weekday
    return by_date or by_weekday


def _steady(schedule: Schedule) -> int | None:
    """The longest gap where clocks never change."""
    times = sorted(h * 3600 + m * 60 for h in schedule.hours for m in schedule.minutes)
    if not times:
        return None
    within = max((b - a for a, b in pairwise(times)), default=0)
    days = _longest_days(schedule)
    return None if days is None else max(within, days * 86400 - (times[-1] - times[0]))


def _longest_days(schedule: Schedule) -> int | None:
    if len(schedule.months) == 12 and len(schedule.days) == 31:
        first, last = date(2024, 1, 1), date(2024, 1, 31)  # only weekdays count
    else:
        first, last = _FIRST, _LAST
    hits = [n for n in range(first.toordinal(), last.toordinal() + 1) if matches(schedule, date.fromordinal(n))]
    return max((b - a for a, b in pairwise(hits)), default=None)


def _transitions(zone: tzinfo, years: range) -> Iterator[datetime]:
    """Midnights, in UTC, before each day on which the zone's clocks change."""
    day = datetime(years.start, 1, 1, tzinfo=UTC)
    end = datetime(years.stop, 1, 1, tzinfo=UTC)
    step = timedelta(days=7)
    while day < end:
        if day.astimezone(zone).utcoffset() != (day + step).astimezone(zone).utcoffset():
            week = (day + n * _DAY for n in range(7))
            yield from (d for d in week if d.astimezone(zone).utcoffset() != (d + _DAY).astimezone(zone).utcoffset())
        day += step


def _around(schedule: Schedule, zone: tzinfo, day: datetime) -> int:
    """The longest gap among the runs from the last one before `day` to the first one after it."""
    before = next(_runs(schedule, zone, day, -1))
    runs = [before]
    for run in _runs(schedule, zone, before, 1):
        runs.append(run)
        if run > day + 2 * _DAY:
            break
    return max(int((b - a).total_seconds()) for a, b in pairwise(runs))


def _runs(schedule: Schedule, zone: tzinfo, start: datetime, step: int) -> Iterator[datetime]:
    """Times in UTC after `start`, or before it with step -1. Local times that the clocks skip are left out."""
    local = start.astimezone(zone).date()
    clock = [time(h, m) for h in sorted(schedule.hours) for m in sorted(schedule.minutes)]
    while True:
        if matches(schedule, local):
            moments = (datetime.combine(local, t, zone).astimezone(UTC) for t in clock[::step])
            for t, moment in zip(clock[::step], moments, strict=True):
                if moment.astimezone(zone).time() == t and (moment - start) * step > timedelta(0):
                    yield moment
        local += step * _DAY
