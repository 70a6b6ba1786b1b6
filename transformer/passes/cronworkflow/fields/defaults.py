"""Consent to workflowDefaults and mainContainer of Argo's controller, which promise P6 finds in the Pod."""

from __future__ import annotations

from transformer.argo.controllers import controllers
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import rule


def accepted(draft: Draft) -> None:
    row = rule("controller-defaults")
    if row.id in draft.params.accept:
        for controller in controllers(draft.context.index):
            if controller.workflow_defaults or controller.main_container:
                draft.consent(row, (), f"{controller.file}:{controller.line}")
