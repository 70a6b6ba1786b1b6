"""Rules of one template (argo.md 4.3.1, 6.1)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from transformer.argo.reserved import limit
from transformer.argo.rules.subject import Subject
from transformer.argo.templates import TYPES

_NAME: Final = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
_RETRY_POLICIES: Final = ("", "Always", "OnFailure", "OnError", "OnTransientError")


def names(subject: Subject) -> Iterator[str]:
    listed = [t.name for t in subject.templates if not t.label.endswith("inline")]
    for name, times in Counter(filter(None, listed)).items():
        if times > 1:
            yield f"two templates have the name {name!r} (argo.md 6.1)"
        if not _NAME.fullmatch(name) or len(name) > limit("template-name"):
            yield f"template {name!r}: Argo refuses this name (argo.md 4)"
    if "" in listed:
        yield "a template has no name (argo.md 6.1)"


def one_type(subject: Subject) -> Iterator[str]:
    for t in subject.templates:
        found = [kind for kind in TYPES if t.data.get(kind) is not None]
        if len(found) != 1:
            yield f"{t.label}: expected one of {', '.join(TYPES)}, found {' and '.join(found) or 'none'} (argo.md 6.1)"


def retry_limit(subject: Subject) -> Iterator[str]:
    """Without a limit, it retries for ever, every 10 s. Lint accepts it."""
    strategies = [(t.label, t.data.get("retryStrategy")) for t in subject.templates]
    for label, found in (("the workflow", subject.workflow.get("retryStrategy")), *strategies):
        if not isinstance(found, dict):
            continue
        if found.get("limit") is None:
            yield f"{label}: a retryStrategy without a limit retries for ever (argo.md 4.3.1)"
        if isinstance(policy := found.get("retryPolicy"), str) and policy not in _RETRY_POLICIES:
            yield f"{label}: retryPolicy {policy!r} is unknown (argo.md 4.3.1)"


RULES: Final = (names, one_type, retry_limit)
