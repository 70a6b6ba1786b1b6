"""Schedules: argo.md 3.4 and argo-verified.md 3 for each target, and the longest gap against the steps that robfig's cron takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.passes.cronjobs import WHOLE, convert, with_field
from transformer.kubernetes.cron import Schedule, ScheduleError, parse
from transformer.passes.cronworkflow.fields import gap

# --- what becomes of a schedule

# (version, CRDs): the full CRDs from 4.0 on have a pattern, and only that of 4.0 takes no letters.
TARGETS: Final = (
    ("3.1", ""),
    ("3.5", ""),
    ("3.6", ""),
    ("3.6", "full"),
    ("3.7", ""),
    ("4.0", "minimal"),
    ("4.0", ""),
    ("4.0", "full"),
    ("4.1", ""),
    ("4.1.2", ""),
)
KEPT: Final = (
    "0 5 * * *", "? 5 * * ?", "*/15 * * * *", "5/15 * * * *", "0  5 * * *", "0\t5 * * *", "1,,2 * * * *", "0 5 31 2 *", "*/100 * * * *",
    "@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "*-5 * * * *",
)  # fmt: skip
NAMES: Final = {
    "0 5 * * MON-FRI": "0 5 * * 1-5",
    "0 5 * JAN,feb *": "0 5 * 1,2 *",
    "0 5 * * mon-fri": "0 5 * * 1-5",
    "0 0 * * SUN": "0 0 * * 0",
    "0  0 * * Sun/2": "0 0 * * 0/2",
}
TRIMMED: Final = {" 0 5 * * *": "0 5 * * *", "0 5 * * * ": "0 5 * * *", "0 5 * * *\n": "0 5 * * *", " ? 5 * * *": "? 5 * * *"}
FOR_THE_PATTERN: Final = {"+5 * * * *": "5 * * * *", "0\u00a05 * * *": "0 5 * * *"}
PERIODS: Final = {
    "@every 30m": "*/30 * * * *",
    "@every 1h": "0 * * * *",
    "@every 60m": "0 * * * *",
    "@every 3600s": "0 * * * *",
    "@every 24h": "0 0 * * *",
}
UNEVEN: Final = (
    "@every 90s",
    "@every 500ms",
    "@every 0s",
    "@every 0",
    "@every 1.5h",
    "@every -1h",
    "@every 1h30m",
    "@every 7h",
    "@every 48h",
)
INVALID: Final = (
    "@reboot", "@DAILY", " @daily", "@daily ", "@every 1d", "@every", "@every  1h", "@every 1h ", "0 0 5 * * *", "5 * * *", "H * * * *",
    "0 5 L * *", "0 5 15W * *", "0 5 * * 5#3", "0 5 * * 7", "0 5 * * 0-7", "0 24 * * *", "60 * * * *", "5-1 * * * *", "*/0 * * * *",
    "0 5 0 * *", "0 5 * 0 *", "0 5 * 13 *", "1-2-3 * * * *", "*/2/3 * * * *", "-5 * * * *", "0 5 * * MONDAY", " ", "@", "TZ=Europe/Paris",
    " TZ=Europe/Paris 0 5 * * *", "@daily @hourly",
)  # fmt: skip


def written(text: str, argo: str, crds: str, **params: Any) -> tuple[str, str] | list[str]:
    """Schedule and zone, or the rows that refuse it."""
    done = convert(WHOLE.replace('"0 2 * * *"', json.dumps(text)), argo=argo, crds=crds, onEviction="retry", **params)
    if done.outcome != "Changed":
        return done.rows
    spec = done.data["spec"]
    assert ("schedules" in spec) == (argo not in ("3.1", "3.5"))
    assert not ("schedules" in spec and "schedule" in spec)
    return (spec["schedules"][0] if "schedules" in spec else spec["schedule"]), spec["timezone"]


@pytest.mark.parametrize(("argo", "crds"), TARGETS)
def test_what_each_target_gets(argo: str, crds: str) -> None:
    """Kept byte for byte, trimmed, spelt for the pattern of the full CRDs, or refused."""
    patterned = argo >= "4.0" and crds != "minimal"
    for text, trimmed in TRIMMED.items():
        assert written(text, argo, crds) == (trimmed, "Etc/UTC")
    for text, numbers in NAMES.items():
        assert written(text, argo, crds) == (numbers if patterned and argo != "4.1.2" else text, "Etc/UTC")
    for text, spelt in FOR_THE_PATTERN.items():
        assert written(text, argo, crds) == (spelt if patterned else text, "Etc/UTC")
    for text in INVALID:
        assert written(text, argo, crds) == ["schedule-invalid"]


@pytest.mark.parametrize(("argo", "crds"), [("3.5", ""), ("4.0", "full")])
def test_what_is_the_same_everywhere(argo: str, crds: str) -> None:
    """Kept, or written as fields with consent, or refused."""
    for text in KEPT:
        assert written(text, argo, crds) == (text, "Etc/UTC")
    for text, fields in PERIODS.items():
        assert written(text, argo, crds) == ["schedule-every"]
        assert written(text, argo, crds, accept=["schedule-every"]) == (fields, "Etc/UTC")
    for text in UNEVEN:
        assert written(text, argo, crds, accept=["schedule-every"]) == ["schedule-every-uneven"]


@pytest.mark.parametrize(("argo", "crds"), [("3.5", ""), ("3.6", ""), ("4.0", "")])
@pytest.mark.parametrize("prefix", ["TZ", "CRON_TZ"])
def test_a_zone_in_the_schedule(argo: str, crds: str, prefix: str) -> None:
    """It goes into the field; beside the field Argo would never run it."""
    assert written(f"{prefix}=Asia/Tokyo 0 5 * * *", argo, crds) == ("0 5 * * *", "Asia/Tokyo")
    assert written(f"{prefix}=Asia/Tokyo  @daily", argo, crds) == ("@daily", "Asia/Tokyo")
    assert written(f"{prefix}= 0 5 * * *", argo, crds) == ("0 5 * * *", "UTC")
    assert written(f"{prefix}=Mars/X 0 5 * * *", argo, crds) == ["time-zone-unknown"]
    both = with_field("cron", "timeZone: Asia/Tokyo").replace("0 2 * * *", f"{prefix}=Asia/Tokyo 0 5 * * *")
    assert convert(both, argo=argo, crds=crds, onEviction="retry").rows == ["schedule-invalid"]


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "UTC", "Etc/UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "EST5EDT", "GMT", "Japan"]
)
def test_zones_that_go_knows(zone: str) -> None:
    """As the tz database spells them."""
    assert convert(with_field("cron", f"timeZone: {zone}")).data["spec"]["timezone"] == zone


@pytest.mark.parametrize(
    "zone",
    [
        "europe/paris", "EUROPE/PARIS", "utc", "Mars/X", "Local", "local", "localtime", "posixrules", "posix/UTC", "right/UTC", "/UTC",
        "../UTC", "Europe", "Europe/Paris/", "UTC ", "CET-1CEST", "+01:00", "Factory",
    ],
)  # fmt: skip
def test_zones_that_it_does_not(zone: str) -> None:
    """A name in other letters finds nothing, whatever the file system here thinks; `Local` the CronJob API refuses."""
    assert convert(with_field("cron", f"timeZone: {json.dumps(zone)}")).rows == ["time-zone-unknown"]


def test_an_impossible_date_is_reported() -> None:
    """It never runs on either side; no window is written."""
    done = convert(WHOLE.replace("0 2 * * *", "0 5 31 2 *"))
    assert done.rows == ["schedule-never"]
    assert "startingDeadlineSeconds" not in done.data["spec"]


# --- the longest gap


def following(schedule: Schedule, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The next run after a moment in UTC, in the steps that robfig's cron takes: days in local time, hours and minutes on the clock."""

    def local(t: datetime) -> datetime:
        return t.astimezone(zone)

    def midnight(day: datetime) -> datetime:
        """As Go's time.Date: with the offset that holds at the moment that it would be with the offset that holds now."""
        as_utc = datetime(day.year, day.month, day.day, tzinfo=UTC)
        guess = as_utc - (local(as_utc).utcoffset() or timedelta(0))
        return as_utc - (local(guess).utcoffset() or timedelta(0))

    t = (moment + timedelta(minutes=1)).replace(second=0)
    limit = t.year + 5
    while local(t).year <= limit:
        here = local(t)
        if here.month not in schedule.months or not gap.matches(schedule, here.date()):
            start = midnight(datetime(here.year, here.month, here.day, tzinfo=UTC) + timedelta(days=1))
            hour = local(start).hour  # no midnight on this day
            start += timedelta(hours=24 - hour if hour > 12 else -hour)
            t = start if start > t else t + timedelta(hours=1)  # no such day
        elif here.hour not in schedule.hours:
            t += timedelta(minutes=60 - here.minute)
        elif here.minute not in schedule.minutes:
            t += timedelta(minutes=1)
        else:
            return t
    return None


ZONES: Final = (
    "UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "Africa/Casablanca", "America/Santiago", "Asia/Beirut",
    "Pacific/Chatham", "America/Havana",
)  # fmt: skip
SCHEDULES: Final = st.tuples(
    st.sampled_from(["0", "30", "59", "7"]),
    st.one_of(st.integers(0, 23).map(str), st.sampled_from(["1,2,3", "0-2", "22-23", "2"])),
    st.one_of(st.just("*"), st.integers(1, 31).map(str), st.sampled_from(["1,15", "*/10", "?"])),
    st.one_of(st.just("*"), st.just("*"), st.sampled_from(["3,10", "1-3", "4"])),
    st.one_of(st.just("*"), st.sampled_from(["0", "1-5", "6", "?", "0,3"])),
).map(" ".join)


def longest(schedule: Schedule, zone: ZoneInfo, years: range) -> int:
    end, found = datetime(years.stop, 1, 1, tzinfo=UTC), 0
    moment = following(schedule, datetime(years.start, 1, 1, tzinfo=UTC), zone)
    while moment and moment < end:
        after = following(schedule, moment, zone)
        if after is None:
            break
        found, moment = max(found, int((after - moment).total_seconds())), after
    return found


@settings(deadline=None, max_examples=20)
@given(SCHEDULES, st.sampled_from(ZONES), st.integers(2026, 2052))
def test_no_gap_is_longer_than_the_longest(text: str, name: str, year: int) -> None:
    """However the clocks change: a run that is missed is always made up."""
    schedule, zone = parse(text).schedule, ZoneInfo(name)
    assert schedule
    most = gap.longest_gap(schedule, zone)
    assert longest(schedule, zone, range(year, year + 1)) <= (most or 0)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0 9 * * *", "Europe/Paris"),
        ("30 2 * * *", "America/New_York"),
        ("15 2 * * *", "Australia/Lord_Howe"),
        ("0 0 * * *", "America/Havana"),
        ("0 0 * * *", "Asia/Beirut"),
        ("30 3 * * 0", "Europe/Paris"),
        ("0 2 1 * *", "Australia/Lord_Howe"),
        ("0 12 * * 1-5", "Africa/Casablanca"),
    ],
)
def test_the_longest_gap_is_not_far_from_the_truth(text: str, name: str) -> None:
    """Over three years: never less, and never more than one further run that is missed."""
    schedule, zone = parse(text).schedule, ZoneInfo(name)
    assert schedule
    most, true = gap.longest_gap(schedule, zone), longest(schedule, zone, range(2026, 2029))
    assert most
    assert true <= most <= true + 7 * 86400 + 3600


@pytest.mark.parametrize(("name", "year"), [("Pacific/Apia", 2011), ("Pacific/Kwajalein", 1993), ("Pacific/Kiritimati", 1994)])
@pytest.mark.parametrize("text", ["0 9 * * *", "30 23 * * *"])
def test_a_day_that_was_skipped(text: str, name: str, year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Islands that changed sides of the date line."""
    schedule, zone = parse(text).schedule, ZoneInfo(name)
    assert schedule
    monkeypatch.setattr(gap, "_YEARS", range(year - 1, year + 3))
    gap.longest_gap.cache_clear()
    most = gap.longest_gap(schedule, zone)
    gap.longest_gap.cache_clear()
    assert most
    assert longest(schedule, zone, range(year - 1, year + 2)) <= most


@given(st.text(alphabet="0123456789*/,-? @TZ=aMONhr", max_size=14))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Never another error."""
    try:
        parse(text)
    except ScheduleError as e:
        assert str(e)
