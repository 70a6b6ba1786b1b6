"""Containers for which Argo would find no command when it creates the Pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transformer.argo.containers import Container, Setting, containers, effective, merge, pod_patch, settings_of
from transformer.argo.controllers import controllers
from transformer.kubernetes.pod_templates import argo_templates, pod_places
from transformer.passkit import Context, Path, Version
from transformer.yamltext import ParseError, load

Map = Mapping[str, Any]
REGISTRY = "3.4"  # from here on mainContainer may hold a command, and the controller asks the registry (argo.md 2.1, 2.3)
_INDEX_KEYS = {True: ("entrypoint", "cmd"), False: ("command",)}


@dataclass(frozen=True, slots=True)
class Need:
    """A container without a command; `whole` is what Argo makes of it, `image` its image."""

    container: Container
    whole: Map
    image: str

    @property
    def label(self) -> str:
        c = self.container
        own = "" if c.row["pod-name"] else f"/{c.name}"
        return f"{c.template}{own} ({self.image})"


def needs(data: Map, context: Context) -> Iterator[Need]:
    """The containers of an object that need a command. Containers without an image are left out."""
    settings: tuple[Setting, ...] | None = None
    for c in containers(data):
        if not c.row["command"] or c.data.get("command"):
            continue
        settings = settings or settings_of(controllers(context.index))
        found = next((need for s in settings if (need := _need(c, s, context.target.argo))), None)
        if found:
            yield found


def hidden(data: Map, context: Context) -> Iterator[tuple[Path, Need]]:
    """The same for Workflows inside the text `resource.manifest` of a template, each with the place of that text. A text that
    is not valid YAML is skipped."""
    for place in pod_places(data):
        spec = _at(data, place.path)
        for path in argo_templates(spec, ()) if place.form == "argo" else ():
            resource = _at(spec, path).get("resource")
            text = resource.get("manifest") if isinstance(resource, Mapping) else None
            if isinstance(text, str) and "argoproj.io/" in text:
                for inner in _documents(text):
                    yield from (((*place.path, *path, "resource", "manifest"), need) for need in needs(inner, context))


def _need(c: Container, setting: Setting, argo: Version | None) -> Need | None:
    """None where this controller finds a command."""
    asks = argo is not None and argo.at_least(REGISTRY)
    whole = merge(effective(c, setting, main=asks), pod_patch(c, setting).data)
    image = whole.get("image")
    if whole.get("command") or not isinstance(image, str) or not image:
        return None
    entry = setting.images.get(image)
    if isinstance(entry, Mapping) and any(entry.get(key) for key in _INDEX_KEYS[asks]):
        return None
    return Need(c, whole, image)


def _documents(text: str) -> list[Map]:
    try:
        return [d for d in load(text) if isinstance(d, Mapping)]
    except ParseError:
        return []


def _at(node: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        node = node[step]
    return node
