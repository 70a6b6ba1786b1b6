"""The Pod that Argo's controller would make, field by field, as argo.md 4.4 and two real controllers (`make live`) say."""

from __future__ import annotations

from typing import Any

import pytest

from transformer.argo.pod import pods
from transformer.argo.templates import NoPodError, NotRebuiltError
from transformer.knowledge import table
from transformer.model import Version
from transformer.yamltext import load

WORK = {"image": "a:1", "command": ["a"]}
ENV = [{"name": "A", "value": "1"}]


def workflow(template: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    made = {"name": "main", "container": WORK, **(template or {})}
    return {"kind": "CronWorkflow", "spec": {"workflowSpec": {"entrypoint": "main", "templates": [made], **spec}}}


def pod(data: dict[str, Any], argo: str = "3.6", **config: Any) -> dict[str, Any]:
    found = pods(data, Version.parse(argo), **config)
    assert len(found) == 1
    return found[0]


def spec(template: dict[str, Any] | None = None, argo: str = "3.6", **fields: Any) -> dict[str, Any]:
    return dict(pod(workflow(template, **fields), argo)["spec"])


def test_a_container_is_called_main() -> None:
    assert spec({"container": {"name": "other", **WORK}})["containers"] == [{**WORK, "name": "main"}]
    assert spec()["restartPolicy"] == "Never"


@pytest.mark.parametrize("row", table("argo_pod").rows, ids=lambda r: r.id)
def test_every_row_takes_its_field(row: Any) -> None:
    """The template's comes first, then the wrapper's, then the workflow's; lists that append hold both."""
    argo = "4.1" if row.get("since") == "4.1" else "3.5" if row.get("below") == "3.6" else "3.6"
    values = {
        c: [{"ip": c}] if row["how"] == "append" else {"a": c} if row.get("empty") else c for c in ("template", "wrapper", "workflow")
    }
    named = [c for c in ("template", "wrapper", "workflow") if row.get(c)]
    for n, first in enumerate(named):
        trees: dict[str, dict[str, Any]] = {c: {row[c]: values[c]} if c in named[n:] else {} for c in values}
        steps = {"name": "main", "steps": [[{"name": "a", "template": "work"}]], **trees["wrapper"]}
        made = {"name": "work", "container": WORK, **trees["template"]}
        data = {"spec": {"workflowSpec": {"entrypoint": "main", "templates": [steps, made], **trees["workflow"]}}}
        expected = [*values["workflow"], *values["template"]] if row["how"] == "append" and n == 0 else values[first]
        assert pod(data, argo)["spec"][row["field"]] == expected


def test_a_row_counts_in_its_versions_only() -> None:
    assert "priority" not in spec({"priority": 5}, "3.7") and spec({"priority": 5}, "3.6")["priority"] == 5
    assert "resourceClaims" not in spec({"resourceClaims": [{"name": "a"}]}, "4.0")


def test_an_empty_text_or_map_lets_the_workflow_decide() -> None:
    assert spec({"nodeSelector": {}}, nodeSelector={"a": "b"})["nodeSelector"] == {"a": "b"}
    assert spec({"schedulerName": ""}, schedulerName="x")["schedulerName"] == "x"
    assert spec({"securityContext": {}}, securityContext={"runAsUser": 1})["securityContext"] == {}


def test_metadata_of_the_template_goes_over_that_of_all_pods() -> None:
    made = pod(workflow({"metadata": {"labels": {"a": "1"}}}, podMetadata={"labels": {"a": "0", "b": "2"}, "annotations": {"c": "3"}}))
    assert made["metadata"] == {"labels": {"a": "1", "b": "2"}, "annotations": {"c": "3"}}


def test_since_3_7_metadata_of_all_pods_goes_over_that_of_a_template_called_by_name() -> None:
    """Seen on 4.0.2. An inline template keeps its own."""
    labels = {"metadata": {"labels": {"a": "1"}}}
    every = {"podMetadata": {"labels": {"a": "0"}}}
    assert pod(workflow(labels, **every), "3.6")["metadata"]["labels"] == {"a": "1"}
    assert pod(workflow(labels, **every), "3.7")["metadata"]["labels"] == {"a": "0"}
    steps = {"name": "main", "steps": [[{"name": "a", "inline": {"container": WORK, **labels}}]]}
    data = {"spec": {"workflowSpec": {"entrypoint": "main", "templates": [steps], **every}}}
    assert pod(data, "3.7")["metadata"]["labels"] == {"a": "1"}


def test_volumes_of_the_workflow_come_where_they_are_mounted() -> None:
    mounts = {"container": {**WORK, "volumeMounts": [{"name": "b", "mountPath": "/b"}]}, "volumes": [{"name": "a"}]}
    held = spec(mounts, volumes=[{"name": "b"}, {"name": "c"}])["volumes"]
    assert [v["name"] for v in held] == ["a", "b"]


def test_a_container_set_gets_volumes_of_the_workflow_for_all_its_containers_only() -> None:
    nodes = [{"name": "one", "image": "a", "volumeMounts": [{"name": "x", "mountPath": "/x"}]}]
    held = workflow({"containerSet": {"containers": nodes, "volumeMounts": [{"name": "y"}]}}, volumes=[{"name": "x"}, {"name": "y"}])
    del held["spec"]["workflowSpec"]["templates"][0]["container"]
    assert pod(held)["spec"]["volumes"] == [{"name": "y"}]


@pytest.mark.parametrize(("own", "all_", "left"), [(300, 500, 300), (500, 300, 300), ("40", None, 40), (None, 500, 500)])
def test_the_shorter_deadline_counts(own: Any, all_: Any, left: int) -> None:
    assert spec({"activeDeadlineSeconds": own}, activeDeadlineSeconds=all_)["activeDeadlineSeconds"] == left


def test_a_pause_for_debugging_takes_the_deadline_off() -> None:
    held = {**WORK, "env": [{"name": "ARGO_DEBUG_PAUSE_AFTER", "value": "true"}]}
    assert "activeDeadlineSeconds" not in spec({"container": held, "activeDeadlineSeconds": 5})


def test_the_token_is_forwarded_when_false_only() -> None:
    account = {"serviceAccountName": "argo"}
    assert spec({"automountServiceAccountToken": False, "executor": account})["automountServiceAccountToken"] is False
    assert spec({"automountServiceAccountToken": False}, executor=account)["automountServiceAccountToken"] is False
    assert "automountServiceAccountToken" not in spec({"automountServiceAccountToken": True})
    with pytest.raises(NoPodError, match="executor"):
        spec(automountServiceAccountToken=False)


def test_a_container_set_keeps_its_names_and_shares_its_mounts() -> None:
    nodes = [{"name": "one", "image": "a", "volumeMounts": [{"name": "x"}]}, {"name": "two", "image": "b", "dependencies": ["one"]}]
    held = workflow({"containerSet": {"containers": nodes, "volumeMounts": [{"name": "y"}]}})
    del held["spec"]["workflowSpec"]["templates"][0]["container"]
    assert pod(held)["spec"]["containers"] == [
        {"name": "one", "image": "a", "volumeMounts": [{"name": "x"}, {"name": "y"}]},
        {"name": "two", "image": "b", "volumeMounts": [{"name": "y"}]},
    ]


def test_sidecars_and_init_containers_follow() -> None:
    held = spec({"sidecars": [{"name": "proxy", "image": "a", "mirrorVolumeMounts": False}], "initContainers": [{"name": "first"}]})
    assert [c["name"] for c in held["containers"]] == ["main", "proxy"]
    assert held["initContainers"] == [{"name": "first"}]


def test_a_script_is_its_container() -> None:
    held = workflow({"script": {**WORK, "source": "x"}})
    del held["spec"]["workflowSpec"]["templates"][0]["container"]
    assert pod(held)["spec"]["containers"] == [{**WORK, "name": "main"}]


# --- wrappers

LEAF = {"name": "work", "container": WORK}


@pytest.mark.parametrize(
    "wrapper",
    [
        {"steps": [[{"name": "a", "template": "work", "withSequence": {"count": "3"}}]]},
        {"steps": [[{"name": "a", "template": "work"}, {"name": "b", "template": "work"}]]},
        {"dag": {"tasks": [{"name": "a", "template": "work", "withItems": [1, 2]}]}},
        {"steps": [[{"name": "a", "inline": {"container": WORK}}]]},
    ],
)
def test_a_wrapper_makes_the_pods_of_its_leaf(wrapper: dict[str, Any]) -> None:
    data = {"spec": {"workflowSpec": {"entrypoint": "main", "templates": [{"name": "main", **wrapper}, LEAF]}}}
    assert pod(data)["spec"]["containers"] == [{**WORK, "name": "main"}]


def test_two_leaves_make_two_kinds_of_pods() -> None:
    calls = [[{"name": "a", "template": "work"}, {"name": "b", "template": "other"}]]
    leaves = [LEAF, {"name": "other", "container": {"image": "b"}}]
    assert (
        len(pods({"spec": {"workflowSpec": {"entrypoint": "m", "templates": [{"name": "m", "steps": calls}, *leaves]}}}, Version(3, 6)))
        == 2
    )


@pytest.mark.parametrize(
    "workflow_spec",
    [
        {"workflowTemplateRef": {"name": "x"}},
        {"entrypoint": "a", "templates": [{"name": "a", "steps": [[{"name": "b", "templateRef": {"name": "x", "template": "y"}}]]}]},
        {"entrypoint": "a", "templates": [{"name": "a", "steps": [[{"name": "b", "template": "a"}]]}]},
        {"entrypoint": "a", "templates": [{"name": "a", "resource": {"action": "create"}}]},
        {"entrypoint": "a", "templates": [{"name": "a", "container": WORK, "sidecars": [{"name": "b", "mirrorVolumeMounts": True}]}]},
        {"entrypoint": "a", "templates": [{"name": "a", "container": WORK, "activeDeadlineSeconds": "{{inputs.parameters.x}}"}]},
    ],
)
def test_what_cannot_be_known_is_said(workflow_spec: dict[str, Any]) -> None:
    with pytest.raises(NotRebuiltError):
        pods({"spec": {"workflowSpec": workflow_spec}}, Version(3, 6))


# --- podSpecPatch


@pytest.mark.parametrize("text", ["hostname: a\nenableServiceLinks: false\n", '{"hostname": "a", "enableServiceLinks": false}'])
def test_a_patch_is_yaml_or_json(text: str) -> None:
    held = spec({"podSpecPatch": text})
    assert held["hostname"] == "a" and held["enableServiceLinks"] is False


def test_the_templates_patch_goes_over_the_workflows() -> None:
    patch = 'containers: [{name: main, env: [{name: A, value: "2"}]}]\nhostname: b'
    held = spec({"container": {**WORK, "env": ENV}, "podSpecPatch": patch}, podSpecPatch="hostname: a\nsubdomain: s")
    assert held["containers"][0]["env"] == [{"name": "A", "value": "2"}]
    assert (held["hostname"], held["subdomain"]) == ("b", "s")


def test_before_3_6_the_patches_were_merged_first() -> None:
    """There a null of the template's patch takes away what the workflow's patch says, not what the Pod has."""
    both: dict[str, Any] = {"template": {"podSpecPatch": "schedulerName: null"}, "podSpecPatch": "hostname: a", "schedulerName": "x"}
    assert "schedulerName" not in spec(**both)
    assert spec(argo="3.5", **both)["schedulerName"] == "x"


@pytest.mark.parametrize("text", ["[a]", "a: [", "containers: [{image: b}]", "a: b\n---\nc: d"])
def test_a_patch_that_is_none_makes_no_pod(text: str) -> None:
    with pytest.raises(NoPodError):
        spec({"podSpecPatch": text})


@pytest.mark.parametrize(
    "text",
    [
        "volumes: [{$patch: replace}, {name: a}]",
        "initContainers: null",
        "containers: [{name: wait, $patch: delete}]",
    ],
)
def test_a_patch_that_takes_argos_own_away_makes_no_pod(text: str) -> None:
    with pytest.raises(NoPodError, match="Argo needs"):
        spec({"podSpecPatch": text})


def test_newer_fields_vanish() -> None:
    held = {**WORK, "lifecycle": {"stopSignal": "SIGINT", "preStop": {"exec": {"command": ["a"]}}}}
    assert spec({"container": held}, "3.6")["containers"][0]["lifecycle"] == {"preStop": {"exec": {"command": ["a"]}}}
    assert spec({"container": held}, "4.0")["containers"][0]["lifecycle"] == held["lifecycle"]
    assert "hostnameOverride" not in spec({"podSpecPatch": "hostnameOverride: a"}, "4.0")


# --- defaults


def test_template_defaults_lie_under_the_template() -> None:
    defaults = {"script": {"source": "x"}, "nodeSelector": {"a": "b"}, "container": {"env": [{"name": "B", "value": "2"}]}}
    held = spec({"container": {**WORK, "env": ENV}}, templateDefaults=defaults)
    assert held["nodeSelector"] == {"a": "b"}
    assert [e["name"] for e in held["containers"][0]["env"]] == ["A", "B"]


def test_an_empty_variable_has_no_value_of_its_own() -> None:
    """The controller's types leave an empty text out, so a default comes in."""
    defaults = {"container": {"env": [{"name": "A", "value": "default"}]}}
    held = spec({"container": {**WORK, "env": [{"name": "A", "value": ""}]}}, templateDefaults=defaults)
    assert held["containers"][0]["env"] == [{"name": "A", "value": "default"}]


def test_a_container_in_the_defaults_displaces_a_container_set() -> None:
    """Seen on 3.6.10, where Argo then asks for the command of an image that is not there; 4.0.2 leaves such defaults out."""
    held = workflow({"containerSet": {"containers": [{"name": "a", "image": "a"}]}}, templateDefaults={"container": {"env": ENV}})
    del held["spec"]["workflowSpec"]["templates"][0]["container"]
    with pytest.raises(NoPodError, match="neither image nor command"):
        pod(held)
    assert pod(held, "4.0")["spec"]["containers"] == [{"name": "a", "image": "a"}]


def test_workflow_defaults_lie_under_the_workflow() -> None:
    config = load(
        "serviceAccountName: argo\nnodeSelector: {a: b}\npodMetadata: {labels: {team: x}}\ntemplateDefaults: {hostAliases: [{ip: 1.1.1.1}]}"
    )
    made = pod(workflow(nodeSelector={"c": "d"}), defaults=config[0])
    assert made["spec"]["serviceAccountName"] == "argo"
    assert made["spec"]["nodeSelector"] == {"a": "b", "c": "d"}
    assert made["spec"]["hostAliases"] == [{"ip": "1.1.1.1"}]
    assert made["metadata"]["labels"] == {"team": "x"}


def test_main_container_lies_under_the_main_container() -> None:
    main = {"name": "x", "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}, "imagePullPolicy": "Always"}
    held = pod(
        workflow({"container": {**WORK, "resources": {"limits": {"cpu": "3"}}}, "sidecars": [{"name": "s", "image": "a"}]}), main=main
    )["spec"]
    assert held["containers"][0]["resources"] == {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}
    assert held["containers"] == [{**held["containers"][0], "name": "main", "imagePullPolicy": "Always"}, {"name": "s", "image": "a"}]
    with pytest.raises(NotRebuiltError, match=r"3\.3"):
        pod(workflow(), "3.2", main=main)
