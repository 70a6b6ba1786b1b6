"""P6: the Pod that Argo creates from a CronWorkflow is the CronJob's Pod, except where a cited row says that it differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from transformer import templating
from transformer.argo.pod import pods
from transformer.argo.releases import path_pattern
from transformer.argo.templates import NoPodError, NotRebuiltError
from transformer.knowledge import table
from transformer.model import Change, Check, CheckState, Op, Path, Version
from transformer.promises.pod_differences import Difference, differences

if TYPE_CHECKING:
    from transformer.argo.controllers import Controller

Map = Mapping[str, Any]
_TABLES: Final = ("cronjob_fields", "cronjob_rules")  # whose rows may let the Pod differ
_TEMPLATE: Final = "cronworkflow.yaml.j2"
_ACCEPTED: Final = "controller-defaults"
_POD: Final = ("spec", "jobTemplate", "spec", "template")


class OtherPodError(Exception):
    """The Pod would be different. `fault`: because of the configuration or an organisation's template, not a bug."""

    def __init__(self, message: str, *, fault: bool = False, remedy: str = "") -> None:
        super().__init__(message)
        self.fault, self.remedy = fault, remedy


@dataclass(frozen=True, slots=True)
class Conversion:
    """A CronJob, the CronWorkflow that it became, the changes, and the rows that changes and findings cite."""

    cron_job: Map
    cron_workflow: Map
    at: Path  # of the object in its document
    changes: Sequence[Change]
    cited: Iterable[str]

    @property
    def pod(self) -> Any:
        here: Any = self.cron_job
        for step in _POD:
            here = here.get(step) if isinstance(here, Mapping) else None
        return here


def prove(conversion: Conversion, argo: Version, controllers: Sequence[Controller]) -> str:
    """Empty if the Pods are the same, else why they cannot be compared. Raises OtherPodError."""
    try:
        return _proved(conversion, argo, controllers)
    except (AttributeError, KeyError, TypeError) as e:  # a list where a mapping stands, or the like
        remedy = "Correct the CronJob. `kubectl apply --dry-run=server` shows the place."
        raise OtherPodError("Kubernetes refuses the form of this Pod template.", fault=True, remedy=remedy) from e


def _proved(conversion: Conversion, argo: Version, controllers: Sequence[Controller]) -> str:
    try:
        found = _undeclared(conversion, argo, conversion.cron_workflow)
    except NotRebuiltError as e:
        return str(e)
    except NoPodError as e:
        raise OtherPodError(
            f"Argo {argo} would not create a Pod: {e}.", fault=templating.replaced(_TEMPLATE), remedy=_TEMPLATE_REMEDY
        ) from e
    _settle_template(conversion, argo, found)
    return _under_controllers(conversion, argo, controllers)


def told(proofs: Mapping[str, Sequence[str]], argo: Version | None, configured: bool) -> tuple[Check, ...]:
    """Checks for the report. `proofs`: results of `prove` by file."""
    name, reasons = f"the Pod of each CronWorkflow (Argo {argo})", [(f, r) for f, held in sorted(proofs.items()) for r in held]
    proved = sum(not r for _, r in reasons)
    lines = (
        [Check(name, CheckState.HELD, f"{proved} rebuilt, and the same as the CronJobs' Pods, except for what the findings say")]
        if proved
        else []
    )
    lines += [Check(name, CheckState.NOT_CHECKED, f"{file}: {reason}") for file, reason in reasons if reason]
    if proved and not configured:
        what = "workflowDefaults and mainContainer of Argo's controller"
        lines.append(Check(what, CheckState.NOT_CHECKED, "its ConfigMap is not in this repository"))
    return tuple(lines)


def _undeclared(
    conversion: Conversion, argo: Version, target: Map, defaults: Map | None = None, main: Map | None = None
) -> list[Difference]:
    made = pods(target, argo, defaults, main)
    if len(made) != 1:
        raise NoPodError(f"it has {len(made)} templates with Pods, and the CronJob has one")
    return [d for d in differences(conversion.pod, made[0]) if not declared_by(conversion.cited, d)]


def declared_by(cited: Iterable[str], difference: Difference) -> bool:
    """Whether a cited row declares this difference."""
    declared = _declared(frozenset(cited))
    return bool(declared and declared.fullmatch(difference.where))


@cache
def _declared(cited: frozenset[str]) -> re.Pattern[str] | None:
    known = {f"{name}/{row.id}": row.get("differs") or () for name in _TABLES for row in table(name).rows}
    patterns = [path_pattern(p) for source in sorted(cited) for p in known.get(source, ())]
    return re.compile("|".join(patterns)) if patterns else None


def _listed(found: Sequence[Difference]) -> str:
    return f"{found[0]}" + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")


# --- what an organisation's template adds

_TEMPLATE_REMEDY: Final = f"Correct the template {_TEMPLATE}. It may add fields to the Pod, but must not change any."


def _settle_template(conversion: Conversion, argo: Version, found: list[Difference]) -> None:
    """Accept fields that the template adds. Raises OtherPodError for fields that it changes."""
    if not found:
        return
    added = [d for c in conversion.changes if _by_template(c) for d in _owed_to(c, conversion, argo, found) if d.before is None]
    if left := [d for d in found if d not in added]:
        fault = templating.replaced(_TEMPLATE)
        raise OtherPodError(f"The Pod would be different, and no row declares it: {_listed(left)}.", fault=fault, remedy=_TEMPLATE_REMEDY)


def _by_template(change: Change) -> bool:
    return change.op is Op.INSERT and change.source.startswith("templates/")


def _owed_to(change: Change, conversion: Conversion, argo: Version, found: list[Difference]) -> list[Difference]:
    """The differences that disappear without the insertion."""
    without = deepcopy(dict(conversion.cron_workflow))
    here: Any = without
    try:
        *above, last = change.path[len(conversion.at) :]
        for step in above:
            here = here[step]
        del here[last]
        left = _undeclared(conversion, argo, without)
    except (KeyError, IndexError, TypeError, ValueError):  # nothing is left to make a Pod from
        return []
    return [d for d in found if d not in left]


# --- what the controller's own configuration adds


def _under_controllers(conversion: Conversion, argo: Version, controllers: Sequence[Controller]) -> str:
    """Compare under each controller's configuration, because no manifest says which controller runs a workflow."""
    reasons = [_under(conversion, argo, c) for c in controllers]
    return next((r for r in reasons if r), "")


def _under(conversion: Conversion, argo: Version, controller: Controller) -> str:
    defaults, main = controller.workflow_defaults.get("spec"), controller.main_container
    place = f"{controller.file}:{controller.line}"
    if controller.unreadable:
        return f"the controller's configuration ({place}) cannot be read: {controller.unreadable}"
    if not (defaults or main) or f"cronjob_rules/{_ACCEPTED}" in conversion.cited:
        return ""
    try:
        was = _undeclared(conversion, argo, conversion.cron_workflow)
        found = [d for d in _undeclared(conversion, argo, conversion.cron_workflow, defaults, main) if d not in was]
    except NotRebuiltError as e:
        return f"under the controller's configuration ({place}): {e}"
    except (NoPodError, AttributeError, TypeError, KeyError, ValueError) as e:
        return f"Argo does not accept the controller's configuration ({place}): {e}"
    if found:
        row = table("cronjob_rules")[_ACCEPTED]
        message = f"workflowDefaults or mainContainer of Argo's controller would change the Pod ({place}): {_listed(found)}."
        raise OtherPodError(
            message,
            fault=True,
            remedy=f"{row['remedy']} If the change is right for this job, add `accept: [{row.id}]` to the pass cronworkflow.",
        )
    return ""
