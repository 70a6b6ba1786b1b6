"""JSON patches (RFC 6902) as Kustomize applies them, and the same patch for the new kind (gitops.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from transformer.layers.conversion import MISSING, Conversion, NotCarried, at
from transformer.layers.merge_patch import SOURCE, Reasoned
from transformer.model import KEEP, Change, Op, Path, pointer
from transformer.yamltext import Edit, same

_WITH_VALUE: Final = ("add", "replace", "test")
_END: Final = "-"


def is_json_patch(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(op, Mapping) and "op" in op for op in data)


def applied(data: Mapping[str, Any], operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Raises NotCarried where Kustomize fails."""
    held = deepcopy(dict(data))
    for op in operations:
        _apply(held, op)
    return held


def _apply(data: Any, op: Mapping[str, Any]) -> None:
    name, path = str(op.get("op")), _tokens(str(op.get("path")))
    if not path:
        raise NotCarried("an operation replaces the whole object")
    if name in ("move", "copy"):
        source = _tokens(str(op.get("from")))
        value = deepcopy(_value(data, source))
        if name == "move":
            _take(data, source)
        _add(data, path, value)
    elif name == "remove":
        _take(data, path)
    elif name == "test":
        if not same(_value(data, path, None), op.get("value")):
            raise NotCarried(f"`test` of {pointer(tuple(path))} fails already")
    elif name in ("add", "replace"):
        _add(data, path, deepcopy(op.get("value")), over=name == "replace")
    else:
        raise NotCarried(f"`{name}` is no operation")


def _tokens(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise NotCarried(f"{text} is no JSON pointer")
    return [t.replace("~1", "/").replace("~0", "~") for t in text.split("/")[1:]]


def _index(held: list[Any], token: str, *, more: int = 0) -> int:
    """The number that a token means in a list; negative ones count from the end (gitops.md 1.3)."""
    if token == _END or (token.startswith("-") and token[1:].isdecimal()):
        back = 1 if token == _END else int(token[1:])
        number = len(held) + more - back
    elif token.isdecimal():
        number = int(token)
    else:
        raise NotCarried(f"{token} is no number of an item")
    if not 0 <= number < len(held) + more:
        raise NotCarried(f"there is no item {token}")
    return number


def _holder(data: Any, path: Sequence[str]) -> Any:
    for token in path[:-1]:
        if isinstance(data, list):
            data = data[_index(data, token)]
        elif isinstance(data, dict) and token in data:
            data = data[token]
        else:
            raise NotCarried(f"there is no {pointer(tuple(path))}")
    return data


_NEEDED: Final = object()


def _value(data: Any, path: Sequence[str], default: Any = _NEEDED) -> Any:
    held = _holder(data, path)
    if isinstance(held, list):
        return held[_index(held, path[-1])]
    if isinstance(held, dict) and path[-1] in held:
        return held[path[-1]]
    if default is not _NEEDED:
        return default
    raise NotCarried(f"there is no {pointer(tuple(path))}")


def _take(data: Any, path: Sequence[str]) -> None:
    held = _holder(data, path)
    _value(data, path)
    if isinstance(held, list):
        del held[_index(held, path[-1])]
    else:
        del held[path[-1]]


def _add(data: Any, path: Sequence[str], value: Any, *, over: bool = False) -> None:
    held = _holder(data, path)
    if isinstance(held, list) and over:
        held[_index(held, path[-1])] = value
    elif isinstance(held, list):
        held.insert(_index(held, path[-1], more=1), value)
    elif isinstance(held, dict):
        held[path[-1]] = value
    else:
        raise NotCarried(f"nothing can be added at {pointer(tuple(path))}")


# --- the same patch for the new kind


def rewritten(operations: Sequence[Mapping[str, Any]], base: Conversion, result: Conversion) -> list[Reasoned]:
    """The edits of the list of operations. `result`: what they make of `base.before`. Raises NotCarried."""
    edits: list[Reasoned] = []
    made: list[Mapping[str, Any]] = []
    state = deepcopy(dict(base.before))
    for n, op in enumerate(operations):
        before = deepcopy(state)
        _apply(state, op)
        new = _Operation(op, before, state, base, result).carried()
        edits += _edits(n, op, new)
        made += [] if new is None else [new]
    left = len(made)
    for op, change in _further(applied(base.after, made), result):
        why = (change.why, change.source) if change is not None else ("What the patch changes has this effect in the new kind.", SOURCE)
        edits.append(Reasoned(Edit(Op.INSERT, (left,), op), *why))
        made.append(op)
        left += 1
    if not made:
        raise NotCarried("nothing would be left of the patch")
    after = applied(base.after, made)
    if not same(after, result.after):
        from transformer.diff import explain

        raise NotCarried(f"the operations would make another object: {explain(result.after, after, values=False)[0]}")
    return edits


def _further(made: Any, result: Conversion) -> Iterator[tuple[dict[str, Any], Change | None]]:
    """Operations on fields of mappings that make up what is still missing."""
    for path, value in _differences(made, result.after, ()):
        op: dict[str, Any] = {"op": "remove", "path": pointer(path)}
        if value is not _NEEDED:
            op = {"op": "replace" if at(made, path) is not MISSING else "add", "path": pointer(path), "value": value}
        yield op, result.reason(path)


def _differences(have: Any, want: Any, at: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(have, dict) and isinstance(want, dict):
        for key in {**have, **want}:
            if key not in have or key not in want:
                yield (*at, key), want.get(key, _NEEDED)
            else:
                yield from _differences(have[key], want[key], (*at, key))
    elif isinstance(have, list) and isinstance(want, list) and len(have) == len(want):
        for n, (a, b) in enumerate(zip(have, want, strict=True)):
            yield from _differences(a, b, (*at, n))
    elif not same(have, want):
        yield at, want


def _edits(n: int, op: Mapping[str, Any], new: Mapping[str, Any] | None) -> list[Reasoned]:
    if new is None:
        return [Reasoned(Edit(Op.REMOVE, (n,)), "The new kind does not have this field.", SOURCE)]
    why = "The field stands elsewhere in the new kind."
    changed = [key for key in op if not same(op[key], new[key])]
    return [Reasoned(Edit(Op.SET, (n, key), new[key]), why, SOURCE) for key in changed]


class _Operation:
    """One operation, between the object before it and behind it."""

    def __init__(self, op: Mapping[str, Any], before: Any, after: Any, base: Conversion, result: Conversion) -> None:
        self.op, self.before, self.after, self.base, self.result = op, before, after, base, result
        self.name = str(op["op"])

    def carried(self) -> dict[str, Any] | None:
        """None where it is about a field that is dropped."""
        new = dict(self.op)
        removes = self.name == "remove"
        path, value = self._place(_tokens(str(self.op["path"])), gone=removes)
        if path is None:
            return None
        new["path"] = path
        if "from" in self.op:
            source, _ = self._place(_tokens(str(self.op["from"])), gone=True)
            if source is None:
                raise NotCarried(f"it takes {self.op['from']}, which the new kind does not have")
            new["from"] = source
        if value is not KEEP and self.name in _WITH_VALUE:
            new["value"] = value
        if self.name == "add" and self._replaces(path):
            new["op"] = "replace"
        return new

    def _replaces(self, path: str) -> bool:
        """Adding a key that is there replaces it; in a list it does not."""
        last = _tokens(path)[-1]
        was = _tokens(str(self.op["path"]))
        held = _holder(self.before, was)
        return last.isdecimal() and isinstance(held, dict) and was[-1] in held

    def _place(self, tokens: list[str], *, gone: bool) -> tuple[str | None, Any]:
        """Where the field stands in the new kind, and its value there."""
        state, conversion = (self.before, self.base) if gone else (self.after, self.result)
        path, last = _real(state, tokens, added=self.name == "add" and not gone)
        whole = conversion if at(conversion.before, path) is not MISSING else self.result if gone else self.base
        change = whole.change_of(path)
        if whole.splits(path):
            raise NotCarried(f"it changes {pointer(tuple(tokens))} as a whole, whose parts go to several places")
        place = whole.place(path)
        if place is None:
            if change is not None and change.path != path and at(whole.before, path) is MISSING:
                raise NotCarried(f"{pointer(tuple(tokens))} has no counterpart in the new kind")
            return None, KEEP
        shown = [str(step) for step in place]
        if last and isinstance(place[-1], int) and place[-1] == path[-1]:
            shown[-1] = last
        return pointer(tuple(shown)), whole.value(path)


def _real(data: Any, tokens: Sequence[str], *, added: bool) -> tuple[Path, str]:
    """Tokens as a path, and the last one where it counts from the end. `added`: the item stands in the list by now."""
    path: list[str | int] = []
    for n, token in enumerate(tokens):
        if not isinstance(data, list):
            path.append(token)
            data = data.get(token) if isinstance(data, dict) else None
            continue
        final = n == len(tokens) - 1
        number = _index(data, token)
        if final and added and token.startswith("-") and token != _END:
            number = len(data) - int(token[1:])
        path.append(number)
        data = data[number] if number < len(data) else None
    return tuple(path), tokens[-1] if tokens and tokens[-1].startswith("-") and isinstance(path[-1], int) else ""
