"""Placeholders that another program fills in before anything is applied: they are no values, so nothing is judged by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from transformer.passes.cronworkflow.rows import LEVELS
from transformer.passkit import Finding, Path, Resource, Severity, Skip

PLACEHOLDER: Final = "CRON008"
# ${X} $X {{ x }} {% x %} #{X} @{X} <%= x %> <X> @X@ @@X@@ %X% %%X%% __X__ $(X) $((X)) ((x)) [[ x ]]
_PLACEHOLDER: Final = re.compile(
    r"\$\{[^}]{0,300}\}|\$[A-Za-z_]\w*|\{\{.{0,300}?\}\}|\{%.{0,300}?%\}|[#@]\{[^}]{0,300}\}|<%.{0,300}?%>|<[A-Za-z_][\w. -]{0,300}>"
    r"|@{1,9}\w[\w.-]{0,300}@{1,9}|%{1,9}\w[\w.-]{0,300}%{1,9}|__\w{1,300}?__|\$\({1,2}\w[\w.-]{0,300}\){1,2}|\(\(.{0,300}?\)\)|\[\[.{0,300}?\]\]",
    re.S,
)
# Fields whose value is read here, and not only carried.
_READ: Final[tuple[Path, ...]] = (
    ("metadata", "name"),
    ("metadata", "namespace"),
    *(
        ("spec", key)
        for key in (
            "schedule",
            "timeZone",
            "concurrencyPolicy",
            "suspend",
            "startingDeadlineSeconds",
            "successfulJobsHistoryLimit",
            "failedJobsHistoryLimit",
        )
    ),
    *(
        (*LEVELS["job"], key)
        for key in (
            "backoffLimit",
            "activeDeadlineSeconds",
            "parallelism",
            "completions",
            "completionMode",
            "ttlSecondsAfterFinished",
            "suspend",
            "podReplacementPolicy",
        )
    ),
    *((*LEVELS["pod"], key) for key in ("restartPolicy", "activeDeadlineSeconds", "terminationGracePeriodSeconds")),
)


def left_alone(resource: Resource) -> Iterator[Finding | Skip]:
    """Where fields that would have to be read hold placeholders: each is told, and the CronJob skipped."""
    found = [(path, text) for path in _READ if (text := placeholder(resource.get(*path)))]
    for path, text in found:
        yield resource.finding(
            PLACEHOLDER,
            f"`{path[-1]}` holds the placeholder `{text}`. Another program fills it in before this CronJob is applied.",
            remedy="Convert what that program renders, or write the value here. Until then this CronJob is left alone.",
            source="architecture §10",
            path=path,
            severity=Severity.INFO,
        )
    if found:
        path, text = found[0]
        yield resource.skip(f"a placeholder (`{text}`) stands in `{path[-1]}`: another program fills it in first")


def placeholder(value: Any) -> str:
    """The placeholder in a text; empty where there is none."""
    found = _PLACEHOLDER.search(value) if isinstance(value, str) else None
    return found[0] if found else ""
