"""Which jobs an admission policy is about, by what stands around the kinds that it names (Kyverno, Gatekeeper, Kubernetes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from transformer.passes.cronworkflow.after.egress import selects
from transformer.passes.cronworkflow.after.gone import Gone
from transformer.passkit import Path

_SELECTORS: Final = ("selector", "labelSelector", "objectSelector")


def selected(data: Any, path: Path, gone: Sequence[Gone]) -> list[Gone]:
    """The jobs that every mapping around `path` may mean. What it says in another way may mean all."""
    if "exclude" in path:
        return []
    return [g for g in gone if all(_means(m, g) for m in _around(data, path))]


def _around(data: Any, path: Path) -> Iterator[Mapping[str, Any]]:
    here = data
    for step in path:
        if isinstance(here, Mapping):
            yield here
        here = here[step]


def _means(around: Mapping[str, Any], gone: Gone) -> bool:
    within, without = (_texts(around.get(key)) for key in ("namespaces", "excludedNamespaces"))
    if within and not any(_may_be_in(gone, pattern) for pattern in within):
        return False
    if without and gone.where and all(any(fnmatchcase(name, p) for p in without) for name in gone.where):
        return False
    names = [*_texts(around.get("names")), *_texts([around.get("name")])] if "kinds" in around else []
    if names and not any(fnmatchcase(gone.name, pattern) for pattern in names):
        return False
    return all(_labelled(around[key], gone) for key in _SELECTORS if isinstance(around.get(key), Mapping))


def _may_be_in(gone: Gone, pattern: str) -> bool:
    return gone.in_namespace(pattern) or any(fnmatchcase(name, pattern) for name in gone.where)


def _labelled(selector: Mapping[str, Any], gone: Gone) -> bool:
    """By the labels of the CronJob, or those of its Jobs. A selector with a wildcard may mean any."""
    own = gone.resource.get("metadata", "labels", default=None)
    wanted = selector.get("matchLabels")
    if isinstance(wanted, Mapping) and any("*" in str(value) for value in wanted.values()):
        return True
    return any(selects(selector, labels) for labels in (own if isinstance(own, Mapping) else {}, gone.job_labels))


def _texts(value: Any) -> list[str]:
    return [str(v) for v in value if isinstance(v, str)] if isinstance(value, list) else []
