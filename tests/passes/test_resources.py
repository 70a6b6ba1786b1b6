"""The pass `resources`: what it adds, what it leaves to people, and which rule is whose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from transformer.config.settings import params_of
from transformer.errors import UsageError
from transformer.kubernetes.quantity import amount
from transformer.model import Target, Version
from transformer.passes.resources import PASS
from transformer.passkit.testing import Result, converted
from transformer.yamltext import load

FILE = "manifest.yaml"
CPU = {"defaults": {"requests": {"cpu": "250m"}}}
BOTH = {"defaults": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}}


def convert(
    text: str, params: Mapping[str, Any], files: Mapping[str, str] | None = None, file: str = FILE, gke: str = "1.33"
) -> tuple[str, Result]:
    """The text after the pass; it finds nothing to do on its own result, and breaks no promise."""
    result = converted(
        {**(files or {}), file: text}, (PASS, params), Target(gke=Version.parse(gke), argo=Version.parse("3.6")), include=[file]
    )
    return result.texts[file], result


def codes(record: Result) -> list[str]:
    return [f.code for f in record.findings]


def pod(containers: str, more: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: prod, labels: {{team: ml}}}}\nspec:\n{more}  containers:\n{containers}"
    )


def workflow(templates: str, more: str = "", kind: str = "WorkflowTemplate") -> str:
    return f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n{more}  templates:\n{templates}"


def resources(text: str, *path: str | int) -> Any:
    node = load(text)[0]
    for step in path:
        node = node[step]
    return node.get("resources")


WORKLOADS = [
    ("apps/v1", "Deployment", "spec/template"),
    ("apps/v1", "StatefulSet", "spec/template"),
    ("apps/v1", "DaemonSet", "spec/template"),
    ("apps/v1", "ReplicaSet", "spec/template"),
    ("batch/v1", "Job", "spec/template"),
    ("v1", "PodTemplate", "template"),
    ("argoproj.io/v1alpha1", "Rollout", "spec/template"),
]


@pytest.mark.parametrize(("version", "kind", "at"), WORKLOADS)
def test_every_workload_is_covered(version: str, kind: str, at: str) -> None:
    """Containers and init containers, native sidecars among them, of each kind that has a Pod template."""
    inner: Any = {
        "spec": {"containers": [{"name": "a", "image": "a"}], "initContainers": [{"name": "s", "image": "b", "restartPolicy": "Always"}]}
    }
    for step in reversed(at.split("/")):
        inner = {step: inner}
    text = f'{{"apiVersion": "{version}", "kind": "{kind}", "metadata": {{"name": "a"}}, ' + str(inner).replace("'", '"')[1:]
    new, record = convert(text, CPU)
    spec = (*at.split("/"), "spec")
    assert resources(new, *spec, "containers", 0) == {"requests": {"cpu": "250m"}}
    assert resources(new, *spec, "initContainers", 0) == {"requests": {"cpu": "250m"}}
    assert len(record.changes) == 2


def test_every_place_of_an_argo_template_is_covered() -> None:
    """Container, script, containerSet, sidecars, init containers, and templates written inline in steps and tasks."""
    text = workflow(
        "  - name: a\n    container: {image: a}\n    initContainers: [{name: i, image: a}]\n    sidecars: [{name: s, image: a}]\n"
        "  - name: b\n    script: {image: a, command: [sh], source: ls}\n"
        "  - name: c\n    containerSet: {containers: [{name: x, image: a}, {name: y, image: a}]}\n"
        "  - name: d\n    steps: [[{name: s, inline: {container: {image: a}}}]]\n"
        "  - name: e\n    dag: {tasks: [{name: t, inline: {script: {image: a, command: [sh], source: ls}}}]}\n"
    )
    _, record = convert(text, CPU)
    assert len(record.changes) == 8


def test_a_workflow_in_a_sensor_is_covered() -> None:
    """It goes by its own kind and name."""
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nmetadata: {name: outer}\nspec:\n  triggers:\n  - template:\n"
        "      argoWorkflow:\n        source:\n          resource:\n"
        "            apiVersion: argoproj.io/v1alpha1\n            kind: Workflow\n"
        "            metadata: {generateName: inner-}\n            spec:\n              templates:\n              - name: a\n"
        "                container: {image: a}\n"
    )
    _, record = convert(text, {"rules": [{"match": {"kind": "Workflow", "name": "inner-"}, **CPU["defaults"]}]})
    assert len(record.changes) == 1


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        ("{}", {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}),
        ("", {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}),
        ("{requests: {cpu: 2}}", {"requests": {"cpu": 2, "memory": "512Mi"}, "limits": {"memory": "1Gi"}}),
        ("{limits: {memory: 64Mi}}", {"limits": {"memory": "64Mi"}, "requests": {"cpu": "250m"}}),
        ("{requests: {}, limits: }", {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}),
        ("{requests: {cpu: 1}, limits: {memory: 1Gi}}", {"requests": {"cpu": 1}, "limits": {"memory": "1Gi"}}),
        (
            "{limits: {nvidia.com/gpu: 1}}",
            {"limits": {"nvidia.com/gpu": 1, "memory": "1Gi"}, "requests": {"cpu": "250m", "memory": "512Mi"}},
        ),
    ],
)
def test_what_a_person_set_stays(own: str, wanted: Any) -> None:
    """A request or a limit for a resource decides both for it; other resources are filled in."""
    new, _ = convert(pod(f"  - name: a\n    image: a\n    resources: {own}\n"), BOTH)
    assert resources(new, "spec", "containers", 0) == wanted


@pytest.mark.parametrize(
    "more",
    [
        "  templateDefaults:\n    container: {resources: {limits: {cpu: 1}}}\n",
        '  podSpecPatch: \'{"containers": [{"name": "main", "resources": {"requests": {"cpu": "{{workflow.parameters.c}}"}}}]}\'\n',
    ],
)
def test_what_argo_merges_counts_as_set(more: str) -> None:
    """templateDefaults and a podSpecPatch that can be read."""
    text = workflow("  - name: a\n    container: {image: a}\n", more)
    assert convert(text, CPU)[0] == text


def test_a_controller_counts_only_if_all_say_so() -> None:
    """Two controllers, one of them without defaults: which one runs the workflow is not known."""
    text = workflow("  - name: a\n    container: {image: a}\n")
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\n"
    one = {"one/c.yaml": head + "data:\n  mainContainer: |\n    resources: {requests: {cpu: 1}}\n"}
    assert convert(text, CPU, one)[0] == text
    assert convert(text, CPU, {**one, "two/c.yaml": head + "data: {}\n"})[0] != text


def test_pod_level_resources_count_as_set() -> None:
    """They bound the containers together."""
    text = pod("  - {name: a, image: a}\n", "  resources: {requests: {cpu: 1}}\n")
    assert convert(text, CPU)[0] == text


def test_containers_that_something_else_completes_stay() -> None:
    """templateDefaults are none themselves, and a template without any image is none yet."""
    text = workflow("  - name: a\n    container: {args: [a]}\n", "  templateDefaults:\n    container: {imagePullPolicy: Always}\n")
    assert convert(text, CPU)[0] == text


def test_ephemeral_containers_stay() -> None:
    """The API refuses resources there."""
    text = pod("  - {name: a, image: a, resources: {requests: {cpu: 1}}}\n", "  ephemeralContainers: [{name: debug, image: a}]\n")
    assert convert(text, CPU)[0] == text


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({}, True),
        ({"kind": "Pod"}, True),
        ({"kind": ["Job", "P*"]}, True),
        ({"kind": "pod"}, False),
        ({"name": "b"}, False),
        ({"namespace": "pr?d", "name": "a"}, True),
        ({"namespace": "prod", "name": "b"}, False),
        ({"labels": {"team": ["x", "m*"]}}, True),
        ({"labels": {"team": "ml", "tier": "*"}}, False),
        ({"path": "jobs/**"}, True),
        ({"path": "*.yaml"}, True),
        ({"path": "jobs/*.yaml"}, False),
        ({"image": "*/etl:*"}, True),
        ({"image": "etl"}, False),
        ({"container": "load"}, True),
        ({"container": "main"}, False),
    ],
)
def test_every_key_of_match_must_hold(match: Any, holds: bool) -> None:
    """Globs are case-sensitive; a list holds if any does."""
    text = pod('  - {name: load, image: "reg/etl:1"}\n')
    new, _ = convert(text, {"rules": [{"match": match, "requests": {"cpu": "1"}}]}, file="jobs/nightly/a.yaml")
    assert (new != text) is holds


def test_the_first_match_wins_and_is_named() -> None:
    """Defaults do not add to a rule."""
    rules = [{"match": {"name": "b"}, "requests": {"cpu": "1"}}, {"match": {"name": "a"}, "requests": {"cpu": "2"}}]
    new, record = convert(pod("  - {name: a, image: a}\n"), {"rules": rules, **BOTH})
    assert resources(new, "spec", "containers", 0) == {"requests": {"cpu": "2"}}
    assert "rule 2" in record.changes[0].why
    assert record.changes[0].source == "autopilot_defaults/general-purpose"


CRON_JOB = (
    "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: a}}\nspec:\n"
    "  schedule: '0 * * * *'\n  jobTemplate:\n    spec:\n      template:\n"
    "        spec:\n          restartPolicy: Never\n          containers:\n          - {{name: load, image: a{more}}}\n"
)
CRON_WORKFLOW = (
    "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {{name: a}}\nspec:\n  schedules: ['0 * * * *']\n  workflowSpec:\n"
    "    entrypoint: main\n    templates:\n    - name: main\n      container: {{image: a{more}}}\n"
)


@pytest.mark.parametrize("kind", ["CronJob", "CronWorkflow", "Cron*"])
@pytest.mark.parametrize("text", [CRON_JOB, CRON_WORKFLOW])
def test_a_rule_finds_the_same_before_and_after_a_conversion(kind: str, text: str) -> None:
    """CronJob and CronWorkflow stand for each other; the only container of a CronJob answers to `main` too."""
    rule = {"match": {"kind": kind, "container": "main"}, "requests": {"cpu": "2"}}
    _, record = convert(text.format(more=""), {"rules": [rule]})
    assert len(record.changes) == 1


def test_what_a_rule_wrote_before_a_conversion_is_not_added_to_afterwards() -> None:
    """The rule that named the container does not know it as `main`; the defaults must not have a second go."""
    params = {"rules": [{"match": {"container": "load"}, "requests": {"cpu": "2"}}], **BOTH}
    new, _ = convert(CRON_JOB.format(more=""), params)
    assert "cpu" in new
    assert "memory" not in new
    done = CRON_WORKFLOW.format(more=", resources: {requests: {cpu: '2'}}")
    assert convert(done, params)[0] == done
    assert convert(CRON_WORKFLOW.format(more=""), params)[0] != CRON_WORKFLOW.format(more="")


def test_a_patch_in_an_overlay_that_sets_amounts_is_told() -> None:
    """What the base asks for and what the overlay allows could contradict each other."""
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n"
        "  template:\n    spec:\n      containers:\n      - {name: web, image: a}\n"
    )
    patch = text.replace("image: a", "resources: {limits: {memory: 64Mi}}")
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n",
    }
    new, record = convert(text, BOTH, {**files, "prod/p.yaml": patch}, "base/web.yaml")
    assert (new, codes(record)) == (text, ["RES005"])
    new, record = convert(
        text, BOTH, {**files, "prod/p.yaml": patch.replace("resources: {limits: {memory: 64Mi}}", "tty: true")}, "base/web.yaml"
    )
    assert (new != text, codes(record)) == (True, [])


def test_a_limit_that_autopilot_lowers_is_told() -> None:
    """Without bursting cpu and memory, and scratch space on every version."""
    assert codes(convert(pod("  - {name: a, image: a}\n"), BOTH)[1]) == []
    assert codes(convert(pod("  - {name: a, image: a}\n"), BOTH, gke="1.29")[1]) == ["RES001"]
    disk = {"defaults": {"requests": {"ephemeral-storage": "1Gi"}, "limits": {"ephemeral-storage": "2Gi"}}}
    assert codes(convert(pod("  - {name: a, image: a}\n"), disk)[1]) == ["RES001"]


def test_resources_that_cannot_be_read_are_told() -> None:
    """A text where a mapping belongs."""
    text = workflow('  - name: a\n    container: {image: a, resources: "{{inputs.parameters.r}}"}\n')
    new, record = convert(text, CPU)
    assert (new, codes(record)) == (text, ["RES003"])


def test_a_block_scalar_at_the_end_of_the_file_keeps_its_value() -> None:
    """Without a final line break nothing may follow it."""
    text = workflow("  - name: a\n    container:\n      image: a\n      args:\n      - |\n        ls")
    new, _ = convert(text, CPU)
    assert new.endswith("      - |\n        ls")
    assert load(new)[0]["spec"]["templates"][0]["container"]["args"] == ["ls"]


HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: workflow-controller-configmap\n"
ARGO = {"executor": {"requests": {"cpu": "50m"}}, "mainContainer": {"requests": {"memory": "1Gi"}}}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "data:\n",
        "data: {}\n",
        "data:\n  executor: ''\n",
        "data:\n  executor: |\n    # only a comment\n",
        "data:\n  executor: |\n    imagePullPolicy: Always\n  mainContainer: |\n    resources: {}\n",
        "data:\n  config: |\n    artifactRepository: {}\n",
        "data:\n  config: |\n    executor:\n    mainContainer: {resources: {limits: {cpu: 1}}}\n",
        "data:\n  config: ''\n",
    ],
)
def test_argos_own_containers_in_every_form(data: str) -> None:
    """Flat keys and the one `config` text, there or not."""
    new, _ = convert(HEAD + data, ARGO)
    held = load(new)[0]["data"]
    config = load(held["config"])[0] if "config" in held else {k: load(v)[0] for k, v in held.items()}
    assert config["executor"]["resources"]["requests"] == {"cpu": "50m"}
    assert config["mainContainer"]["resources"]["requests"] == {"memory": "1Gi"}
    assert new.count("#") == (HEAD + data).count("#")


def test_argos_own_containers_are_left_as_a_person_set_them() -> None:
    """And any other ConfigMap is none of ours."""
    text = HEAD + "data:\n  executor: |\n    resources: {limits: {cpu: 1}}\n  mainContainer: |\n    resources: {requests: {memory: 2Gi}}\n"
    assert convert(text, ARGO)[0] == text
    other = HEAD.replace("workflow-controller-configmap", "image-list") + "data: {executor: x}\n"
    assert convert(other, ARGO)[0] == other


def test_a_configuration_that_does_not_parse_is_told() -> None:
    """It is left as it is."""
    text = HEAD + "data:\n  config: |\n    executor: {{ .Values.executor }}: [\n"
    new, record = convert(text, ARGO)
    assert (new, codes(record)) == (text, ["RES004"])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"defaults": {"requests": {"cpu": "500Mi"}}}, '"500Mi" is no amount of cpu'),
        ({"defaults": {"requests": {"memory": "512m"}}}, '"512m" is no amount of memory'),
        ({"defaults": {"requests": {"memory": "2 GB"}}}, '"2 GB" is no amount of memory'),
        ({"defaults": {"requests": {"cpu": "0"}}}, "asks for nothing"),
        ({"defaults": {"requests": {"cpu": "-1"}}}, '"-1" is no amount of cpu'),
        ({"rules": [{"requests": {"memory": "2Gi"}, "limits": {"memory": "1.5Gi"}}]}, "the limit 1.5Gi is below the request 2Gi"),
        ({"rules": [{"match": {"knd": "Pod"}}]}, 'Did you mean "kind"?'),
        ({"defaults": {"requests": {"gpu": 1}}}, 'unknown key "gpu"'),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_configuration(params: Any, message: str) -> None:
    """Before anything is read."""
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        params_of(PASS, params)


def test_quantities_compare_by_what_they_mean() -> None:
    """Suffixes, fractions and exponents."""
    assert amount("cpu", "1500m") == amount("cpu", "1.5")
    assert amount("memory", "1Gi") == amount("memory", "1024Mi") > amount("memory", "1G") == amount("memory", "1e9")
