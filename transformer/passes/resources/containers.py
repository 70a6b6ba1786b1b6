"""The containers of workloads and of Argo templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from transformer.argo.containers import (
    NOTHING,
    Container,
    Setting,
    containers,
    effective,
    patched_pod,
    pod_patch,
    settings_of,
    sibling,
)
from transformer.argo.controllers import controllers
from transformer.kubernetes.quantity import amount
from transformer.model import Op
from transformer.passes.resources.amounts import Wanted, additions, missing, taken
from transformer.passes.resources.overlays import setters
from transformer.passes.resources.params import NAMES, ResourcesParams
from transformer.passes.resources.rules import CRON, MAIN, Choice, Subject, choose
from transformer.passkit import Change, Context, Finding, Resource, Role, Severity, Skip, Used, table
from transformer.passkit.match import subject_of

if TYPE_CHECKING:
    from transformer.kustomize import KustomizeEffect

# Siblings that `resources` may follow; the last one in the text is taken, else it ends the container.
_BEFORE = ("name", "image", "imagePullPolicy", "command", "args")
_BURSTING = "1.30.2"


def changes(resource: Resource, params: ResourcesParams, context: Context) -> Iterator[Change | Finding | Skip | Used]:
    found = [c for c in containers(resource.data) if c.row["resources"]]
    if resource.role is Role.PATCH:
        if found:
            yield resource.skip("this is a Kustomize patch: requests belong in the resource that it patches")
        return
    settings = settings_of(controllers(context.index)) if any(c.spec for c in found) else (NOTHING,)
    lone = sum(c.role == "container" for c in found) == 1
    chosen = [(c, *_wanted(c, resource, params, settings, lone=lone)) for c in found]
    yield from (Used(f"rules/{n - 1}") for n in sorted({choice.number for _, choice, _ in chosen} - {0}))
    todo = [(c, choice, wanted) for c, choice, wanted in chosen if wanted]
    if todo and (patches := setters(resource, context.index)):
        yield _patched(resource, patches)
        return
    opaque, odd, lowered = [], [], []
    for c, choice, wanted in todo:
        if not isinstance(c.data.get("resources") or {}, Mapping):
            odd.append(c)
        elif pod_patch(c, NOTHING).opaque:
            opaque.append(c)
        else:
            yield from _added(resource, c, wanted, choice, context)
            lowered += [c] if _lowered(wanted, context) else []
    yield from _findings(resource, opaque, odd, lowered)


def _wanted(
    c: Container, resource: Resource, params: ResourcesParams, settings: tuple[Setting, ...], *, lone: bool
) -> tuple[Choice, Wanted]:
    """`lone`: the object has one container only."""
    choice = choose(_subject(c, resource, lone=lone), params)
    if choice.allotment.empty:
        return choice, {}
    if not all(effective(c, s).get("image") for s in settings):
        return choice, {}  # something else completes this container
    have = frozenset.intersection(*(_set(c, s) for s in settings))
    # The earlier rule may have written what the container has, under the container's former name.
    return choice, {} if choice.doubtful and have else missing(choice.allotment, have)


def _set(c: Container, setting: Setting) -> frozenset[str]:
    """The names that are set: in the container, in defaults and patches that Argo merges into it, or for the whole Pod."""
    pod = c.holder.get("podResources" if c.spec else "resources")
    patched = pod_patch(c, setting).data, patched_pod(c, setting)
    return taken(effective(c, setting).get("resources")).union(taken(pod), *(taken(p.get("resources")) for p in patched))


def _subject(c: Container, resource: Resource, *, lone: bool) -> Subject:
    kinds = {resource.id.kind, str(c.owner.get("kind"))}
    return Subject(
        owner=subject_of(resource, c.owner, [effective(c, NOTHING).get("image")]),
        kinds=frozenset(kinds | CRON if kinds & CRON else kinds),
        names=_names(c, lone=lone),
        name_lost="CronWorkflow" in kinds and c.row.id == "template-container",
    )


def _names(c: Container, *, lone: bool) -> frozenset[str]:
    """The main container of an Argo template also answers to the template's name, the only one of a CronJob to `main`."""
    names = {c.name}
    if c.spec and c.row["pod-name"]:
        names.add(c.template)
    elif lone and c.owner.get("kind") == "CronJob" and c.role == "container":
        names.add(MAIN)
    return frozenset(names)


def _added(resource: Resource, c: Container, wanted: Wanted, choice: Choice, context: Context) -> Iterator[Change]:
    why, source = _reason(c, wanted, choice, context)
    for op, path, value in additions(c.data, c.path, wanted):
        if op is Op.SET:
            yield resource.set(path, value, why=why, source=source)
        else:
            after = sibling(resource, c.path, _BEFORE) if path == (*c.path, "resources") else None
            yield resource.insert(path, value, why=why, source=source, after=after)


def _reason(c: Container, wanted: Wanted, choice: Choice, context: Context) -> tuple[str, str]:
    defaults = table("autopilot_defaults")
    row = next(r for r in defaults.rows if not r["kinds"] or c.owner.get("kind") in r["kinds"])
    names = [n for n in NAMES if any(n in amounts for amounts in wanted.values())]
    what = ", ".join(names)
    if context.target.gke_mode != "autopilot":
        return f"{what} not set. The amounts are {choice.why} of this pipeline.", defaults.cite(row.id)
    given = ", ".join(row[n] for n in names)
    why = f"{what} not set. Autopilot would give and bill its default of {given}. The amounts are {choice.why} of this pipeline."
    return why, defaults.cite(row.id)


def _lowered(wanted: Wanted, context: Context) -> bool:
    """Autopilot without bursting lowers a limit to the request; that of scratch space always."""
    gke = context.target.gke
    if context.target.gke_mode != "autopilot" or gke is None:
        return False
    requests, limits = wanted.get("requests", {}), wanted.get("limits", {})
    return any(
        amount(n, limits[n]) > amount(n, requests[n])
        for n in requests
        if n in limits and (n == "ephemeral-storage" or not gke.at_least(_BURSTING))
    )


def _patched(resource: Resource, patches: tuple[KustomizeEffect, ...]) -> Finding:
    first = patches[0]
    more = f" and {len(patches) - 1} more" if len(patches) > 1 else ""
    return resource.finding(
        "RES005",
        "A Kustomize patch sets requests or limits of this resource, so none were written here.",
        subject=f"{first.file}:{first.line}{more}: {first.detail}",
        remedy="Write requests and limits by hand, and check that they agree with the patch in every overlay.",
        source="gitops.md 1.8",
    )


def _findings(resource: Resource, opaque: list[Container], odd: list[Container], lowered: list[Container]) -> Iterator[Finding]:
    def report(code: str, which: list[Container], message: str, remedy: str, source: str) -> Iterator[Finding]:
        if which:
            named = ", ".join(dict.fromkeys(c.template if c.spec else c.name for c in which))
            yield resource.finding(code, message, subject=named, remedy=remedy, source=source, path=which[0].path, severity=Severity.INFO)

    yield from report(
        "RES001", lowered,
        "The new limit is above the request, and Autopilot lowers it to the request: always for ephemeral-storage, and for cpu and "
        "memory on clusters without bursting.",
        "Raise the request to what the container needs, or remove the limit.",
        "autopilot.md 1.1",
    )  # fmt: skip
    yield from report(
        "RES002", opaque,
        "The podSpecPatch is an expression and may set requests, so none were written.",
        "Write the requests into the template, or replace the expression with plain text.",
        "argo.md 4.6",
    )  # fmt: skip
    yield from report(
        "RES003", odd,
        "`resources` is not a mapping, so nothing was added.",
        "Write it as `resources: {requests: {…}, limits: {…}}`.",
        "kubernetes/api core/v1 ResourceRequirements",
    )  # fmt: skip
