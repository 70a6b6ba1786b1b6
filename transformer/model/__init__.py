"""The records that every stage passes on: standard library only, frozen."""

from transformer.model.records import (
    KEEP,
    Addition,
    Change,
    DroppedComment,
    Finding,
    Op,
    Outcome,
    PassResult,
    Path,
    Plan,
    ResourceId,
    Scalar,
    Severity,
    Skip,
    Verdict,
    pointer,
)
from transformer.model.version import Target, Version

__all__ = [
    "KEEP",
    "Addition",
    "Change",
    "DroppedComment",
    "Finding",
    "Op",
    "Outcome",
    "PassResult",
    "Path",
    "Plan",
    "ResourceId",
    "Scalar",
    "Severity",
    "Skip",
    "Target",
    "Verdict",
    "Version",
    "pointer",
]
