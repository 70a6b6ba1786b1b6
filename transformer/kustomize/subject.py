"""The resource in question: by which ids, names and labels Kustomize may know it, and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transformer.kustomize.field_refs import scalar

_VARIABLE = re.compile(r"\$\(([^()]*)\)")
_POD_SPECS = (("spec", "jobTemplate", "spec", "template", "spec"), ("spec", "template", "spec"), ("template", "spec"), ("spec",))
# Where Kustomize's own settings look for names in a Pod spec (gitops.md 1.2 and 1.4); `*` is any item.
_CONTAINERS = ("containers", "initContainers")
_REFERENCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    *(("ConfigMap", (c, "*", "env", "*", "valueFrom", "configMapKeyRef", "name")) for c in _CONTAINERS),
    *(("ConfigMap", (c, "*", "envFrom", "*", "configMapRef", "name")) for c in _CONTAINERS),
    ("ConfigMap", ("volumes", "*", "configMap", "name")),
    ("ConfigMap", ("volumes", "*", "projected", "sources", "*", "configMap", "name")),
    *(("Secret", (c, "*", "env", "*", "valueFrom", "secretKeyRef", "name")) for c in _CONTAINERS),
    *(("Secret", (c, "*", "envFrom", "*", "secretRef", "name")) for c in _CONTAINERS),
    ("Secret", ("volumes", "*", "secret", "secretName")),
    ("Secret", ("volumes", "*", "projected", "sources", "*", "secret", "name")),
    ("Secret", ("imagePullSecrets", "*", "name")),
    ("ServiceAccount", ("serviceAccountName",)),
    ("PersistentVolumeClaim", ("volumes", "*", "persistentVolumeClaim", "claimName")),
    ("PriorityClass", ("priorityClassName",)),
)


@dataclass(frozen=True, slots=True)
class Identity:
    group: str
    version: str
    kind: str


CRON_WORKFLOW = Identity("argoproj.io", "v1alpha1", "CronWorkflow")


@dataclass(frozen=True, slots=True)
class Subject:
    """`identities`: what the resource is, and what it will be. `names` and `namespaces`: each that it may bear in some
    build; None where there are too many to list. `labels`, `annotations`: the values that each key may have."""

    data: Mapping[str, Any]
    identities: tuple[Identity, ...]
    names: frozenset[str] | None
    namespaces: frozenset[str]
    labels: Mapping[str, frozenset[str]]
    annotations: Mapping[str, frozenset[str]]

    @property
    def known_as(self) -> str:
        return f'{self.identities[0].kind} "{scalar(get(self.data, "metadata", "name"))}"'

    @property
    def pod(self) -> Mapping[str, Any]:
        for path in _POD_SPECS:
            found = get(self.data, *path)
            if isinstance(found, dict) and "containers" in found:
                return found
        return {}

    @property
    def main_images(self) -> tuple[str, ...]:
        """Images of the containers; those of init containers are still found after the conversion (gitops.md 1.2)."""
        return tuple(scalar(v) for v in _walk(self.pod, ("containers", "*", "image")))

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """(kind, name) of the objects that the Pod refers to and whose renaming Kustomize follows."""
        found = ((kind, scalar(name)) for kind, path in _REFERENCES for name in _walk(self.pod, path))
        return tuple(dict.fromkeys((kind, name) for kind, name in found if name))

    @property
    def strings(self) -> tuple[str, ...]:
        """All texts outside the labels and annotations of the object itself, keys included."""
        found = get(self.data, "metadata")
        metadata = {k: v for k, v in found.items() if k not in ("labels", "annotations")} if isinstance(found, dict) else found
        return tuple(strings({**self.data, "metadata": metadata}))

    @property
    def placeholders(self) -> frozenset[str]:
        """NAME of every `$(NAME)`."""
        return frozenset(m[1] for text in self.strings for m in _VARIABLE.finditer(text))

    @property
    def env_names(self) -> frozenset[str] | None:
        """The container's own variables, which `$(NAME)` reads at run time; None where envFrom adds unknown ones."""
        if any(True for c in _CONTAINERS for _ in _walk(self.pod, (c, "*", "envFrom", "*"))):
            return None
        return frozenset(scalar(v) for c in _CONTAINERS for v in _walk(self.pod, (c, "*", "env", "*", "name")))


def strings(value: Any) -> Iterator[str]:
    """Every text in a value, keys included."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def get(data: Any, *path: str) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _walk(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path; `*` stands for every item of a list."""
    if not path:
        yield data
    elif path[0] == "*":
        for item in data if isinstance(data, list) else ():
            yield from _walk(item, path[1:])
    elif isinstance(data, dict) and path[0] in data:
        yield from _walk(data[path[0]], path[1:])
