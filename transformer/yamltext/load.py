"""Plain data straight from the parser's events: the load that promise P2 compares with. It does not use the nodes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from transformer.yamltext.scalars import scalar_value
from transformer.yamltext.stream import DEFAULT_LIMITS, Limits, ParseError, events, tolerant

_MERGE = object()


class _Loader:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.anchors: dict[str, Any] = {}
        self.open: list[tuple[str, list[Any], str]] = []  # kind, children, anchor
        self.nodes = self.aliases = self.flow = 0
        self.sizes: dict[int, int] = {}
        self.result: Any = None

    def take(self, name: str, event: Any) -> None:
        if name in ("map+", "seq+"):
            if len(self.open) >= self.limits.block_depth:
                raise ParseError(f"nested deeper than {self.limits.block_depth} levels")
            self.open.append((name, [], event.anchor or ""))
        elif name == "-":
            kind, children, anchor = self.open.pop()
            self._add(_mapping(children) if kind == "map+" else children, anchor)
        elif name == "alias":
            self._alias(event.anchor)
        else:
            style = (event.style or "").replace("plain", "")
            if self._at_key():
                merge = event.value == "<<" and not style and event.tag is None
                self._add(_MERGE if merge else event.value, event.anchor or "")
            else:
                self._add(scalar_value(event.value, style, str(event.tag or "")), event.anchor or "")

    def _at_key(self) -> bool:
        return bool(self.open) and self.open[-1][0] == "map+" and len(self.open[-1][1]) % 2 == 0

    def _alias(self, anchor: str) -> None:
        self.aliases += 1
        if anchor not in self.anchors:
            raise ParseError(f"undefined alias *{anchor}")
        value = self.anchors[anchor]
        if isinstance(value, (dict, list)):
            self.nodes += _size(value)
            if self.aliases > self.limits.aliases or self.nodes > self.limits.nodes:
                raise ParseError(f"more than {self.limits.nodes} nodes after aliases are expanded")
            value = deepcopy(value)
        self._add(value, "")

    def _add(self, value: Any, anchor: str) -> None:
        self.nodes += 1
        if anchor:
            self.anchors[anchor] = value
        if self.open:
            self.open[-1][1].append(value)
        else:
            self.result = None if value is _MERGE else value


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_size(v) for v in value.values())
    if isinstance(value, list):
        return 1 + sum(_size(v) for v in value)
    return 1


def _mapping(children: list[Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    merged: list[Any] = []
    for key, value in zip(children[::2], children[1::2], strict=True):
        if isinstance(key, (dict, list)):
            raise ParseError("a mapping key that is no scalar")
        if key is _MERGE:
            merged += value if isinstance(value, list) else [value]
        else:
            data[_name(key)] = value
    for source in merged:
        if not isinstance(source, dict):
            raise ParseError("a merge key (<<) whose value is no mapping")
        for key, value in source.items():
            data.setdefault(key, value)
    return data


def _name(key: Any) -> str:
    return key if isinstance(key, str) else str(key)


def load(text: str, limits: Limits = DEFAULT_LIMITS) -> list[Any]:
    """Every document of a text as plain data; keys are text. Raises ParseError."""
    return tolerant(lambda pure: list(_load(text, limits, pure=pure)), text)


def _load(text: str, limits: Limits, *, pure: bool) -> Iterator[Any]:
    loader: _Loader | None = None
    for name, event in events(text, pure=pure):
        if name == "doc+":
            loader = _Loader(limits)
        elif name == "doc-" and loader:
            yield loader.result
        elif loader:
            loader.take(name, event)
