"""Builds dataclasses from YAML by their type hints, and reports every error with its place.

A type with a class method `parse(text)`, which raises ValueError, is a scalar. A field `ephemeral_storage` is written
`ephemeral-storage`; `metadata={"key": ...}` gives another spelling. A null counts as not given. A number where text is
asked for is taken as it is written (`cpu: 2` is "2", `version: 3.10` is "3.10").
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, Literal, Protocol, Union, get_args, get_origin, get_type_hints

from transformer.errors import UsageError
from transformer.model import Version


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """`transformer.yaml:3:5`, or only a name (`--set x.y`) where line is 0."""

    line: int
    column: int
    name: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line}:{self.column}" if self.line else self.name


@dataclass(frozen=True, slots=True)
class Value:
    """Plain data with its place: `raw` is a scalar, a list of Value, or a dict of Value (then `keys` has their places)."""

    place: Place
    raw: Any
    text: str = ""  # a scalar as it is written
    keys: Mapping[str, Place] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        """Without places."""
        if isinstance(self.raw, dict):
            return {k: v.data for k, v in self.raw.items()}
        if isinstance(self.raw, list):
            return [v.data for v in self.raw]
        return self.raw


def located(data: Any, place: Place) -> Value:
    """Plain data, all of it at one place."""
    if isinstance(data, Mapping):
        items = {str(k): located(v, place) for k, v in data.items()}
        return Value(place, items, keys=dict.fromkeys(items, place))
    if isinstance(data, (list, tuple, set, frozenset)):
        return Value(place, [located(v, place) for v in data])
    return Value(place, data, text=str(data))


class Problems:
    """All errors, so that a user can correct them together."""

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str], None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, what: str) -> None:
        """`what` gives the error and a remedy."""
        self._found[place, what] = None

    def absorb(self, other: Problems) -> None:
        self._found |= other._found

    def raise_if_any(self) -> None:
        """UsageError with one line for each problem, in the order of the text."""
        found = sorted(self._found)
        if found:
            raise UsageError("\n".join(f"{place}: {what}" for place, what in found), placed=found[0][0].line > 0)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`Did you mean "x"?`, or the known names."""
    choices = sorted(known)
    close = get_close_matches(word, choices, n=1, cutoff=0.6) or [c for c in choices if c.lower() == word.lower()]
    if close:
        return f'Did you mean "{close[0]}"?'
    if not choices:
        return ""
    return "Known: " + ", ".join(choices[:20]) + (f" and {len(choices) - 20} more" if len(choices) > 20 else "") + "."


class _Parsed(Protocol):
    """A scalar with its own notation. The first line of its docstring describes it to users."""

    @classmethod
    def parse(cls, text: str) -> Any: ...


class _Bad:
    """Stands for a value that does not fit. A problem was added."""


BAD: Final = _Bad()
_SCALARS: Final[dict[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Version: "a version such as 3.6",
}


def build(hint: Any, value: Value, problems: Problems) -> Any:
    """`value` as the type asks, or BAD."""
    if hint is Any:
        return value.data
    if hint is Value:
        return value
    if is_record(hint):
        return _record(hint, value, problems)
    maker = _MAKERS.get(get_origin(hint) or hint)
    return maker(hint, value, problems) if maker else _scalar(hint, value, problems)


def is_record(hint: Any) -> bool:
    return is_dataclass(hint) and not hasattr(hint, "parse")


def key_of(item: Field[Any]) -> str:
    """The key of a field in YAML."""
    return str(item.metadata.get("key") or item.name.rstrip("_").replace("_", "-"))


@cache
def hints_of(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _record(record: Any, value: Value, problems: Problems) -> Any:
    if value.raw is None:
        value = Value(value.place, {})
    if not isinstance(value.raw, dict):
        return _wrong(record, value, problems)
    before = len(problems)
    known = {key_of(f): f for f in fields(record) if f.init}
    given = {}
    for key, inner in value.raw.items():
        if key not in known:
            problems.add(value.keys.get(key, inner.place), f'unknown key "{key}". {suggestion(key, known)}'.rstrip())
            continue
        name = known[key].name
        built = _field(hints_of(record)[name], inner, problems)
        if built is not BAD:
            given[name] = built
    for key, item in known.items():
        if item.default is MISSING and item.default_factory is MISSING and key not in value.raw:
            problems.add(value.place, f'"{key}" is missing: {item.metadata.get("doc") or describe(hints_of(record)[item.name])}.')
    if len(problems) > before:
        return BAD
    try:
        return record(**given)
    except ValueError as e:
        problems.add(value.place, str(e))
        return BAD


def _field(hint: Any, value: Value, problems: Problems) -> Any:
    """A null is None where the type allows it, else as if the key were not there."""
    if value.raw is None and not is_dataclass(hint):
        return None if hint is Any or types.NoneType in get_args(hint) else BAD
    return build(hint, value, problems)


def _union(hint: Any, value: Value, problems: Problems) -> Any:
    """The first member that takes the value; where one member alone has its shape, its problems are the user's."""
    fitting = [m for m in get_args(hint) if m is not types.NoneType and _shape(m) == _shape_of(value)]
    for member in fitting:
        trial = Problems()
        built = build(member, value, trial)
        if not trial:
            return built
    if len(fitting) == 1:
        return build(fitting[0], value, problems)
    return _wrong(hint, value, problems)


def _shape(hint: Any) -> str:
    origin = get_origin(hint) or hint
    if origin not in _MAKERS:
        return "map" if is_record(hint) else "scalar"
    return {_mapping: "map", _sequence: "seq"}.get(_MAKERS[origin], "scalar")


def _shape_of(value: Value) -> str:
    return "map" if isinstance(value.raw, dict) else "seq" if isinstance(value.raw, list) else "scalar"


def _literal(hint: Any, value: Value, problems: Problems) -> Any:
    choices = get_args(hint)
    for choice in choices:
        if value.raw == choice and type(value.raw) is type(choice):
            return choice
    if _shape_of(value) == "scalar" and value.text in choices and value.raw is not None:
        return value.text
    word = str(value.text if _shape_of(value) == "scalar" else _found(value))
    guess = suggestion(word, map(str, choices)) if len(choices) > 1 else ""
    problems.add(value.place, f'"{word}" is not possible here: it must be {describe(hint)}. {guess if "mean" in guess else ""}'.rstrip())
    return BAD


def _sequence(hint: Any, value: Value, problems: Problems) -> Any:
    if not isinstance(value.raw, list):
        return _wrong(hint, value, problems)
    member = (get_args(hint) or (Any,))[0]
    built = [build(member, item, problems) for item in value.raw]
    if any(item is BAD for item in built):
        return BAD
    origin = get_origin(hint) or hint
    return origin(built) if origin in (tuple, set, frozenset) else built


def _mapping(hint: Any, value: Value, problems: Problems) -> Any:
    if not isinstance(value.raw, dict):
        return _wrong(hint, value, problems)
    member = (get_args(hint) or (Any, Any))[1]
    built = {key: build(member, item, problems) for key, item in value.raw.items()}
    return BAD if any(item is BAD for item in built.values()) else built


def _scalar(hint: Any, value: Value, problems: Problems) -> Any:
    raw = value.raw
    if _shape_of(value) == "scalar" and raw is not None:
        if hasattr(hint, "parse"):
            return _parsed(hint, value, problems)
        if hint is str and not isinstance(raw, bool):
            return raw if isinstance(raw, str) else value.text
        if hint is float and isinstance(raw, int) and not isinstance(raw, bool):
            return float(raw)
        if isinstance(hint, type) and type(raw) is hint:
            return raw
    return _wrong(hint, value, problems)


def _parsed(hint: type[_Parsed], value: Value, problems: Problems) -> Any:
    if hint is Version and not re.fullmatch(r"v?[0-9]+\.[0-9]+(\.[0-9]+([-+].*)?)?", value.text):
        return _wrong(hint, value, problems)
    try:
        return hint.parse(value.text)
    except ValueError as e:
        problems.add(value.place, str(e))
        return BAD


def _wrong(hint: Any, value: Value, problems: Problems) -> _Bad:
    advice = " Write it in quotes." if isinstance(value.raw, bool) and "text" in describe(hint) else ""
    problems.add(value.place, f"expected {describe(hint)}, found {_found(value)}.{advice}")
    return BAD


def _found(value: Value) -> str:
    if isinstance(value.raw, dict):
        return "a mapping"
    if isinstance(value.raw, list):
        return "a list"
    return "nothing" if value.raw is None else f'"{value.text}"' if isinstance(value.raw, str) else value.text


def describe(hint: Any) -> str:
    """The name of a type for users."""
    origin = get_origin(hint) or hint
    args = [a for a in get_args(hint) if a is not types.NoneType]
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(describe(a) for a in args))
    if origin is Literal:
        return ("one of " if len(args) > 1 else "") + ", ".join(f'"{a}"' for a in args)
    maker = _MAKERS.get(origin)
    if maker is _sequence:
        return _list_of(describe(args[0])) if args and args[0] not in (Any, Value) else "a list"
    if maker is _mapping or (is_record(hint)):
        return "a mapping"
    if hasattr(hint, "parse") and hint not in _SCALARS:
        return str(hint.__doc__).split("\n")[0].rstrip(".").lower()
    return _SCALARS.get(hint, "any value")


def _list_of(what: str) -> str:
    return "a list of " + {"a mapping": "mappings", "a whole number": "whole numbers"}.get(what, what)


_MAKERS: Final[dict[Any, Any]] = {
    Union: _union,
    types.UnionType: _union,
    Literal: _literal,
    **dict.fromkeys((list, tuple, set, frozenset, Sequence, AbstractSet, Iterable), _sequence),
    **dict.fromkeys((dict, Mapping), _mapping),
}
