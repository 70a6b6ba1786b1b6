"""Argo Workflows in the repository: the configuration of its controllers, and the deployed versions.

Which install a file belongs to (a repository may hold several, old ones among them):

1. the installs that a Kustomize root builds together with the file;
2. else the installs in the file itself;
3. else climb from the file's folder: the first folder that holds an install, in it or below it, decides. An install that
   has a controller ConfigMap of its own nearer to it than this file belongs to that one and is left out.

Of the pins of one install the most specific counts: Kustomize's `images:`, then an image in a patch or in Helm values, then
the image, remote reference or chart version. An install that names no version (`latest`, a digest) ends the search: its
files are taken to run the target version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from transformer.argo.installs import Deployed, find_installs, runs_controller
from transformer.repository.classify import role_of
from transformer.repository.resource import Resource, Role
from transformer.yamltext import ParseError, load

if TYPE_CHECKING:
    from transformer.repository.index import Index

__all__ = ["Controller", "Deployed", "controllers", "deployed", "runs_controller", "unknown_for", "versions_for"]

CONFIG_MAP = "workflow-controller-configmap"
_MARK = "workflow-controller"
# Keys of the controller's configuration that no other program's ConfigMap is likely to hold (AW config/config.go).
_TELLING = frozenset(
    {
        "artifactRepository", "containerRuntimeExecutor", "containerRuntimeExecutors", "executor", "images",
        "mainContainer", "metricsConfig", "nodeEvents", "persistence", "telemetryConfig", "workflowDefaults",
        "workflowRestrictions",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Controller:
    """One document that configures a workflow controller.

    `config` is the configuration as plain data, whichever form it is written in. `patch`: a Kustomize patch, so a part.
    `unreadable` says why the text inside could not be read ("" where it could); then `config` is what could.
    """

    file: str
    line: int
    namespace: str
    name: str
    config: Mapping[str, Any]
    form: Literal["flat", "config"]
    patch: bool = False
    unreadable: str = ""

    @property
    def images(self) -> Mapping[str, Any]:
        """The command index: image -> {entrypoint, cmd} (>= 3.4) or {command, args} (<= 3.3)."""
        return self._map("images")

    @property
    def main_container(self) -> Mapping[str, Any]:
        return self._map("mainContainer")

    @property
    def executor(self) -> Mapping[str, Any]:
        return self._map("executor")

    @property
    def workflow_defaults(self) -> Mapping[str, Any]:
        return self._map("workflowDefaults")

    def _map(self, key: str) -> Mapping[str, Any]:
        value = self.config.get(key)
        return value if isinstance(value, Mapping) else {}


def controllers(index: Index) -> tuple[Controller, ...]:
    """Every document that configures a controller, patches included, in the order of the files."""
    return index.once(_controllers)


def assuming(index: Index, other: Index) -> Index:
    """The same index, with the controllers and installs of another one."""
    return index.assuming(_controllers, controllers(other)).assuming(find_installs, deployed(other))


def _controllers(index: Index) -> tuple[Controller, ...]:
    names = config_map_names(index)
    found = index.find(*names, _MARK, kinds=frozenset({"ConfigMap"}))
    return tuple(read_controller(r, role_of(r, index) is Role.PATCH) for r in found if is_controller_config(r, names))


def deployed(index: Index) -> tuple[Deployed, ...]:
    """Every install of Argo in the repository, and every pin of its version, in the order of the files."""
    return index.once(find_installs)


def versions_for(index: Index, file: str) -> tuple[Deployed, ...]:
    """The pins that count for this file: none where the repository does not say, several where its installs differ."""
    return tuple(i for i in _counting_for(index, file) if i.version)


def unknown_for(index: Index, file: str) -> tuple[Deployed, ...]:
    """The installs of this file whose version cannot be known, because image or tag are somebody's own; none where a pin counts."""
    found = _counting_for(index, file)
    return () if any(i.version for i in found) else found


def _counting_for(index: Index, file: str) -> tuple[Deployed, ...]:
    installs = deployed(index)
    together = _unique(i for built in index.kustomize.builds(file) for i in _counting([i for i in installs if i.file in built]))
    if together:
        return together
    here = [i for i in installs if i.file == file]
    return _unique(_counting(here or _nearest(index, installs, file)))


def _counting(installs: list[Deployed]) -> list[Deployed]:
    """The pins that count, else the installs that are somebody's own."""
    return _strongest(installs) or [i for i in installs if i.own]


def _nearest(index: Index, installs: tuple[Deployed, ...], file: str) -> list[Deployed]:
    configs = [c.file for c in controllers(index) if not c.patch and c.file != file]
    folder = _parts(file)[:-1]
    for depth in range(len(folder), -1, -1):
        below = [i for i in installs if _parts(i.file)[:depth] == folder[:depth]]
        if below:
            return [i for i in below if not _claimed(i.file, file, configs)]
    return []


def config_map_names(index: Index) -> frozenset[str]:
    """The usual name, and those that a controller's `--configmap` gives."""
    names = {CONFIG_MAP}
    for resource in index.find("--configmap"):
        for args in controller_args(resource.data):
            names.update(_flag(args, "--configmap"))
    return frozenset(names)


def executor_images(index: Index) -> tuple[str, ...]:
    """The images of Argo's own containers, as controllers are told by `--executor-image`."""
    found = index.find("--executor-image")
    return tuple(image for r in found for args in controller_args(r.data) for image in _flag(args, "--executor-image"))


def controller_args(data: Any) -> Iterator[list[Any]]:
    """The command lines of the controller containers of a workload, `command` and `args` apart."""
    for container in controller_containers(data):
        for key in ("command", "args"):
            if isinstance(container.get(key), list):
                yield container[key]


def controller_containers(data: Any) -> Iterator[Mapping[str, Any]]:
    """The containers of a workload that run Argo's controller: by image, or by name where a patch has no image."""
    spec = _dig(data, "spec", "template", "spec")
    containers = spec.get("containers") if isinstance(spec, Mapping) else None
    for container in containers if isinstance(containers, list) else []:
        if isinstance(container, Mapping) and runs_controller(container):
            yield container


def is_controller_config(resource: Resource, names: Iterable[str]) -> bool:
    """A ConfigMap by one of the names; or one whose name holds `workflow-controller` and whose data only the controller
    reads (a chart's full name comes before it, an overlay's prefix too)."""
    if resource.id.kind != "ConfigMap" or resource.role not in (Role.RESOURCE, Role.PATCH):
        return False
    if resource.id.name in names:
        return True
    data = resource.get("data", default={})
    if _MARK not in resource.id.name or not isinstance(data, Mapping):
        return False
    return resource.id.name.endswith(("configmap", "config-map", "config")) and (set(data) == {"config"} or bool(_TELLING & set(data)))


def read_controller(resource: Resource, patch: bool) -> Controller:
    data = resource.get("data", default=None)
    data = data if isinstance(data, Mapping) else {}
    place = (resource.file, resource.line(), resource.id.namespace, resource.id.name)
    if "config" in data:
        config, trouble = _inner(data["config"])
        return Controller(*place, config if isinstance(config, Mapping) else {}, "config", patch, trouble)
    config, troubles = {}, []
    for key, value in data.items():
        config[key], trouble = _inner(value)
        troubles += [f"{key}: {trouble}"] if trouble else []
    return Controller(*place, config, "flat", patch, "; ".join(troubles))


def _claimed(install: str, file: str, configs: list[str]) -> bool:
    """Another ConfigMap is nearer to the install than this file."""
    ours = _shared(install, file)
    return any(_shared(install, c) > ours for c in configs)


def _strongest(installs: list[Deployed]) -> list[Deployed]:
    best = max((i.rank for i in installs if i.version), default=None)
    return [i for i in installs if i.version and i.rank == best]


def _unique(installs: Iterable[Deployed]) -> tuple[Deployed, ...]:
    return tuple(dict.fromkeys(installs))


def _inner(value: Any) -> tuple[Any, str]:
    """A data key's text as YAML, as the controller reads it; the text itself, and the trouble, where it does not parse."""
    if not isinstance(value, str):
        return value, ""
    try:
        documents = load(value)
    except ParseError as e:
        return value, f"{e.problem} (line {e.line} of the text)"
    return (documents[0] if documents else None), ""


def _flag(args: list[Any], flag: str) -> Iterator[str]:
    for i, arg in enumerate(args):
        if arg == flag and i + 1 < len(args) and isinstance(args[i + 1], str):
            yield args[i + 1]
        elif isinstance(arg, str) and arg.startswith(flag + "="):
            yield arg.partition("=")[2]


def _dig(node: Any, *path: str) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _parts(file: str) -> list[str]:
    return file.split("/")


def _shared(a: str, b: str) -> int:
    """How many leading folders two files have in common."""
    n = 0
    for x, y in zip(_parts(a)[:-1], _parts(b)[:-1], strict=False):
        if x != y:
            break
        n += 1
    return n
