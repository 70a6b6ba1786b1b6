"""Jobs of several Pods: a step that runs `completions` times, with an index if the Job is Indexed (argo.md 4.3)."""

from __future__ import annotations

from typing import Any, Final

from transformer.argo.containers import sibling
from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Addition, Draft, Source
from transformer.passes.cronworkflow.fields.untyped import dicts
from transformer.passes.cronworkflow.rows import LEVELS, rule
from transformer.passkit import Path

TEMPLATE: Final = "pod"  # the template of the Pods, which the wrapper `main` calls
_JOB: Final = LEVELS["job"]
_ENV: Final = "JOB_COMPLETION_INDEX"
_KEY: Final = "batch.kubernetes.io/job-completion-index"  # label and annotation
_INDEX: Final = "{{inputs.parameters.index}}"
_BEFORE: Final = ("name", "image", "imagePullPolicy", "command", "args", "workingDir", "envFrom")


def completions(draft: Draft, row: Row, path: Path, value: int) -> None:
    """With more than one, the number moves to the step."""
    if value == 0:
        draft.refuse(rule("completions-zero"), path)
        return
    if not _indexed(draft):
        draft.consent(row, path)
    draft.rows[path] = row


def parallelism(draft: Draft, row: Row, path: Path, _value: int) -> None:
    """It only matters with several completions: with one there is never more than one Pod."""
    if _wrapped(draft):
        draft.place(row["to"], path, row)
    else:
        draft.drop(path, rule("parallelism-idle"))


def indexed(draft: Draft, row: Row, path: Path, _value: str) -> None:
    """Each Pod gets its index as label, annotation and variable, like the Pods of a Job."""
    if draft.resource.get(*_JOB, "completions") is None:
        draft.refuse(rule("completions-missing"), path)
        return
    draft.consent(row, path)
    draft.drop(path, row)


def absences(draft: Draft) -> None:
    """The wrapper template, written after all fields."""
    if not _wrapped(draft):
        return
    path = (*_JOB, "completions")
    step: dict[str, Any] = {"name": TEMPLATE, "template": TEMPLATE}
    row = rule("completions-indexed" if _indexed(draft) else "completions")
    if _indexed(draft):
        step["arguments"] = {"parameters": [{"name": "index", "value": "{{item}}"}]}
        draft.given_labels = frozenset({_KEY})
        draft.write("template/inputs", {"parameters": [{"name": "index"}]}, row)
        _give_index(draft, row)
    count = Source(path) if path in draft.rows else draft.resource.get(*path)
    draft.write("wrapper/steps", [[{**step, "withSequence": {"count": count}}]], row)
    if draft.resource.get(*_JOB, "parallelism") is None:
        draft.write("workflow/parallelism", 1, rule("parallelism-absent"))


def _indexed(draft: Draft) -> bool:
    return bool(draft.resource.get(*_JOB, "completionMode") == "Indexed")


def _wrapped(draft: Draft) -> bool:
    count = draft.resource.get(*_JOB, "completions")
    return _indexed(draft) or (isinstance(count, int) and count > 1)


def _give_index(draft: Draft, row: Row) -> None:
    metadata = draft.trees["template"].get("metadata", {})
    for kind in ("labels", "annotations"):
        if isinstance(metadata.get(kind), Source):
            draft.additions.append(Addition((*LEVELS["pod-metadata"], kind, _KEY), _INDEX, row))
        else:
            draft.write(f"template/metadata/{kind}", {_KEY: _INDEX}, row)
    for field in ("containers", "initContainers"):
        for n, container in enumerate(dicts(draft.resource.get(*LEVELS["pod"], field))):
            _give_variable(draft, row, (*LEVELS["pod"], field, n), container)


def _give_variable(draft: Draft, row: Row, at: Path, container: Any) -> None:
    """Added at the end, unless the container has a variable of this name, as the Job controller does it."""
    env = list(dicts(container.get("env")))
    if all(e.get("name") != _ENV for e in env):
        value = {"name": _ENV, "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['{_KEY}']"}}}
        draft.additions.append(Addition((*at, "env", len(env)), value, row, sibling(draft.resource, at, _BEFORE)))
