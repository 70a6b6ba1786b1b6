"""Whether Argo's own containers may start in a Pod or a namespace with security rules (argo.md 4.4, 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from transformer.argo.controllers import controllers, executor_images
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import LEVELS, rule
from transformer.passkit import Resource

if TYPE_CHECKING:
    from transformer.repository.index import Index

_POD: Final = LEVELS["pod"]
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"

Context = Mapping[str, Any]


def security(draft: Draft) -> None:
    """`init` and `wait` have the Pod's security context, and one from the controller's configuration. Called after all fields."""
    index = draft.context.index
    pod = _map(draft.resource.get(*_POD, "securityContext"))
    executors = index.once(_executors)
    if pod.get("runAsNonRoot") is True and pod.get("runAsUser") is None and not _non_root(index, executors):
        draft.consent(rule("run-as-non-root"), (*_POD, "securityContext", "runAsNonRoot"))
    strict = index.once(_restricted).get(draft.resource.id.namespace)
    if strict is not None and not (executors and all(_fits_restricted({**pod, **e}) for e in executors)):
        place = f"{strict.file}:{strict.line(('metadata', 'labels', _ENFORCE))}"
        draft.consent(rule("pod-security-restricted"), (), f"namespace {strict.id.name} ({place})")


def _executors(index: Index) -> tuple[Context, ...]:
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


def _fits_restricted(context: Context) -> bool:
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


def _restricted(index: Index) -> Mapping[str, Resource]:
    """The namespaces that only admit Pods of the standard `restricted`."""
    found = index.find(_ENFORCE, kinds=frozenset({"Namespace"}))
    return {r.id.name: r for r in found if r.get("metadata", "labels", _ENFORCE) == "restricted"}


def _map(value: Any) -> Context:
    return value if isinstance(value, Mapping) else {}
