"""The differences between two Pod templates: the CronJob's, and the one that Argo creates.

Equal counts what Kubernetes takes for equal: what the API writes where a field is absent, an empty field, the old name of
serviceAccountName, and a text that the kubelet expands from a variable that was written for nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from transformer.knowledge import table
from transformer.kubernetes.kubelet import settled
from transformer.model import Path
from transformer.redaction import veiled
from transformer.yamltext import same

Map = Mapping[str, Any]
_CONTAINERS: Final = ("containers", "initContainers")
_PAIRED: Final = (*_CONTAINERS, "volumes")  # by name: their order among each other is asked apart
_ESCAPE: Final = "ARGO_"
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` starts at the Pod template. None means absent."""

    path: Path
    before: Any
    after: Any

    @property
    def where(self) -> str:
        return "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in self.path)

    def __str__(self) -> str:
        return f"{self.where}: {_shown(self.before)} became {_shown(self.after)}"


def differences(cron_job: Any, argo: Any) -> list[Difference]:
    """All differences of the Pods, in the order of the fields."""
    old, new = _settled(cron_job), _settled(argo)
    _expand(old["spec"], new["spec"])
    return list(_between(old, new, ()))


def _shown(value: Any) -> str:
    if value is None:
        return "absent"
    text = veiled(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 2] + " …"


# --- what counts as equal


def _settled(template: Any) -> dict[str, Any]:
    template = template if isinstance(template, Mapping) else {}
    metadata = _said(template.get("metadata"))
    spec = _said(template.get("spec"))
    old_name = spec.pop("serviceAccount", None)
    spec["serviceAccountName"] = spec.get("serviceAccountName") or old_name or None
    for kind in _CONTAINERS:
        spec[kind] = [_said({**c, "env": _variables(c.get("env"))}) for c in spec.get(kind) or ()]
    return {
        "metadata": _said({k: metadata.get(k) for k in ("labels", "annotations", "finalizers")}),
        "spec": _said({k: v for k, v in spec.items() if not same(v, _defaults().get(k))}),
    }


def _variables(env: Any) -> Any:
    """Variables, with the empty text as the value of those without one."""
    return [{k: v for k, v in e.items() if k != "value" or v != ""} for e in env] if isinstance(env, list) else env


def _said(value: Any) -> dict[str, Any]:
    """The fields of a mapping without empty ones."""
    fields = value.items() if isinstance(value, Mapping) else ()
    return {k: _present(v) for k, v in fields if v is not None and v != [] and v != {} and v != ""}


def _present(value: Any) -> Any:
    """Without null and empty lists, which mean the same as absent in all types of Kubernetes."""
    if isinstance(value, Mapping):
        return {k: _present(v) for k, v in value.items() if v is not None and v != []}
    return [_present(v) for v in value] if isinstance(value, list) else value


@cache
def _defaults() -> Map:
    """The defaults that the API sets in a PodSpec."""
    rows = [r for r in table("cronjob_fields").rows if r["at"] == "pod" and r.get("default") is not None]
    return {field: row["default"] for row in rows for field in row["fields"]}


def _expand(old: Map, new: Map) -> None:
    """Variables that transformer adds, such as `ARGO_LB` for a brace. The kubelet replaces `$(ARGO_LB)` with it."""
    for kind in _CONTAINERS:
        before, after = old.get(kind) or [], new.get(kind) or []
        for i, j in _pairs(before, after):
            if i is not None and j is not None:
                before[i], after[j] = _expanded(before[i], after[j])


def _expanded(source: Map, container: Map) -> tuple[Map, Map]:
    theirs = {e.get("name") for e in source.get("env") or ()}
    known: dict[str, str] = {}
    for entry in container.get("env") or ():
        name = str(entry.get("name"))
        if name.startswith(_ESCAPE) and name not in theirs and isinstance(entry.get("value"), str):
            known[name] = entry["value"]
    return (_read(source, {}), _read(container, known)) if known else (source, container)


def _read(container: Map, known: Mapping[str, str]) -> Map:
    """The container with known variables replaced, as the kubelet does it. A variable's value uses only earlier ones."""
    env: list[Any] = []
    seen: dict[str, str] = {}
    for entry in container.get("env") or ():
        if entry.get("name") in known:
            seen[entry["name"]] = known[entry["name"]]
        else:
            env.append({**entry, "value": _filled(entry["value"], seen)} if "value" in entry else entry)
    texts = {k: [_filled(x, known) for x in container[k]] for k in ("command", "args") if k in container}
    return _said({**container, **texts, "env": env})


def _filled(text: Any, known: Mapping[str, str]) -> Any:
    return settled(text, known) if isinstance(text, str) else text


# --- side by side


def _between(a: Any, b: Any, at: Path) -> Iterator[Difference]:
    if same(a, b):
        return
    if _both(a, b, dict):
        for key in dict.fromkeys((*(a or ()), *(b or ()))):
            yield from _between((a or {}).get(key), (b or {}).get(key), (*at, key))
    elif _both(a, b, list):
        yield from _lists(a or [], b or [], at)
    else:
        yield Difference(at, a, b)


def _both(a: Any, b: Any, kind: type) -> bool:
    """Whether both are of this type, or one is and the other is absent."""
    return all(isinstance(x, kind) or x is None for x in (a, b)) and bool(a or b)


def _lists(a: list[Any], b: list[Any], at: Path) -> Iterator[Difference]:
    paired = len(at) == 2 and at[0] == "spec" and at[1] in _PAIRED
    pairs = _pairs(a, b) if paired else _by_place(len(a), len(b))
    for i, j in pairs:
        if i is None or j is None:
            yield Difference((*at, i if i is not None else j), a[i] if i is not None else None, b[j] if j is not None else None)  # type: ignore[arg-type]
        else:
            yield from _between(a[i], b[j], (*at, i))
    order = [j for i, j in pairs if i is not None and j is not None]
    if at[-1] in _CONTAINERS and order != sorted(order):
        yield Difference(at, [x.get("name") for x in a], [x.get("name") for x in b])


_Pairs = list[tuple[int | None, int | None]]


def _by_place(a: int, b: int) -> _Pairs:
    return [(n if n < a else None, n if n < b else None) for n in range(max(a, b))]


def _pairs(a: list[Any], b: list[Any]) -> _Pairs:
    """Pairs of items with the same name, then the others in order."""
    names = [x.get("name") if isinstance(x, Mapping) else None for x in b]
    found: dict[int, int] = {}
    for i, item in enumerate(a):
        name = item.get("name") if isinstance(item, Mapping) else None
        j = next((j for j, other in enumerate(names) if other == name and name is not None and j not in found.values()), None)
        if j is not None:
            found[i] = j
    rest = iter([j for j in range(len(b)) if j not in found.values()])
    for i in range(len(a)):
        if i not in found and (j := next(rest, None)) is not None:
            found[i] = j
    return [(i, found.get(i)) for i in range(len(a))] + [(None, j) for j in range(len(b)) if j not in found.values()]
