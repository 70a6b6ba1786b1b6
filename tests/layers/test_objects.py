"""What the judge calls the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.layers.objects import differences, half, objects, odd

FLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: a}
spec:
  schedules: ["@daily"]
  workflowSpec:
    templates:
    - name: main
      container: {image: "a:1", env: [{name: A, value: "1"}, {name: B, value: "2"}], resources: {requests: {cpu: 500m, memory: 1Gi}}}
"""
JOB = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: NAME}\nspec: {schedule: x}\n"


def _differences(one: str, other: str) -> list[str]:
    return differences(objects(one), objects(other), {})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("metadata: {name: a}", "metadata: {labels: {}, annotations: null, creationTimestamp: null, name: a}"),
        ("metadata: {name: a}", "metadata: {name: a, annotations: {config.kubernetes.io/origin: x}}"),
        ("cpu: 500m, memory: 1Gi", "memory: 1024Mi, cpu: '0.5'"),
        ("    - name: main", "    - initContainers: []\n      name: main"),
    ],
)
def test_the_same(old: str, new: str) -> None:
    assert old in FLOW and not _differences(FLOW, FLOW.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{name: A, value: "1"}, {name: B, value: "2"}', '{name: B, value: "2"}, {name: A, value: "1"}'),
        ('value: "1"', "value: 1"),
        ("cpu: 500m", "cpu: 501m"),
        ("metadata: {name: a}", "metadata: {name: a, labels: {x: y}}"),
        ("metadata: {name: a}", "metadata: {name: a-4h2mkkdcb6}"),
        (', env: [{name: A, value: "1"}, {name: B, value: "2"}]', ""),
        ("metadata: {name: a}", "metadata: {name: a, namespace: b}"),
    ],
)
def test_not_the_same(old: str, new: str) -> None:
    assert old in FLOW and _differences(FLOW, FLOW.replace(old, new)) and _differences(FLOW.replace(old, new), FLOW)


def test_a_generated_name_may_differ_only_where_its_content_does() -> None:
    """One hash for another, in the object and where it is used."""
    used = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c-HASH}\ndata: {a: VALUE}\n---\n" + FLOW.replace('"1"', "c-HASH")
    one, other = used.replace("HASH", "4h2mkkdcb6"), used.replace("HASH", "952kctmggb")
    assert not _differences(one, other) and _differences(one, other.replace("VALUE", "b"))
    assert _differences(one, other.replace("value: c-952kctmggb", "value: c"))


def test_half() -> None:
    """One job converted, the other as it was."""
    before = objects(JOB.replace("NAME", "a") + "---\n" + JOB.replace("NAME", "b"))
    expected = objects(FLOW + "---\n" + FLOW.replace("{name: a}", "{name: b}"))
    have = objects(FLOW + "---\n" + JOB.replace("NAME", "b"))
    assert half(expected, have, before) == ["b"] and differences(expected, have, before)
    assert not half(expected, objects(FLOW.replace("a:1", "a:2") + "---\n" + JOB.replace("NAME", "b")), before)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("spec:\n  schedules", "spec:\n  jobTemplate: {}\n  schedules"),
        ("spec:\n  schedules", "spec:\n  schedule: x\n  schedules"),
        ('image: "a:1", ', ""),
        ("      container:", "      sidecars: [{name: s}]\n      container:"),
    ],
)
def test_odd(old: str, new: str) -> None:
    def told(text: str) -> list[Any]:
        return list(odd(objects(text).values()))

    assert old in FLOW and not told(FLOW) and len(told(FLOW.replace(old, new))) == 1
