"""The parameters of the pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from transformer.passkit import ConsentParams, Params, param
from transformer.passkit.match import Match


@dataclass(frozen=True, slots=True)
class ContainerRule(Params):
    """What becomes of several containers. The first rule that matches a CronJob decides."""

    match: Match = param("which CronJobs", factory=Match)
    layout: Literal["containerSet", "sidecars"] | None = param(
        "`containerSet`: all must finish, names are kept; `sidecars`: `main` is the work, the others are killed when it ends"
    )
    main: str | None = param("with `sidecars`: the name of the container that is the work")

    def __post_init__(self) -> None:
        if self.layout is None:
            raise ValueError('"layout" is missing here: containerSet or sidecars.')
        if self.layout == "sidecars" and not self.main:
            raise ValueError('"main" is missing here: the name of the container that is the work.')
        if self.layout == "containerSet" and self.main:
            raise ValueError('"main" goes with `layout: sidecars` only. Remove it, or change the layout.')


@dataclass(frozen=True, slots=True)
class SecretKey(Params):
    name: str = field(metadata={"doc": "the Secret, in each namespace where a Workflow is watched"})
    key: str = field(metadata={"doc": "the key in it that holds the monitor's API key"})


@dataclass(frozen=True, slots=True)
class Monitoring(Params):
    image: str = field(metadata={"doc": "an image with `sh` and `curl`"})
    secret: SecretKey = field(metadata={"doc": "where the monitor's API key is: never in git"})
    template: str = param("the name of the WorkflowTemplate that sends the pings; it is written once a namespace", default="cron-monitor")


@dataclass(frozen=True, slots=True)
class Parameters(ConsentParams):
    sourceTimezone: str = param("where a CronJob without `timeZone` is scheduled today", default="Etc/UTC")  # noqa: N815 - as YAML has it
    onEviction: Literal["fail", "retry"] = param(  # noqa: N815 - as YAML has it
        "what becomes of a run that is evicted: `fail` ends it (it never runs twice), `retry` starts it again, as a Job does",
        default="fail",
    )
    containers: list[ContainerRule] = param("what becomes of several containers: looked at in order, the first match wins", factory=list)
    containerName: Literal["main", "keep"] = param(  # noqa: N815 - as YAML has it
        "what the only container of a job is called in the Workflow: `main`, as Argo does, or `keep` its name, in a containerSet of one",
        default="main",
    )
    executorServiceAccount: str | None = param(  # noqa: N815 - as YAML has it
        "the service account by which Argo's own containers report, for jobs whose Pods get no token"
    )
    rollout: Literal["replace", "expand-contract"] = param(
        "`replace` does it in one commit; `expand-contract` in three runs, each merged before the next: the CronWorkflow added, suspended; "
        "both switched; the CronJob removed",
        default="replace",
    )
    mode: Literal["auto", "wrapper", "native"] = param(
        "what becomes of a CronJob that only runs `argo submit --from`: `native` schedules the WorkflowTemplate itself, `wrapper` "
        "keeps the Pod that submits, `auto` is native where every row that it takes is accepted",
        default="auto",
    )
    monitor: Monitoring | None = param("who tells the monitor (`cronitor exec`) about a native run")
    permissions: Literal["write", "report"] = param(
        "what to do where a service account lacks the permission that Argo needs: `write` Role and RoleBinding beside the CronWorkflow, "
        "or only `report` it",
        default="write",
    )
    defaultNamespace: str = param(  # noqa: N815 - as YAML has it
        "the namespace of what names none, where nothing in the repository and no entry of `namespaces:` says one", default=""
    )
