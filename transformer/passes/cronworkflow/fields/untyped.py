"""Reads values of any type. Values that Kubernetes refuses count as empty here; the walk refuses them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transformer.argo.reserved import limit
from transformer.passkit import Path


def everything(node: Any, at: Path) -> Iterator[tuple[Path, Any]]:
    """Every scalar with its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from everything(value, (*at, key))
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from everything(value, (*at, n))
    else:
        yield at, node


def dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    """The mappings of a list. Other items count as empty mappings, so that positions stay right."""
    yield from ((x if isinstance(x, dict) else {}) for x in value) if isinstance(value, list) else ()


def words(value: Any) -> list[Any]:
    """The items of a list such as `args`."""
    return value if isinstance(value, list) else []


def long_arguments(arguments: Sequence[Any]) -> bool:
    """Whether Argo would pass them on through a ConfigMap."""
    return len(json.dumps(arguments, ensure_ascii=False).encode()) > limit("argument-bytes")
