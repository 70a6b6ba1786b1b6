"""Kinds 05 and 64: the controller's configuration is judged by the schema of the version, all of it, and its index of images is used."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

from transformer.model import Severity, Target, Version
from transformer.passkit.testing import Result, convert

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap, namespace: argo}\n"


def judged(data: str, argo: str = "3.6", **more: str) -> Result:
    return convert({"cm.yaml": HEAD + data, **more}, "executor", Target(argo=Version.parse(argo)))


def told(ran: Result) -> list[tuple[int, str, str]]:
    """Line, place and remedy of what stops the controller."""
    return [(f.line, f.subject, f.remedy) for f in ran.findings if f.code == "EXE011"]


def test_64_the_case() -> None:
    """Each at its own line inside the block, and exit 1: they are errors."""
    ran = judged(
        "data:\n  config: |\n    containerRuntimeExecutor: pns\n    workflowDefaults:\n      parallelism: 2\n    persistance:\n      archive: true\n"
    )
    assert told(ran) == [
        (8, "workflowDefaults.parallelism", "Move it to workflowDefaults.spec.parallelism."),
        (9, "persistance", "Write persistence instead."),
    ]
    assert {f.severity for f in ran.findings if f.code == "EXE011"} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("data", "line", "place", "remedy"),
    [
        ("  instanceIDs: a\n", 5, "instanceIDs", "Write instanceID instead."),
        ("  workflowDefaults: |\n    spec:\n      entrypont: a\n", 7, "workflowDefaults.spec.entrypont", "Write entrypoint instead."),
        ("  workflowDefaults: |\n\n    # why\n    serviceAccountName: a\n", 8, "workflowDefaults.serviceAccountName", "Move it to workflowDefaults.spec.serviceAccountName."),
        ("  mainContainer: |\n    serviceAccountName: a\n", 6, "mainContainer.serviceAccountName", "Move it to workflowDefaults.spec.serviceAccountName."),
        ("  executor: |\n    resources:\n      request: {cpu: 1}\n", 7, "executor.resources.request", "Write requests instead."),
        ("  artifactRepository: |\n    s3:\n      bucket: b\n      accesKeySecret: {name: x, key: y}\n", 8, "artifactRepository.s3.accesKeySecret", "Write accessKeySecret instead."),
        ("  config: |\n    persistence:\n      postgres: {host: x}\n", 7, "persistence.postgres", "Write postgresql instead."),
        ("  parallelism: ten\n", 5, "parallelism", "Write a number, without quotes."),
        ("  nodeEvents: |\n    enabled: 'true'\n", 6, "nodeEvents.enabled", "Write true or false, without quotes."),
        ("  workflowRestrictions: Strict\n", 5, "workflowRestrictions", "Write it as a mapping."),
        ("  synchronization: |\n    pollSeconds: 5\n", 5, "synchronization", "Remove it, or upgrade Argo to 3.7."),
        ('  mainContainer: "serviceAccountName: x"\n', 5, "mainContainer.serviceAccountName", "Move it to workflowDefaults.spec.serviceAccountName."),
    ],
)  # fmt: skip
def test_64_any_key_at_any_depth(data: str, line: int, place: str, remedy: str) -> None:
    """In single keys, in the one text, misspelt, misplaced, too new, or of another shape."""
    assert told(judged("data:\n" + data)) == [(line, place, remedy)]


@pytest.mark.parametrize(
    ("data", "argo"),
    [
        ("  persistance: |\n    archive: true\n", "3.3"),  # not strict yet
        ("  instanceid: a\n  PARALLELISM: '3'\n", "3.6"),  # upper and lower case are the same
        ("  parallelism: ${MOST}\n", "3.6"),
        ("  synchronization: |\n    pollSeconds: 5\n", "3.7"),
        ("  failedPodRestart: |\n    enabled: true\n", "4.0"),
        ("  workflowDefaults: |\n    metadata: {labels: {a: b}}\n    spec: {podGC: {strategy: OnPodSuccess}, volumes: [{name: a, emptyDir: {}}]}\n", "3.6"),
        ("  metricsConfig: |\n    modifiers: {pod_missing: {disabled: true}}\n", "3.6"),
        ("  config: |\n    sso: {issuer: x, clientId: {name: a, key: b}, sessionExpiry: 10h}\n", "3.4"),
        ("  persistence: |\n    archiveTTL: 7d\n    postgresql: {host: h, port: 5432, usernameSecret: {name: a, key: b}}\n", "3.6"),
    ],
)  # fmt: skip
def test_64_what_the_version_takes_is_left_alone(data: str, argo: str) -> None:
    """Nothing is said of it."""
    ran = judged("data:\n" + data, argo)
    assert (ran.new, told(ran)) == ({}, [])


def test_64_other_keys_beside_config() -> None:
    """The controller of no version starts with both."""
    ran = judged("data:\n  config: |\n    parallelism: 1\n  instanceID: a\n")
    assert [(f.code, f.severity, f.line) for f in ran.findings] == [("EXE011", Severity.ERROR, 5)]


def test_64_after_the_newest_that_was_read_a_name_is_a_warning() -> None:
    """4.1 may know it."""
    assert [f.severity for f in judged("data:\n  brandNew: x\n", "4.1").findings] == [Severity.WARNING]
    assert [f.severity for f in judged("data:\n  brandNew: x\n", "4.0").findings] == [Severity.ERROR]


def test_64_patches_and_generators_are_judged_too() -> None:
    """Wherever the pass reads the configuration."""
    ran = convert(
        {
            "kustomization.yaml": "configMapGenerator:\n- name: workflow-controller-configmap\n  literals: [containerRuntimeExecutor=pns, persistance=x]\n"
            "patches:\n- patch: |\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: workflow-controller-configmap}\n"
            "    data:\n      containerRuntimeExecutor: pns\n      instanceIDs: a\n"
        },
        "executor",
    )  # fmt: skip
    assert sorted((line, place) for line, place, _ in told(ran)) == [(3, "persistance"), (11, "instanceIDs")]


INDEX = "data:\n  images: |\n    acme/tool:2:\n      {0}: [/tool]\n      # why\n      {1}: [--quiet]\n"


@pytest.mark.parametrize(("argo", "to"), [("3.6", ("entrypoint", "cmd")), ("3.4.8", ("entrypoint", "cmd")), ("3.3", ("command", "args"))])
def test_05_the_index_gets_the_keys_of_the_version(argo: str, to: tuple[str, str]) -> None:
    """Either way, and with its comments."""
    other = ("command", "args") if to[0] == "entrypoint" else ("entrypoint", "cmd")
    ran = judged(INDEX.format(*other), argo)
    assert ran.texts["cm.yaml"] == HEAD + INDEX.format(*to)
    assert told(ran) == []


def test_05_both_spellings_in_one_entry_are_told() -> None:
    """A rename would make two keys of one name."""
    ran = judged("data:\n  images: |\n    a:1: {command: [x], entrypoint: [y]}\n")
    assert told(ran) == [(6, "images.a:1.command", "Remove it.")]


def test_05_a_text_that_cannot_be_edited_is_told() -> None:
    """With the key by hand."""
    ran = judged('data:\n  images: "{a:1: {command: [x]}}"\n')
    assert ran.texts["cm.yaml"] == HEAD + 'data:\n  images: "{a:1: {entrypoint: [x]}}"\n' or ran.codes()


def test_05_the_pass_command_uses_the_index() -> None:
    """By any name of the image."""
    wf = (
        "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: t, namespace: team}\nspec:\n  entrypoint: a\n  templates:\n"
        '  - name: a\n    container: {image: "acme/tool:2"}\n  - name: b\n    container: {image: "docker.io/acme/tool:2", args: [run]}\n'
    )
    ran = convert({"cm.yaml": HEAD + INDEX.format("command", "args"), "wf.yaml": wf}, ["executor", "command"])
    assert '{image: "acme/tool:2", command: [/tool], args: [--quiet]}' in ran.texts["wf.yaml"]
    assert '{image: "docker.io/acme/tool:2", command: [/tool], args: [run]}' in ran.texts["wf.yaml"]


@pytest.mark.parametrize(("argo", "code"), [("3.6", "EXE003"), ("3.0", "EXE001")])
def test_64_a_finding_about_the_executor_stands_inside_the_block(argo: str, code: str) -> None:
    ran = judged("data:\n  config: |\n    # first\n    instanceID: a\n    containerRuntimeExecutor: pns\n", argo)
    assert [(f.line, f.column) for f in ran.findings if f.code == code] == [(8, 5)]
