"""Limits that protect the machine: a target's own configuration may lower them, only the user may raise them.

The user says so with `--limit NAME=VALUE`, with the variable TRANSFORMER_LIMITS (`NAME=VALUE,NAME=VALUE`), or in a
configuration of his own that lies outside the target (`--config`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, replace
from typing import Any, Final

from transformer.config.limits import Limits, Share
from transformer.config.passes import Overrides
from transformer.config.typed import Place, Problems, Value, key_of, suggestion

VARIABLE: Final = "TRANSFORMER_LIMITS"
_FIELDS: Final = {key_of(item): item for item in fields(Limits)}
_USUAL: Final = Limits()


def limits_of(limits: Limits, file: Value, overrides: Overrides, problems: Problems, *, trusted: bool) -> Limits:
    """`limits` are those of the configuration `file`. Those of the user count before them, `--limit` before the variable.
    Where the configuration is not `trusted`, what it raises is a problem."""
    of_user = _told(VARIABLE, overrides.variable, problems) | _told("--limit", overrides.limits, problems)
    written = file.raw.get("limits") if isinstance(file.raw, dict) else None
    if not trusted and written is not None and isinstance(written.raw, dict):
        _refuse_raised(written.raw, limits, of_user, problems)
    return replace(limits, **of_user)


def _told(origin: str, told: Iterable[str], problems: Problems) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in told:
        name, equals, value = text.partition("=")
        place = Place(0, 0, f"{origin} {text}")
        item = _FIELDS.get(name)
        if not equals or item is None:
            problems.add(place, f"there is no such limit; write NAME=VALUE. {suggestion(name, _FIELDS)}")
            continue
        try:
            found[item.name] = type(getattr(_USUAL, item.name)).parse(value)
        except ValueError as error:
            problems.add(place, str(error))
    return found


def _refuse_raised(written: Mapping[str, Value], limits: Limits, of_user: dict[str, Any], problems: Problems) -> None:
    for key, item in _FIELDS.items():
        value, usual = getattr(limits, item.name), getattr(_USUAL, item.name)
        if not _protects(item) or item.name in of_user or value <= usual:
            continue
        place = written[key].place
        problems.add(place, f"limits.{key}: a repository's own file may ask for {usual} at most. Raise it yourself: --limit {key}={value}")


def _protects(item: Field[Any]) -> bool:
    """What a run may cost; what it may change (a Share) protects the repository, and is the repository's to say."""
    return not isinstance(getattr(_USUAL, item.name), Share)
