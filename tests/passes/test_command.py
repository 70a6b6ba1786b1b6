"""The pass `command`: which containers need one, where it comes from, and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from transformer.model import Severity, Target, Version
from transformer.passes.command import PASS
from transformer.passes.command.images import moves, reference
from transformer.passes.command.report import CODES
from transformer.passkit.testing import Result, converted
from transformer.yamltext import load

FILE = "manifest.yaml"
KNOWN = {"images": {"img:1": {"entrypoint": ["/e"], "cmd": ["c"]}, "bare:1": {"cmd": ["sh"]}, "void:1": {}}}
UPLOAD = {"fallback": ["echo", "upload"]}
CONTROLLER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\n"


def convert(text: str, params: Mapping[str, Any], argo: str = "3.6", files: Mapping[str, str] | None = None) -> tuple[str, Result]:
    """The text after the pass; it finds nothing to do on its own result, and breaks no promise."""
    result = converted({**(files or {}), FILE: text}, (PASS, params), Target(argo=Version.parse(argo)), include=[FILE])
    return result.texts[FILE], result


def codes(record: Result) -> list[str]:
    return [f.code for f in record.findings]


def workflow(templates: str, more: str = "", kind: str = "WorkflowTemplate") -> str:
    return f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n{more}  templates:\n{templates}"


def container(more: str, **around: str) -> str:
    return workflow(f"  - name: a\n    container:\n      image: {around.get('image', 'img:1')}\n{more}")


def first(text: str) -> Any:
    template = load(text)[0]["spec"]["templates"][0]
    return template.get("container") or template["script"]


@pytest.mark.parametrize(
    ("image", "args", "command", "then"),
    [
        ("img:1", "", ["/e"], ["c"]),
        ("img:1", "      args: []\n", ["/e"], ["c"]),
        ("img:1", "      args:\n", ["/e"], ["c"]),
        ("img:1", "      args: [x, z]\n", ["/e"], ["x", "z"]),
        ("img:1", "      command: []\n      args: [x]\n", ["/e"], ["x"]),
        ("bare:1", "", ["sh"], None),
        ("bare:1", "      args: [x, w, z]\n", ["x"], ["w", "z"]),
        ("bare:1", "      args: [x]\n", ["x"], None),
        ("bare:1", "      args:\n      - |\n        x\n      - z   # why\n", ["x\n"], ["z"]),
        ("bare:1", "      command: []\n      args: [x, z]\n", ["x"], ["z"]),
        ("bare:1", "      command:\n      args: [x]\n", ["x"], None),
    ],
)
def test_what_the_image_runs_is_written_down(image: str, args: str, command: list[str], then: list[str] | None) -> None:
    """Every row of argo.md 2.5 in which the image is known."""
    new, record = convert(container(args, image=image), KNOWN)
    assert first(new)["command"] == command
    assert first(new).get("args") == then
    assert codes(record) == []


def test_a_command_that_stands_there_stays() -> None:
    """Also beside an image that is known to want another."""
    text = container("      command: [x]\n")
    assert convert(text, KNOWN)[0] == text


@pytest.mark.parametrize(
    ("image", "more", "command", "code"),
    [
        ("img:1", "", ["/e"], []),
        ("bare:1", "", None, ["CMD006"]),
        ("bare:1", "      args: [python]\n", ["python"], []),
    ],
)
def test_the_cmd_of_a_scripts_image_never_counts(image: str, more: str, command: list[str] | None, code: list[str]) -> None:
    """Argo appends the script's file to the args."""
    text = workflow(f"  - name: a\n    script:\n      image: {image}\n{more}      source: print(1)\n")
    new, record = convert(text, KNOWN)
    assert first(new).get("command") == command
    assert not first(new).get("args")
    assert codes(record) == code


def test_an_image_that_runs_nothing_is_told() -> None:
    """Neither ENTRYPOINT nor CMD, and no args."""
    assert codes(convert(container("", image="void:1"), KNOWN)[1]) == ["CMD006"]


def test_every_place_that_argo_wraps_is_covered() -> None:
    """And no other: init containers run by themselves; resource, data, http and suspend have no container of the user."""
    text = workflow(
        '  - name: a\n    container: {image: "img:1"}\n'
        '    initContainers: [{name: i, image: "img:1"}]\n    sidecars: [{name: s, image: "img:1"}]\n'
        '  - name: b\n    script: {image: "img:1", source: ls}\n'
        '  - name: c\n    containerSet: {containers: [{name: x, image: "img:1"}, {name: y, image: "img:1"}]}\n'
        '  - name: d\n    steps: [[{name: s, inline: {container: {image: "img:1"}}}]]\n'
        '  - name: e\n    dag: {tasks: [{name: t, inline: {daemon: true, container: {image: "img:1"}}}]}\n'
        "  - name: f\n    suspend: {}\n  - name: g\n    http: {url: x}\n"
    )
    new, record = convert(text, KNOWN)
    assert sum(c.path[-1] == "command" for c in record.changes) == 7
    assert "command" not in load(new)[0]["spec"]["templates"][0]["initContainers"][0]
    assert codes(record) == []


@pytest.mark.parametrize("kind", ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"])
def test_every_kind_is_covered(kind: str) -> None:
    """Those with a WorkflowSpec as `spec`."""
    new, _ = convert(workflow('  - name: a\n    container: {image: "img:1"}\n', kind=kind), KNOWN)
    assert first(new)["command"] == ["/e"]


def test_cron_workflows_and_sensors_are_covered() -> None:
    """Where the WorkflowSpec lies deeper."""
    cron = (
        "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: a}\nspec:\n  schedules: ['0 0 * * *']\n  workflowSpec:\n"
        '    entrypoint: a\n    templates:\n    - name: a\n      container: {image: "img:1"}\n'
    )
    sensor = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nmetadata: {name: a}\n"
        "spec:\n  triggers:\n  - template:\n      k8s:\n        source:\n"
        "          resource:\n            apiVersion: argoproj.io/v1alpha1\n            kind: Workflow\n            spec:\n"
        '              templates:\n              - name: a\n                container: {image: "img:1"}\n'
    )
    for text in (cron, sensor):
        assert len(convert(text, KNOWN)[1].changes) == 2


def test_a_container_that_was_a_cronjobs_is_not_an_upload() -> None:
    """A converted CronJob has no outputs, so the fallback is never for it."""
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: a}\nspec:\n  schedules: ['0 0 * * *']\n  workflowSpec:\n"
        "    entrypoint: main\n    templates:\n    - name: main\n"
        '      container: {image: "x:1", volumeMounts: [{name: w, mountPath: /w}]}\n'
    )
    new, record = convert(text, UPLOAD)
    assert (new, codes(record)) == (text, ["CMD002"])


@pytest.mark.parametrize(
    ("argo", "data", "satisfied"),
    [
        ("3.3", "images: |\n    x:1: {command: [x]}\n", True),
        ("3.6", "images: |\n    x:1: {entrypoint: [x]}\n", True),
        ("3.6", "images: |\n    x:1: {cmd: [x]}\n", True),
        ("3.6", "config: |\n    images:\n      x:1: {entrypoint: [x]}\n", True),
        ("3.6", "mainContainer: |\n    command: [x]\n", True),
        ("3.3", "mainContainer: |\n    command: [x]\n", False),
        ("3.6", "workflowDefaults: |\n    spec: {templateDefaults: {container: {command: [x]}}}\n", True),
        ("3.6", "workflowDefaults: |\n    spec: {templateDefaults: {script: {command: [x]}}}\n", False),
    ],
)
def test_what_the_controller_knows_counts_by_version(argo: str, data: str, satisfied: bool) -> None:
    """The index has exact keys, and its fields changed their names with 3.4."""
    text = container("", image="x:1")
    new, record = convert(text, {}, argo, {"argo.yaml": CONTROLLER + "data:\n  " + data})
    assert new == text
    assert (codes(record) == []) is satisfied


@pytest.mark.parametrize(
    "more",
    [
        "  templateDefaults: {container: {command: [x]}}\n",
        '  podSpecPatch: \'{"containers": [{"name": "main", "command": ["x"]}]}\'\n',
    ],
)
def test_what_the_workflow_merges_counts(more: str) -> None:
    """templateDefaults and a podSpecPatch that can be read."""
    text = workflow("  - name: a\n    container: {image: a}\n", more)
    assert codes(convert(text, UPLOAD, "3.3")[1]) == []


def test_template_defaults_get_no_command() -> None:
    """They hold no image, only what all containers share."""
    text = workflow("  - name: a\n    container: {args: [a]}\n", "  templateDefaults: {container: {imagePullPolicy: Always}}\n")
    new, record = convert(text, KNOWN, "3.3")
    assert (new, codes(record)) == (text, [])


def upload(path: str = "/work/out", mount: str = "/work", template: str = "", more: str = "", spec: str = "") -> str:
    return workflow(
        f"  - name: up\n{template}    outputs:\n      artifacts:\n      - name: o\n        path: {path}\n{more}"
        f"    container:\n      image: debian\n      volumeMounts:\n      - {{name: w, mountPath: {mount}}}\n",
        spec,
    )


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (upload(), True),
        (upload(path="/work"), True),
        (upload(path="/work/../work//a", mount="/work/"), True),
        (upload(path="'/work/{{inputs.parameters.f}}'"), True),
        (upload(path="'/work{{inputs.parameters.f}}'"), False),
        (upload(path="/workshop/a"), False),
        (upload(path="/work/../etc/a"), False),
        (upload(path="'/work/{{inputs.parameters.f}}/../../etc'"), False),
        (upload(more="      parameters: [{name: p, valueFrom: {path: /work/p}}]\n"), True),
        (upload(more="      parameters: [{name: p, valueFrom: {path: /etc/p}}]\n"), False),
        (upload(more="      parameters: [{name: p, valueFrom: {default: x}}]\n"), False),
        (upload(spec="  volumes: [{name: w, emptyDir: {}}]\n"), False),
        (upload(spec="  volumes: [{name: w, persistentVolumeClaim: {claimName: w}}]\n"), True),
        (upload(spec="  volumes: [{name: w, emptyDir: {}}]\n", template="    initContainers: [{name: i, image: a}]\n"), True),
        (upload(template="    daemon: true\n"), False),
        (upload(template="    sidecars: [{name: s, image: a, command: [a]}]\n"), False),
        (upload() + "      args: [x]\n", False),
        (workflow("  - name: a\n    container: {image: debian, volumeMounts: [{name: w, mountPath: /w}]}\n"), False),
        (workflow("  - name: a\n    script: {image: debian, source: ls}\n    outputs: {artifacts: [{name: o, path: /w/a}]}\n"), False),
    ],
)
def test_what_is_an_upload_and_nothing_else(text: str, is_one: bool) -> None:
    """No args, outputs from files only, all of them on mounted volumes that were filled before."""
    new, record = convert(text, UPLOAD, "3.3")
    assert codes(record) == (["CMD008"] if is_one else ["CMD001"])
    assert (new != text) is is_one
    if is_one:
        assert first(new)["command"] == ["echo", "upload"]


def test_what_is_known_comes_before_the_fallback() -> None:
    """The parameters, then the file, then the fallback."""
    files = {"images.yaml": "debian: {Entrypoint: null, Cmd: [bash]}\nother: {cmd: [x]}\n"}
    for params, command in (
        ({"images": {"debian:latest": {"cmd": ["zsh"]}}, "imagesFile": "images.yaml"}, ["zsh"]),
        ({"imagesFile": "images.yaml"}, ["bash"]),
        ({}, ["echo", "upload"]),
    ):
        assert first(convert(upload(), {**UPLOAD, **params}, files=files)[0])["command"] == command


@pytest.mark.parametrize("content", ["[]\n", "a: b\n", "a: {entrypoint: x}\n", "a: {entrypoint: [1]}\n", "a: {run: [x]}\n", "a: [\n"])
def test_a_file_that_is_no_list_of_images_blocks(content: str) -> None:
    """Nothing is written, and the reason is told once."""
    text = container("")
    new, record = convert(text, {"imagesFile": "i.json"}, files={"i.json": content})
    assert (new, codes(record)) == (text, ["CMD007"])


@pytest.mark.parametrize("image", ["'{{inputs.parameters.image}}'", "'reg/x:{{=workflow.parameters.v}}'", "${REGISTRY}/x:1", "$(IMAGE)"])
def test_an_image_that_is_chosen_later_is_told(image: str) -> None:
    """Nobody can know its command now."""
    assert codes(convert(container("", image=image), KNOWN, "3.3")[1]) == ["CMD003"]


@pytest.mark.parametrize(
    ("argo", "data"),
    [
        ("3.3", "images: |\n    x:1: {entrypoint: [x]}\n"),
        ("3.6", "images: |\n    x:1: {command: [x]}\n"),
        ("3.6", "images: |\n    docker.io/library/x:1: {entrypoint: [x]}\n"),
    ],
)
def test_what_an_index_says_and_this_controller_does_not_find_is_written(argo: str, data: str) -> None:
    """The repository states the command, under the keys of another version or another name of the image."""
    new, record = convert(container("", image="x:1"), {}, argo, {"argo.yaml": CONTROLLER + "data:\n  " + data})
    assert "command:\n      - x\n" in new and codes(record) == []


def test_indexes_that_differ_say_nothing() -> None:
    """Which controller runs a workflow is not written anywhere."""
    files = {f"{n}.yaml": f"{CONTROLLER}data:\n  images: |\n    x:1: {{command: [{n}]}}\n" for n in "ab"}
    assert codes(convert(container("", image="x:1"), {}, "3.6", files)[1]) == ["CMD002"]


def test_one_finding_for_each_container_that_has_none() -> None:
    """At its own line, an error where the Pod does not start."""
    text = workflow("".join(f"  - name: t{n}\n    container: {{image: x}}\n" for n in range(12)))
    old, new = (convert(text, {}, argo)[1].findings for argo in ("3.3", "4.0"))
    assert {(f.code, f.severity) for f in old} == {("CMD001", Severity.ERROR)}
    assert {(f.code, f.severity) for f in new} == {("CMD002", Severity.WARNING)}
    assert [f.line for f in old] == [7 + 2 * n for n in range(12)]
    assert old[3].full_message.startswith("t3 (x)") and 'images: {"x"' in old[3].remedy


def test_a_tag_that_moves_is_told_where_a_command_was_written() -> None:
    """The command is today's."""
    known = {"images": {"img": {"entrypoint": ["/e"]}}}
    assert codes(convert(container("", image="img"), known)[1]) == ["CMD004"]


def test_a_workflow_inside_a_text_is_told() -> None:
    """Text inside of text is not edited; what does not parse is passed over."""
    inner = (
        "          apiVersion: argoproj.io/v1alpha1\n          kind: Workflow\n"
        "          spec:\n            templates:\n            - name: inner\n"
    )
    text = workflow(f"  - name: a\n    resource:\n      action: create\n      manifest: |\n{inner}              container: {{image: x}}\n")
    new, record = convert(text, KNOWN, "3.3")
    assert (new, codes(record)) == (text, ["CMD005"])
    assert "inner (x)" in record.findings[0].full_message
    at = record.findings[0].line
    assert "container: {image: x}" in text.splitlines()[at - 1]
    assert codes(convert(text.replace("image: x", "image: {{x}}: ["), KNOWN, "3.3")[1]) == []


def test_before_emissary_there_is_nothing_to_do() -> None:
    """The pass `executor` asks for an upgrade."""
    text = container("")
    new, record = convert(text, KNOWN, "3.0")
    assert (new, codes(record)) == (text, [])


def test_a_patch_is_left_to_what_it_patches() -> None:
    """Skipped, with the reason."""
    files = {"kustomization.yaml": f"resources: [base.yaml]\npatches: [{{path: {FILE}}}]\n", "base.yaml": "kind: A\n"}
    text = container("")
    new, record = convert(text, KNOWN, files=files)
    assert new == text
    assert "Kustomize patch" in record.outcomes[0].reason


@pytest.mark.parametrize(
    ("image", "whole"),
    [
        ("debian", "docker.io/library/debian:latest"),
        ("acme/x:1", "docker.io/acme/x:1"),
        ("localhost:5000/x", "localhost:5000/x:latest"),
        ("reg.example/a/b@sha256:0", "reg.example/a/b@sha256:0"),
        ("index.docker.io/library/debian:12", "docker.io/library/debian:12"),
    ],
)
def test_names_of_one_image_are_one(image: str, whole: str) -> None:
    """As the container runtime completes them."""
    assert reference(image) == whole


def test_which_tags_move() -> None:
    """No tag, and those that are moved by custom; a digest never."""
    assert [i for i in ("a", "a:latest", "a:edge", "a:1", "a@sha256:0", "r:5000/a", "a:latest@sha256:0") if moves(i)] == [
        "a",
        "a:latest",
        "a:edge",
        "r:5000/a",
    ]


def test_every_code_is_explained() -> None:
    """With what to do."""
    assert all(len(text) > 60 for text in CODES.values())
    assert set(PASS.codes) == set(CODES)
