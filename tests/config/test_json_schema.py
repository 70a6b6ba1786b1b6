"""The schema for editors takes what the reader takes, and refuses what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from transformer import cli
from transformer.commands.init import Sighting, draft
from transformer.config import discovery, settings
from transformer.config.built_in import BUILT_IN_TEXT
from transformer.config.consent import acceptable
from transformer.config.json_schema import document
from transformer.errors import UsageError
from transformer.yamltext import load

ROOT = Path(__file__).parents[2]
HEAD = "apiVersion: transformer.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a}\n"
TARGET = 'target: {gke: {version: "1.33"}, argoWorkflows: {version: "3.6"}}\n'


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Validator:
    made = document()
    jsonschema_rs.meta.validate(made)
    return jsonschema_rs.validator_for(made)


def configurations() -> Iterator[tuple[str, str]]:
    """Every transformer.yaml of this repository, and what `init` writes."""
    for path in sorted(
        [*ROOT.glob("fixtures/*/transformer.yaml"), *ROOT.glob("docs/**/transformer.yaml"), *ROOT.glob("bench/**/transformer.yaml")]
    ):
        yield str(path.relative_to(ROOT)), path.read_text()
    yield "init", draft(Sighting())
    yield "built in", BUILT_IN_TEXT


@pytest.mark.parametrize(("name", "text"), list(configurations()), ids=[name for name, _ in configurations()])
def test_every_configuration_here_is_valid(name: str, text: str, schema: jsonschema_rs.Validator) -> None:
    (read,) = load(text)
    assert [f"{e.instance_path}: {e.message}" for e in schema.iter_errors(read)] == []


@pytest.mark.parametrize("pass_", [discovery.load(name) for name in sorted(discovery.names())], ids=lambda p: p.id)
def test_the_parameters_of_every_example_are_valid(pass_: Any, schema: jsonschema_rs.Validator) -> None:
    (head,) = load(HEAD)
    assert pass_.examples
    for example in pass_.examples:
        read = {**head, "passes": [{pass_.id: json.loads(json.dumps(example.params))}]}
        assert [f"{example.name}: {e.instance_path}: {e.message}" for e in schema.iter_errors(read)] == []


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + "passes: []\ninclud: []\n",
        HEAD + "passes: {}\n",
        HEAD + "passes: [nothing]\n",
        HEAD + "passes: [{executor: {}, command: {}}]\n",
        HEAD + "passes: [{executor: {colour: red}}]\n",
        HEAD + "passes: [{resources: {defaults: {requests: {cpus: 1}}}}]\n",
        HEAD + "passes: [{cronworkflow: {onEviction: repeat}}]\n" + TARGET,
        HEAD + "passes: [{cronworkflow: {accept: [no-such-row]}}]\n" + TARGET,
        HEAD + "passes: [{cronworkflow: {accept: restart-policy-on-failure}}]\n" + TARGET,
        HEAD + "passes: []\nlimits: {files: 0}\n",
        HEAD + "passes: []\nlimits: {changedResources: many}\n",
        HEAD + "passes: []\nlimits: {fileSize: 10 stones}\n",
        HEAD + "passes: []\ntarget: {gke: {version: new}}\n",
        HEAD + "passes: []\ntarget: {gke: {mode: manual}}\n",
        HEAD + "passes: []\nnamespaces: {'a/**': A_B}\n",
        HEAD.replace("name: a", "name: A b") + "passes: []\n",
        HEAD.replace("v1alpha1", "v9") + "passes: []\n",
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(text: str, schema: jsonschema_rs.Validator) -> None:
    with pytest.raises(UsageError):
        settings.parse(text, "transformer.yaml")
    (read,) = load(text)
    assert not schema.is_valid(read)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "passes: [executor: , eviction]\n" + TARGET,
        HEAD + "passes: []\nexclude:\nlimits:\ntarget:\nnamespaces:\n",
        HEAD + "passes: []\nlimits: {fileSize: 10MB, totalSize: 1000000, changedResources: 30%, deletedResources: 3}\n",
        HEAD + "passes: []\ntarget: {argoWorkflows: {version: 3.6, crds: minimal, templateReferencing: Strict, instanceID: x}}\n",
        HEAD + "passes: [{resources: {defaults: {requests: {cpu: 2, memory: 1Gi}}, rules: [{match: {path: [a, b]}}]}}]\n",
        HEAD + "passes: [{cronworkflow: {accept: [restart-policy-on-failure], monitor: }}]\n" + TARGET,
        HEAD + "passes: []\nnamespaces: {'jobs/**': batch}\n",
    ],
)
def test_what_the_reader_takes_the_schema_takes(text: str, schema: jsonschema_rs.Validator) -> None:
    settings.parse(text, "transformer.yaml")
    (read,) = load(text)
    assert [f"{e.instance_path}: {e.message}" for e in schema.iter_errors(read)] == []


def test_it_says_what_things_mean_and_which_rows_there_are() -> None:
    made = document()
    named = made["properties"]["passes"]["items"]["anyOf"][1]["properties"]
    assert set(named) == set(discovery.names())
    assert named["cronworkflow"]["description"].startswith("Convert CronJobs")
    accept = named["cronworkflow"]["properties"]["accept"]["items"]
    assert set(accept["enum"]) == acceptable(discovery.load("cronworkflow"))
    assert len(accept["markdownEnumDescriptions"]) == len(accept["enum"]) and all(accept["markdownEnumDescriptions"])
    assert all("description" in p for key, p in made["properties"].items())
    assert named["cronworkflow"]["properties"]["onEviction"]["default"] == "fail"


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(document()))


def test_init_names_it_for_the_editor() -> None:
    assert draft(Sighting()).startswith("# yaml-language-server: $schema=transformer.schema.json\n")
