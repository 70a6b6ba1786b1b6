"""The passes of a configuration: found, checked, changed by the command line, and built with their parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from transformer.config import discovery
from transformer.config.consent import acceptable, takes_rows
from transformer.config.located import read_fragment
from transformer.config.typed import BAD, Place, Problems, Value, build, located, suggestion
from transformer.knowledge import table
from transformer.model import Target

if TYPE_CHECKING:
    from transformer.passkit import Params, Pass


@dataclass(frozen=True)
class Overrides:
    """What the command line changes: `--set`, `--accept`, `--only`, `--path`, `--limit`; and the variable for limits."""

    values: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    variable: tuple[str, ...] = ()


AS_WRITTEN: Final = Overrides()


@dataclass(frozen=True)
class _Entry:
    """One item of `passes:`."""

    found: Pass
    place: Place
    params: Value


def passes_of(items: Iterable[Value], target: Target, overrides: Overrides, problems: Problems) -> list[tuple[Pass, Params]]:
    """The items of `passes:` in order. Errors are added to the problems."""
    entries = [e for item in items if (e := _entry(item, problems))]
    entries = _unique(entries, problems)
    _in_order(entries, problems)
    _satisfied(entries, target, problems)
    entries = _set_values(entries, overrides.values, problems)
    entries = _accept_rows(entries, overrides.accept, problems)
    kept = _only(entries, overrides.only, problems)
    built = [(e.found, build(e.found.params, e.params, problems)) for e in kept]
    for entry in kept:
        _known_rows(entry, problems)
    return [(p, params) for p, params in built if params is not BAD]


def _entry(item: Value, problems: Problems) -> _Entry | None:
    """`- executor`, `- executor: {...}`."""
    if isinstance(item.raw, str):
        name, place, params = item.raw, item.place, Value(item.place, None)
    elif isinstance(item.raw, dict) and len(item.raw) == 1:
        ((name, params),) = item.raw.items()
        place = item.keys.get(name, item.place)
    else:
        problems.add(item.place, "expected one pass with its parameters, such as `- executor: {}`.")
        return None
    if name not in discovery.names():
        problems.add(place, f'unknown pass "{name}". {suggestion(name, discovery.names())}')
        return None
    return _Entry(discovery.load(name), place, params if params.raw is not None else Value(place, {}))


def _unique(entries: list[_Entry], problems: Problems) -> list[_Entry]:
    first: dict[str, _Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.found.id, entry)
        if other is not entry:
            problems.add(entry.place, f'"{entry.found.id}" is listed twice, first in line {other.place.line}. Remove one.')
    return list(first.values())


def _in_order(entries: list[_Entry], problems: Problems) -> None:
    for n, entry in enumerate(entries):
        for later in entries[n + 1 :]:
            if later.found.id in entry.found.after:
                name, first = entry.found.id, later.found.id
                problems.add(
                    entry.place,
                    f'"{name}" must come after "{first}" (line {later.place.line}), because it works on the result of that '
                    f"pass. Move {name} below {first}.",
                )


_NEEDS: Final = {"gke": ("gke", "1.33"), "argoWorkflows": ("argo", "3.6")}


def _satisfied(entries: list[_Entry], target: Target, problems: Problems) -> None:
    for entry in entries:
        for need in sorted(entry.found.needs):
            attribute, example = _NEEDS.get(need, (need, "1.0"))
            if getattr(target, attribute, None) is None:
                problems.add(
                    entry.place,
                    f'"{entry.found.id}" needs target.{need}.version. '
                    f'Add the version that you run under target, such as `{need}: {{version: "{example}"}}`.',
                )


def _set_values(entries: list[_Entry], values: Iterable[str], problems: Problems) -> list[_Entry]:
    """`--set pass.key=value`, where value is YAML: a scalar, or flow style for more."""
    by_id = {e.found.id: e for e in entries}
    for text in values:
        place = Place(0, 0, f"--set {text}")
        left, equals, right = text.partition("=")
        name, *keys = left.split(".")
        if not equals or not keys or not all(keys):
            problems.add(place, "expected PASS.KEY=VALUE, such as cronworkflow.onEviction=retry.")
        elif name not in by_id:
            problems.add(place, f'the pipeline has no pass "{name}". {suggestion(name, by_id)}'.rstrip())
        else:
            entry = by_id[name]
            by_id[name] = replace(entry, params=_put(entry.params, keys, read_fragment(right, place, problems)))
    return list(by_id.values())


def _put(into: Value, keys: list[str], value: Value) -> Value:
    """`into` with one value replaced. Missing mappings are created."""
    if not keys:
        return value
    old = into.raw if isinstance(into.raw, dict) else {}
    inner = _put(old.get(keys[0], Value(value.place, None)), keys[1:], value)
    return Value(into.place, {**old, keys[0]: inner}, keys={**into.keys, keys[0]: value.place})


def _only(entries: list[_Entry], only: Iterable[str], problems: Problems) -> list[_Entry]:
    wanted = set(only)
    here = {e.found.id for e in entries}
    for name in sorted(wanted - here):
        problems.add(Place(0, 0, "--only"), f'the pipeline has no pass "{name}". {suggestion(name, here)}'.rstrip())
    return [e for e in entries if not wanted or e.found.id in wanted]


# --- consent


def _accept_rows(entries: list[_Entry], rows: Iterable[str], problems: Problems) -> list[_Entry]:
    """Add `--accept ROW` to the parameters of each pass with the row."""
    for row in rows:
        place = Place(0, 0, f"--accept {row}")
        takers = [e for e in entries if row in acceptable(e.found)]
        if not takers:
            known = {r for e in entries for r in acceptable(e.found)}
            problems.add(place, f'no pass of this pipeline has a row "{row}" that needs consent. {suggestion(row, known)}'.rstrip())
        for taker in takers:
            entries = [replace(e, params=_with_row(e.params, row, place)) if e is taker else e for e in entries]
    return entries


def _with_row(params: Value, row: str, place: Place) -> Value:
    old = params.raw.get("accept") if isinstance(params.raw, dict) else None
    rows = list(old.raw) if old is not None and isinstance(old.raw, list) else []
    if row not in [r.data for r in rows]:
        rows.append(located(row, place))
    return _put(params, ["accept"], Value(old.place if old else place, rows))


def _known_rows(entry: _Entry, problems: Problems) -> None:
    """Report rows of `accept:` that do not exist, because they would have no effect."""
    given = entry.params.raw.get("accept") if isinstance(entry.params.raw, dict) else None
    if given is None or not isinstance(given.raw, list) or not takes_rows(entry.found):
        return
    known = acceptable(entry.found)
    held = ("cronjob_fields", "cronjob_rules") if entry.found.id == "cronworkflow" else ()
    every = {row.id for name in held for row in table(name).rows}
    for row in given.raw:
        if row.text not in known:
            hint = "This row needs no consent. Remove it." if row.text in every else suggestion(row.text, known)
            problems.add(row.place, f'no row with the id "{row.text}" needs consent. {hint}')
