"""Which objects a rule of the configuration is for: globs over name, namespace, labels, file and images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from transformer.passkit.protocol import Params, Resource, param
from transformer.repository.snapshot import glob_matcher

Globs = str | list[str] | None


@dataclass(frozen=True, slots=True)
class Match(Params):
    """Which objects a rule is for. Every key that is given must hold; a list holds if any of its globs does."""

    name: Globs = param("the object's name, or generateName where it has none")
    namespace: Globs = param("its namespace as the manifest says it; an absent one is the empty text")
    labels: dict[str, str | list[str]] = param("its own labels: label -> globs; each label must be there", factory=dict)
    path: Globs = param("its file, relative to the source: * stays in a folder, ** crosses folders")
    image: Globs = param("the image of a container, as written")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule may ask about; a glob for `image` holds if one of the images does."""

    name: str
    namespace: str
    labels: Mapping[str, Any]
    path: str
    images: tuple[str, ...]


def subject_of(resource: Resource, owner: Mapping[str, Any], images: Iterable[Any]) -> Subject:
    """`owner`: the object that rules are about, the resource's own or one inside it."""
    meta = owner.get("metadata")
    meta = meta if isinstance(meta, Mapping) else {}
    labels = meta.get("labels")
    return Subject(
        name=str(meta.get("name") or meta.get("generateName") or ""),
        namespace=str(meta.get("namespace") or resource.id.namespace),
        labels=labels if isinstance(labels, Mapping) else {},
        path=resource.file,
        images=tuple(i for i in images if isinstance(i, str) and i),
    )


def holds(match: Match, subject: Subject) -> bool:
    """Whether every key that is given holds."""
    return (
        (match.name is None or fits(match.name, subject.name))
        and (match.namespace is None or fits(match.namespace, subject.namespace))
        and (match.image is None or any(fits(match.image, i) for i in subject.images))
        and all(k in subject.labels and fits(v, str(subject.labels[k])) for k, v in match.labels.items())
        and (match.path is None or glob_matcher(tuple(_list(match.path)))(subject.path))
    )


def fits(globs: Globs, text: str) -> bool:
    return any(fnmatchcase(text, glob) for glob in _list(globs))


def _list(globs: Globs) -> Iterable[str]:
    return [globs] if isinstance(globs, str) else globs or []
