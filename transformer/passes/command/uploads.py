"""Steps that only upload: all their output files are on volumes that were filled before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Any

from transformer.argo.containers import Container
from transformer.passes.command.needs import Need

Map = Mapping[str, Any]
# Volumes that start empty with every Pod: their files were made by this Pod.
_FRESH = ("emptyDir", "ephemeral")


def only_uploads(need: Need) -> bool:
    """Whether a container template has no args, and all its outputs are on mounted volumes, and it has no daemon or sidecars.

    A volume that starts empty counts only where an init container or an input artifact can fill it.
    """
    c, template = need.container, need.container.holder
    if c.row.id != "template-container" or need.whole.get("args") or template.get("daemon") or template.get("sidecars"):
        return False
    paths = list(_output_paths(template.get("outputs")))
    mounts = [m for m in _list(need.whole.get("volumeMounts")) if isinstance(m, Mapping)]
    return bool(paths) and all(_filled_before(path, mounts, c) for path in paths)


def _output_paths(outputs: Any) -> Iterator[str | None]:
    """None for an output that does not come from a file."""
    held = outputs if isinstance(outputs, Mapping) else {}
    for artifact in _list(held.get("artifacts")):
        yield _text(artifact, "path")
    for parameter in _list(held.get("parameters")):
        yield _text(parameter.get("valueFrom") if isinstance(parameter, Mapping) else None, "path")


def _filled_before(path: str | None, mounts: list[Map], c: Container) -> bool:
    covering = [m for m in mounts if path and _covers(_text(m, "mountPath"), path)]
    if not covering:
        return False
    nearest = max(covering, key=lambda m: len(normpath(str(m["mountPath"]))))
    return not _starts_empty(nearest.get("name"), c) or _brings_files(c.holder)


def _covers(mount: str | None, path: str) -> bool:
    """Whether a path, whose end may be an expression, lies below a mount for certain."""
    if not mount or not mount.startswith("/") or not path.startswith("/"):
        return False
    fixed, expression, rest = path.partition("{{")
    if expression:
        if ".." in rest or "{{" in mount:
            return False
        fixed = fixed.rpartition("/")[0] or "/"
    here, root = normpath(fixed), normpath(mount)
    return here == root or here.startswith(root.rstrip("/") + "/")


def _starts_empty(name: Any, c: Container) -> bool:
    volumes = [*_list(c.holder.get("volumes")), *_list(c.spec.get("volumes"))]
    return any(isinstance(v, Mapping) and v.get("name") == name and any(k in v for k in _FRESH) for v in volumes)


def _brings_files(template: Map) -> bool:
    inputs = template.get("inputs")
    return bool(template.get("initContainers")) or (isinstance(inputs, Mapping) and bool(inputs.get("artifacts")))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(node: Any, key: str) -> str | None:
    value = node.get(key) if isinstance(node, Mapping) else None
    return value if isinstance(value, str) and value else None
