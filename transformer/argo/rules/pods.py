"""Fields of Kubernetes that are newer than the k8s.io/api the target's controller is built with: it drops them (argo.md 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from transformer.argo.releases import dropped
from transformer.argo.rules.subject import Subject, Template
from transformer.model import pointer

# Where a template's fields stand in the Pod.
_SAME: Final = ("affinity", "hostAliases", "initContainers", "nodeSelector", "securityContext", "tolerations", "volumes")


def dropped_fields(subject: Subject) -> Iterator[str]:
    for t in subject.templates:
        for path in dropped(_pod(t), subject.argo):
            yield f"{t.label}: {pointer(path)[1:]} is newer than the target, which drops it without an error (argo.md 4.6)"


def _pod(t: Template) -> dict[str, Any]:
    mains = [c for _, c in t.mains] + [c for kind, c in t.helpers if kind == "sidecars"]
    return {"containers": mains, **{field: t.data[field] for field in _SAME if field in t.data}}


RULES: Final = (dropped_fields,)
