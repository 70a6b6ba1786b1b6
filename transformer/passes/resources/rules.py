"""The rule that applies to a container."""

from __future__ import annotations

from dataclasses import dataclass

from transformer.passes.resources.params import Allotment, Match, ResourcesParams
from transformer.passkit.match import Subject as Owner
from transformer.passkit.match import fits, holds

# The pass `cronworkflow` turns one into the other, and the container of a single-container CronJob becomes `main`: a rule
# must find the same containers before and after.
CRON = frozenset({"CronJob", "CronWorkflow"})
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Subject:
    """A container as rules see it. A rule may use any of `names`. `name_lost`: a conversion may have renamed it."""

    owner: Owner
    kinds: frozenset[str]
    names: frozenset[str]
    name_lost: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """`why` names the rule, `number` counts it from 1 (0: none). `doubtful`: an earlier rule
    may have matched the container's former name."""

    allotment: Allotment
    why: str
    doubtful: bool = False
    number: int = 0


def choose(subject: Subject, params: ResourcesParams) -> Choice:
    doubtful = False
    for number, rule in enumerate(params.rules, 1):
        if not _holds(rule.match, subject):
            continue
        if rule.match.container is None or any(fits(rule.match.container, n) for n in subject.names):
            return Choice(rule, f"those of rule {number}", doubtful, number)
        doubtful = doubtful or subject.name_lost
    return Choice(params.defaults, "the defaults", doubtful)


def _holds(match: Match, subject: Subject) -> bool:
    """Every key but `container`."""
    return (match.kind is None or any(fits(match.kind, k) for k in subject.kinds)) and holds(match, subject.owner)
