"""Plain data straight from the parser's events: the load that promise P2 compares with. It does not use the nodes."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from transformer.yamltext.scalars import resolve, scalar_value
from transformer.yamltext.stream import DEFAULT_LIMITS, Limits, ParseError, feed, tolerant

_MERGE = object()


class _Loader:
    def __init__(self, limits: Limits, *, odd_keys: bool = False) -> None:
        self.limits, self.odd_keys = limits, odd_keys
        self.documents: list[Any] = []

    def read(self, text: str, *, pure: bool) -> list[Any]:
        takers = {
            "scalar": self._scalar,
            "alias": self._alias,
            "map+": lambda event: self._open(event, mapping=True),
            "seq+": lambda event: self._open(event, mapping=False),
            "-": self._close,
            "doc+": self._begin,
            "doc-": self._finish,
        }
        feed(text, takers, pure=pure)
        return self.documents

    def _begin(self, _: Any) -> None:
        self.top: list[Any] = []
        self.children, self.mapping = self.top, False  # of the innermost open collection
        self.open: list[tuple[list[Any], bool, str]] = []  # what an open collection stands in, and its anchor
        self.anchors: dict[str, Any] = {}
        self.nodes = self.aliases = 0

    def _finish(self, _: Any) -> None:
        self.documents.append(self.top[-1] if self.top else None)

    def _open(self, event: Any, *, mapping: bool) -> None:
        if len(self.open) >= self.limits.block_depth:
            raise ParseError(f"nested deeper than {self.limits.block_depth} levels")
        self.open.append((self.children, self.mapping, event.anchor or ""))
        self.children, self.mapping = [], mapping

    def _close(self, _: Any) -> None:
        self.nodes += len(self.children)
        value = _mapping(self.children, odd_keys=self.odd_keys) if self.mapping else self.children
        self.children, self.mapping, anchor = self.open.pop()
        self._add(value, anchor)

    def _scalar(self, event: Any) -> None:
        style, value = event.style or "", event.value
        if style == "plain":
            style = ""
        plain = not style and event.ctag is None
        if self.mapping and not len(self.children) & 1:  # a key
            value = _MERGE if plain and value == "<<" else value
        else:
            value = resolve(value) if plain else scalar_value(value, style, str(event.tag or ""))
        if event.anchor:
            self.anchors[event.anchor] = value
        self.children.append(value)

    def _alias(self, event: Any) -> None:
        self.aliases += 1
        if event.anchor not in self.anchors:
            raise ParseError(f"undefined alias *{event.anchor}", alias=event.anchor)
        value = self.anchors[event.anchor]
        if isinstance(value, (dict, list)):
            self.nodes += _size(value)
            if self.aliases > self.limits.aliases or self.nodes > self.limits.nodes:
                raise ParseError(f"more than {self.limits.nodes} nodes after aliases are expanded")
            value = deepcopy(value)
        self._add(value, "")

    def _add(self, value: Any, anchor: str) -> None:
        if anchor:
            self.anchors[anchor] = value
        self.children.append(value)


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_size(v) for v in value.values())
    if isinstance(value, list):
        return 1 + sum(_size(v) for v in value)
    return 1


def _mapping(children: list[Any], *, odd_keys: bool) -> dict[str, Any]:
    data: dict[str, Any] = {}
    merged: list[Any] = []
    for key, value in zip(children[::2], children[1::2], strict=True):
        if isinstance(key, str):
            data[key] = value
        elif isinstance(key, (dict, list)):
            if not odd_keys:
                raise ParseError("a mapping key that is no scalar")
            data[f"? {json.dumps(key, default=str)}"] = value
        elif key is _MERGE:
            merged += value if isinstance(value, list) else [value]
        else:
            data[str(key)] = value
    for source in merged:
        if not isinstance(source, dict):
            if not odd_keys:
                raise ParseError("a merge key (<<) whose value is no mapping")
            data["? <<"] = source
            continue
        for key, value in source.items():
            data.setdefault(key, value)
    return data


def load(text: str, limits: Limits = DEFAULT_LIMITS, *, odd_keys: bool = False) -> list[Any]:
    """Every document of a text as plain data; keys are text. Raises ParseError.

    `odd_keys`: what no Kubernetes object can hold (a mapping as a key, a merge of what is no mapping) becomes a key that begins
    with `? `, so that the rest of the text can be compared; else it raises too."""
    return tolerant(lambda pure: _Loader(limits, odd_keys=odd_keys).read(text, pure=pure), text)
