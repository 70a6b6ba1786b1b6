"""Kubernetes' strategic merge on plain data, by the table `merge_keys`: how Argo applies podSpecPatch and its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from transformer.knowledge import Row, table

_DIRECTIVE: Final = "$patch"
_RETAIN: Final = "$retainKeys"


class NotMergedError(ValueError):
    """A patch that Kubernetes refuses, or of a form that this module does not know."""


def merged(original: Mapping[str, Any], patch: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """`original` with `patch` over it. `kind` is a type of the table; with any other, lists are replaced."""
    asked = _directive(patch)
    if asked == "delete":
        return {}
    if asked == "replace":
        return {k: _plain(v) for k, v in patch.items() if v is not None and k != _DIRECTIVE}
    out = dict(original)
    for name, value in patch.items():
        if name in (_DIRECTIVE, _RETAIN):
            continue
        if name.startswith("$"):
            raise NotMergedError(f"{name} is not understood")
        if value is None:
            out.pop(name, None)
        else:
            out[name] = _fresh(value) if out.get(name) is None else _over(out[name], value, _rows().get((kind, name)))
    if _RETAIN in patch:
        out = {name: value for name, value in out.items() if name in patch[_RETAIN]}
    return out


def _over(old: Any, new: Any, row: Row | None) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return merged(old, new, row.get("type") or "" if row else "")
    if isinstance(old, list) and isinstance(new, list) and row and row.get("key"):
        return _items(old, new, row["key"], row.get("type") or "")
    return _plain(new)


def _items(old: list[Any], new: list[Any], key: str, kind: str) -> list[Any]:
    for item in (*old, *new):
        if not isinstance(item, Mapping) or (key not in item and _DIRECTIVE not in item):
            raise NotMergedError(f"an item of a list has no `{key}`, by which the list is merged")
    asked = [i for i in new if _DIRECTIVE not in i]
    if any(_directive(i) == "replace" for i in new):
        return [_plain(i) for i in asked]
    gone = [i.get(key) for i in new if _directive(i) == "delete"]
    out = kept = [i for i in old if i.get(key) not in gone]
    for item in asked:
        place = next((n for n, i in enumerate(out) if i[key] == item[key]), None)
        out = [*out, _plain(item)] if place is None else [*out[:place], merged(out[place], item, kind), *out[place + 1 :]]
    return _ordered(out, [i[key] for i in asked], [i[key] for i in kept], key)


def _ordered(items: list[Any], patched: list[Any], original: list[Any], key: str) -> list[Any]:
    """What the patch names stands in its order, before what follows in the original; what is new stands first."""
    ours = [i for i in items if i[key] not in patched]
    theirs = sorted((i for i in items if i[key] in patched), key=lambda i: patched.index(i[key]))
    out: list[Any] = []
    while ours and theirs:
        follows = theirs[0][key] in original and original.index(ours[0][key]) < original.index(theirs[0][key])
        out.append((ours if follows else theirs).pop(0))
    return [*out, *theirs, *ours]


def _directive(patch: Mapping[str, Any]) -> str:
    asked = patch.get(_DIRECTIVE, "merge")
    if asked not in ("merge", "replace", "delete"):
        raise NotMergedError(f"$patch is {asked!r}")
    return str(asked)


def _fresh(value: Any) -> Any:
    """A part of a patch that meets nothing: items that only say what to do with others go."""
    if isinstance(value, list):
        value = [i for i in value if not (isinstance(i, Mapping) and _DIRECTIVE in i)]
    return _plain(value)


def _plain(value: Any) -> Any:
    """Without nulls. What directives do so deep depends on Kubernetes' version."""
    if isinstance(value, Mapping):
        if any(k.startswith("$") for k in value):
            raise NotMergedError(f"{next(k for k in value if k.startswith('$'))} stands where there is nothing to merge with")
        return {k: _plain(v) for k, v in value.items() if v is not None}
    return [_plain(i) for i in value] if isinstance(value, list) else value


@cache
def _rows() -> Mapping[tuple[str, str], Row]:
    return {(row["of"], row["field"]): row for row in table("merge_keys").rows}
