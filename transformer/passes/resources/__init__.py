"""Write requests and limits where none are set.

Autopilot gives a container without requests 500m CPU, 2Gi memory and 1Gi scratch space, and bills them. That is too little for
some containers and too much for most. This pass writes the amounts that the parameters give.

It looks at each container of a Pod, of a workload, of an Argo template (container, script, containerSet, sidecars, init
containers, also inline templates), and of a Workflow inside a Sensor. The first rule whose `match` holds gives the amounts, and
`defaults` gives them where no rule holds. A rule without amounts exempts the containers that it matches.

The pass handles cpu, memory and ephemeral-storage separately. Where someone has set a request **or** a limit for one of them, both
stay as they are. It counts where the container sets it, and also where `templateDefaults`, a `podSpecPatch`, the Pod as a whole, or
`mainContainer` and `workflowDefaults` of every controller in the repository set it. `resources: {}` counts as not set.

The pass does not change:

* Kustomize patches, and resources for which a Kustomize patch sets amounts: the two could contradict each other,
* ephemeral containers, where the API refuses resources,
* `templateDefaults`,
* containers without an image, which something else completes.

Argo adds two containers, `init` and `wait`, to every Pod of a workflow. The parameter `executor` gives their amounts, and
`mainContainer` gives those of main containers that set none. Both are written into the controller's ConfigMap.

In `match`, the kinds CronJob and CronWorkflow are the same, so that a rule matches the same containers before and after the pass
`cronworkflow`. `container` is the container's name in the Pod. The main container of an Argo template also matches the template's
name, and the only container of a CronJob also matches `main`, its later name.
"""

from __future__ import annotations

from collections.abc import Iterator

from transformer.passes.resources import containers, controller
from transformer.passes.resources.examples import EXAMPLES
from transformer.passes.resources.params import ResourcesParams
from transformer.passkit import Change, Context, Finding, Pass, Resource, Role, Skip, Used, table


def run(resource: Resource, params: ResourcesParams, context: Context) -> Iterator[Change | Finding | Skip | Used]:
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
        "RES001": "A new limit is above its request, and Autopilot lowers it to the request. A container that uses more is then "
        "killed (memory) or evicted (ephemeral-storage). Raise the request, or remove the limit.",
        "RES002": "The podSpecPatch of a template is an expression, so whether it sets requests is only known at run time. The template "
        "was not changed. Write the requests into the template, or replace the expression with plain text.",
        "RES003": "`resources` of a container is not a mapping, so nothing was added. Correct it by hand.",
        "RES005": "A Kustomize patch of this resource sets requests or limits. New ones in the base could contradict them, so nothing was "
        "written. Set them by hand, and check them in every overlay.",
        "RES004": "The YAML text inside the controller's ConfigMap cannot be edited, so Argo's own containers keep Autopilot's "
        "defaults. Correct the text, or set executor.resources and mainContainer.resources by hand.",
    },
    examples=EXAMPLES,
)
