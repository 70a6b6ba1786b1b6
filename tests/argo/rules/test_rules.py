"""Each of Argo's rules, on a CronWorkflow that is right but for one thing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.argo.reserved import reserved
from transformer.argo.rules import faults
from transformer.model import Target, Version
from transformer.yamltext import load

VERSIONS = ("3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "4.0", "4.1")
RIGHT = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: report}
spec:
  schedules: ["0 2 * * *"]
  timezone: Etc/UTC
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        container: {image: "a:1", command: [a], volumeMounts: [{name: v, mountPath: /v}]}
        volumes: [{name: v, emptyDir: {}}]
"""
C = "spec/workflowSpec/templates/0/container"
T = "spec/workflowSpec/templates/0"
W = "spec/workflowSpec"


def judged(change: dict[str, Any], argo: str = "3.6", crds: str = "minimal") -> list[str]:
    """What the rules say of RIGHT with these places set; None takes a place out."""
    data = right(argo)
    for place, value in change.items():
        *steps, last = place.split("/")
        here = data
        for step in steps:
            here = here[int(step)] if isinstance(here, list) else here.setdefault(step, {})
        here[last] = value
        if value is None:
            del here[last]
    return faults(data, Target(argo=Version.parse(argo), crds=crds))


def right(argo: str) -> Any:
    data = load(RIGHT)[0]
    if Version.parse(argo).below("3.6"):
        data["spec"]["schedule"] = data["spec"].pop("schedules")[0]
    return data


@pytest.mark.parametrize("argo", VERSIONS)
def test_nothing_is_found_where_nothing_is_wrong(argo: str) -> None:
    """With either kind of CRDs."""
    assert judged({}, argo) == judged({}, argo, "full") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metadata/name": "a" * 53}, "more than 52 characters"),
        ({"metadata/nmae": "a"}, "nmae"),
        ({"spec/schedules": None}, "no schedule"),
        ({"spec/schedules": []}, "no schedule"),
        ({"spec/schedule": "0 2 * * *"}, "both schedule and schedules"),
        ({"spec/schedules": ["0 2 * * 7"]}, "day of week"),
        ({"spec/schedules": ["TZ=Asia/Tokyo 0 2 * * *"]}, "with both timezone and"),
        ({"spec/timezone": "Mars/X"}, "tz database"),
        ({"spec/concurrencyPolicy": "Never"}, "is unknown"),
        ({"spec/startingDeadlineSeconds": -1}, "negative"),
        ({"spec/startingDeadlineSeconds": "60"}, "expected a number"),
        ({"spec/suspend": "yes"}, "expected true or false"),
        ({f"{W}/entrypoint": "other"}, "does not exist"),
        ({f"{W}/entrypoint": None}, "nothing is started"),
        ({f"{W}/workflowTemplateRef": {"name": "x"}}, "beside workflowTemplateRef"),
        ({f"{W}/onExit": "nobody"}, "does not exist"),
        ({f"{W}/hooks": {"running": {"template": "main"}}}, "has no expression"),
        ({f"{W}/podGC": {"strategy": "Now"}}, "podGC.strategy"),
        ({f"{W}/templates": [{"name": "main", "container": {"image": "a"}}] * 2}, "two templates have the name"),
        ({f"{T}/name": "a b"}, "refuses this name"),
        ({f"{T}/script": {"image": "a", "source": "x"}}, "container and script"),
        ({f"{T}/container": None}, "found none"),
        ({f"{T}/retryStrategy": {}}, "retries for ever"),
        ({f"{T}/retryStrategy": {"limit": "1", "retryPolicy": "Sometimes"}}, "retryPolicy"),
        ({f"{T}/retryStrategy": {"limit": 1.5}}, "expected a number or text"),
        ({f"{T}/initContainers": [{"name": "init", "image": "a"}]}, "which Argo uses for its own container"),
        ({f"{T}/sidecars": [{"name": "wait", "image": "a"}]}, "which Argo uses for its own container"),
        ({f"{T}/sidecars": [{"name": "x", "image": "a"}] * 2}, "two containers have the name"),
        ({f"{C}/image": None}, "has no image"),
        ({f"{C}/command": "sh"}, "'sh' is not of type"),
        ({f"{C}/args": ["a", 1]}, "1 is not of type"),
        ({f"{C}/env": [{"name": "A", "value": 1}]}, "1 is not of type"),
        ({f"{C}/nonsense": 1}, "nonsense"),
        ({f"{C}/volumeMounts": [{"name": "v", "mountPath": "/v"}, {"name": "w", "mountPath": "/v"}]}, "mounted twice"),
        ({f"{C}/volumeMounts": [{"name": "v", "mountPath": "/var/run/argo"}]}, "its own volume"),
        *(({f"{T}/volumes": [{"name": name, "emptyDir": {}}]}, "is one of Argo's own") for name in reserved("volumes")),
        *(({f"{T}/initContainers": [{"name": name, "image": "a"}]}, "which Argo uses") for name in reserved("init-containers")),
        ({f"{T}/initContainers": [{"name": "init-artifact-x", "image": "a"}]}, "which Argo uses for its own container"),
        ({f"{C}/restartPolicy": "Always"}, "does not work with restartPolicy"),
        ({f"{T}/automountServiceAccountToken": False}, "executor.serviceAccountName"),
        ({f"{T}/podSpecPatch": "a: [b"}, "not valid YAML"),
        ({f"{T}/podSpecPatch": "text"}, "expected a mapping"),
        ({f"{T}/podSpecPatch": "hostname: 5"}, "5 is not of type"),
        ({f"{T}/podSpecPatch": "hostnmae: a"}, "hostnmae"),
        ({f"{T}/podSpecPatch": "hostname: '{{pod'"}, "never closed"),
        ({f"{T}/podSpecPatch": "hostnameOverride: h"}, "newer than the target"),
        ({f"{T}/podSpecPatch": "automountServiceAccountToken: false"}, "takes the token"),
        ({f"{T}/podSpecPatch": "restartPolicy: OnFailure"}, "have no limit"),
        ({f"{C}/args": ["{{workflow.foo}}"]}, "cannot resolve"),
        ({f"{C}/args": ["{{ inputs.parameters.x }}"]}, "cannot resolve"),
        ({f"{T}/metadata": {"labels": {"a": "{{steps.a.b}}"}}}, "cannot resolve"),
        ({f"{T}/inputs": {"parameters": [{"name": "x"}]}}, "no caller gives"),
        ({f"{W}/nodeSelector": {"a": 1}}, "expected text"),
        ({f"{W}/podPriortyClassName": "a"}, "no version of Argo knows this"),
        ({"spect": {}}, "does not know this field"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(change: dict[str, Any], said: str) -> None:
    """On 3.6, which is the version with the most of both worlds."""
    assert any(said in m for m in judged(change)), judged(change)


@pytest.mark.parametrize(
    ("place", "value", "since", "below"),
    [
        ("spec/schedules", ["0 2 * * *"], "3.6", ""),
        ("spec/when", "true", "3.6", ""),
        ("spec/stopStrategy", {"expression": "true"}, "3.6", ""),
        (f"{T}/retryStrategy", {"limit": "1", "expression": "true"}, "3.2", ""),
        (f"{T}/retryStrategy", {"limit": "1", "backoff": {"duration": "1", "cap": "1m"}}, "3.7", ""),
        (f"{W}/hooks", {"exit": {"template": "main"}}, "3.3", ""),
        (f"{W}/workflowMetadata", {"labels": {"a": "b"}}, "3.3", ""),
        (f"{T}/annotations", {"a": "b"}, "3.7", ""),
        (f"{T}/podResources", {"limits": {"cpu": "1"}}, "4.1", ""),
        (f"{T}/resourceClaims", [{"name": "a"}], "4.1", ""),
        (f"{T}/synchronization", {"mutexes": [{"name": "a"}]}, "3.6", ""),
        (f"{T}/synchronization", {"mutex": {"name": "a"}}, "", "4.0"),
        (f"{C}/resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}], "3.6", ""),
        (f"{C}/lifecycle", {"preStop": {"sleep": {"seconds": 1}}}, "3.6", ""),
        (f"{C}/livenessProbe", {"grpc": {"port": 1}}, "3.3", ""),
        (f"{T}/podSpecPatch", "hostUsers: false", "3.6", ""),
        (f"{T}/podSpecPatch", "hostnameOverride: a", "4.1", ""),
        (f"{T}/securityContext", {"supplementalGroupsPolicy": "Strict"}, "3.7", ""),
        (f"{T}/initContainers", [{"name": "x", "image": "a", "restartPolicy": "Always"}], "3.6", ""),
    ],
)  # fmt: skip
def test_what_the_target_does_not_know(place: str, value: Any, since: str, below: str) -> None:
    """A field is judged by the version: what a controller does not know it drops (argo.md 3.1, 4.6)."""
    for argo in VERSIONS:
        version = Version.parse(argo)
        known = version.at_least(since or "3.1") and (not below or version.below(below))
        change = {place: value} | ({"spec/schedule": None} if place == "spec/schedules" and version.below("3.6") else {})
        assert (judged(change, argo) == []) is known, (argo, judged(change, argo))


@pytest.mark.parametrize(
    ("argo", "crds", "change", "ok"),
    [
        ("3.7", "full", {"spec/schedules": ["0 2 * * MON-FRI"]}, True),
        ("4.0", "minimal", {"spec/schedules": ["0 2 * * MON-FRI"]}, True),
        ("4.0", "", {"spec/schedules": ["0 2 * * MON-FRI"]}, False),
        ("4.0", "", {"spec/schedules": [" 0 2 * * *"]}, False),
        ("4.0", "", {"spec/schedules": ["@daily"]}, True),
        ("4.0", "", {"spec/schedules": ["@every 1.5h"]}, False),
        ("3.6", "full", {"spec/workflowMetadata": {"labels": {"a": "b"}}}, False),
        ("3.6", "", {"spec/workflowMetadata": {"labels": {"a": "b"}}}, True),
        ("3.7", "full", {"spec/workflowMetadata": {"labels": {"a": "b"}}}, True),
    ],
)
def test_what_the_crds_refuse_or_prune(argo: str, crds: str, change: dict[str, Any], ok: bool) -> None:
    """Full CRDs are what 4.0 installs (argo.md 3.2, 3.4)."""
    assert (judged(change, argo, crds) == []) is ok


@pytest.mark.parametrize(
    "change",
    [
        {f"{C}/args": ["{{.Names}} {{ ds }} {{workflow.name}} {{pod.name}} {{steps.name}} {{outputs.x}} {{=x}} {{{workflow.x}}}"]},
        {f"{C}/args": ["{{inputs.parameters.x}}"], f"{T}/inputs": {"parameters": [{"name": "x", "default": 5}]}},
        {f"{C}/args": ["{{workflow.parameters.x}}"], f"{W}/arguments": {"parameters": [{"name": "x", "value": 5}]}},
        {f"{T}/podSpecPatch": '{"terminationGracePeriodSeconds": 5, "hostname": "{{workflow.name}}"}'},
        {f"{T}/automountServiceAccountToken": False, f"{T}/executor": {"serviceAccountName": "x"}},
        {f"{W}/hooks": {"exit": {"template": "main"}, "running": {"template": "main", "expression": "true"}}},
        {f"{W}/templates": None, f"{W}/entrypoint": None, f"{W}/workflowTemplateRef": {"name": "x"}},
    ],
)  # fmt: skip
def test_what_is_fine_is_not_blamed(change: dict[str, Any]) -> None:
    """Escapes, tags that are known, an executor account, a reference."""
    assert judged(change) == []


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "{{", "{{inputs.x}}", "main", "0 2 * * *"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "container", "steps", "template", "x"]), inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_object_is_too_strange(data: st.DataObject) -> None:
    """Whatever stands where, the rules answer: a repository is data."""
    argo = data.draw(st.sampled_from(VERSIONS))
    subject = copy.deepcopy(right(argo))
    places = [node for node in walk(subject) if node]
    here = data.draw(st.sampled_from(range(len(places))))
    key = data.draw(st.sampled_from(sorted(places[here]) if isinstance(places[here], dict) else range(len(places[here]))))
    places[here][key] = data.draw(JUNK)
    assert isinstance(faults(subject, Target(argo=Version.parse(argo))), list)


def walk(node: Any) -> list[Any]:
    if not isinstance(node, (dict, list)):
        return []
    return [node, *(x for child in (node.values() if isinstance(node, dict) else node) for x in walk(child))]
