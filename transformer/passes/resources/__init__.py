"""Write requests and limits where none are set.

Autopilot gives a container that says nothing 500m CPU, 2Gi memory and 1Gi scratch space, and bills them: too little for one
step, too much for most. This pass writes what the parameters ask for.

It looks at each container of a Pod, a workload, an Argo template (container, script, containerSet, sidecars, init
containers, also inline), and of a Workflow inside a Sensor. The first rule whose `match` holds decides, else `defaults`; a
rule without amounts exempts what it matches. Each of cpu, memory and ephemeral-storage is judged alone: where a person has
set a request **or** a limit for it, both stay as they are. That counts wherever it was set: in the container, in
`templateDefaults`, in a `podSpecPatch`, for the whole Pod, or in `mainContainer` and `workflowDefaults` of every controller
that the repository configures. `resources: {}` counts as nothing set.

Left alone are Kustomize patches, resources for which a Kustomize patch sets amounts (both together might contradict each
other), ephemeral containers (the API refuses resources there), `templateDefaults`, and a container without an image, which
something else completes.

Argo adds two containers, `init` and `wait`, to every Pod of a workflow. `executor` says what they ask for, `mainContainer`
what main containers get that say nothing; both are written into the controller's ConfigMap, and only if they are given.

CronJob and CronWorkflow stand for each other in `kind`, so that a rule finds the same containers before and after the pass
`cronworkflow`. `container` is the name in the Pod; the main container of an Argo template answers to the template's name
too, and the only container of a CronJob also to `main`, which it will be called.
"""

from __future__ import annotations

from collections.abc import Iterator

from transformer.passes.resources import containers, controller
from transformer.passes.resources.examples import EXAMPLES
from transformer.passes.resources.params import ResourcesParams
from transformer.passkit import Change, Context, Finding, Pass, Resource, Role, Skip, table


def run(resource: Resource, params: ResourcesParams, context: Context) -> Iterator[Change | Finding | Skip]:
    if params.idle:
        return
    if resource.id.kind == "ConfigMap":
        yield from controller.changes(resource, params, context)
    else:
        yield from containers.changes(resource, params, context)


PASS = Pass(
    id="resources",
    params=ResourcesParams,
    run=run,
    prefilter=("image", "workflow-controller"),
    kinds=frozenset(row["kind"] for row in table("pod_templates").rows) | {"ConfigMap"},
    roles=frozenset({Role.RESOURCE, Role.PATCH}),
    codes={
        "RES001": "A limit that was written is above its request, and Autopilot will lower it to the request: a container that "
        "needs more is killed (memory) or evicted (ephemeral-storage). Raise the request, or leave the limit out.",
        "RES002": "A template's podSpecPatch is an expression, so whether it sets requests is known at run time only. The "
        "template was left alone. Write the requests into the template, or make the patch plain text.",
        "RES003": "`resources` of a container is no mapping, so nothing was added. Mend it by hand.",
        "RES005": "A Kustomize patch of this resource sets requests or limits itself. Merged with new ones in the base they could "
        "contradict each other, so nothing was written. Set them by hand, so that they agree in every overlay.",
        "RES004": "The text inside the controller's ConfigMap cannot be edited, so Argo's own containers keep Autopilot's "
        "default. Mend the text, or set executor.resources and mainContainer.resources by hand.",
    },
    examples=EXAMPLES,
)
