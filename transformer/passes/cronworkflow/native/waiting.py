"""The fields of the Job and the Pod that only waited for a Workflow and are removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import LEVELS, fits, is_default, row_for, rule
from transformer.passkit import Path

# Fields with a row of their own. All others have the row of their level.
_ROWS: Final[Mapping[str, Mapping[str, str]]] = {
    "job-template": {},
    "job-metadata": {"labels": "native-job-metadata", "annotations": "native-job-metadata"},
    "job": {
        "activeDeadlineSeconds": "native-deadline",
        "ttlSecondsAfterFinished": "native-ttl",
        "podReplacementPolicy": "native-waiting-job",
        "podFailurePolicy": "native-waiting-job",
    },
    "pod-template": {},
    "pod-metadata": {},
    "pod": {
        "serviceAccountName": "native-account",
        "serviceAccount": "native-account",
        "initContainers": "native-several-containers",
        "ephemeralContainers": "native-several-containers",
    },
    "container": {
        "command": "native-command",
        "args": "native-command",
        "env": "native-environment",
        "envFrom": "native-environment-from",
    },
}
_OTHERS: Final[Mapping[str, str]] = {
    "job-metadata": "native-waiting-job",
    "job": "native-job-field",
    "pod-metadata": "native-waiting-pod",
    "pod": "native-waiting-pod",
    "container": "native-waiting-pod",
}


def read(draft: Draft, path: Path) -> None:
    """The jobTemplate, from its root down."""
    _level(draft, "job-template", path)
    job = LEVELS["job"]
    if draft.resource.get(*job, "backoffLimit") is None:
        draft.consent(rule("native-retries"), (*job, "backoffLimit"))
    gone = [p for p in draft.drops if p[: len(LEVELS["pod-template"])] == LEVELS["pod-template"]]
    draft.tell(rule("native-pod-gone"), LEVELS["pod-template"], ", ".join(dict.fromkeys(str(p[-1]) for p in gone)))


def _level(draft: Draft, level: str, at: Path) -> None:
    node = draft.resource.get(*at)
    if not isinstance(node, dict):
        draft.refuse(rule("wrong-type"), at)
        return
    for field, value in node.items():
        _field(draft, level, (*at, field), value, row_for(level, field, node, draft.argo))


def _field(draft: Draft, level: str, path: Path, value: Any, known: Row | None) -> None:
    if known is None:
        draft.refuse(rule("unknown-field"), path)
    elif value is None or value in ({}, []):
        draft.drop(path, rule("says-nothing"))
    elif known["how"] == "descend":
        _level(draft, known["to"], path)
    elif not fits(known, value):
        draft.refuse(rule("wrong-type"), path)
    elif (level, path[-1]) in _HOW:
        _HOW[level, str(path[-1])](draft, path, value)
    elif is_default(known, value):
        draft.drop(path, rule("api-default"))
    else:
        _apply(draft, rule(_ROWS[level].get(str(path[-1]), _OTHERS[level])), path)


def _apply(draft: Draft, row: Row, path: Path) -> None:
    draft.tell(row, path)
    if row["how"] == "move":
        draft.place(row["to"], path, row)
    elif row["how"] == "drop":
        draft.drop(path, row)


def _backoff(draft: Draft, path: Path, value: int) -> None:
    _apply(draft, rule("native-retries" if value else "native-no-retries"), path)


def _containers(draft: Draft, path: Path, value: list[Any]) -> None:
    if len(value) != 1:
        draft.refuse(rule("native-several-containers"), path)
    else:
        _level(draft, "container", (*path, 0))


_HOW: Final[Mapping[tuple[str, str], Callable[[Draft, Path, Any], None]]] = {
    ("job", "backoffLimit"): _backoff,
    ("pod", "containers"): _containers,
}
