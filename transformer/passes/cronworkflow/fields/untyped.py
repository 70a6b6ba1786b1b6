"""What a CronJob holds, whatever its type: what Kubernetes would not take is refused by the walk, and reads as empty here."""

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
    """The mappings of a list; anything else in it counts as an empty one, so that numbers stay right."""
    yield from ((x if isinstance(x, dict) else {}) for x in value) if isinstance(value, list) else ()


def words(value: Any) -> list[Any]:
    """The items of a list such as `args`."""
    return value if isinstance(value, list) else []


def long_arguments(arguments: Sequence[Any]) -> bool:
    """Whether Argo would pass them on through a ConfigMap."""
    return len(json.dumps(arguments, ensure_ascii=False).encode()) > limit("argument-bytes")
