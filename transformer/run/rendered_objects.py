"""Rendered objects as plain data, and where two renderings differ (gitops.md 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from transformer.yamltext import Limits, load, same

Key: TypeAlias = tuple[str, str, str, str]
Objects: TypeAlias = Mapping[Key, Any]
# Names of generated ConfigMaps and Secrets end in a hash of their content, which a pass may change.
_HASH: Final = re.compile(r"-[2456789bcdfghkmt]{10}\Z")
_EMPTY_ALIKE: Final = frozenset({"labels", "annotations", "podMetadata", "workflowMetadata", "metadata", "initContainers"})
_OF_TOOLS: Final = ("config.kubernetes.io/origin", "alpha.config.kubernetes.io/transformations")
_ADDED: Final = ("Role", "RoleBinding")


def parts(text: str) -> list[str]:
    """A rendered text in parts of a document each (or of several, where a program writes them otherwise)."""
    return text.rstrip("\n").split("\n---\n")


def objects(documents: Iterable[str], limits: Limits) -> Objects:
    """By apiVersion, kind, namespace and name; lists unfolded. Raises ParseError."""
    return {key: plain for text in documents for key, plain in _of_part(text, limits)}


@lru_cache(maxsize=512)
def _of_part(text: str, limits: Limits) -> tuple[tuple[Key, Any], ...]:
    """What stands in several renderings, as most of it does, is read once."""
    found: list[tuple[Key, Any]] = []
    for document in load(text, limits):
        for one in document.get("items") or [] if isinstance(document, dict) and document.get("kind") == "List" else [document]:
            if isinstance(one, dict):
                plain = _normal(one)
                found.append((_key(plain), plain))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Difference:
    """`name` of the object that differs; empty where it is no single one."""

    name: str
    what: str


def unchanged(before: Objects, after: Objects) -> frozenset[Key]:
    """The objects that the run left alone, which it says elsewhere."""
    return frozenset(key for key, value in after.items() if key in before and same(value, before[key]))


def differences(expected: Objects, have: Objects, before: Objects) -> Iterator[Difference]:
    """What is otherwise than expected. Permissions that were added may stand in one place or in another."""
    alone = unchanged(before, have)
    for key in {**expected, **have}:
        if (key[1] in _ADDED and key not in before) or key in alone:
            continue
        if key not in have:
            yield Difference(key[3], f"{_said(key)} is missing")
        elif key not in expected:
            yield Difference(key[3], f"{_said(key)} is there, and should not be")
        elif not same(expected[key], have[key]):
            from transformer.diff import explain

            where = explain(expected[key], have[key], values=key[1] != "Secret")
            yield Difference(key[3], f"{_said(key)}: {where[0] if where else 'it differs'}")


def _key(data: Mapping[str, Any]) -> Key:
    metadata = data.get("metadata")
    inside = metadata if isinstance(metadata, dict) else {}
    name = str(inside.get("name") or inside.get("generateName") or "")
    return str(data.get("apiVersion")), str(data.get("kind")), str(inside.get("namespace") or ""), _HASH.sub("-HASH", name)


def _said(key: Key) -> str:
    return f"{key[1]} {key[2]}/{key[3]}" if key[2] else f"{key[1]} {key[3]}"


def _normal(value: Any, key: Any = None) -> Any:
    if isinstance(value, dict):
        held = {k: _normal(v, k) for k, v in value.items() if k not in _OF_TOOLS and not (k == "creationTimestamp" and v is None)}
        return {k: v for k, v in held.items() if v not in (None, {}, []) or k not in _EMPTY_ALIKE}
    if isinstance(value, list):
        return [_normal(v) for v in value]
    if isinstance(value, str) and key in ("name", "secretName", "claimName"):
        return _HASH.sub("-HASH", value)
    return value
