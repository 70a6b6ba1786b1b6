"""`replacements` and `vars` (gitops.md 1.2)."""

from __future__ import annotations

import pytest

from tests.kustomize.trees import LISTED, PLAIN_JOB, base, features


@pytest.mark.parametrize(
    ("replacement", "acts"),
    [
        ("{source: {kind: CronJob, name: nightly}, targets: [{select: {kind: Service}}]}", True),
        ("{source: {name: nightly}, targets: [{select: {kind: Service}}]}", True),
        ("{source: {kind: Service, name: web}, targets: [{select: {kind: CronJob}, fieldPaths: [spec.schedule]}]}", True),
        ("{source: {kind: Service, name: web}, targets: [{select: {name: nightly}, fieldPaths: [spec.x]}]}", True),
        ("{source: {kind: Service, name: web}, targets: [{select: {}, fieldPaths: [spec.x]}]}", True),
        ("{source: {kind: Service, name: web}, targets: [{select: {kind: CronJob, name: weekly}}]}", False),
        ("{source: {kind: Service, name: web}, targets: [{select: {kind: Deployment, name: nightly}}]}", False),
        ("{sourceValue: x, targets: [{select: {kind: Deployment}}]}", False),
        ("{path: missing.yaml}", True),
    ],
)
def test_replacements(replacement: str, acts: bool) -> None:
    """A replacement acts where its source or a target may be the CronJob, or it cannot be read."""
    assert base(f"replacements: [{replacement}]", PLAIN_JOB) == (["replacements"] if acts else [])


def test_replacements_in_a_file() -> None:
    """A file holds one replacement or a list of them."""
    hit = "- {source: {kind: Service}, targets: [{select: {kind: Pod}}]}\n- {source: {kind: CronJob}, targets: []}\n"
    assert base("replacements: [{path: r.yaml}]", PLAIN_JOB, r=hit) == ["replacements"]
    assert base("replacements: [{path: r.yaml}]", PLAIN_JOB, r="source: {kind: Service}\ntargets: [{select: {kind: Pod}}]\n") == []


@pytest.mark.parametrize(
    ("variable", "acts"),
    [
        ("{name: REGION, objref: {kind: ConfigMap, name: x, apiVersion: v1}}", True),
        ("{name: OTHER, objref: {kind: ConfigMap, name: x, apiVersion: v1}}", False),
        ("{name: OTHER, objref: {kind: CronJob, name: nightly, apiVersion: batch/v1}}", True),
        ("{name: OTHER, objref: {kind: CronJob, name: weekly, apiVersion: batch/v1}}", False),
    ],
)
def test_variables(variable: str, acts: bool) -> None:
    """A variable acts where it reads the CronJob, or stands in one of its texts."""
    assert base(f"vars: [{variable}]") == (["vars"] if acts else [])


def test_variables_of_a_sibling() -> None:
    """Variables are filled in at the root, in everything that is built there."""
    files = {
        "base/kustomization.yaml": LISTED,
        "other/kustomization.yaml": "vars: [{name: REGION, objref: {kind: Service, name: x}}]\n",
        "top/kustomization.yaml": "resources: [../base, ../other]\n",
    }
    assert features(files) == ["vars"]


def test_escaped_dollars_where_variables_are_used() -> None:
    """Any variable in the build makes `$$` in the arguments of a CronJob into `$`, and not in those of a CronWorkflow."""
    job = PLAIN_JOB.replace('image: "example.com/etl:1.0"', 'image: "x", args: ["$$(A)"]')
    assert base("vars: [{name: B, objref: {kind: Service, name: x}}]", job) == ["vars"]
    assert base("", job) == []


def test_a_remote_variable() -> None:
    """A remote kustomization may define the variable, unless it is one of the container's own."""
    remote = "bases:\n- https://example.com/o/r//x\n"
    job = PLAIN_JOB.replace('image: "example.com/etl:1.0"', 'image: "x", args: ["$(A)"], env: [{name: A, value: "1"}]')
    assert base(remote, job) == []
    assert base(remote, job.replace("name: A", "name: B")) == ["resources"]
