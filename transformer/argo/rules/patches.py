"""podSpecPatch: a text that Argo reads only when it creates a Pod (argo.md 4.6, 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from transformer.argo.releases import dropped, kubernetes
from transformer.argo.rules.subject import Subject
from transformer.kubernetes import schemas
from transformer.model import pointer
from transformer.yamltext import ParseError, load


def patch(subject: Subject) -> Iterator[str]:
    """It is valid YAML of the type PodSpec, without fields that the controller drops or cannot read."""
    texts = [("the workflow", subject.workflow.get("podSpecPatch")), *((t.label, t.data.get("podSpecPatch")) for t in subject.templates)]
    for label, text in texts:
        if isinstance(text, str) and text:
            yield from (f"{label}: podSpecPatch: {m}" for m in _judged(text, subject))


def _judged(text: str, subject: Subject) -> Iterator[str]:
    if text.count("{{") > text.count("}}"):
        yield "`{{` that is never closed (argo.md 7.1)"
        return
    if "{{" in text:  # what stands there once Argo has filled it in is not known
        return
    try:
        documents = load(text)
    except ParseError as e:
        yield f"it is not valid YAML: {e.problem} (argo.md 4.6)"
        return
    data: Any = documents[0] if len(documents) == 1 else None
    if not isinstance(data, dict):
        yield "expected a mapping (argo.md 4.6)"
        return
    version = schemas.version_near(kubernetes(subject.argo))
    schema = schemas.of_type("PodSpec", version)
    yield from (f"{m} (argo.md 4.6)" for m in schemas.judge(schema, data, (), version, whole=False))
    for path in dropped(data, subject.argo):
        yield f"{pointer(path)[1:]} is newer than the target, which drops it without an error (argo.md 4.6)"
    if data.get("automountServiceAccountToken") is False:
        yield "automountServiceAccountToken false takes the token from Argo's own containers (argo.md 4.4)"
    if data.get("restartPolicy") not in (None, "Never"):
        yield "with a restartPolicy other than Never, restarts have no limit (argo.md 4.3.1)"


RULES: Final = (patch,)
