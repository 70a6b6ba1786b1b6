"""Parameters: amounts, and rules that say which containers get them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from transformer.kubernetes.quantity import amount
from transformer.passkit import Params, param
from transformer.passkit.match import Globs
from transformer.passkit.match import Match as ObjectMatch

NAMES = ("cpu", "memory", "ephemeral-storage")


@dataclass(frozen=True, slots=True)
class Amounts(Params):
    """One side of `resources`."""

    cpu: str | None = param("cores, such as 500m or 2")
    memory: str | None = param("such as 512Mi or 2Gi")
    ephemeral_storage: str | None = param("scratch space on the node, such as 1Gi")

    def __post_init__(self) -> None:
        for name, text in self.given().items():
            amount(name, text)

    def given(self) -> dict[str, str]:
        """By Kubernetes' names, only what is asked for."""
        values = zip(NAMES, (self.cpu, self.memory, self.ephemeral_storage), strict=True)
        return {name: text for name, text in values if text is not None}


@dataclass(frozen=True, slots=True)
class Allotment(Params):
    """Requests and limits that belong together."""

    requests: Amounts = param("what the scheduler reserves and Autopilot bills", factory=Amounts)
    limits: Amounts = param("what the container must not exceed", factory=Amounts)

    def __post_init__(self) -> None:
        limits = self.limits.given()
        for name, text in self.requests.given().items():
            if name in limits and amount(name, limits[name]) < amount(name, text):
                raise ValueError(f"{name}: the limit {limits[name]} is below the request {text}. Kubernetes refuses that.")

    def sides(self) -> Mapping[str, Mapping[str, str]]:
        return {"requests": self.requests.given(), "limits": self.limits.given()}

    @property
    def empty(self) -> bool:
        return not any(self.sides().values())


@dataclass(frozen=True, slots=True)
class Match(ObjectMatch):
    """The containers of a rule. Every key that is given must match. A list matches if any of its globs does."""

    kind: Globs = param("the kind of the object. CronJob and CronWorkflow are the same here")
    container: Globs = param("the container's name. Argo gives the container of a container or script template the name `main`")


@dataclass(frozen=True, slots=True)
class Rule(Allotment):
    """The first rule that matches applies. A rule without requests and limits exempts what it matches."""

    match: Match = param("which containers", factory=Match)


@dataclass(frozen=True, slots=True)
class ResourcesParams(Params):
    """The amounts to write where none are set."""

    defaults: Allotment = param("for containers that no rule matches", factory=Allotment)
    rules: list[Rule] = param("in order; the first rule that matches applies", factory=list)
    executor: Allotment = param("for Argo's own containers init and wait, in the controller's ConfigMap", factory=Allotment)
    mainContainer: Allotment = param(  # noqa: N815 (Argo's own spelling)
        "for main containers without requests and limits, in the controller's ConfigMap", factory=Allotment
    )

    @property
    def idle(self) -> bool:
        """Whether no amounts are given."""
        return all(a.empty for a in (self.defaults, self.executor, self.mainContainer, *self.rules))
