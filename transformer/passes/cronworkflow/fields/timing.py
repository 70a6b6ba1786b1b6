"""Schedule, time zone and starting deadline (argo.md 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from transformer.knowledge import Row
from transformer.kubernetes.cron import ScheduleError, as_fields, parse, plain
from transformer.passes.cronworkflow.draft import Draft, Source
from transformer.passes.cronworkflow.fields.gap import longest_gap
from transformer.passes.cronworkflow.rows import fact, full_crds, rule
from transformer.passkit import KEEP, Path, Version


def schedule(draft: Draft, row: Row, path: Path, value: str) -> None:
    """The schedule in the target's notation, in the target's field."""
    try:
        source = parse(value)
    except ScheduleError as e:
        draft.refuse(rule("schedule-invalid"), path, str(e))
        return
    if source.zone and draft.resource.get("spec", "timeZone") is not None:
        draft.refuse(rule("schedule-invalid"), path, "it has both timeZone and a TZ= prefix")
        return
    text, draft.zone = source.text, source.zone
    if source.every is not None:
        written = as_fields(source.every)
        draft.tell(rule("schedule-every" if written else "schedule-every-uneven"), path)
        text = written or text
    elif fact("schedule-pattern", draft.argo) and full_crds(draft.context.target, draft.argo):
        text = plain(text, names=fact("schedule-names", draft.argo))
    draft.schedule = text
    draft.rows[path] = row
    node = Source(path, KEEP if text == value else text)
    draft.trees["cron"] |= {"schedules": [node]} if fact("schedules", draft.argo) else {"schedule": node}


def timezone(draft: Draft, row: Row, path: Path, value: str) -> None:
    """The zone under Argo's key. With an unknown zone, the CronWorkflow would never run."""
    if zone(value) is None:
        draft.refuse(rule("time-zone-unknown"), path)
        return
    _alias(draft, value, path)
    draft.place(row["to"], path, row)


def deadline(draft: Draft, _row: Row, path: Path, value: int) -> None:
    """It stays where it is."""
    if value == 0:
        draft.consent(rule("starting-deadline-zero"), path)


def absences(draft: Draft) -> None:
    """Write the defaults of Kubernetes for absent fields."""
    name = draft.resource.get("spec", "timeZone") or draft.zone or draft.params.sourceTimezone
    found = zone(name)
    if found is None:
        if draft.resource.get("spec", "timeZone") is None:
            draft.refuse(rule("time-zone-unknown"), ("spec", "schedule"), f"time zone {name}")
        return
    if draft.resource.get("spec", "timeZone") is None:
        _alias(draft, str(name), ("spec", "schedule"))
        draft.write("cron/timezone", name, rule("schedule" if draft.zone else "time-zone-absent"))
        if not draft.zone and name != "Etc/UTC":
            draft.consent(rule("time-zone-assumed"), ("spec",), f"time zone {name}")
    _deadline(draft, found)


def _deadline(draft: Draft, where: ZoneInfo) -> None:
    times: Any = parse(draft.schedule).schedule if draft.schedule and not draft.schedule.startswith("@every") else None
    if times is None:
        return
    gap = longest_gap(times, where)
    if gap is None:
        draft.consent(rule("schedule-never"), ("spec", "schedule"))
    elif draft.resource.get("spec", "startingDeadlineSeconds") is None:
        draft.write("cron/startingDeadlineSeconds", gap, rule("starting-deadline-absent"))


def zone(name: Any) -> ZoneInfo | None:
    """The zone of the tz database. None for names that Kubernetes refuses: empty, `Local`, a path, unknown."""
    return ZoneInfo(name) if isinstance(name, str) and name in _zones() else None


def _alias(draft: Draft, name: str, path: Path) -> None:
    """A name that releases without the aliases do not read: refused for such a release, told where it may be one."""
    meant = _aliases().get(name)
    without = [Version.parse(text) for text in rule("time-zone-alias")["names"]]
    near = draft.argo.patch is None and any((v.major, v.minor) == (draft.argo.major, draft.argo.minor) for v in without)
    if meant is None or not (near or draft.argo in without):
        return
    row = rule("time-zone-alias" if draft.argo in without and _is_old(name) else "time-zone-alias-maybe")
    tell = draft.refuse if row["how"] == "refuse" else draft.consent
    tell(row, path, f"time zone {name}", f"{row['remedy']} {meant} is the same zone.")


# Zones of their own in some releases of the database, and aliases in others, which distributions leave out with the rest.
_LINKED_SINCE_2024B: Final = {
    "EST5EDT": "America/New_York",
    "CST6CDT": "America/Chicago",
    "MST7MDT": "America/Denver",
    "PST8PDT": "America/Los_Angeles",
}


@cache
def _aliases() -> Mapping[str, str]:
    """The alias names of the tz database, and the zone that each means. Etc/UTC is in every release under all its names."""
    lines = files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text(encoding="utf-8").splitlines()
    links = (line.split()[1:] for line in lines if line.startswith("L "))
    return {alias: zone for zone, alias in links if not zone.startswith("Etc/")} | _LINKED_SINCE_2024B


def _is_old(name: str) -> bool:
    """Not of the form region/city; which of the others count as old is not certain."""
    region, city, _ = name.partition("/")
    return not city or region in ("US", "Canada", "Brazil", "Chile", "Mexico")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}
