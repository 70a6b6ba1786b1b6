"""Which container of a Pod does the work: with several, the user says it (argo.md 4.4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformer.knowledge import Row
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.params import ContainerRule
from transformer.passes.cronworkflow.rows import LEVELS, rule
from transformer.passkit import Path
from transformer.passkit.match import holds, subject_of

MAIN = "main"
_CONTAINERS: Path = (*LEVELS["pod"], "containers")


def decide(draft: Draft) -> None:
    """Set the draft's layout, on which retries depend."""
    containers = draft.resource.get(*_CONTAINERS)
    if len(containers) == 1:
        draft.layout = "containerSet" if draft.params.containerName == "keep" and containers[0].get("name") != MAIN else "container"
        return
    chosen, called = _chosen(draft, containers), [str(c.get("name")) for c in containers]
    if chosen is None:
        draft.refuse(rule("several-containers"), _CONTAINERS, ", ".join(called), _ask(draft, called))
    elif chosen.layout == "containerSet":
        draft.layout = "containerSet"
        draft.accepted(rule("layout-container-set"), _CONTAINERS, ", ".join(called))
    elif MAIN in called and chosen.main != MAIN:
        draft.refuse(rule("sidecar-called-main"), (*_CONTAINERS, called.index(MAIN), "name"))
    elif chosen.main not in called:
        draft.refuse(rule("main-container-unknown"), _CONTAINERS, f"{chosen.main}, and the containers are {', '.join(called)}")
    else:
        draft.layout, draft.main = "sidecars", called.index(chosen.main)
        draft.accepted(rule("layout-sidecars"), _CONTAINERS, f"{chosen.main} does the work")
        if draft.main > 0:
            draft.consent(rule("sidecar-order"), (*_CONTAINERS, draft.main))
            _tangled(draft)


def _tangled(draft: Draft) -> None:
    """Refuse aliases in helpers that move before the main container, which holds their anchors."""
    nodes = [draft.resource.document.find((*draft.resource.at, *_CONTAINERS, n)) for n in range(len(draft.resource.get(*_CONTAINERS)))]
    main = nodes[draft.main]
    anchored = {id(n) for n in main.below() if n.anchor} if main else set()
    for number, node in enumerate(nodes[draft.main + 1 :], draft.main + 1):
        if node and any(id(n.target) in anchored for n in node.below() if n.kind == "alias"):
            draft.refuse(rule("sidecar-alias"), (*_CONTAINERS, number))


def _chosen(draft: Draft, containers: list[Mapping[str, Any]]) -> ContainerRule | None:
    subject = subject_of(draft.resource, draft.resource.data, [c.get("image") for c in containers])
    return next((r for r in draft.params.containers if holds(r.match, subject)), None)


def _ask(draft: Draft, called: list[str]) -> str:
    match = f"match: {{name: {draft.resource.id.name}}}"
    return (
        f"Add a rule to the pass cronworkflow: `containers: [{{{match}, layout: containerSet}}]` if all of them must finish, or "
        f"`containers: [{{{match}, layout: sidecars, main: NAME}}]` if one of them does the work and the others may be killed when it "
        f"ends. NAME is one of {', '.join(called)}."
    )


def place(draft: Draft, row: Row, path: Path) -> None:
    """Place the containers, each with its own text."""
    if draft.layout == "containerSet":
        draft.place("template/containerSet/containers", path, rule("container-set"))
        return
    draft.place("template/container", (*path, draft.main), row)
    helpers = [(*path, n) for n in range(len(draft.resource.get(*path))) if n != draft.main]
    if draft.layout == "sidecars":
        draft.place_each("template/sidecars", helpers, rule("sidecar"))


def level(draft: Draft, number: int) -> str:
    """The level of the field table for a container. The template's own container has no name."""
    return "container" if draft.layout != "containerSet" and number == draft.main else "named-container"


def alone(draft: Draft, number: int, container: Mapping[str, Any]) -> None:
    """Fields without effect in a helper that Argo kills."""
    lifecycle = container.get("lifecycle")
    if draft.layout == "sidecars" and number != draft.main and isinstance(lifecycle, Mapping) and lifecycle.get("preStop"):
        draft.consent(rule("sidecar-pre-stop"), (*_CONTAINERS, number, "lifecycle", "preStop"))
