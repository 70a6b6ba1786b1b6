"""Whether Argo's own containers may start in a Pod or a namespace with security rules (argo.md 4.4, 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from transformer.argo.controllers import controllers, executor_images
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import LEVELS, rule

if TYPE_CHECKING:
    from transformer.repository.index import Index

_POD: Final = LEVELS["pod"]

Context = Mapping[str, Any]


def security(draft: Draft) -> None:
    """`init` and `wait` have the Pod's security context, and one from the controller's configuration. Called after all fields."""
    index = draft.context.index
    pod = _map(draft.resource.get(*_POD, "securityContext"))
    executors = index.once(executor_contexts)
    if pod.get("runAsNonRoot") is True and pod.get("runAsUser") is None and not _non_root(index, executors):
        draft.consent(rule("run-as-non-root"), (*_POD, "securityContext", "runAsNonRoot"))


def executor_contexts(index: Index) -> tuple[Context, ...]:
    """`executor.securityContext` of every controller in the repository. An empty mapping if it has none."""
    return tuple(_map(c.executor.get("securityContext")) for c in controllers(index) if not c.patch)


def _non_root(index: Index, executors: tuple[Context, ...]) -> bool:
    """Whether every controller starts its containers as a user other than root."""
    if executors and all(e.get("runAsUser") or e.get("runAsNonRoot") is False for e in executors):
        return True
    images = tuple(_images(index))
    return bool(images) and len(images) >= len(executors) and all(i.partition("@")[0].endswith("-nonroot") for i in images)


def _images(index: Index) -> Iterator[str]:
    yield from executor_images(index)
    for c in controllers(index):
        yield from (i for i in (c.executor.get("image"), c.config.get("executorImage")) if isinstance(i, str))


def fits_restricted(context: Context) -> bool:
    """Whether a container meets the Pod Security standard `restricted`, with the Pod's context included."""
    dropped = _map(context.get("capabilities")).get("drop")
    profile = _map(context.get("seccompProfile")).get("type")
    return (
        context.get("allowPrivilegeEscalation") is False
        and context.get("runAsNonRoot") is True
        and isinstance(dropped, list)
        and "ALL" in dropped
        and profile in ("RuntimeDefault", "Localhost")
    )


def _map(value: Any) -> Context:
    return value if isinstance(value, Mapping) else {}
