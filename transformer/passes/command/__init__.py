"""Write the command of every container that Argo runs.

Argo's emissary executor is the only one that works on Autopilot. It starts the program itself, so it must know the command.
Up to Argo 3.3, a container without a command does not start. From 3.4 on, the controller asks the registry for the image's
ENTRYPOINT. On Autopilot that often fails for private images, which the kubelet may pull but the controller may not read.

This pass looks at container and script templates, at the containers of a containerSet and at sidecars, also in inline templates
and in a Workflow inside a Sensor. Init containers need no command. A container needs none either where `templateDefaults`,
`mainContainer` (from 3.4 on) or a `podSpecPatch` gives it one, or where the controller's index `images` has its image. Settings
of a controller's ConfigMap count if every controller in the repository has them.

For all others, the pass takes the command from the first of these that has it:

1. the parameter `images`,
2. the file `imagesFile` (docs/image-entrypoints.md shows how to make it),
3. the index `images` of a controller in this repository, where Argo itself would not find the image there: under the keys of another
   version, or under another spelling of its name,
4. the parameter `fallback`, for steps that only upload: container templates without args, whose outputs are all on mounted volumes
   that an earlier step filled.

A key of `images` may be a glob, such as `registry.example/app:*`. That is also the way to name an image whose tag is an expression.

Otherwise a finding shows the line to add: an error where the Pod would not start, else a warning.

ENTRYPOINT becomes `command`. CMD becomes `args` where the container has none. Without an ENTRYPOINT, the first argument or CMD
becomes the command. Kustomize patches are not changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from transformer.argo.containers import containers
from transformer.passes.command.escapes import braces, escaped
from transformer.passes.command.examples import EXAMPLES
from transformer.passes.command.images import ImagesFileError, is_expression, look_up, matching, moves
from transformer.passes.command.needs import Need, hidden, needs
from transformer.passes.command.params import CommandParams
from transformer.passes.command.report import CODES, Report
from transformer.passes.command.uploads import only_uploads
from transformer.passes.command.writing import Wording, edits, wording
from transformer.passkit import Change, Context, Finding, Pass, Resource, Role, Severity, Skip, Used, table

_EMISSARY = "3.1"


def run(resource: Resource, params: CommandParams, context: Context) -> Iterator[Change | Finding | Skip | Used]:
    argo = context.target.argo
    if argo is None or argo.below(_EMISSARY):
        return  # no emissary yet: the pass `executor` says so
    if resource.role is Role.PATCH:
        if any(c.row["command"] for c in containers(resource.data)):
            yield resource.skip("this is a Kustomize patch: a command belongs in the resource that it patches")
        return
    images = {str(c.data.get("image")) for c in containers(resource.data)} if params.images else ()
    yield from (Used(f"images/{name}") for image in images for name in matching(image, params.images))
    report = Report(resource, context.target)
    try:
        for need in needs(resource.data, context):
            yield from _written(resource, need, params, context, report)
    except ImagesFileError as e:
        yield resource.block(
            "CMD007",
            f"The file of known images cannot be used: {e}.",
            remedy="Correct the file, or remove `imagesFile` from the pass.",
            source="argo.md 2.5",
        )
        return
    report.hidden.extend(hidden(resource.data, context))
    yield from report.findings()


def _written(resource: Resource, need: Need, params: CommandParams, context: Context, report: Report) -> Iterator[Change | Finding]:
    known = look_up(need.image, params, context)
    words = wording(need, known) if known else None
    if words and (word := braces(words)):
        yield _braced(resource, need, word)
        return
    words = words and escaped(words, flux=bool(context.index.kustomize.substitutions(resource.file, resource.data)))
    if known is None and params.fallback and only_uploads(need):
        words = Wording(
            tuple(params.fallback), why="This step only uploads files from a mounted volume. The command is the fallback of this pipeline."
        )
        report.uploads.append(need)
    elif words and (moves(need.image) or is_expression(need.image)):
        report.pinned.append(need)
    if words:
        yield from edits(resource, need, words)
    else:
        report.open(need, known)


def _braced(resource: Resource, need: Need, word: str) -> Finding:
    return resource.finding(
        "CMD009",
        f"The ENTRYPOINT or CMD of {need.image} holds double braces, in which Argo would look for its own variables: `{word}`. It is not "
        "written.",
        remedy="Put the command into a script in the image, or write `command:` here by hand in a form without `{{`.",
        source="argo.md 7.1",
        path=need.container.path,
        severity=Severity.ERROR,
    )


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
