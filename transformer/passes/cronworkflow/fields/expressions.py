"""When a run is retried: the expression of the retryStrategy (argo.md 4.3.1, 4.3.2, 4.4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.fields import failures
from transformer.passes.cronworkflow.fields.failures import UNKNOWN, Codes
from transformer.passes.cronworkflow.rows import LEVELS, applies, rule
from transformer.passkit import Path

# -1: unknown, as for a deleted Pod. 137 and 143: killed, terminated.
_EVICTED: Final = Codes(frozenset({UNKNOWN, 137, 143}))
# 0: the work is done, and only a sidecar failed.
_DONE: Final = Codes(frozenset({0}))
# Argo only knows the exit code of a container called main. The message has that of the first container that failed.
_BY_MESSAGE: Final = 'lastRetry.message matches "exit code [0-9]+[)]" and not (lastRetry.message matches "exit code (137|143)[)]")'


def tried_again(draft: Draft, path: Path) -> str:
    """The expression that is true for a retry. Empty if every failure is retried. Refused if the target has no expressions."""
    expression = failures.final(draft).expression if draft.params.onEviction == "retry" else _not_evicted(draft, path)
    if expression and applies(rule("retry-expression"), draft.argo):
        draft.refuse(rule("retry-expression"), path)
    return expression


def _not_evicted(draft: Draft, path: Path) -> str:
    """The expression that is true for failures of the job itself."""
    if draft.layout == "containerSet":
        _of_a_set(draft, path)
        return _BY_MESSAGE
    codes = failures.final(draft) | _EVICTED
    code = (codes | _DONE if draft.layout == "sidecars" else codes).expression
    return _or_before(draft, code, path) if _initial(draft) else code


def _or_before(draft: Draft, code: str, path: Path) -> str:
    """If an init container fails, the main container has no exit code."""
    old = rule("init-retries-old")
    if applies(old, draft.argo):
        draft.consent(old, path)
        return code
    return f'{code} or (lastRetry.exitCode == "-1" and {_BY_MESSAGE})'


def _initial(draft: Draft) -> bool:
    """Whether there are init containers that can fail."""
    return any(i and i.get("restartPolicy") != "Always" for i in _inits(draft))


def _inits(draft: Draft) -> list[Mapping[str, Any]]:
    found = draft.resource.get(*LEVELS["pod"], "initContainers")
    return [i if isinstance(i, dict) else {} for i in found] if isinstance(found, list) else []


def _of_a_set(draft: Draft, path: Path) -> None:
    old, native = rule("container-set-retries-old"), rule("container-set-retries-native")
    if applies(old, draft.argo):
        draft.refuse(old, path)
    for n, init in enumerate(_inits(draft)):
        if init.get("restartPolicy") == "Always":
            draft.refuse(native, (*LEVELS["pod"], "initContainers", n, "restartPolicy"))
    if len(draft.resource.get(*LEVELS["pod"], "containers")) > 1:
        draft.consent(rule("container-set-retries"), path)
