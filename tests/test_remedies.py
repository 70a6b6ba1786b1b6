"""Every command and snippet that a finding prints is tried: here by parsers and schemas, on a cluster by `python -m tests.remedies`."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import pytest

from tests.passes.follows import converted, cronjob
from tests.remedies import Piece, filled, pieces
from transformer.argo import configuration
from transformer.arguments import parser
from transformer.config import discovery
from transformer.config.settings import params_of, parse
from transformer.errors import UsageError
from transformer.kubernetes import schemas
from transformer.model import Version
from transformer.yamltext import load

KUBERNETES: Final = "1.33"
ARGO: Final = Version.parse("3.6")
HEAD: Final = "apiVersion: transformer.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: x}\n"
TARGET: Final = 'target: {gke: {mode: autopilot, version: "1.33"}, argoWorkflows: {version: "3.6", %s}}\n'
# Fields of objects whose schema is not in this repository, each with the page that has it.
ELSEWHERE: Final[Mapping[str, str]] = {
    "prune: true": "Argo CD's syncPolicy.automated: argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/",
    "spec.prune: true": "Flux's Kustomization: fluxcd.io/flux/components/kustomize/kustomizations/",
    "retryStrategy: {limit: 0}": "a template of Argo: argo-workflows v3.6 fields.md",
    "app.kubernetes.io/version: v3.6.10": "a label",
}
OPTIONS: Final[Mapping[str, str]] = {"--labels": "argo submit", "--managed-namespace": "the flags of Argo's controller"}
ALL: Final = pieces()


def of(kind: str) -> list[Any]:
    return [pytest.param(p, id=f"{p.where}: {p.text[:40]!r}") for p in ALL if getattr(p, kind)]


def test_there_are_some() -> None:
    """The search for remedies sees what is printed; a change of style must not make these tests empty."""
    assert len(of("is_command")) > 12 and len(of("is_snippet")) > 25 and len(of("is_option")) > 3


@pytest.mark.parametrize("piece", of("is_snippet"))
def test_a_snippet_says_what_something_takes(piece: Piece) -> None:
    text = _whole(piece.text)
    for document in load(text):
        assert isinstance(document, dict), text
        tried = _OBJECT if "kind" in document and "metadata" in document else _PARTS
        assert piece.text in ELSEWHERE or any(takes(document) for takes in tried), f"nothing takes {text}"


def _whole(text: str) -> str:
    """With values where a person is to write some."""
    text = text.replace("{HOLE, layout", "{match: {name: x}, layout").replace("[…]", "[x]").replace('HOLE: "HOLE"', 'example.com/x: "y"')
    text = text.replace("requests: {…}, limits: {…}", "requests: {cpu: 1}, limits: {cpu: 1}")
    text = re.sub(r"^HOLE: (\w+)$", r"example.com/x: \1", text)  # an annotation whose key the code fills in
    return text.replace("accept: [HOLE]", "accept: [restart-policy-on-failure]").replace("images: {HOLE}", "images: {x: {cmd: [y]}}")


def _as_parameter(found: Mapping[str, Any]) -> bool:
    return any(_accepts(name, dict(found)) for name in discovery.names())


def _accepts(name: str, given: dict[str, Any]) -> bool:
    try:
        params_of(discovery.load(name), given)
    except UsageError:
        return False
    return True


def _as_rule(found: Mapping[str, Any]) -> bool:
    rule = {"match": {"name": "x"}, **found}
    return any(_accepts("cronworkflow", {"containers": [given]}) for given in (rule, {**rule, "main": "x"}))


def _as_setting(found: Mapping[str, Any]) -> bool:
    for text in (HEAD + json.dumps(dict(found))[1:-1] + "\n", HEAD + TARGET % json.dumps(dict(found))[1:-1]):
        try:
            parse(text + "passes: [{cronworkflow: {}}]\n", "transformer.yaml")
        except UsageError:
            continue
        return True
    return False


def _as_controller_configuration(found: Mapping[str, Any]) -> bool:
    held = {k: load(v)[0] if isinstance(v, str) else v for k, v in found.items()}
    return not list(configuration.faults(held, ARGO))


def _as_field(found: Mapping[str, Any]) -> bool:
    names = (
        "batch.v1.CronJobSpec",
        "batch.v1.JobSpec",
        "core.v1.PodSpec",
        "core.v1.Container",
        "core.v1.ServiceAccount",
        "batch.v1.CronJob",
    )
    types = [schemas.of_type(f"io.k8s.api.{name}", KUBERNETES) for name in names]
    return any(
        found.keys() <= t["properties"].keys() and not schemas.judge(t, dict(found), (), KUBERNETES, whole=False) for t in types if t
    )


def _as_label(found: Mapping[str, Any]) -> bool:
    return all(re.fullmatch(r"[a-z0-9.]+/[A-Za-z0-9_.-]+", k) and isinstance(v, str) for k, v in found.items())


def _as_head(found: Mapping[str, Any]) -> bool:
    """The apiVersion or kind of an object that Kubernetes or Argo has."""
    return found in ({"apiVersion": "batch/v1"}, {"apiVersion": "argoproj.io/v1alpha1"}, {"kind": "CronWorkflow"})


def _as_object(found: Mapping[str, Any]) -> bool:
    schema = schemas.of_object(found["apiVersion"], found["kind"], KUBERNETES)
    return schema is not None and not schemas.judge(schema, dict(found), (), KUBERNETES)


_PARTS: Final = (_as_parameter, _as_rule, _as_setting, _as_controller_configuration, _as_field, _as_label, _as_head)
_OBJECT: Final = (_as_object,)


def _commands() -> Iterable[argparse.ArgumentParser]:
    (found,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return found.choices.values()


@pytest.mark.parametrize("piece", of("is_option"))
def test_an_option_is_one_of_ours(piece: Piece) -> None:
    option = piece.text.split()[0]
    ours = [o for command in _commands() for action in command._actions for o in action.option_strings]
    assert option in ours or option in OPTIONS


@pytest.mark.parametrize("piece", [p for p in of("is_command") if p.values[0].text.startswith("transformer ")])
def test_a_command_of_ours_is_parsed(piece: Piece) -> None:
    assert parser().parse_args(shlex.split(filled(piece.text))[1:])


@pytest.mark.parametrize("piece", [p for p in of("is_command") if p.values[0].text.startswith(("kubectl ", "argo "))])
def test_a_command_has_only_options_that_its_program_has(piece: Piece) -> None:
    words = shlex.split(filled(piece.text))
    program = shutil.which(words[0])
    if program is None:
        pytest.skip(f"not checked: no {words[0]} on PATH")
    verbs = [w for w in words[1:3] if re.fullmatch(r"[a-z]+", w)]
    known = _help(program, *verbs[:2]) if words[0] == "argo" and verbs[0] == "cron" else _help(program, verbs[0])
    for word in words[1:]:
        if word.startswith("-") and word not in ("-n", "--help"):
            option = word.split("=")[0]
            assert re.search(rf"(?:^|[\s,]){re.escape(option)}\b", known), option


@cache
def _help(program: str, *verbs: str) -> str:
    ran = subprocess.run([program, *verbs, "--help"], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


def _patches() -> list[Piece]:
    return [p for p in ALL if p.text.startswith("kubectl patch ")]


def test_a_patch_of_a_custom_resource_names_its_kind_of_patch() -> None:
    """kubectl's default, a strategic merge, is refused for custom resources (UnsupportedMediaType)."""
    assert _patches() and all(re.search(r"--type=(?:merge|json)\b", p.text) for p in _patches())


@pytest.mark.parametrize("piece", _patches())
def test_a_patch_fits_the_cron_workflow_that_a_conversion_makes(piece: Piece) -> None:
    (made,) = load(converted({"a.yaml": cronjob()}).new["a.yaml"])
    words = shlex.split(filled(piece.text))
    patch = json.loads(words[words.index("-p") + 1])
    for step in patch if isinstance(patch, list) else ():
        *parents, last = step["path"].strip("/").split("/")
        here: Any = made
        for name in parents:
            here = here[int(name)] if isinstance(here, list) else here[name]
        assert last in here
    assert isinstance(patch, list) or patch["spec"].keys() <= {"suspend", "schedules", "timezone", "concurrencyPolicy", "workflowSpec"}
