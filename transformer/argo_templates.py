"""Which templates of a Workflow make Pods, and who calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformer.strategic_merge import merged

Map = Mapping[str, Any]
_MAKERS: Final = ("container", "script", "containerSet")
_TYPES: Final = (*_MAKERS, "steps", "dag", "resource", "data", "suspend", "http", "plugin")


class NotRebuiltError(ValueError):
    """Why the Pod cannot be known from this CronWorkflow alone."""


class NoPodError(ValueError):
    """Why Argo would make no Pod."""


@dataclass(frozen=True, slots=True)
class Made:
    """A template that makes Pods, and the template of steps or tasks that calls it."""

    template: Map
    wrapper: Map


def makers(spec: Map) -> list[Made]:
    """Every template that makes Pods, from the entrypoint on; each once."""
    templates = {t.get("name"): _with_defaults(t, spec) for t in spec.get("templates") or () if isinstance(t, Mapping)}
    found = list(_called(spec.get("entrypoint"), templates, {}, ()))
    return [made for n, made in enumerate(found) if made not in found[:n]]


def _called(name: Any, templates: Mapping[Any, Map], wrapper: Map, above: tuple[Any, ...]) -> Iterator[Made]:
    if name in above:
        raise NotRebuiltError(f"template {name!r} calls itself")
    if name not in templates:
        raise NoPodError(f"there is no template {name!r}")
    yield from _making(templates[name], templates, wrapper, (*above, name))


def _making(template: Map, templates: Mapping[Any, Map], wrapper: Map, above: tuple[Any, ...]) -> Iterator[Made]:
    kind = kind_of(template)
    if kind in _MAKERS:
        yield Made(template, wrapper)
        return
    if kind not in ("steps", "dag"):
        raise NotRebuiltError(f"a template of type {kind}")
    for call in _calls(template[kind]):
        if "inline" in call:
            yield from _making(call["inline"], templates, template, above)
        elif "templateRef" in call:
            raise NotRebuiltError("its templates stand in another object (templateRef)")
        else:
            yield from _called(call.get("template"), templates, template, above)


def _calls(steps: Any) -> Iterator[Map]:
    """Steps stand in lists of lists, tasks in a list."""
    for item in steps.get("tasks") or () if isinstance(steps, Mapping) else steps:
        yield from [item] if isinstance(item, Mapping) else item


def _with_defaults(template: Map, spec: Map) -> Map:
    """templateDefaults under the template, which keeps its type."""
    if not isinstance(spec.get("templateDefaults"), Mapping):
        return template
    kind = kind_of(template)
    both = merged(spec["templateDefaults"], template, "Template")
    return {k: v for k, v in both.items() if k not in _TYPES or k == kind}


def kind_of(template: Map) -> str:
    """The field that says what a template does."""
    return next((t for t in _TYPES if t in template), "unknown")
