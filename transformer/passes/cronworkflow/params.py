"""The parameters of the pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from transformer.passkit import ConsentParams, Params, param
from transformer.passkit.match import Match


@dataclass(frozen=True, slots=True)
class ContainerRule(Params):
    """The layout of several containers. The first rule that matches a CronJob applies."""

    match: Match = param("which CronJobs", factory=Match)
    layout: Literal["containerSet", "sidecars"] | None = param(
        "`containerSet`: all must finish and keep their names. `sidecars`: `main` does the work, and Argo kills the others when it ends"
    )
    main: str | None = param("with `sidecars`: the name of the container that does the work")

    def __post_init__(self) -> None:
        if self.layout is None:
            raise ValueError('"layout" is missing: write containerSet or sidecars.')
        if self.layout == "sidecars" and not self.main:
            raise ValueError('"main" is missing: write the name of the container that does the work.')
        if self.layout == "containerSet" and self.main:
            raise ValueError('"main" is only valid with `layout: sidecars`. Remove it, or change the layout.')


@dataclass(frozen=True, slots=True)
class SecretKey(Params):
    name: str = field(metadata={"doc": "the Secret, in each namespace with a monitored Workflow"})
    key: str = field(metadata={"doc": "the key in it that holds the monitor's API key"})


@dataclass(frozen=True, slots=True)
class Monitoring(Params):
    image: str = field(metadata={"doc": "an image with `sh` and `curl`"})
    secret: SecretKey = field(metadata={"doc": "the Secret with the monitor's API key, which never belongs in git"})
    template: str = param(
        "the name of the WorkflowTemplate that sends the pings. It is written once for each namespace", default="cron-monitor"
    )


@dataclass(frozen=True, slots=True)
class Parameters(ConsentParams):
    sourceTimezone: str = param("the time zone in which CronJobs without `timeZone` run today", default="Etc/UTC")  # noqa: N815 - as YAML has it
    onEviction: Literal["fail", "retry"] = param(  # noqa: N815 - as YAML has it
        "`fail` ends an evicted run, so that it never runs twice. `retry` starts it again, as a Job does",
        default="fail",
    )
    containers: list[ContainerRule] = param(
        "the layout of CronJobs with several containers; the first rule that matches applies", factory=list
    )
    containerName: Literal["main", "keep"] = param(  # noqa: N815 - as YAML has it
        "the name of a job's only container in the Workflow: `main`, Argo's default, or `keep` for its own name, in a containerSet",
        default="main",
    )
    executorServiceAccount: str | None = param(  # noqa: N815 - as YAML has it
        "the service account of Argo's own containers, for jobs whose Pods get no token"
    )
    rollout: Literal["replace", "expand-contract"] = param(
        "`replace` makes the change in one commit. `expand-contract` takes three runs, each merged before the next: add a suspended "
        "CronWorkflow, switch both, remove the CronJob",
        default="replace",
    )
    mode: Literal["auto", "wrapper", "native"] = param(
        "for CronJobs that only run `argo submit --from`: `native` schedules the WorkflowTemplate itself, `wrapper` keeps the Pod that "
        "submits it, and `auto` is native where you accepted every row that this needs",
        default="auto",
    )
    monitor: Monitoring | None = param("how native runs report to the monitor (`cronitor exec`)")
    permissions: Literal["write", "report"] = param(
        "for service accounts without the permission that Argo needs: `write` a Role and a RoleBinding beside the CronWorkflow, or only "
        "`report` it",
        default="write",
    )
    defaultNamespace: str = param(  # noqa: N815 - as YAML has it
        "the namespace of manifests that get none from the repository or from `namespaces` in the configuration", default=""
    )
