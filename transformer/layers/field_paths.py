"""Places of fields as kustomizations write them, for the new kind: `spec.schedule`, `containers.[name=app].image`, `a/b/c`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from transformer.layers.conversion import MISSING, Conversion, NotCarried, at
from transformer.layers.merging import schema
from transformer.model import KEEP, Path

_SEGMENT: Final = re.compile(r"\[(?P<inside>[^\[\]]*)\]|(?P<plain>(?:\\.|[^.\[\\])+)")
_NAMED: Final = re.compile(r"([^=]+)=(.*)")
_ANY: Final = "*"


def field_paths(text: str, conversion: Conversion, *, brackets: bool = False) -> list[str]:
    """A path of `replacements` (or, with `brackets`, of `vars`) as paths of the new object: several where a wildcard's items go to
    several places. Raises NotCarried."""
    segments = _segments(text)
    try:
        found = [_written(place, conversion.after, brackets=brackets) for place in _places(text, segments, conversion)]
    except NotCarried:
        fuller = conversion.with_field(segments, "value")
        if fuller is conversion:
            raise
        found = [_written(place, fuller.after, brackets=brackets) for place in _places(text, segments, fuller)]
    return list(dict.fromkeys(found))


def _places(text: str, segments: Sequence[str], conversion: Conversion) -> Iterator[Path]:
    paths = list(_resolved(conversion.before, segments, ()))
    if any(_ANY in segment for segment in segments):  # of the items that a wildcard means, those that have the field
        paths = [p for p in paths if at(conversion.before, p) is not MISSING] or paths
    for path in paths:
        if conversion.splits(path):
            raise NotCarried(f"{text} goes to several places")
        place = conversion.place(path)
        if place is None:
            raise NotCarried(f"{text} has no counterpart in the new kind")
        if conversion.value(path) is not KEEP and not _alike(conversion.value(path), conversion.before, path):
            raise NotCarried(f"{text} is written in another way in the new kind")
        yield place


def _alike(value: Any, data: Any, path: Path) -> bool:
    for step in path:
        data = data[step]
    return bool(value == data)


def _segments(text: str) -> list[str]:
    return [f"[{m['inside']}]" if m["inside"] is not None else m["plain"].replace("\\.", ".") for m in _SEGMENT.finditer(text)]


def _resolved(data: Any, segments: Sequence[str], at: Path) -> Iterator[Path]:
    """The places that segments mean; what is not there yet is named as it would be."""
    if not segments:
        yield at
        return
    first, rest = segments[0], segments[1:]
    if isinstance(data, list):
        for n in _items(data, first):
            yield from _resolved(data[n] if n < len(data) else None, rest, (*at, n))
    elif first == _ANY:
        for key in data if isinstance(data, dict) else ():
            yield from _resolved(data[key], rest, (*at, key))
    else:
        yield from _resolved(data.get(first) if isinstance(data, dict) else None, rest, (*at, first))


def _items(items: list[Any], segment: str) -> list[int]:
    inside = segment[1:-1] if segment.startswith("[") else segment
    if inside == _ANY:
        return list(range(len(items)))
    if inside.isdecimal():
        return [int(inside)]
    named = _NAMED.fullmatch(inside)
    found = [n for n, i in enumerate(items) if named and isinstance(i, dict) and str(i.get(named[1])) == named[2]]
    if not found:
        raise NotCarried(f"no item is {segment}")
    return found


def _written(place: Path, data: Any, *, brackets: bool) -> str:
    kind, key, out = str(data["kind"]), "", ""
    for step in place:
        if isinstance(step, int):
            item = data[step] if isinstance(data, list) and step < len(data) else None
            named = key and isinstance(item, dict) and key in item and not brackets
            out += f".[{key}={item[key]}]" if named and item else f"[{step}]" if brackets else f".{step}"
            data = item
        else:
            key, kind = schema(kind, step)
            out += "." + step.replace(".", "\\.")
            data = data.get(step) if isinstance(data, dict) else None
    return out[1:]


def field_spec(path: str, conversion: Conversion) -> str:
    """The `path` of a field spec for the new object: lists are walked through. Raises NotCarried."""
    segments = path.strip("/").replace("[]", "").split("/")
    conversion = conversion.with_field(segments)
    at: list[str | int] = []
    data: Any = conversion.before
    for segment in segments:
        while isinstance(data, list):
            at.append(0)
            data = data[0] if data else None
        at.append(segment)
        data = data.get(segment) if isinstance(data, dict) else None
    place = conversion.place(tuple(at))
    if place is None:
        raise NotCarried(f"{path} has no counterpart in the new kind")
    return "/".join(str(step) for step in place if not isinstance(step, int))
