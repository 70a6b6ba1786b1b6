"""workflowDefaults and mainContainer of Argo's controller: promise P6 looks whether they come into the Pod; here they are accepted."""

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
