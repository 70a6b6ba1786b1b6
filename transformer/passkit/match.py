"""Matches objects with a rule of the configuration: globs for name, namespace, labels, file and images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from transformer.passkit.protocol import Params, Resource, param
from transformer.repository.globs import glob_matcher

Globs = str | list[str] | None


@dataclass(frozen=True, slots=True)
class Match(Params):
    """The objects of a rule. Every key that is given must match. A list matches if any of its globs does."""

    name: Globs = param("the object's name, or its generateName if it has no name")
    namespace: Globs = param("the namespace in the manifest; empty if there is none")
    labels: dict[str, str | list[str]] = param("labels of the object: label -> globs; it must have each label", factory=dict)
    path: Globs = param("the file, relative to the source: * matches within a folder, ** across folders")
    image: Globs = param("the image of a container, as written")


@dataclass(frozen=True, slots=True)
class Subject:
    """The values that a rule matches. A glob for `image` must match one of the images."""

    name: str
    namespace: str
    labels: Mapping[str, Any]
    path: str
    images: tuple[str, ...]


def subject_of(resource: Resource, owner: Mapping[str, Any], images: Iterable[Any]) -> Subject:
    """`owner`: the object that rules match, which is the resource or an object inside it."""
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
    """Whether every given key matches."""
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
