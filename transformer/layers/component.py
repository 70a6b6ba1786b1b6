"""The Component that makes a converted kind a first-class one to Kustomize: `configurations`, and merge keys by `openapi`
(gitops.md 1.4, 1.5). It is listed where a converted resource is listed, and governs every overlay above."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, Final

from transformer.knowledge import table, text_of
from transformer.layers.conversion import text_of as block

FOLDER: Final = "cronworkflow-component"
TABLE: Final = "kustomize_component"
SCHEMA: Final = "merge-keys.yaml"
_WORKFLOW: Final = "spec/workflowSpec"
_CONTAINERS: Final = ("container", "script", "sidecars", "initContainers", "containerSet/containers")
_ABOUT: Final = {
    "images": "Where `images` of a kustomization finds the images of a CronWorkflow.",
    "names": "Where a CronWorkflow refers to objects whose names Kustomize changes: prefixes, suffixes and hashes of generators.",
    "labels": "Where a CronWorkflow keeps the labels of its Pods.",
    "annotations": "Where a CronWorkflow keeps the annotations of its Pods.",
    "variables": "Where `vars` fill in $(NAME) in a CronWorkflow.",
}


def is_ours(file: str) -> bool:
    """Whether a file is one of a Component that a run has written."""
    return posixpath.basename(posixpath.dirname(file)).lstrip(".") == FOLDER


class Need(StrEnum):
    """What a layer must find in a converted resource."""

    IMAGES = "images"
    NAMES = "names"
    LABELS = "labels"
    ANNOTATIONS = "annotations"
    VARIABLES = "variables"
    MERGE = "merge"  # lists that a strategic-merge patch changes
    SETTINGS = "settings"  # fields in a list of the user's own; nothing of the Component


def file_of(need: Need) -> str:
    """The file of the Component that meets a need."""
    return SCHEMA if need is Need.MERGE else f"{need}.yaml"


def files(needs: Iterable[Need]) -> Iterator[tuple[str, str]]:
    """(name, text) of each file of the Component."""
    wanted = sorted(set(needs))
    settings = [need for need in wanted if need not in (Need.MERGE, Need.SETTINGS)]
    yield "kustomization.yaml", _kustomization(settings, Need.MERGE in wanted)
    for need in settings:
        yield file_of(need), settings_of(need)
    if Need.MERGE in wanted:
        yield SCHEMA, text_of("merge-keys.json")


def _kustomization(settings: Sequence[Need], merges: bool) -> str:
    lines = [
        "# Tells Kustomize about CronWorkflow what it knows about CronJob. Kustomizations that list a converted CronJob list this",
        "# Component, and overlays above them need nothing. `transformer explain layers` explains each line.",
        "apiVersion: kustomize.config.k8s.io/v1alpha1",
        "kind: Component",
    ]
    if settings:
        lines += ["configurations:", *(f"- {need}.yaml" for need in settings)]
    if merges:
        lines += ["openapi:", f"  path: {SCHEMA}"]
    return "\n".join(lines) + "\n"


def settings_of(need: Need) -> str:
    """The text of one file of `configurations`."""
    found: dict[str, Any] = {}
    for row in table(TABLE).rows:
        if row["file"] == need.value:
            specs = [_spec(path, row) for short in row["paths"] for path in _paths(short)]
            if row.get("of"):
                named = {"kind": row["of"]} | {k: row[k] for k in ("version", "group") if row.get(k)}
                found.setdefault(row["setting"], []).append({**named, "fieldSpecs": specs})
            else:
                found.setdefault(row["setting"], []).extend(specs)
    return f"# {_ABOUT[need.value]}\n{block(found)}"


def rows_of(setting: str) -> list[dict[str, Any]]:
    """The fields of a setting that names no object."""
    rows = (row for row in table(TABLE).rows if row["setting"] == setting)
    return [_spec(path, row) for row in rows for short in row["paths"] for path in _paths(short)]


def _spec(path: str, row: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"path": path}
    if not row.get("bare"):
        spec |= {"kind": "CronWorkflow", "group": "argoproj.io"}
    return spec | ({"create": True} if row.get("create") else {})


def _paths(short: str) -> Iterator[str]:
    head, _, rest = short.partition("/")
    if head == "C":
        yield from (f"{_WORKFLOW}/templates/{place}/{rest}" for place in _CONTAINERS)
    elif head == "V":
        yield from (f"{place}/volumes/{rest}" for place in (_WORKFLOW, f"{_WORKFLOW}/templates"))
    else:
        yield short.replace("W", _WORKFLOW) if head == "W" else short
