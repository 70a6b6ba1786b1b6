"""Which rule is a container's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from transformer.passes.resources.params import Allotment, Globs, Match, ResourcesParams
from transformer.repository.snapshot import glob_matcher

# The pass `cronworkflow` turns one into the other, and the container of a single-container CronJob becomes `main`: a rule
# must find the same containers before and after.
CRON = frozenset({"CronJob", "CronWorkflow"})
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Subject:
    """A container as rules see it. `names`: it answers to any of them. `name_lost`: a conversion may have renamed it."""

    kinds: frozenset[str]
    name: str
    namespace: str
    labels: Mapping[str, Any]
    path: str
    image: str
    names: frozenset[str]
    name_lost: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """`why` names the rule; `doubtful`: an earlier rule may have been the one, under the container's former name."""

    allotment: Allotment
    why: str
    doubtful: bool = False


def choose(subject: Subject, params: ResourcesParams) -> Choice:
    doubtful = False
    for number, rule in enumerate(params.rules, 1):
        if not _holds(rule.match, subject):
            continue
        if rule.match.container is None or any(_any(rule.match.container, n) for n in subject.names):
            return Choice(rule, f"rule {number}", doubtful)
        doubtful = doubtful or subject.name_lost
    return Choice(params.defaults, "the defaults", doubtful)


def _holds(match: Match, subject: Subject) -> bool:
    """Every key but `container`."""
    return (
        (match.kind is None or any(_any(match.kind, k) for k in subject.kinds))
        and (match.name is None or _any(match.name, subject.name))
        and (match.namespace is None or _any(match.namespace, subject.namespace))
        and (match.image is None or (subject.image != "" and _any(match.image, subject.image)))
        and all(k in subject.labels and _any(v, str(subject.labels[k])) for k, v in match.labels.items())
        and (match.path is None or glob_matcher(tuple(_list(match.path)))(subject.path))
    )


def _any(globs: Globs, text: str) -> bool:
    return any(fnmatchcase(text, glob) for glob in _list(globs))


def _list(globs: Globs) -> Iterable[str]:
    return [globs] if isinstance(globs, str) else globs or []
