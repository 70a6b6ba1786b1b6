"""Walks a CronJob field by field. Each value of the table's column `how` has one function here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.fields import accounts, failures, layout, names, pod, retries, several, timing
from transformer.passes.cronworkflow.rows import LEVELS, fits, is_default, row_for, rule
from transformer.passkit import Path

# Where an empty value, or the API's default, stays as it is.
_FREE: Final = frozenset({"keep"})
# Where an empty text is dropped, because Kubernetes reads it as absent.
_CARRIED: Final = frozenset({"move", "patch"})
# Where an empty collection is dropped.
_EMPTY: Final = frozenset({"refuse", "patch"})


def walk(draft: Draft, level: str, at: Path) -> None:
    """Every field of one mapping."""
    node = draft.resource.get(*at)
    for field, value in node.items():
        path = (*at, field)
        row = row_for(level, field, node, draft.argo)
        if row is None:
            draft.refuse(rule("unknown-field"), path)
        elif value is None and row["how"] in _FREE:
            continue
        elif value is None or (value in ({}, []) and row["how"] in _EMPTY) or (value == "" and row["how"] in _CARRIED):
            draft.drop(path, rule("says-nothing"))
        elif is_default(row, value) and row["how"] not in _FREE:
            draft.drop(path, rule("api-default"))
        elif not fits(row, value):
            draft.refuse(rule("wrong-type"), path)
        else:
            HOW[row["how"]](draft, row, path, value)


def _keep(draft: Draft, row: Row, path: Path, _value: Any) -> None:
    draft.consent(row, path)


def _move(draft: Draft, row: Row, path: Path, _value: Any) -> None:
    draft.consent(row, path)
    draft.place(row["to"] + (str(path[-1]) if row["to"].endswith("/") else ""), path, row)


def _patch(draft: Draft, row: Row, path: Path, _value: Any) -> None:
    draft.consent(row, path)
    draft.patched.append((path, row))


def _drop(draft: Draft, row: Row, path: Path, value: Any) -> None:
    if row.id == "service-account-alias" and draft.resource.get(*path[:-1], "serviceAccountName") != value:
        draft.refuse(rule("service-account-conflict"), path)
        return
    draft.consent(row, path)
    draft.drop(path, row)


def _refuse(draft: Draft, row: Row, path: Path, _value: Any) -> None:
    draft.refuse(row, path)


def _descend(draft: Draft, row: Row, path: Path, value: Any) -> None:
    if not isinstance(value, dict):
        draft.refuse(rule("wrong-type"), path)
    elif value:
        reader = draft.readers.get(row["to"])
        reader(draft, path) if reader else walk(draft, row["to"], path)
    elif path != LEVELS["metadata"]:
        draft.drop(path, rule("says-nothing"))


def _containers(draft: Draft, row: Row, path: Path, value: list[Any]) -> None:
    layout.place(draft, row, path)
    for n, container in enumerate(value):
        walk(draft, layout.level(draft, n), (*path, n))
        pod.wrapped(draft, (*path, n), container)
        layout.alone(draft, n, container)
        names.follow(draft, (*path, n), container)


def _init_containers(draft: Draft, row: Row, path: Path, value: list[Any]) -> None:
    draft.place(row["to"], path, row)
    for n, container in enumerate(value):
        if not isinstance(container, dict):
            draft.refuse(rule("wrong-type"), (*path, n))
            continue
        walk(draft, "init-container", (*path, n))
        pod.any_container(draft, (*path, n), container)
        names.follow(draft, (*path, n), container)


HOW: Final[Mapping[str, Callable[[Draft, Row, Path, Any], None]]] = {
    "keep": _keep,
    "move": _move,
    "patch": _patch,
    "drop": _drop,
    "refuse": _refuse,
    "descend": _descend,
    "schedule": timing.schedule,
    "timezone": timing.timezone,
    "deadline": timing.deadline,
    "retries": retries.retries,
    "failure-policy": failures.policy,
    "completions": several.completions,
    "parallelism": several.parallelism,
    "indexed": several.indexed,
    "no-token": accounts.no_token,
    "containers": _containers,
    "init-containers": _init_containers,
    "labels": pod.labels,
    "annotations": pod.own_annotations,
    "volumes": pod.volumes,
}
