"""Which row of `cronjob_fields` a field falls under, the rules of `cronjob_rules`, and what the target's version can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from transformer.argo.releases import fact as fact
from transformer.argo.releases import full_crds as full_crds
from transformer.knowledge import Row
from transformer.passkit import Path, Version, table

FIELDS: Final = "cronjob_fields"
RULES: Final = "cronjob_rules"
SUBMIT: Final = "argo_submit"

# The path of each level of the table in a CronJob.
POD_TEMPLATE: Final[Path] = ("spec", "jobTemplate", "spec", "template")
LEVELS: Final[Mapping[str, Path]] = {
    "object": (),
    "metadata": ("metadata",),
    "cron": ("spec",),
    "job-template": POD_TEMPLATE[:2],
    "job-metadata": (*POD_TEMPLATE[:2], "metadata"),
    "job": POD_TEMPLATE[:3],
    "pod-template": POD_TEMPLATE,
    "pod-metadata": (*POD_TEMPLATE, "metadata"),
    "pod": (*POD_TEMPLATE, "spec"),
}

# Levels with the fields of a container, except where they have rows of their own.
_LIKE_CONTAINER: Final = frozenset({"init-container", "named-container"})

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "text": lambda v: isinstance(v, str),
    "texts": lambda v: isinstance(v, list) and all(isinstance(x, str) for x in v),
    "flag": lambda v: isinstance(v, bool),
    "number": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "count": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
    "map": lambda v: isinstance(v, dict),
    "text-map": lambda v: isinstance(v, dict) and all(isinstance(x, str) for x in v.values()),
    "list": lambda v: isinstance(v, list) and all(isinstance(x, dict) for x in v),
}


def rule(row_id: str) -> Row:
    """A rule by its id; or a row about a field that code asks for by its id."""
    return table(RULES if row_id in table(RULES) else FIELDS)[row_id]


def cite(row: Row) -> str:
    """Of whichever of the three tables has the row; their ids differ."""
    return next(table(name) for name in (FIELDS, RULES, SUBMIT) if row.id in table(name)).cite(row.id)


def row_for(level: str, field: str, siblings: Mapping[str, Any], argo: Version) -> Row | None:
    """The first row that applies to a field of a mapping; None where no row is about the field.

    The last row about a field has no condition (a test sees to it), so that None means an unknown field.
    """
    rows = _by_field().get((level, field)) or (_by_field().get(("container", field)) if level in _LIKE_CONTAINER else None)
    return next((r for r in rows or () if _applies(r, siblings[field], siblings, argo)), None)


def applies(row: Row, argo: Version) -> bool:
    """Whether the row is about this version. `3.6` means all its patch releases."""
    return argo.at_least(row.get("since") or "0.0") and (not row.get("below") or argo.below(row["below"]))


def fits(row: Row, value: Any) -> bool:
    """Whether Kubernetes takes this type of value."""
    kind = row.get("type")
    return not kind or _TYPES[kind](value)


def is_default(row: Row, value: Any) -> bool:
    """Whether the value is the one that the API sets where the field is absent."""
    return row.get("default") is not None and type(value) is type(row["default"]) and value == row["default"]


def _applies(row: Row, value: Any, siblings: Mapping[str, Any], argo: Version) -> bool:
    values, beside = row.get("values"), row.get("beside")
    known = values is None or any(type(value) is type(v) and value == v for v in values)
    return known and (not beside or siblings.get(beside) is not None) and applies(row, argo)


@cache
def _by_field() -> Mapping[tuple[str, str], tuple[Row, ...]]:
    found: dict[tuple[str, str], tuple[Row, ...]] = {}
    for row in table(FIELDS).rows:
        for name in row["fields"]:
            found[row["at"], name] = (*found.get((row["at"], name), ()), row)
    return found
