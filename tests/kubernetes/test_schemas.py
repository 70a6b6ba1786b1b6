"""Kubernetes' schemas: the same faults as `jsonschema` finds, which is slow and was used before."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from transformer.kubernetes import schemas
from transformer.model import pointer

_HOME = "https://kubernetes.io/api/_definitions.json"
_JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "a", "labels": {"app": "a"}, "annotations": {"b": "c"}},
    "spec": {
        "schedule": "0 * * * *",
        "jobTemplate": {
            "spec": {
                "backoffLimit": 3,
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [
                            {
                                "name": "main",
                                "image": "registry.example.com/a:1",
                                "command": ["run"],
                                "env": [
                                    {"name": "A", "value": "1"},
                                    {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "a"}}},
                                ],
                                "ports": [{"containerPort": 80}],
                                "resources": {"requests": {"cpu": "250m", "memory": 1024}, "limits": {"cpu": 0.5}},
                                "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                            }
                        ],
                        "volumes": [{"name": "v", "emptyDir": {}}],
                        "tolerations": [{"operator": "Exists", "tolerationSeconds": 3}],
                    }
                },
            }
        },
    },
}


@cache
def _read(version: str, name: str) -> Any:
    place = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}.0-local-strict" / name
    text = place.read_text(encoding="utf-8")
    for relative in ('"#/$defs/', '"/api/_definitions.json#/$defs/'):
        text = text.replace(relative, f'"{_HOME}#/$defs/')
    return json.loads(text)


@cache
def _slow(version: str) -> Any:
    definitions = Resource.from_contents(_read(version, "_definitions.json"), default_specification=DRAFT202012)
    return Draft202012Validator({}, registry=Registry().with_resources([(_HOME, definitions)]))


def _by_jsonschema(data: Any, version: str) -> list[str]:
    errors = _slow(version).evolve(schema=_read(version, "cronjob-batch-v1.json")).iter_errors(data)
    return sorted(f"{pointer(tuple(e.path))}: {schemas._short(e.message)}" for e in errors)


def _places(data: Any) -> list[tuple[Any, Any]]:
    steps = list(data) if isinstance(data, dict) else list(range(len(data))) if isinstance(data, list) else []
    return [(data, s) for s in steps] + [place for s in steps for place in _places(data[s])]


def _spoilt(seed: int) -> Any:
    draw, data = random.Random(seed), deepcopy(_JOB)  # noqa: S311 - no secret
    for _ in range(draw.randint(1, 3)):
        holder, step = draw.choice(_places(data))
        if draw.random() < 0.4 and isinstance(holder, dict):
            holder[draw.choice(["foo", "nam", "name"])] = 1
        elif draw.random() < 0.6:
            holder[step] = draw.choice([1, 1.5, "x", None, [], {}, True, [1], {"a": 1}, 10**20])
        else:
            del holder[step]
    return data


@pytest.mark.parametrize("version", ["1.26", "1.33"])
def test_the_faults_that_jsonschema_finds(version: str) -> None:
    schema = schemas.of_object("batch/v1", "CronJob", version)
    faulty = 0
    for seed in range(300):
        data = _spoilt(seed)
        found = sorted(m.removeprefix("/") for m in schemas.judge(schema, data, (), version))
        wanted = _by_jsonschema(data, version)
        # Which of two alternatives a null fits is told shorter than before.
        assert [m.partition(" valid under ")[0] for m in found] == [m.partition(" valid under ")[0] for m in wanted], data
        faulty += bool(found)
    assert faulty > 200


def test_the_order_does_not_depend_on_the_order_of_keys() -> None:
    schema = schemas.of_object("batch/v1", "CronJob", "1.33")
    data = _spoilt(7)
    turned = json.loads(json.dumps(data), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert schemas.judge(schema, data, (), "1.33") == schemas.judge(schema, turned, (), "1.33") != []


def test_what_is_absent_may_stand_elsewhere() -> None:
    schema = schemas.of_type("Container", "1.33")
    assert schemas.judge(schema, {"image": "a"}, ("c",), "1.33") == ["/c: 'name' is a required property"]
    assert schemas.judge(schema, {"image": "a"}, ("c",), "1.33", whole=False) == []


def test_a_field_may_be_named_as_a_keyword_of_schemas() -> None:
    """CustomResourceDefinitions hold schemas, whose fields are `$ref` and `description`."""
    schema = schemas.of_type("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps", "1.33")
    assert schemas.judge(schema, {"$ref": "a", "description": "b", "$schema": "c"}, (), "1.33") == []
    assert schemas.judge(schema, {"$ref": 1, "description": 2}, (), "1.33") == [
        "//$ref: 1 is not of type 'string', 'null'",
        "//description: 2 is not of type 'string', 'null'",
    ]


@pytest.mark.parametrize(
    ("api_version", "kind"), [("v1" * 500, "Pod"), ("../../v1", "Pod"), ("v1", "../Pod"), ("v1", "P" * 5000), ("\0", "Pod")]
)
def test_a_name_that_is_no_name_has_no_schema(api_version: str, kind: str) -> None:
    """It would be the name of a file."""
    assert schemas.of_object(api_version, kind, schemas.version_near((1, 33))) is None
