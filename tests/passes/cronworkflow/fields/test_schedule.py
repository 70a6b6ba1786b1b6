"""Schedules: what robfig/cron takes and refuses, the spelling for 4.0, and the longest gap."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from transformer.kubernetes.cron import ScheduleError, as_fields, parse, plain
from transformer.passes.cronworkflow.fields.gap import longest_gap

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    "text",
    [
        "0 5 * * *",
        "? ? ? ? ?",
        "5/15 * * * *",
        "50-59/1 * * * *",
        "*/100 * * * *",
        "0  5\t* * *",
        " 0 5 * * * \n",
        "0 5 31 2 *",
        "0 5 * * MON-FRI",
        "0 5 * JAN,feb mon-fri",
        "0 0 * * SUN",
        "1,,2 * * * *",
        "@daily",
        "@hourly",
        "@annually",
        "@midnight",
        "@every 1h",
        "@every 90s",
        "@every 1.5h",
        "@every 500ms",
        "@every 0s",
        "TZ=Europe/Paris 0 5 * * *",
        "CRON_TZ=Asia/Tokyo @daily",
    ],
)
def test_what_both_sides_accept(text: str) -> None:
    """The accepted rows of argo.md 3.4 and argo-verified.md 3 parse."""
    parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@reboot",
        "@DAILY",
        "0 0 5 * * *",
        "5 * * *",
        "H * * * *",
        "0 5 L * *",
        "0 5 15W * *",
        "0 5 * * 5#3",
        "@every 1d",
        "@every",
        "0 5 * * 7",
        "0 5 * * 0-7",
        "0 24 * * *",
        "60 * * * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "0 5 0 * *",
        "1-2-3 * * * *",
        "*/2/3 * * * *",
        "-5 * * * *",
    ],
)
def test_what_both_sides_refuse(text: str) -> None:
    """The refused rows do not."""
    with pytest.raises(ScheduleError):
        parse(text)


def test_prefix_and_period_are_taken_apart() -> None:
    """A TZ= prefix gives the zone, @every the seconds."""
    assert parse("TZ=Europe/Paris  0 5 * * *").zone == "Europe/Paris"
    assert parse("TZ=Europe/Paris  0 5 * * *").text == "0 5 * * *"
    assert parse("@every 1h30m").every == 5400
    assert parse(" 0 5 * * *\n").text == "0 5 * * *"
    assert parse("TZ= 0 5 * * *").zone == "UTC"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0 5 * * MON-FRI", "0 5 * * 1-5"),
        ("0 5 * JAN,feb Sun", "0 5 * 1,2 0"),
        ("0  5 * * *", "0  5 * * *"),
        ("@daily", "@daily"),
        ("+5 * * * *", "5 * * * *"),
        ("0\v5 * * *", "0 5 * * *"),
        ("0\u00a05 * * *", "0 5 * * *"),
        ("0\t5 * * *", "0\t5 * * *"),
        ("? 5 * * ?", "? 5 * * ?"),
    ],
)
def test_names_become_numbers(text: str, numbers: str) -> None:
    """The full CRDs of 4.0 take no letters; what has none keeps its blanks."""
    assert plain(text) == numbers


@pytest.mark.parametrize(
    ("seconds", "fields"),
    [
        (60, "* * * * *"),
        (1800, "*/30 * * * *"),
        (3600, "0 * * * *"),
        (21600, "0 */6 * * *"),
        (86400, "0 0 * * *"),
        (5400, None),
        (90, None),
        (172800, None),
        (1, None),
    ],
)
def test_a_period_becomes_fields_where_it_divides_evenly(seconds: float, fields: str | None) -> None:
    """Anything else has no cron expression."""
    assert as_fields(seconds) == fields


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("* * * * *", 60),
        ("*/15 * * * *", 900),
        ("50-59/1 * * * *", 51 * 60),
        ("1-49/1 * * * *", 12 * 60),
        ("0 */6 * * *", 6 * HOUR),
        ("0 9 * * *", DAY),
        ("30 13,21 * * *", 16 * HOUR),
        ("0 1,16 * * *", 15 * HOUR),
        ("0 9 * * 1-5", 3 * DAY),
        ("0 3 * * 3,5", 5 * DAY),
        ("0 23 * * 0,3", 4 * DAY),
        ("0 9 * * 1", 7 * DAY),
        ("0 0 1 * *", 31 * DAY),
        ("0 23 1,15 * *", 17 * DAY),
        ("0 0 1 1 *", 366 * DAY),
        ("0 0 29 2 *", 2921 * DAY),
        ("0 0 13 * 5", 7 * DAY),
        ("@weekly", 7 * DAY),
        ("*/7 * * * *", 7 * 60),
        ("0 0 31 * *", 61 * DAY),
        ("0 0 30 2 *", None),
        ("0 0-8,20-23 * * *", 12 * HOUR),
    ],
)
def test_longest_gap(text: str, gap: int | None) -> None:
    """Over hours, weekdays, months of every length, leap years, and days of month or week."""
    schedule = parse(text).schedule
    assert schedule
    assert longest_gap(schedule, UTC) == gap


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("0 9 * * *", DAY + HOUR),  # clocks go back
        ("30 2 * * *", 2 * DAY - HOUR),  # no 02:30 on the day when they go forward
        ("30 2 * * 0", 14 * DAY - HOUR),
        ("0 * * * *", 2 * HOUR),  # robfig does not run again in the hour that comes twice: never less than what it may be
        ("0 9 * * 1-5", 3 * DAY + HOUR),
    ],
)
def test_longest_gap_where_clocks_change(text: str, gap: int) -> None:
    """A day of 25 hours, and a run whose local time does not exist."""
    schedule = parse(text).schedule
    assert schedule
    assert longest_gap(schedule, ZoneInfo("Europe/Berlin")) == gap
