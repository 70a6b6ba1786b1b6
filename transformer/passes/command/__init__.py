"""Write down the command of every container that Argo runs.

Argo's emissary executor, the only one that works on Autopilot, starts the user's program itself, so it must know the
command. Up to Argo 3.3 a container that names none is never started. From 3.4 on the controller asks the registry for the
image's ENTRYPOINT; for private images that often fails on Autopilot, where the kubelet may pull what the controller may not
read.

This pass looks at container and script templates, the containers of a containerSet and sidecars, also in inline templates
and in a Workflow inside a Sensor. Init containers need no command. A container is satisfied where `templateDefaults`,
`mainContainer` (from 3.4 on) or a `podSpecPatch` gives it a command, or where the index `images` of the target version holds
its image; what stands in a controller's ConfigMap counts if every controller that the repository configures has it.

For the others it takes what the image runs from the parameter `images`, then from the file `imagesFile`
(docs/image-entrypoints.md says how to make it), then `fallback` for steps that only upload: container templates without
args whose outputs all lie on mounted volumes that were filled before. What is left is a finding with the line to add.

ENTRYPOINT becomes `command`, and CMD becomes `args` where there are none; without an ENTRYPOINT the first argument, or CMD,
becomes the command. Kustomize patches are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from transformer.argo.containers import containers
from transformer.passes.command.examples import EXAMPLES
from transformer.passes.command.images import ImagesFileError, is_expression, look_up, moves
from transformer.passes.command.needs import Need, hidden, needs
from transformer.passes.command.params import CommandParams
from transformer.passes.command.report import CODES, Report
from transformer.passes.command.uploads import only_uploads
from transformer.passes.command.writing import Wording, edits, wording
from transformer.passkit import Change, Context, Finding, Pass, Resource, Role, Skip, table

_EMISSARY = "3.1"


def run(resource: Resource, params: CommandParams, context: Context) -> Iterator[Change | Finding | Skip]:
    argo = context.target.argo
    if argo is None or argo.below(_EMISSARY):
        return  # no emissary yet: the pass `executor` says so
    if resource.role is Role.PATCH:
        if any(c.row["command"] for c in containers(resource.data)):
            yield resource.skip("a Kustomize patch: a command belongs in what it patches")
        return
    report = Report(resource, context.target)
    try:
        for need in needs(resource.data, context):
            yield from _written(resource, need, params, context, report)
    except ImagesFileError as e:
        yield resource.block(
            "CMD007",
            f"the file of known images cannot be used: {e}",
            remedy="mend it, or take imagesFile out of the pass",
            source="argo.md 2.5",
        )
        return
    report.hidden.extend(hidden(resource.data, context))
    yield from report.findings()


def _written(resource: Resource, need: Need, params: CommandParams, context: Context, report: Report) -> Iterator[Change]:
    known = None if is_expression(need.image) else look_up(need.image, params, context)
    words = wording(need, known) if known else None
    if known is None and params.fallback and only_uploads(need):
        words = Wording(tuple(params.fallback), why="it only uploads what lies on a mounted volume; the fallback of this pipeline")
        report.uploads.append(need)
    elif words and moves(need.image):
        report.pinned.append(need)
    if words:
        yield from edits(resource, need, words)
    else:
        report.open(need, known)


PASS = Pass(
    id="command",
    params=CommandParams,
    run=run,
    prefilter=("container", "script"),
    kinds=frozenset(row["kind"] for row in table("pod_templates").rows if row["form"] in ("argo", "object")),
    roles=frozenset({Role.RESOURCE, Role.PATCH}),
    needs=frozenset({"argoWorkflows"}),
    after=frozenset({"cronworkflow"}),
    codes=CODES,
    examples=EXAMPLES,
)
