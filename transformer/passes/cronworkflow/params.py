"""The parameters of the pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from transformer.passkit import Params, param


@dataclass(frozen=True, slots=True)
class Parameters(Params):
    sourceTimezone: str = param("where a CronJob without `timeZone` is scheduled today", default="Etc/UTC")  # noqa: N815 - as YAML has it
    onEviction: Literal["fail", "retry"] = param(  # noqa: N815 - as YAML has it
        "what becomes of a run that is evicted: `fail` ends it (it never runs twice), `retry` starts it again, as a Job does",
        default="fail",
    )
    accept: list[str] = param("rows of the field table whose change of behaviour is fine for these jobs", factory=list)
