"""Argo's rules for every target version: what its controller refuses, drops or never runs, mostly without an error (argo.md 6.1).

Every rule is a function from a subject to sentences; `lint` reports some of them, and nothing reports the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from transformer.argo.rules import containers, cron, patches, pods, schema, tags, templates, workflow
from transformer.argo.rules.subject import Subject
from transformer.model import Target

RULES: Final[tuple[Callable[[Subject], Iterator[str]], ...]] = (
    schema.rule,
    *cron.RULES,
    *workflow.RULES,
    *templates.RULES,
    *containers.RULES,
    *pods.RULES,
    *patches.RULES,
    *tags.RULES,
)


def faults(data: Mapping[str, Any], target: Target) -> list[str]:
    """Reasons why the object would not run on the target, or not as it is written."""
    subject = Subject.of(data, target)
    return list(dict.fromkeys(m for rule in RULES for m in rule(subject))) if subject else []
