"""Fields of a Pod with another meaning in a Workflow: names, references, and what Argo uses itself (argo.md 4.4, 4.5, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from transformer.argo.releases import dropped, newest
from transformer.argo.reserved import is_reserved
from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.fields import names
from transformer.passes.cronworkflow.fields.untyped import dicts, everything, long_arguments
from transformer.passes.cronworkflow.rows import LEVELS, applies, full_crds, rule
from transformer.passkit import Path

_POD: Final = LEVELS["pod"]
_LABEL: Final = re.compile(r"metadata\.(?:labels|annotations)\['(?P<key>[^']+)'\]")


def labels(draft: Draft, row: Row, path: Path, value: Mapping[str, str]) -> None:
    """Labels and annotations of the Job and of the Pod."""
    if not value:
        draft.drop(path, rule("says-nothing"))
        return
    pruned = rule("workflow-metadata-pruned")
    if path[:-1] == LEVELS["job-metadata"] and full_crds(draft.context.target, draft.argo) and applies(pruned, draft.argo):
        draft.refuse(pruned, path)
    for key in value:
        if is_reserved(key, "labels"):
            draft.refuse(rule("argo-labels"), (*path, key))
        if key in rule("queue-labels")["names"]:
            draft.refuse(rule("queue-labels"), (*path, key))
    if path[:-1] == LEVELS["pod-metadata"] and path[-1] == "annotations":
        names.in_annotations(draft, path, value)
    draft.place(row["to"], path, row)


def own_annotations(draft: Draft, _row: Row, path: Path, value: Mapping[str, str]) -> None:
    """The object's own annotations stay, except those that hold the CronJob itself."""
    gone = rule("annotation-applied")
    taken = [key for key in value if key in gone["names"]]
    for place in [path] if taken and len(taken) == len(value) else [(*path, key) for key in taken]:
        draft.drop(place, gone)
    for key in value:
        if key in rule("annotation-deploy")["names"]:
            draft.consent(rule("annotation-deploy"), (*path, key))


def volumes(draft: Draft, row: Row, path: Path, value: list[Any]) -> None:
    draft.place(row["to"], path, row)
    for n, volume in enumerate(value):
        if isinstance(volume, dict) and is_reserved(str(volume.get("name")), "volumes"):
            draft.refuse(rule("volume-name-taken"), (*path, n, "name"), str(volume["name"]))


def wrapped(draft: Draft, path: Path, container: Mapping[str, Any]) -> None:
    """A container that Argo's executor starts."""
    if not container.get("command"):
        row = rule("command-absent")
        draft.consent(row if applies(row, draft.argo) else rule("command-absent-old"), (*path, "command"))
    given = container.get("args")
    arguments = [x for x in given if isinstance(x, str)] if isinstance(given, list) else []
    too_long = rule("args-too-long")
    if long_arguments(arguments) and any("$(" in x for x in arguments) and applies(too_long, draft.argo):
        draft.refuse(too_long, (*path, "args"))
    any_container(draft, path, container)


def any_container(draft: Draft, path: Path, container: Mapping[str, Any]) -> None:
    if not container.get("name"):
        draft.refuse(rule("container-nameless"), path)
    _mappings(draft, path, container)
    for n, entry in enumerate(dicts(container.get("env"))):
        at = (*path, "env", n)
        if is_reserved(str(entry.get("name")), "variables"):
            draft.refuse(rule("argo-environment"), (*at, "name"), str(entry["name"]))
        if "value" in entry and not isinstance(entry["value"], (str, type(None))):
            draft.refuse(rule("wrong-type"), (*at, "value"))
    for n, mount in enumerate(dicts(container.get("volumeMounts"))):
        place = str(mount.get("mountPath", "")).rstrip("/")
        if is_reserved(place, "mounts"):
            draft.refuse(rule("mount-path-taken"), (*path, "volumeMounts", n, "mountPath"))
        elif mount.get("readOnly") is True and is_reserved(place, "mounts-around"):
            draft.refuse(rule("mount-path-read-only"), (*path, "volumeMounts", n, "mountPath"))


def _mappings(draft: Draft, path: Path, container: Mapping[str, Any]) -> None:
    for field in ("env", "envFrom", "volumeMounts"):
        entries = container.get(field)
        for n, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, dict):
                draft.refuse(rule("wrong-type"), (*path, field, n))


def whole(draft: Draft) -> None:
    """Checks of the whole Pod, after all fields."""
    spec = draft.resource.get(*_POD)
    if draft.resource.get(*_POD, "restartPolicy") in (None, [], {}):
        draft.refuse(rule("restart-policy-absent"), (*_POD, "restartPolicy"))
    _references(draft, spec)
    _gates(draft, spec)


def _references(draft: Draft, spec: Any) -> None:
    """References to names and labels that change: downward API and selectors."""
    taken = rule("job-label-reference")
    gone = set(taken["names"]) - draft.given_labels
    for path, value in everything(spec, _POD):
        match = _LABEL.fullmatch(value) if path[-1] == "fieldPath" and isinstance(value, str) else None
        if match and match["key"] in gone:
            draft.refuse(taken, path, match["key"])
        elif path[-1] == "fieldPath" and value == "metadata.name":
            draft.consent(rule("pod-name-reference"), path)
        elif path[-2:] == ("resourceFieldRef", "containerName"):
            names.reference(draft, path, value)
        elif path[-2] == "matchLabels" and path[-1] in gone:
            draft.refuse(taken, path, str(path[-1]))
        elif "matchExpressions" in path[-3:] and path[-1] == "key" and value in gone:
            draft.refuse(taken, path, value)


def _gates(draft: Draft, spec: Any) -> None:
    """Fields that the target does not know. Raising it helps where the newest release knows them."""
    known = set(dropped(spec, draft.argo)) - set(dropped(spec, newest()))
    for below in dropped(spec, draft.argo):
        path = (*_POD, *below)
        if not any(path[:n] in draft.refused or path[:n] in draft.drops for n in range(len(path) + 1)):
            row = rule("dropped-by-argo" if below in known else "unknown-to-argo")
            draft.refuse(row, path)
