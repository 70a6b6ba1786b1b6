"""Other shapes of a CronWorkflow than the conversion writes: fields of the whole Workflow, defaults, patches, wrappers, more containers."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

Map = dict[str, Any]
# field of the template -> field of the Workflow's spec
_UP = {
    "nodeSelector": "nodeSelector", "affinity": "affinity", "tolerations": "tolerations", "schedulerName": "schedulerName",
    "priorityClassName": "podPriorityClassName", "hostAliases": "hostAliases", "securityContext": "securityContext",
    "metadata": "podMetadata", "podSpecPatch": "podSpecPatch", "volumes": "volumes",
}  # fmt: skip
_WORKFLOW: Map = {
    "nodeSelector": {"pool": "other", "zone": "a"},
    "tolerations": [{"key": "whole", "operator": "Exists"}],
    "schedulerName": "whole",
    "podPriorityClassName": "batch-low",
    "hostAliases": [{"ip": "192.0.2.9", "hostnames": ["whole.example"]}],
    "securityContext": {"runAsUser": 7},
    "podMetadata": {"labels": {"app": "whole", "whole": "1"}, "annotations": {"note": "whole"}},
    "activeDeadlineSeconds": 2000,
    "automountServiceAccountToken": True,
    "serviceAccountName": "runner",
    "volumes": [{"name": "unused", "emptyDir": {}}],
    "imagePullSecrets": [{"name": "whole"}],
    "templateDefaults": {
        "container": {
            "env": [{"name": "ALPHA", "value": "d"}, {"name": "NEW", "value": "d"}],
            "resources": {"limits": {"cpu": "3"}},
        },
        "metadata": {"labels": {"default": "1"}},
        "nodeSelector": {"pool": "default"},
        "activeDeadlineSeconds": 1700,
    },
}
_PATCHES = (
    {"terminationGracePeriodSeconds": 5, "nodeSelector": {"patched": "1"}},
    {
        "containers": [
            {"name": "main", "env": [{"name": "PATCHED", "value": "1"}, {"name": "BETA", "$patch": "delete"}], "workingDir": "/patched"}
        ]
    },
    {
        "containers": [{"name": "main", "args": ["patched"], "resources": {"limits": {"memory": "3Gi"}}}],
        "tolerations": [{"operator": "Exists"}],
    },
    {"hostAliases": [{"ip": "192.0.2.7", "hostnames": ["patched.example"]}], "nodeSelector": None, "schedulerName": "patched"},
    {"volumes": [{"name": "alpha", "$patch": "replace"}, {"name": "patched", "emptyDir": {}}], "automountServiceAccountToken": True},
    {"securityContext": {"$patch": "replace", "runAsUser": 3}, "imagePullSecrets": [{"name": "patched"}]},
)
SIDECAR: Map = {"name": "proxy", "image": "proxy:1", "command": ["proxy"], "env": [{"name": "A", "value": "b"}]}


def reshaped(r: Random, cron_workflow: Map) -> Map:
    """The same work in another shape; the Pod need not stay the same."""
    out = deepcopy(cron_workflow)
    spec = out["spec"]["workflowSpec"]
    template = spec["templates"][0]
    for field, above in _UP.items():
        if field in template and above not in spec and r.random() < 0.3:
            spec[above] = template.pop(field)
    for field, value in _WORKFLOW.items():
        if r.random() < 0.25:
            spec.setdefault(field, deepcopy(value))
    for tree in (spec, template):
        if "podSpecPatch" not in tree and r.random() < 0.3:
            tree["podSpecPatch"] = json.dumps(r.choice(_PATCHES))
    _helped(r, template, "podSpecPatch" in spec or "podSpecPatch" in template)
    if r.random() < 0.4:
        _wrap(r, spec, template)
    return out


def _helped(r: Random, template: Map, patched: bool) -> None:
    """More containers. A patch is about main, and would make one without an image."""
    if "container" in template and r.random() < 0.3:
        template["sidecars"] = [deepcopy(SIDECAR), *template.get("sidecars", [])]
    elif "container" in template and r.random() < 0.3:
        main = {**template.pop("container"), "name": "main" if patched else r.choice(("main", "work"))}
        template["containerSet"] = {"containers": [main, {**deepcopy(SIDECAR), "dependencies": [main["name"]]}]}
    if r.random() < 0.2:
        template |= {"automountServiceAccountToken": False, "executor": {"serviceAccountName": "runner"}}


def _wrap(r: Random, spec: Map, template: Map) -> None:
    template["name"] = "work"
    call = {"name": "a", "template": "work", **r.choice(({}, {"withSequence": {"count": "1"}}, {"withItems": ["x"]}))}
    wrapper: Map = {"name": "main", **r.choice(({"steps": [[call]]}, {"dag": {"tasks": [call]}}))}
    if r.random() < 0.6:
        wrapper |= {"nodeSelector": {"pool": "wrapper"}, "tolerations": [{"key": "wrapper", "operator": "Exists"}]}
    spec["templates"].append(wrapper)


# What a controller may be configured with.
DEFAULTS: Map = {
    "serviceAccountName": "runner",
    "podMetadata": {"labels": {"app": "config", "config": "1"}},
    "nodeSelector": {"pool": "config", "config": "1"},
    "tolerations": [{"key": "config", "operator": "Exists"}],
    "imagePullSecrets": [{"name": "config"}],
    "podSpecPatch": '{"terminationGracePeriodSeconds": 9}',
    "templateDefaults": {
        "container": {"env": [{"name": "CONFIG", "value": "1"}]},
        "hostAliases": [{"ip": "192.0.2.9", "hostnames": ["config"]}],
    },
}
MAIN: Map = {
    "resources": {"requests": {"cpu": "5m"}, "limits": {"cpu": "2"}},
    "imagePullPolicy": "Always",
    "env": [{"name": "MAIN", "value": "1"}],
}
