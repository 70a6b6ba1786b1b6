"""Checks of the whole CronJob, before it is read field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from transformer.argo.reserved import limit
from transformer.passes.cronworkflow.draft import BLOCKED
from transformer.passes.cronworkflow.rows import LEVELS, applies, cite, rule
from transformer.passkit import Context, Finding, Path, Resource, Version

if TYPE_CHECKING:
    from transformer.repository.index import Index

KUSTOMIZE: Final = "KUS001"


def incomplete(resource: Resource) -> str:
    """Why this is not a complete CronJob. Empty if it is."""
    containers = resource.get(*LEVELS["pod"], "containers")
    if not resource.get("metadata", "name") and not resource.get("metadata", "generateName"):
        return "it has no name, so it is a patch or a part of a CronJob"
    if not resource.get("spec", "schedule"):
        return "it has no schedule, so it is a patch or a part of a CronJob"
    if not isinstance(containers, list) or not containers:
        return "it has no containers, so it is a patch or a part of a CronJob"
    if not all(isinstance(c, dict) and c.get("image") for c in containers):
        return "a container has no image, so it is a patch or a part of a CronJob"
    return ""


def blocks(resource: Resource, context: Context, argo: Version, *, inline: bool = True) -> Iterator[Finding]:
    """What prevents the conversion of the whole object. `inline`: whether the result has its own template."""
    if applies(rule("target-too-old"), argo):
        yield _block(resource, "target-too-old", f"Argo Workflows {argo}")
    if inline and context.target.template_referencing in ("Strict", "Secure"):
        yield _block(resource, "inline-templates")
    if resource.id.api_version not in ("batch/v1", "batch/v1beta1"):
        yield _block(resource, "api-too-old", resource.id.api_version, ("apiVersion",))
    if len(str(resource.get("metadata", "name", default=""))) > limit("cron-workflow-name"):
        yield _block(resource, "name-too-long", "", ("metadata", "name"))


def touched(subject: Resource, resource: Resource, context: Context) -> Iterator[Finding]:
    """The effects of Kustomize on an object, for a rollout in steps: the CronJob, or the CronWorkflow beside it."""
    for effect in context.index.kustomize.effects(subject.file, subject.data):
        row = rule("kustomize")
        what = f"{effect.file}:{effect.line}: `{effect.feature}`: {effect.detail}"
        yield resource.block(KUSTOMIZE, row["why"], subject=what, remedy=row["remedy"], source=effect.section)


def clash(resource: Resource, context: Context) -> Iterator[Finding]:
    """Another CronWorkflow already has the name."""
    if other := _namesake(resource, context):
        yield _block(resource, "name-clash", f"{other.file}:{other.line()}", ("metadata", "name"))


def _namesake(resource: Resource, context: Context) -> Resource | None:
    return context.index.once(_by_name).get((resource.id.namespace, resource.id.name))


def _by_name(index: Index) -> Mapping[tuple[str, str], Resource]:
    """The CronWorkflows of the repository, by namespace and name."""
    return {(r.id.namespace, r.id.name): r for r in index.find("CronWorkflow", kinds=frozenset({"CronWorkflow"}))}


def _block(resource: Resource, row_id: str, detail: str = "", path: Path = ()) -> Finding:
    row = rule(row_id)
    return resource.block(BLOCKED, row["why"], subject=detail, remedy=row["remedy"], source=cite(row), path=path)
