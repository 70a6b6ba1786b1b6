"""The label for a controller with an instance id, which ignores objects without it (argo.md 3.2)."""

from __future__ import annotations

from typing import Final

from transformer.argo.controllers import controllers
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import cite, rule
from transformer.passkit import Context

LABEL: Final = "workflows.argoproj.io/controller-instanceid"


def label(draft: Draft) -> None:
    """Add the label of the target, or of the repository's own controller, if the CronJob does not have one."""
    given = draft.resource.get("metadata", "labels", LABEL)
    told = instance_ids(draft.context)
    if given is not None or not any(told):
        return
    if len(told) > 1:
        draft.consent(rule("instance-id-unclear"), ("metadata",), ", ".join(f"`{place}`" for place in told.values()))
        return
    (name,) = told
    row = rule("instance-id")
    draft.edits.append(draft.resource.insert(("metadata", "labels", LABEL), name, why=row["why"], source=cite(row)))


def instance_ids(context: Context) -> dict[str, str]:
    """The instance ids of the controllers, with the place that gives each. The empty id means a controller without one."""
    if context.target.instance_id:
        return {context.target.instance_id: "target"}
    found: dict[str, str] = {}
    for controller in controllers(context.index):
        name = str(controller.config.get("instanceID") or "")
        if name or not controller.patch:
            found.setdefault(name, f"{controller.file}:{controller.line}")
    return found
