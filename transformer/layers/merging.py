"""Kustomize's strategic merge on plain data, by the table `kustomize_merge`: what a patch brings stands first in a list
(gitops.md 1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from transformer.knowledge import table
from transformer.layers.conversion import NotCarried
from transformer.model import Path
from transformer.yamltext import scalar_text

DIRECTIVE: Final = "$patch"


@cache
def _rows() -> Mapping[tuple[str, str], tuple[str, str]]:
    found = {(r["of"], r["field"]): (str(r.get("key") or ""), str(r.get("type") or "")) for r in table("merge_keys").rows}
    return found | {(r["of"], r["field"]): (str(r.get("key") or ""), str(r.get("type") or "")) for r in table("kustomize_merge").rows}


def schema(kind: str, field: str) -> tuple[str, str]:
    """The key by which a list in that field is merged (empty: it is replaced), and the type of what it holds."""
    return _rows().get((kind, field), ("", ""))


def merges(path: Path, kind: str) -> bool:
    """Whether a path leads into a list that is merged item by item."""
    key = ""
    for step in path:
        if isinstance(step, int):
            if key:
                return True
            key = ""
        else:
            key, kind = schema(kind, step)
    return bool(key)


def merged(base: Mapping[str, Any], patch: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """`base` with `patch` over it; None where the patch deletes it."""
    asked = patch.get(DIRECTIVE)
    if asked == "delete":
        return None
    if asked == "replace":
        return {k: _clean(v) for k, v in patch.items() if k != DIRECTIVE and v is not None}
    if any(str(k).startswith("$") and k != DIRECTIVE for k in patch):
        raise NotCarried("it holds a directive other than $patch")
    out = dict(base)
    for name, value in patch.items():
        if name == DIRECTIVE:
            continue
        new = _over(out.get(name), value, *schema(kind, name))
        if new is None:
            out.pop(name, None)
        else:
            out[name] = new
    return out


def _over(old: Any, new: Any, key: str, kind: str) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return merged(old, new, kind)
    if isinstance(old, list) and isinstance(new, list) and key:
        return _items(old, new, key, kind)
    if isinstance(new, Mapping) and new.get(DIRECTIVE) == "delete":
        return None
    if isinstance(old, str) and isinstance(new, (bool, int, float)) and scalar_text(old) != old:
        raise NotCarried(f"Kustomize keeps the quotes of {old!r}, so that {new} would become a text")
    return _clean(new)


def _items(old: list[Any], new: list[Any], key: str, kind: str) -> list[Any]:
    if any(not isinstance(i, Mapping) for i in (*old, *new)):
        return [_clean(i) for i in new]
    if any(i.get(DIRECTIVE) == "replace" and key not in i for i in new):
        return [_clean(i) for i in new if DIRECTIVE not in i]
    if any(not isinstance(i.get(key), (str, int, float)) for i in (*old, *new)):
        raise NotCarried(f"an item of a list has no `{key}`, by which the list is merged")
    there = {i[key]: i for i in old}
    front = [merged(there[i[key]], i, kind) if i[key] in there else _clean(i) for i in new if i.get(DIRECTIVE) != "delete"]
    named = {i[key] for i in new}
    return [*(i for i in front if i is not None), *(i for i in old if i[key] not in named)]


def _clean(value: Any) -> Any:
    """Without nulls and directives."""
    if isinstance(value, Mapping):
        return {k: _clean(v) for k, v in value.items() if v is not None and not str(k).startswith("$")}
    if isinstance(value, list):
        return [_clean(i) for i in value if not (isinstance(i, Mapping) and i.get(DIRECTIVE) == "delete")]
    return value


def named_as(data: Mapping[str, Any], patched_data: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a patched object: a patch finds it by its name, perhaps with a prefix, or by a target, and renames nothing."""
    was, now = data.get("metadata"), patched_data.get("metadata")
    if not isinstance(was, Mapping) or not isinstance(now, Mapping):
        raise NotCarried("it leaves the object without metadata")
    return {**now, "name": was.get("name")}
