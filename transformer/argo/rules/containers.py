"""Rules of the containers of a template: names, images, mounts (argo.md 4.5, 6.1, 7.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from transformer.argo.reserved import is_reserved
from transformer.argo.rules.subject import Subject, Template, maps, text

_RESERVED: Final[Mapping[str, str]] = {
    "initContainers": "init-containers",
    "sidecars": "sidecars",
    "containerSet.containers": "set-containers",
}


def reserved_names(subject: Subject) -> Iterator[str]:
    """Names of Argo's own containers: the Pod is refused. Lint accepts most of them."""
    for t in subject.templates:
        for kind, c in (*t.mains, *t.helpers):
            if kind in _RESERVED and is_reserved(text(c.get("name")), _RESERVED[kind]):
                yield f"{t.label}: {kind} has the name {c['name']!r}, which Argo uses for its own container (argo.md 7.2)"


def same_names(subject: Subject) -> Iterator[str]:
    for t in subject.templates:
        named = [text(c.get("name")) for kind, c in (*t.mains, *t.helpers) if kind not in ("container", "script")]
        for name, times in Counter(filter(None, named)).items():
            if times > 1:
                yield f"{t.label}: two containers have the name {name!r} (argo.md 7.2)"


def images(subject: Subject) -> Iterator[str]:
    defaults = subject.workflow.get("templateDefaults")
    for t in subject.templates if not defaults else ():
        for kind, c in t.mains:
            if not c.get("image") and kind in ("container", "script"):
                yield f"{t.label}: {kind} has no image (argo.md 6.1)"


def mounts(subject: Subject) -> Iterator[str]:
    for t in subject.templates:
        for kind, c in (*t.mains, *t.helpers):
            places = [str(m.get("mountPath")) for m in maps(c.get("volumeMounts"))]
            for place, times in Counter(places).items():
                if times > 1 and kind not in ("initContainers", "sidecars"):
                    yield f"{t.label}: {kind}: {place} is mounted twice (argo.md 6.1)"
                if is_reserved(place.rstrip("/"), "mounts"):
                    yield f"{t.label}: {kind}: Argo mounts its own volume at {place.rstrip('/')} (argo.md 4.5)"


def volumes(subject: Subject) -> Iterator[str]:
    shared = [("the workflow", v) for v in maps(subject.workflow.get("volumes"))]
    for label, volume in (*shared, *((t.label, v) for t in subject.templates for v in maps(t.data.get("volumes")))):
        if is_reserved(text(volume.get("name")), "volumes"):
            yield f"{label}: the volume name {volume['name']!r} is one of Argo's own (argo.md 4.4)"


def restarts(subject: Subject) -> Iterator[str]:
    """A restart policy of a container that Argo wraps: the API refuses the Pod, or the run hangs. Lint accepts it."""
    for t in subject.templates:
        for kind, c in (*t.mains, *((k, c) for k, c in t.helpers if k == "sidecars")):
            if c.get("restartPolicy") is not None:
                yield f"{t.label}: {kind}: Argo's executor does not work with restartPolicy (argo.md 4.5)"


def tokens(subject: Subject) -> Iterator[str]:
    """Without a token, Argo's own containers need their own account. Lint accepts it."""
    for t in subject.templates:
        if t.runs_pod and _says(t, subject, "automountServiceAccountToken") is False and not _executor(t, subject):
            yield f"{t.label}: automountServiceAccountToken: false needs executor.serviceAccountName (argo.md 4.4)"


def _says(template: Template, subject: Subject, field: str) -> object:
    own = template.data.get(field)
    return own if own is not None else subject.workflow.get(field)


def _executor(template: Template, subject: Subject) -> bool:
    found = (template.data.get("executor"), subject.workflow.get("executor"))
    return any(isinstance(e, dict) and e.get("serviceAccountName") for e in found)


RULES: Final = (reserved_names, same_names, images, mounts, volumes, restarts, tokens)
