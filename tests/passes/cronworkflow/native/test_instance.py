"""The label that a controller with an instance id asks for."""

from __future__ import annotations

from tests.passes.follows import converted, cronjob
from transformer.passes.cronworkflow.native.instance import LABEL
from transformer.yamltext import load


def controller(instance: str, namespace: str = "argo") -> str:
    head = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: workflow-controller-configmap, namespace: {namespace}}}\n"
    return head + (f"data:\n  instanceID: {instance}\n" if instance else "data:\n  parallelism: '3'\n")


def label_of(text: str) -> str | None:
    labels = load(text)[0]["metadata"].get("labels") or {}
    return labels.get(LABEL)


def test_from_the_controller_of_the_repository() -> None:
    done = converted({"a.yaml": cronjob(), "argo.yaml": controller("batch")})
    assert label_of(done.new["a.yaml"]) == "batch"
    (change,) = [c for c in done.record.changes if LABEL in c.path]
    assert change.source == "cronjob_rules/instance-id"


def test_from_the_target_beside_labels_that_are_there() -> None:
    labels = "  labels:\n    app: report # mine\n"
    done = converted({"a.yaml": cronjob(more=labels), "argo.yaml": controller("batch")}, instance="0123")
    assert label_of(done.new["a.yaml"]) == "0123"
    assert "    app: report # mine\n" in done.new["a.yaml"]


def test_not_where_none_is_asked_for() -> None:
    for files in ({}, {"argo.yaml": controller("")}):
        assert label_of(converted({"a.yaml": cronjob(), **files}).new["a.yaml"]) is None
    own = f"  labels: {{{LABEL}: mine}}\n"
    assert label_of(converted({"a.yaml": cronjob(more=own), "argo.yaml": controller("x")}).new["a.yaml"]) == "mine"


def test_controllers_that_differ() -> None:
    done = converted({"a.yaml": cronjob(), "one.yaml": controller("x"), "two.yaml": controller("", "other")})
    assert label_of(done.new["a.yaml"]) is None
    (told,) = [f for f in done.findings("CRON004") if f.source.endswith("instance-id-unclear")]
    assert "`one.yaml:1`, `two.yaml:1`" in told.full_message
