"""The Pod template that Argo's controller creates from a CronWorkflow, without what Argo adds to every Pod.

The order is the controller's own (argo.md 4.4 to 4.7): workflowDefaults, templateDefaults, mainContainer, the fields of
the template and the Workflow, volumes, podSpecPatch; then the fields go that the controller's k8s.io/api does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from transformer.argo.releases import dropped, fact
from transformer.argo.templates import Made, NoPodError, NotRebuiltError, kind_of, makers
from transformer.knowledge import Row, table
from transformer.kubernetes.strategic_merge import NotMergedError, merged
from transformer.model import Version
from transformer.yamltext import ParseError, load

Map = Mapping[str, Any]
MAIN: Final = "main"
_OWN: Final = {"containers": ("wait",), "initContainers": ("init",), "volumes": ("var-run-argo", "tmp-dir-argo")}
_PAUSES: Final = ("ARGO_DEBUG_PAUSE_BEFORE", "ARGO_DEBUG_PAUSE_AFTER")


def pods(cron_workflow: Map, argo: Version, defaults: Map | None = None, main: Map | None = None) -> list[dict[str, Any]]:
    """The Pod template (metadata and spec) of every template that makes Pods, from the entrypoint on.

    `defaults`: the spec of the controller's workflowDefaults; `main`: its mainContainer.
    """
    spec = _decoded(_map(_map(cron_workflow, "spec"), "workflowSpec"))
    try:
        if defaults:
            spec = merged(_decoded(defaults), spec, "WorkflowSpec")
        if "workflowTemplateRef" in spec:
            raise NotRebuiltError("its templates stand in another object (workflowTemplateRef)")
        return [_pod(made, spec, argo, _decoded(main or {})) for made in makers(spec, argo)]
    except NotMergedError as e:
        raise NoPodError(f"Kubernetes cannot merge it: {e}") from e


# --- one Pod


def _pod(made: Made, spec: Map, argo: Version, main: Map) -> dict[str, Any]:
    template, own = made.template, _map(made.template, "metadata")
    every = _map(spec, "podMetadata")
    containers = _mains(template, main, argo)
    pod: dict[str, Any] = {"restartPolicy": "Never"}
    for row in table("argo_pod").rows:
        if argo.at_least(row.get("since") or "0.0") and (not row.get("below") or argo.below(row["below"])):
            _take(pod, row, made, spec)
    _deadline(pod, template, spec, containers)
    _token(pod, template, spec)
    pod["containers"] = containers + [_user(c) for c in template.get("sidecars") or ()]
    pod["initContainers"] = [_user(c) for c in template.get("initContainers") or ()]
    pod["volumes"] = _volumes(pod, template, spec)
    return {
        "metadata": {k: {**_map(every, k), **_map(own, k)} for k in ("labels", "annotations")},
        "spec": _started(_known(_patched(pod, [spec.get("podSpecPatch"), template.get("podSpecPatch")], argo), argo)),
    }


def _take(pod: dict[str, Any], row: Row, made: Made, spec: Map) -> None:
    held = [tree.get(row[column]) for column, tree in _columns(made, spec) if row.get(column)]
    if row["how"] == "append":
        pod[row["field"]] = [item for value in reversed(held) for item in value or ()]
        return
    found = next((v for v in held if v or (row.get("empty") and v is not None)), None)
    if found is not None:
        pod[row["field"]] = found


def _columns(made: Made, spec: Map) -> tuple[tuple[str, Map], ...]:
    return ("template", made.template), ("wrapper", made.wrapper), ("workflow", spec)


def _deadline(pod: dict[str, Any], template: Map, spec: Map, containers: list[dict[str, Any]]) -> None:
    """The template's own, cut to what the Workflow has left: all of it, at the start."""
    found = [seconds for tree in (template, spec) if (seconds := _seconds(tree.get("activeDeadlineSeconds"))) is not None]
    if found and not any(e.get("name") in _PAUSES for c in containers for e in c.get("env") or ()):
        pod["activeDeadlineSeconds"] = min(found)
    if "timeout" in template:
        pod["activeDeadlineSeconds"] = template["timeout"]


def _seconds(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    if value is not None and not isinstance(value, int):
        raise NotRebuiltError(f"activeDeadlineSeconds is {value!r}")
    return value


def _token(pod: dict[str, Any], template: Map, spec: Map) -> None:
    """Only `false` is forwarded, and only beside an account for Argo's own containers."""
    flag = template.get("automountServiceAccountToken", spec.get("automountServiceAccountToken"))
    if flag is False:
        pod["automountServiceAccountToken"] = False
        if not any(_map(tree, "executor").get("serviceAccountName") for tree in (template, spec)):
            raise NoPodError("automountServiceAccountToken is false without executor.serviceAccountName")


def _mains(template: Map, main: Map, argo: Version) -> list[dict[str, Any]]:
    """The containers that Argo wraps, called main unless they are a containerSet's."""
    kind = kind_of(template)
    if main and not fact("main-container-merged", argo):
        raise NotRebuiltError("Argo before 3.3 has rules of its own for mainContainer")
    if kind == "containerSet":
        shared = template[kind].get("volumeMounts") or []
        nodes = template[kind].get("containers") or ()
        found = [{**c, "volumeMounts": [*(c.get("volumeMounts") or ()), *shared]} if shared else c for c in nodes]
        named = [{"name": MAIN, **{k: v for k, v in c.items() if k != "dependencies"}} for c in found]
    else:
        named = [{**{k: v for k, v in template[kind].items() if k != "source"}, "name": MAIN}]
    return [merged(main, c, "Container") for c in named]


def _user(container: Map) -> dict[str, Any]:
    if container.get("mirrorVolumeMounts"):
        raise NotRebuiltError("mirrorVolumeMounts")
    return {k: v for k, v in container.items() if k != "mirrorVolumeMounts"}


def _volumes(pod: Map, template: Map, spec: Map) -> list[Any]:
    """All of the template's, and of the Workflow's those that are mounted; by a containerSet: in all its containers."""
    found = list(template.get("volumes") or ())
    mounting = (template[kind_of(template)], *pod["initContainers"], *(template.get("sidecars") or ()))
    for mount in (m for c in mounting for m in c.get("volumeMounts") or ()):
        if mount.get("name") not in [v.get("name") for v in found]:
            found += [v for v in spec.get("volumes") or () if v.get("name") == mount.get("name")][:1]
    return found


# --- podSpecPatch, and what is not known


def _patched(pod: dict[str, Any], texts: list[Any], argo: Version) -> dict[str, Any]:
    """The Pod with the patches over it; Argo's own parts must still be there."""
    patches = [_patch(text) for text in texts if text]
    pod = {k: [{"name": n} for n in _OWN.get(k, ())] + v if k in _OWN else v for k, v in pod.items()}
    if len(patches) > 1 and not fact("pod-patches-apart", argo):
        patches = [merged(patches[0], patches[1], "PodSpec")]
    for patch in patches:
        pod = merged(_decoded(pod), patch, "PodSpec")
    for field, names in _OWN.items():
        held = [x.get("name") for x in pod.get(field) or ()]
        for name in names:
            if name not in held:
                raise NoPodError(f"podSpecPatch takes away {name}, which Argo needs in {field}")
    return {k: [x for x in v if x.get("name") not in _OWN[k]] if k in _OWN else v for k, v in pod.items()}


def _patch(text: Any) -> Map:
    try:
        documents = load(text) if isinstance(text, str) else [None]
    except ParseError as e:
        raise NoPodError(f"podSpecPatch is no YAML: {e.problem}") from e
    if len(documents) != 1 or not isinstance(documents[0], Mapping):
        raise NoPodError("podSpecPatch is no mapping")
    return documents[0]


def _started(pod: dict[str, Any]) -> dict[str, Any]:
    """Argo asks the registry for the command of an image; without an image it gives up."""
    for container in pod["containers"]:
        if not container.get("image") and not container.get("command"):
            raise NoPodError(f"container {container.get('name')} has neither image nor command")
    return pod


def _known(pod: dict[str, Any], argo: Version) -> dict[str, Any]:
    """Without the fields that the controller does not know."""
    gone = set(dropped(pod, argo))
    return dict(_without(pod, gone, ())) if gone else pod


def _without(node: Any, gone: set[tuple[Any, ...]], at: tuple[Any, ...]) -> Any:
    if isinstance(node, dict):
        return {k: _without(v, gone, (*at, k)) for k, v in node.items() if (*at, k) not in gone}
    if isinstance(node, list):
        return [_without(v, gone, (*at, n)) for n, v in enumerate(node)]
    return node


def _decoded(value: Any) -> Any:
    """As the controller's types hold it: null and an empty list are the same as absent."""
    if isinstance(value, Mapping):
        return {k: _variables(v) if k == "env" else _decoded(v) for k, v in value.items() if v is not None and v != []}
    return [_decoded(v) for v in value] if isinstance(value, (list, tuple)) else value


def _variables(env: Any) -> Any:
    """A variable without a value is an empty one."""
    return [{k: v for k, v in e.items() if k != "value" or v} for e in _decoded(env)] if isinstance(env, list) else env


def _map(tree: Map, field: str) -> Map:
    value = tree.get(field)
    return value if isinstance(value, Mapping) else {}
