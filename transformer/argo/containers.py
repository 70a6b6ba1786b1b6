"""The containers of an object, by the table `containers`, and the settings that Argo merges into them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from transformer.knowledge import Row, table
from transformer.kubernetes.pod_templates import argo_templates, expand, pod_places
from transformer.model import Path
from transformer.yamltext import ParseError, load

if TYPE_CHECKING:
    from transformer.argo.controllers import Controller
    from transformer.repository.resource import Resource

Map: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a PodSpec or of an Argo template.

    `holder` is that PodSpec or template, `spec` the WorkflowSpec around it (empty outside of Argo). `row` is the row of the
    table, `owner` the object that a controller would be given (for a Sensor: what it embeds). `name` is its name in the Pod,
    `template` that of the Argo template, or of the step or task that holds it inline.
    """

    path: Path
    data: Map
    row: Row
    name: str
    template: str
    holder: Map
    spec: Map
    owner: Map

    @property
    def role(self) -> str:
        return str(self.row["role"])


def containers(data: Map) -> Iterator[Container]:
    """Every container of an object, also of objects embedded in it; `templateDefaults` holds none of its own."""
    for place in pod_places(data):
        node, owner = _owned(data, place.path)
        if place.form == "argo":
            yield from workflow_containers(node, place.path, owner)
        elif isinstance(pod := node.get("spec"), dict):
            yield from _held(pod, (*place.path, "spec"), "pod", {}, owner, "")


def workflow_containers(spec: Map, at: Path, owner: Map) -> Iterator[Container]:
    """Every container of a WorkflowSpec at `at`."""
    for path in argo_templates(spec, at):
        if path != (*at, "templateDefaults"):
            inside = path[len(at) :]
            named = _dig(spec, inside[:-1] if inside[-1] == "inline" else inside)
            yield from _held(_dig(spec, inside), path, "template", spec, owner, str(named.get("name") or "/".join(map(str, path))))


def _held(holder: Map, at: Path, where: str, spec: Map, owner: Map, template: str) -> Iterator[Container]:
    for row, pattern in _places(where):
        for path, data in expand(holder, pattern):
            if isinstance(data, dict):
                name = row["pod-name"] or data.get("name")
                yield Container(at + path, data, row, str(name or ""), template, holder, spec, owner)


@cache
def _places(where: str) -> tuple[tuple[Row, tuple[str, ...]], ...]:
    return tuple((row, tuple(row["at"].split("/"))) for row in table("containers").rows if row["in"] == where)


def _owned(data: Map, path: Path) -> tuple[Any, Map]:
    """The node at a path, and the innermost object that it belongs to."""
    node: Any = data
    owner = data
    for step in path:
        node = node[step]
        if isinstance(node, dict) and isinstance(node.get("kind"), str) and isinstance(node.get("apiVersion"), str):
            owner = node
    return node, owner


def _dig(node: Any, path: Path) -> Any:
    for step in path:
        node = node[step]
    return node


def sibling(resource: Resource, path: Path, keys: Collection[str]) -> str | None:
    """The last of these keys in the text of a mapping, for something new to follow.

    Not one whose value runs to the end of a file without a final line break: a block scalar there would gain one.
    """
    document = resource.document
    node = document.find(resource.at + path)
    pairs = node.pairs if node is not None and node.kind == "map" else []
    open_end = len(document.text) if not document.text.endswith("\n") else len(document.text) + 1
    return next((key.value for key, value in reversed(pairs) if key.value in keys and value.end < open_end), None)


# --- what Argo merges


@dataclass(frozen=True, slots=True)
class Patched:
    """What `podSpecPatch` does to one container. `opaque`: some patch is an expression or does not parse, so more may be."""

    data: Map
    opaque: tuple[str, ...] = ()


def effective(container: Container, setting: Setting, *, main: bool = True) -> Map:
    """A container as Argo completes it: its own keys over `templateDefaults`, over those of the controller's
    `workflowDefaults`, over its `mainContainer` (unless `main` is False)."""
    if container.row["in"] != "template":
        return container.data
    merged: Map = setting.main if main and container.row["main"] else {}
    for spec in (setting.defaults, container.spec):
        inherited = spec.get("templateDefaults")
        if isinstance(inherited, dict):
            merged = merge(merged, _counterpart(container, inherited))
    return merge(merged, container.data)


def pod_patch(container: Container, setting: Setting) -> Patched:
    """What the `podSpecPatch` strings around a container, and those of the controller's defaults, say about it."""
    if container.row["in"] != "template":
        return Patched({})
    merged: Map = {}
    opaque = []
    for text in _patches(container, setting.defaults):
        found, readable = _patch_of(text, container)
        merged = merge(merged, found)
        if not readable:
            opaque.append(text)
    return Patched(merged, tuple(opaque))


def patched_pod(container: Container, setting: Setting) -> Map:
    """What those strings say about the Pod itself."""
    merged: Map = {}
    for text in _patches(container, setting.defaults) if container.row["in"] == "template" else ():
        merged = merge(merged, _readable(text) or {})
    return merged


def merge(under: Map, over: Map) -> Map:
    """Mappings merge key by key, anything else is replaced; a null leaves what is under it."""
    out = dict(under)
    for key, value in over.items():
        old = out.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            out[key] = merge(old, value)
        elif value is not None or key not in out:
            out[key] = value
    return out


def _counterpart(container: Container, inherited: Map) -> Map:
    """The part of `templateDefaults` that lands in this container: the same key, or in a list the same name.

    The containers of a containerSet have no merge key in Argo's types: a list of the template replaces that of the defaults.
    """
    if container.role == "set":
        return {}
    for _, data in expand(inherited, tuple(container.row["at"].split("/"))):
        listed = isinstance(container.path[-1], int)
        if isinstance(data, dict) and (not listed or data.get("name") == container.data.get("name")):
            return data
    return {}


def _patches(container: Container, defaults: Map) -> Iterable[str]:
    holders = [defaults, defaults.get("templateDefaults"), container.spec, container.spec.get("templateDefaults"), container.holder]
    return [h["podSpecPatch"] for h in holders if isinstance(h, dict) and isinstance(h.get("podSpecPatch"), str)]


def _readable(text: str) -> Map | None:
    """None where it is known at run time only."""
    try:
        documents = load(text)
    except ParseError:
        return None
    patch = documents[0] if documents else None
    return {} if patch is None else patch if isinstance(patch, dict) else None


def _patch_of(text: str, container: Container) -> tuple[Map, bool]:
    patch = _readable(text)
    if patch is None:
        return {}, False
    key = "initContainers" if container.role == "init" else "containers"
    for _, data in expand(patch, (key, "*")):
        if isinstance(data, dict) and data.get("name") == container.name:
            return data, True
    return {}, True


@dataclass(frozen=True, slots=True)
class Setting:
    """What a controller merges under a workflow: `workflowDefaults.spec`, `mainContainer` and the command index `images`."""

    defaults: Map
    main: Map
    images: Map


def settings_of(controllers: Iterable[Controller]) -> tuple[Setting, ...]:
    """The setting of every controller that the repository configures; one empty setting where it configures none.

    Which controller runs a workflow is not written anywhere: what must hold, must hold under each. Patches count only where
    no whole ConfigMap is there.
    """
    found = tuple(controllers)
    whole = [c for c in found if not c.patch] or found
    return tuple(Setting(_spec(c.workflow_defaults), c.main_container, c.images) for c in whole) or (NOTHING,)


def _spec(workflow: Map) -> Map:
    spec = workflow.get("spec")
    return spec if isinstance(spec, dict) else {}


NOTHING = Setting({}, {}, {})
