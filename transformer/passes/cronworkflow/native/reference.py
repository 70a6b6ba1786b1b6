"""A CronJob that only runs `argo submit --from`, as a CronWorkflow with workflowTemplateRef (argo.md 5.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from transformer.argo.reserved import is_reserved
from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.fields import timing
from transformer.passes.cronworkflow.fields.carried import walk
from transformer.passes.cronworkflow.native import hooks, waiting
from transformer.passes.cronworkflow.native.flags import Given
from transformer.passes.cronworkflow.native.instance import LABEL
from transformer.passes.cronworkflow.native.referred import Referred, referred
from transformer.passes.cronworkflow.native.submission import NotNativeError, Submission, read
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.rows import LEVELS, applies, cite, full_crds, rule
from transformer.passkit import Context, Path, Resource, Version

_CONTAINER: Final = (*LEVELS["pod"], "containers", 0)
_TEMPLATE: Final = re.compile(
    r"(?:(?P<cluster>ClusterWorkflowTemplate|clusterworkflowtemplates?|cwftmpl)|WorkflowTemplate|workflowtemplates?|wftmpl)"
    r"/(?P<name>[a-z0-9](?:[-a-z0-9.]{0,61}[a-z0-9])?)"
)
_KEY: Final = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_VALUE: Final = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
# Where Argo fills in variables when a Workflow starts. A date cannot be written elsewhere.
_TEMPLATED: Final = ("parameter", "name")


def drafted(resource: Resource, params: Parameters, context: Context, argo: Version) -> Draft:
    """The native draft. It has blocks where that is not possible or needs consent."""
    draft = Draft(resource, params, context, argo, native=True, readers={"job-template": waiting.read})
    walk(draft, "object", ())
    timing.absences(draft)
    containers = resource.get(*_CONTAINER[:-1])
    if len(containers) != 1:
        return draft
    at = command(draft)
    try:
        submission = read(containers[0], resource.id.namespace)
    except NotNativeError as e:
        draft.refuse(e.row, at, e.detail)
        return draft
    draft.consent(rule("native-submit"), at)
    _meanings(draft)
    _submitted(draft, submission, at)
    return draft


def command(draft: Draft) -> Path:
    """The path of the command line."""
    key = "args" if draft.resource.get(*_CONTAINER, "args") else "command"
    return (*_CONTAINER, key)


def _meanings(draft: Draft) -> None:
    """Fields that stay, and now apply to the Workflow instead of the Pod that waits for it."""
    limit = next((f for f in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit") if draft.resource.get("spec", f) is not None), None)
    draft.consent(rule("native-history"), ("spec", limit) if limit else ())
    if draft.resource.get("spec", "concurrencyPolicy") in ("Forbid", "Replace"):
        draft.consent(rule("native-concurrency"), ("spec", "concurrencyPolicy"))


def _submitted(draft: Draft, submission: Submission, at: Path) -> None:
    # As in pflag, the last one counts where a flag may be given once.
    once = {g.row["effect"]: g for g in submission.given}
    for given in submission.given:
        effect = given.row["effect"]
        if given.value.dated and effect not in _TEMPLATED:
            draft.refuse(rule("native-unknown-value"), at, given.name)
        elif effect == "parameter" or once[effect] is given:
            _EFFECTS.get(effect, _nothing)(draft, given, at)
    if "template" not in once:
        draft.refuse(rule("native-from"), at, "--from is missing")
    _tell_flags(draft, submission, at)
    submitted = referred(draft, at)
    hooks.watch(draft, at, submission.monitors, submitted.spec if submitted else None)
    _check(draft, at, submitted)


def _tell_flags(draft: Draft, submission: Submission, at: Path) -> None:
    if gone := [g.name for g in submission.given if g.row["effect"] == "drop"]:
        draft.consent(rule("native-flags-gone"), at, ", ".join(dict.fromkeys(gone)))


# --- what a flag does


def _nothing(_draft: Draft, _given: Given, _at: Path) -> None:
    """It has no effect on the Workflow."""


def _refused(draft: Draft, given: Given, at: Path) -> None:
    draft.refuse(given.row, at, given.name)


def _template(draft: Draft, given: Given, at: Path) -> None:
    match = _TEMPLATE.fullmatch(given.value.text)
    if match is None:
        draft.refuse(rule("native-from"), at, f"`{given.name} {given.value.text}`")
        return
    cluster = match["cluster"] is not None
    draft.write("workflow/workflowTemplateRef", {"name": match["name"]} | ({"clusterScope": True} if cluster else {}), given.row)
    row = rule("native-template-label")
    if applies(row, draft.argo):
        _label(draft, f"workflows.argoproj.io/{'cluster-' if cluster else ''}workflow-template", match["name"], row, at)


def _parameter(draft: Draft, given: Given, at: Path) -> None:
    name, has_value, value = given.value.text.partition("=")
    arguments = draft.trees["workflow"].setdefault("arguments", {"parameters": []})["parameters"]
    if not has_value or not name or any(p["name"] == name for p in arguments):
        draft.refuse(rule("native-flag-unknown"), at, f"`{given.name} {given.value.text}`")
        return
    if given.value.dated:
        draft.consent(rule("native-date"), at, f"{given.name} {name}")
    draft.reasons["arguments"] = given.row
    arguments.append({"name": name, "value": value})


def _labels(draft: Draft, given: Given, at: Path) -> None:
    for pair in given.value.text.split(","):
        key, _, value = pair.partition("=")
        if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or "=" not in pair or is_reserved(key, "labels"):
            draft.refuse(rule("native-label-refused"), at, f"`{pair}`")
        else:
            _label(draft, key, value, given.row, at)


def _label(draft: Draft, key: str, value: str, row: Row, at: Path) -> None:
    pruned = rule("workflow-metadata-pruned")
    if full_crds(draft.context.target, draft.argo) and applies(pruned, draft.argo):
        draft.refuse(pruned, at, key)
    draft.trees["cron"].setdefault("workflowMetadata", {"labels": {}})["labels"][key] = value
    draft.reasons[key] = row
    draft.reasons["labels"] = row


def _written(slot: str) -> Callable[[Draft, Given, Path], None]:
    return lambda draft, given, _at: draft.write(slot, given.value.text, given.row)


def _account(draft: Draft, given: Given, at: Path) -> None:
    if draft.context.target.template_referencing in ("Strict", "Secure"):
        draft.refuse(rule("native-hooks-restricted"), at, given.name)
    draft.write("workflow/serviceAccountName", given.value.text, given.row)


def _priority(draft: Draft, given: Given, at: Path) -> None:
    if not re.fullmatch(r"-?[0-9]{1,9}", given.value.text):
        draft.refuse(rule("native-flag-unknown"), at, f"`{given.name} {given.value.text}`")
        return
    draft.write("workflow/priority", int(given.value.text), given.row)


def _namespace(draft: Draft, given: Given, at: Path) -> None:
    own, wanted = draft.resource.get("metadata", "namespace"), given.value.text
    if own == wanted:
        return
    row = rule("native-namespace")
    draft.consent(row, at, f"{given.name} {wanted}")
    edit = draft.resource.insert if own is None else draft.resource.set
    draft.edits.append(edit(("metadata", "namespace"), wanted, why=row["why"], source=cite(row)))


def _instance(draft: Draft, given: Given, at: Path) -> None:
    place: Path = ("metadata", "labels", LABEL)
    there = draft.resource.get(*place)
    if there is None:
        draft.edits.append(draft.resource.insert(place, given.value.text, why=given.row["why"], source=cite(given.row)))
    elif there != given.value.text:
        draft.refuse(rule("native-instance-id"), at, f"{given.name} {given.value.text}, {there}")


def _asked(row_id: str) -> Callable[[Draft, Given, Path], None]:
    return lambda draft, given, at: draft.consent(rule(row_id), at, given.name)


_EFFECTS: Final[Mapping[str, Callable[[Draft, Given, Path], None]]] = {
    "template": _template,
    "parameter": _parameter,
    "label": _labels,
    "service-account": _account,
    "entrypoint": _written("workflow/entrypoint"),
    "priority": _priority,
    "namespace": _namespace,
    "instance-id": _instance,
    "name": _asked("native-name"),
    "server": _asked("native-server"),
    "refuse": _refused,
}


# --- what it refers to


def _check(draft: Draft, at: Path, submitted: Referred | None) -> None:
    workflow: Mapping[str, Any] = draft.trees["workflow"]
    if submitted is None:
        if "workflowTemplateRef" in workflow:
            draft.consent(rule("native-template-unseen"), at, str(workflow["workflowTemplateRef"]["name"]))
        return
    given = {p["name"] for p in workflow.get("arguments", {}).get("parameters", ())}
    for name in sorted(submitted.needed - given):
        draft.consent(rule("native-argument-missing"), at, f"{name} ({submitted.place})")
    entrypoint = workflow.get("entrypoint", submitted.spec.get("entrypoint"))
    if not isinstance(entrypoint, str) or entrypoint not in submitted.templates:
        draft.refuse(rule("native-entrypoint-missing"), at, f"{entrypoint} ({submitted.place})")
    elif "hooks" in workflow and not {"steps", "dag"} & set(submitted.templates[entrypoint]):
        draft.consent(rule("native-hook-plain"), at, f"{entrypoint} ({submitted.place})")
