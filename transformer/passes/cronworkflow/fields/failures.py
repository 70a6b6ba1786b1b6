"""podFailurePolicy as exit codes without a retry, for the expression of the retryStrategy (argo.md 4.3.2).

For each failed Pod, the first rule that matches applies. Argo only sees the exit code of the container main. -1 means none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.fields.untyped import dicts
from transformer.passes.cronworkflow.rows import LEVELS, rule
from transformer.passkit import Path

UNKNOWN: Final = -1
# No rule about exit codes matches a Pod without one, or with 0.
_NEVER: Final = frozenset({UNKNOWN, 0})
_JOB: Final = LEVELS["job"]
_POD: Final = LEVELS["pod"]
_DISRUPTION: Final = "DisruptionTarget"


@dataclass(frozen=True, slots=True)
class Codes:
    """A set of exit codes. With `others`: all except these."""

    named: frozenset[int] = frozenset()
    others: bool = False

    def __or__(self, more: Codes) -> Codes:
        if self.others and more.others:
            return Codes(self.named & more.named, True)
        if self.others or more.others:
            most, few = (self, more) if self.others else (more, self)
            return Codes(most.named - few.named, True)
        return Codes(self.named | more.named)

    def __sub__(self, less: Codes) -> Codes:
        """The codes that are only in this set."""
        return _not(_not(self) | less)

    @property
    def expression(self) -> str:
        """An expression: the last exit code is not in the set. Empty if the set is empty."""
        if not self.named and not self.others:
            return ""
        return f"asInt(lastRetry.exitCode) {'in' if self.others else 'not in'} {sorted(self.named)}"


def _not(codes: Codes) -> Codes:
    return Codes(codes.named, not codes.others)


def policy(draft: Draft, row: Row, path: Path, value: Any) -> None:
    """Refuse rules that an expression cannot state."""
    draft.drop(path, row)
    if draft.resource.get(*_POD, "restartPolicy") != "Never":
        draft.refuse(rule("pod-failure-restart"), path)
    rules = value.get("rules")
    if set(value) - {"rules"} or not isinstance(rules, list):
        draft.refuse(rule("wrong-type"), path)
        return
    for n, one in enumerate(rules):
        _rule(draft, (*path, "rules", n), one)


def final(draft: Draft) -> Codes:
    """The exit codes after which the Job fails at once. -1 is never one of them."""
    found, seen = Codes(), Codes()
    for one in dicts(draft.resource.get(*_JOB, "podFailurePolicy", "rules")):
        if codes := _codes(one):
            if one.get("action") == "FailJob":
                found |= codes - seen
            seen |= codes
    return found


def _codes(one: Any) -> Codes | None:
    asked = one.get("onExitCodes")
    values = asked.get("values") if isinstance(asked, dict) else None
    if not isinstance(asked, dict) or not isinstance(values, list) or any(not isinstance(v, int) for v in values):
        return None
    named = frozenset(values)
    return Codes(named - _NEVER) if asked.get("operator") == "In" else Codes(named | _NEVER, others=True)


def _rule(draft: Draft, path: Path, one: Any) -> None:
    if draft.resource.get(*_JOB, "backoffLimit") == 0 and isinstance(one, dict) and one.get("action") in ("FailJob", "Count"):
        return  # there are no retries
    for name in _obstacles(draft, one):
        if name == "pod-failure-conditions":
            draft.consent(rule(name), path)
        else:
            draft.refuse(rule(name), path)


def _obstacles(draft: Draft, one: Any) -> Iterator[str]:
    if not isinstance(one, dict) or set(one) - {"action", "onExitCodes", "onPodConditions"}:
        yield "wrong-type"
    elif one.get("action") == "FailIndex":
        yield "pod-failure-index"
    elif one.get("action") not in ("FailJob", "Ignore", "Count"):
        yield "pod-failure-unknown"
    elif one.get("onPodConditions"):
        yield from _of_conditions(draft, one)
    else:
        yield from _of_codes(draft, one)


def _of_conditions(draft: Draft, one: Any) -> Iterator[str]:
    patterns = list(dicts(one["onPodConditions"]))
    if any(p.get("type") != _DISRUPTION or p.get("status", "True") != "True" for p in patterns):
        yield "pod-failure-other-conditions"
    elif one["action"] == "FailJob" and draft.params.onEviction == "retry":
        yield "pod-failure-eviction"
    else:
        yield "pod-failure-conditions"


def _of_codes(draft: Draft, one: Any) -> Iterator[str]:
    asked = one.get("onExitCodes")
    if _codes(one) is None or asked.get("operator") not in ("In", "NotIn"):
        yield "pod-failure-unknown"
        return
    name, work = asked.get("containerName"), draft.resource.get(*_POD, "containers", draft.main, "name")
    alone = len(draft.resource.get(*_POD, "containers")) == 1 and not draft.resource.get(*_POD, "initContainers")
    if draft.layout == "containerSet":
        yield "pod-failure-set"
    elif name is not None and name != work:
        yield "pod-failure-container"
    elif name is None and not alone:
        yield "pod-failure-any-container"
    if one["action"] == "Ignore":
        yield "pod-failure-ignore-codes"
