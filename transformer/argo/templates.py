"""The templates of a Workflow that create Pods, and their callers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformer.argo.releases import fact
from transformer.kubernetes.strategic_merge import merged
from transformer.model import Version

Map = Mapping[str, Any]
_MAKERS: Final = ("container", "script", "containerSet")
# What makes a template run something, exactly one of them, in the order in which the controller asks (argo.md 6.1);
# templateDefaults take none of the last ones away.
TYPES: Final = ("container", "containerSet", "steps", "dag", "script", "resource", "data", "suspend", "http", "plugin")
_KEPT: Final = ("containerSet", "http", "plugin")


class NotRebuiltError(ValueError):
    """Why the Pod cannot be known from this CronWorkflow alone."""


class NoPodError(ValueError):
    """Why Argo would make no Pod."""


@dataclass(frozen=True, slots=True)
class Made:
    """A template that makes Pods, and the template of steps or tasks that calls it."""

    template: Map
    wrapper: Map


def makers(spec: Map, argo: Version) -> list[Made]:
    """Every template that makes Pods, from the entrypoint on; each once."""
    found = list(_Callers(spec, argo).called(spec.get("entrypoint"), {}, ()))
    return [made for n, made in enumerate(found) if made not in found[:n]]


@dataclass(frozen=True, slots=True)
class _Callers:
    spec: Map
    argo: Version

    def called(self, name: Any, wrapper: Map, above: tuple[Any, ...]) -> Iterator[Made]:
        if name in above:
            raise NotRebuiltError(f"template {name!r} calls itself")
        found = next((t for t in self.spec.get("templates") or () if t.get("name") == name), None)
        if found is None:
            raise NoPodError(f"there is no template {name!r}")
        if fact("pod-metadata-wins", self.argo) and self.spec.get("podMetadata"):
            found = merged(found, {"metadata": self.spec["podMetadata"]}, "Template")
        yield from self._making(found, wrapper, (*above, name))

    def _making(self, template: Map, wrapper: Map, above: tuple[Any, ...]) -> Iterator[Made]:
        template = _with_defaults(template, self.spec, self.argo)
        kind = kind_of(template)
        if kind in _MAKERS:
            yield Made(template, wrapper)
            return
        if kind not in ("steps", "dag"):
            raise NotRebuiltError(f"a template of type {kind}")
        for call in _calls(template[kind]):
            if "inline" in call:
                yield from self._making(call["inline"], template, above)
            elif "templateRef" in call:
                raise NotRebuiltError("its templates stand in another object (templateRef)")
            else:
                yield from self.called(call.get("template"), template, above)


def _calls(steps: Any) -> Iterator[Map]:
    """Steps stand in lists of lists, tasks in a list."""
    for item in steps.get("tasks") or () if isinstance(steps, Mapping) else steps:
        yield from [item] if isinstance(item, Mapping) else item


def _with_defaults(template: Map, spec: Map, argo: Version) -> Map:
    """templateDefaults under the template, which keeps its type.

    But for a containerSet, which a container in the defaults displaced for a while."""
    defaults = spec.get("templateDefaults")
    if not isinstance(defaults, Mapping):
        return template
    kind = kind_of(template)
    if fact("template-defaults-by-type", argo):
        defaults = {k: v for k, v in defaults.items() if k not in TYPES or k == kind}
    both = merged(defaults, template, "Template")
    return both if kind in _KEPT else {k: v for k, v in both.items() if k not in TYPES or k == kind or k in _KEPT}


def kind_of(template: Map) -> str:
    """The field that says what a template does."""
    return next((t for t in TYPES if t in template), "unknown")
