"""When two renderings hold the same objects (gitops.md 2), and what no rendered CronWorkflow may be. Written for these tests
alone: it shares nothing with `transformer/run/rendered_objects.py`, so that one can find the other's mistakes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from transformer.yamltext import load

Map: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str, str]

_NOTHING: tuple[Any, ...] = (None, {}, [])
_EMPTY_IS_ABSENT = {"labels", "annotations", "podMetadata", "workflowMetadata", "metadata", "initContainers"}
_NOISE = ("config.kubernetes.io/origin", "alpha.config.kubernetes.io/transformations")
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]*)?)(m|[kMGTPE]i?|)")
_UNIT = {"": Decimal(1), "m": Decimal("0.001"), "k": Decimal(10) ** 3}
_UNIT |= {u: Decimal(10) ** (3 * n) for n, u in enumerate("MGTPE", 2)} | {f"{u}i": Decimal(1024) ** n for n, u in enumerate("KMGTPE", 1)}
_HASH = re.compile(r"-[2456789bcdfghkmt]{10}$")
_STEPS = {"container", "script", "containerSet", "steps", "dag", "suspend", "resource", "http", "data", "plugin"}


def objects(text: str) -> dict[Key, Map]:
    """The objects of a stream; a List is unfolded."""
    return {key(o): o for document in load(text) for o in _unfolded(document)}


def _unfolded(document: Any) -> Iterator[Map]:
    if isinstance(document, dict) and document.get("kind") == "List":
        for item in document.get("items") or []:
            yield from _unfolded(item)
    elif isinstance(document, dict):
        yield document


def key(o: Map) -> Key:
    metadata = o.get("metadata") or {}
    return str(o.get("apiVersion")), str(o.get("kind")), str(metadata.get("namespace") or ""), str(metadata.get("name"))


def differences(expected: Mapping[Key, Map], have: Mapping[Key, Map], before: Mapping[Key, Map]) -> list[str]:
    """What differs. Permissions that the conversion added are left out: they may stand in one place or in another."""
    want, got = ({k: normal(o) for k, o in side.items() if not _added(k, before)} for side in (expected, have))
    if changed := _generated(want) ^ _generated(got):  # their contents were changed, and so their names
        want, got = (_without_hashes(side, changed) for side in (want, got))
    found = [f"{' '.join(k[1:])} is missing" for k in want.keys() - got.keys()]
    found += [f"{' '.join(k[1:])} should not be there" for k in got.keys() - want.keys()]
    for k in want.keys() & got.keys():
        found += [f"{' '.join(k[1:])}: {line}" for line in _unlike(want[k], got[k], "")]
    return sorted(found)


def half(expected: Mapping[Key, Map], have: Mapping[Key, Map], before: Mapping[Key, Map]) -> list[str]:
    """The CronJobs that are as they were though the rest is as expected; none where something else differs too."""
    left = [k for k in have if k[1] == "CronJob" and k not in expected and before.get(k) == have[k]]
    of = {k[2:] for k in left}
    instead = {k: o for k, o in expected.items() if not (k[1] == "CronWorkflow" and k[2:] in of)} | {k: before[k] for k in left}
    return sorted(k[3] for k in left) if left and not differences(instead, have, before) else []


def _added(k: Key, before: Mapping[Key, Map]) -> bool:
    return k[1] in ("Role", "RoleBinding") and k not in before


def _generated(side: Mapping[Key, Map]) -> set[str]:
    return {k[3] for k in side if k[1] in ("ConfigMap", "Secret") and _HASH.search(k[3])}


def _without_hashes(side: Mapping[Key, Map], names: set[str]) -> dict[Key, Map]:
    text = json.dumps([[list(k), o] for k, o in side.items()])
    for name in names:
        text = text.replace(json.dumps(name), json.dumps(_HASH.sub("-HASH", name)))
    return {tuple(k): o for k, o in json.loads(text)}


def normal(value: Any, name: str = "") -> Any:
    """In one form: what means the same is equal."""
    if isinstance(value, dict):
        return {k: held for k, v in value.items() if not (_absent(k, v, name) or _absent(k, held := normal(_read(k, v), k), name))}
    if isinstance(value, list):
        return [normal(v) for v in value]
    return value


def _read(k: str, v: Any) -> Any:
    """A podSpecPatch is an object as text: Kustomize orders the keys that it was made of."""
    return load(v) if k == "podSpecPatch" and isinstance(v, str) and "{{" not in v else v


def _absent(k: str, v: Any, inside: str) -> bool:
    if inside == "annotations" and k in _NOISE:
        return True
    if k == "annotations" and isinstance(v, dict) and set(v) <= set(_NOISE):
        return True
    return (k in _EMPTY_IS_ABSENT and v in _NOTHING) or (k == "creationTimestamp" and v is None) or (k == "status" and not inside)


def _unlike(want: Any, got: Any, at: str) -> Iterator[str]:
    if isinstance(want, dict) and isinstance(got, dict):
        for k in sorted(want.keys() | got.keys(), key=str):
            if k not in got:
                yield f"{at}/{k} is missing: {_short(want[k])}"
            elif k not in want:
                yield f"{at}/{k} should not be there: {_short(got[k])}"
            else:
                yield from _unlike(want[k], got[k], f"{at}/{k}")
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for n, (one, other) in enumerate(zip(want, got, strict=True)):
            yield from _unlike(one, other, f"{at}/{n}")
    elif not _same(want, got, at):
        yield f"{at} should be {_short(want)} and is {_short(got)}"


def _same(want: Any, got: Any, at: str) -> bool:
    if ("/requests/" in at or "/limits/" in at) and None not in (_amount(want), _amount(got)):
        return _amount(want) == _amount(got)
    return type(want) is type(got) and bool(want == got)


def _amount(value: Any) -> Decimal | None:
    found = _QUANTITY.fullmatch(str(value))
    return Decimal(found[1]) * _UNIT[found[2]] if found and found[2] in _UNIT else None


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 160 else f"{text[:157]}..."


def odd(have: Iterable[Map]) -> Iterator[str]:
    """What Kustomize hides and the API does not: a CronWorkflow that still holds a CronJob's fields, a step without an image."""
    for o in have:
        if o.get("kind") != "CronWorkflow":
            continue
        name, spec = (o.get("metadata") or {}).get("name"), o.get("spec") or {}
        if "jobTemplate" in spec:
            yield f"CronWorkflow {name} has spec.jobTemplate"
        if "schedule" in spec and "schedules" in spec:
            yield f"CronWorkflow {name} has both schedule and schedules"
        for template in (spec.get("workflowSpec") or {}).get("templates") or []:
            yield from (f"CronWorkflow {name}: {problem}" for problem in _template(template))


def _template(template: Map) -> Iterator[str]:
    if not _STEPS & set(template):
        yield f"template {template.get('name')} does nothing"
    steps = [template[k] for k in ("container", "script") if k in template]
    steps += (template.get("containerSet") or {}).get("containers") or []
    steps += [*(template.get("sidecars") or []), *(template.get("initContainers") or [])]
    for step in steps:
        if not (step or {}).get("image"):
            yield f"template {template.get('name')}: {(step or {}).get('name', 'a container')} has no image"
