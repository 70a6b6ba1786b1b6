"""Kinds 44 and 65: a step that does not start, or may not, is shown by default; an image whose tag is an expression can be named."""

from __future__ import annotations

import pytest

from tests.cases.conftest import Case, cron_job
from transformer.model import Severity, Target, Version
from transformer.passkit.testing import Result, convert

HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: build}\nspec:\n  entrypoint: main\n  templates:\n"
STEPS = (
    "  - name: main\n    inputs: {parameters: [{name: version}]}\n"
    '    container: {image: "registry.example/app:{{inputs.parameters.version}}", args: [run]}\n'
    "  - name: two\n    container: {image: registry.example/other:1}\n"
    "  - name: three\n    script: {image: registry.example/other:1, source: echo}\n"
    "  - name: four\n    containerSet: {containers: [{name: x, image: registry.example/other:1}]}\n"
)


def run(argo: str, steps: str = STEPS, **params: object) -> Result:
    return convert({"wt.yaml": HEAD + steps}, ("command", params), Target(argo=Version.parse(argo)))


@pytest.mark.parametrize(
    ("argo", "severity"),
    [("3.1", Severity.ERROR), ("3.3", Severity.ERROR), ("3.4.8", Severity.WARNING), ("3.6", Severity.WARNING), ("4.0", Severity.WARNING)],
)
def test_65_44_every_step_without_a_command_is_shown(argo: str, severity: Severity) -> None:
    """Error where the Pod does not start, warning where the registry is asked; container, script and containerSet alike."""
    found = run(argo).findings
    assert [f.line for f in found] == [9, 11, 13, 15]
    assert {f.severity for f in found} == {severity}


@pytest.mark.parametrize(
    "name", ["registry.example/app:*", "registry.example/*", "*", "registry.example/app:{{inputs.parameters.version}}"]
)
def test_65_an_image_whose_tag_is_an_expression_can_be_named(name: str) -> None:
    """By a glob, or as it is written."""
    ran = run("3.3", images={name: {"entrypoint": ["/app"]}})
    assert 'version}}", command: [/app], args: [run]}' in ran.texts["wt.yaml"]


def test_65_a_name_goes_before_a_glob_and_another_repository_is_none() -> None:
    """The most exact one counts."""
    both = {"registry.example/*": {"entrypoint": ["/any"]}, "registry.example/other:1": {"entrypoint": ["/other"]}}
    assert "other:1, command: [/other]" in run("3.3", images=both).texts["wt.yaml"]
    assert run("3.3", images={"registry.example/apple:*": {"entrypoint": ["/app"]}}).new == {}


def test_65_the_remedy_is_that_glob() -> None:
    """It can be pasted."""
    assert '`images: {"registry.example/app:*": ' in run("3.3").told("CMD003").remedy


BARE = cron_job(more="namespace: a", container="env: []")


@pytest.mark.parametrize(
    ("version", "passes", "expected", "code"),
    [
        ("3.6", "cronworkflow, command", [("CMD002", "warning")], 0),
        ("3.6", "cronworkflow", [("CRON004", "warning")], 0),
        ("3.3", "cronworkflow, command", [("CMD001", "error")], 1),
        ("3.3", "cronworkflow", [("CRON004", "error")], 1),
    ],
)
def test_a_container_without_a_command_is_told_once(
    case: Case, version: str, passes: str, expected: list[tuple[str, str]], code: int
) -> None:
    """By the pass that can write it, where it is in the pipeline; the same fact has the same severity from both."""
    done = case({"a.yaml": BARE, "transformer.yaml": f"""\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {{name: move}}
target: {{gke: {{mode: autopilot, version: "1.33"}}, argoWorkflows: {{version: "{version}"}}}}
passes: [{", ".join(f"{{{p}: {{}}}}" for p in passes.split(", "))}]
"""})  # fmt: skip
    told = [f for f in done.report["findings"] if "command" in f["message"] and "kubectl" not in f["message"]]
    assert [(f["code"], f["severity"]) for f in told] == expected and done.code == code
    assert done.verdicts["a.yaml"] == "Changed"
