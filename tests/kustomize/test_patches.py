"""Patches: gitops.md 1.2, the rows on patches, targets and `$patch: delete`."""

from __future__ import annotations

import pytest

from tests.kustomize.trees import LISTED, PLAIN_JOB, base, effects, features

CRON_PATCH = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {suspend: true}\n"
OTHER_PATCH = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: weekly}\nspec: {suspend: true}\n"
WEB_PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nightly}\nspec: {replicas: 2}\n"
OPS = "- {op: replace, path: /spec/schedule, value: 1 * * * *}\n"


def test_a_patch_file_of_the_cron_job_acts() -> None:
    """A patch without a target acts by the kind and name in it, and the finding names the entry."""
    files = {"base/kustomization.yaml": LISTED + "patches:\n- path: p.yaml\n", "base/p.yaml": CRON_PATCH}
    (found,) = effects(files)
    assert (found.file, found.line, found.feature, found.section) == ("base/kustomization.yaml", 3, "patches", "gitops.md 1.2")
    assert "p.yaml" in found.detail
    assert "nightly" in found.detail


@pytest.mark.parametrize("patch", [OTHER_PATCH, WEB_PATCH])
def test_a_patch_of_another_object_does_not_act(patch: str) -> None:
    """Another name, or another kind of the same name, is not the CronJob."""
    assert base("patches: [{path: p.yaml}]", p=patch) == []
    assert base("patchesStrategicMerge: [p.yaml]", p=patch) == []


def test_one_of_several_documents_suffices() -> None:
    """Each document of a patch file is a patch of its own; a List is unfolded."""
    assert base("patchesStrategicMerge: [p.yaml]", p=WEB_PATCH + "---\n" + CRON_PATCH) == ["patchesStrategicMerge"]
    listed = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}}\n"
    assert base("patches: [{path: p.yaml}]", p=listed) == ["patches"]


def test_inline_patches() -> None:
    """The patch may stand in the kustomization itself, as text."""
    indented = CRON_PATCH.replace("\n", "\n    ")
    assert base("patches:\n- patch: |-\n    " + indented) == ["patches"]
    assert base("patchesStrategicMerge:\n- |-\n    " + indented) == ["patchesStrategicMerge"]
    assert base("patches:\n- patch: |-\n    " + OTHER_PATCH.replace("\n", "\n    ")) == []


def test_deletion_acts() -> None:
    """`$patch: delete` with a target is the silent one: the schedule would come back."""
    patch = "$patch: delete\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: any}\n"
    assert base("patches: [{path: p.yaml, target: {kind: CronJob}}]", p=patch) == ["patches"]


@pytest.mark.parametrize(
    "target",
    [
        "{kind: CronJob}",
        "{kind: CronJob, name: nightly}",
        "{group: batch, version: v1, kind: CronJob}",
        "{kind: 'Cron.*'}",
        "{kind: CronJob|Deployment}",
        "{name: nightly}",
        "{name: 'night.*'}",
        "{labelSelector: app=reports}",
        "{labelSelector: 'app in (reports, web)'}",
        "{labelSelector: '!web'}",
        "{namespace: default}",
        "{kind: CronWorkflow}",
        "{}",
        "{kind: '(?i)cronjob'}",
        "{name: '((a+)+)+b'}",
    ],
)
def test_a_target_that_may_select_it_acts(target: str) -> None:
    """Targets by name or label only hit the CronWorkflow too; what cannot be decided counts."""
    assert base(f"patches: [{{path: p.yaml, target: {target}}}]", p=OPS) == ["patches"]
    assert base(f"patchesJson6902: [{{path: p.yaml, target: {target}}}]", p=OPS) == ["patchesJson6902"]


@pytest.mark.parametrize(
    "target",
    [
        "{kind: Deployment}",
        "{kind: Cron}",
        "{kind: CronJob, name: night}",
        "{version: v1beta1, kind: CronJob}",
        "{group: apps}",
        "{labelSelector: app=web}",
        "{labelSelector: 'web'}",
        "{labelSelector: 'app=reports,tier=back'}",
        "{annotationSelector: owner=me}",
        "{namespace: other}",
    ],
)
def test_a_target_that_cannot_select_it_does_not_act(target: str) -> None:
    """Fields of a target are anchored regular expressions and must all match; not even a missing file matters then."""
    assert base(f"patches: [{{path: p.yaml, target: {target}}}]", p=OPS) == []
    assert base(f"patches: [{{path: missing.yaml, target: {target}}}]") == []


@pytest.mark.parametrize(
    ("entry", "files"),
    [
        ("{path: missing.yaml}", {}),
        ("{path: ../../outside.yaml}", {}),
        ("{path: p.yaml}", {"p": "kind: {{ .Values.kind }}\n  x\n"}),
        ("{path: p.yaml}", {"p": OPS}),
        ("{path: p.yaml}", {"p": "metadata: {name: nightly}\n"}),
        ("{path: 'https://example.com/p.yaml'}", {}),
    ],
)
def test_a_patch_that_cannot_be_read_acts(entry: str, files: dict[str, str]) -> None:
    """Missing, outside, not parsable, without a target or a name: it may be about this CronJob."""
    assert base(f"patches: [{entry}]", **files) == ["patches"]


def test_names_as_a_lower_prefix_made_them() -> None:
    """A patch above a prefix may use the new name, the original one, or one between."""
    files = {
        "base/kustomization.yaml": "namePrefix: team-\nnameSuffix: -eu\n" + LISTED,
        "prod/p.yaml": CRON_PATCH,
    }
    for name, expected in (("team-nightly-eu", ["patches"]), ("team-nightly", ["patches"]), ("nightly", ["patches"])):
        patched = "resources: [../base]\npatches: [{path: p.yaml}]\n"
        patch = CRON_PATCH.replace("name: nightly", f"name: {name}")
        found = features({**files, "prod/kustomization.yaml": patched, "prod/p.yaml": patch}, file="base/job.yaml", job=PLAIN_JOB)
        assert found == expected, name


def test_labels_and_namespaces_of_lower_levels_count() -> None:
    """A selector above may be about a label or a namespace that a level below has set."""
    lower = {"base/kustomization.yaml": "namespace: jobs\nlabels: [{pairs: {tier: back}}]\n" + LISTED, "prod/p.yaml": OPS}
    for target, expected in (
        ("{labelSelector: tier=back}", ["patches"]),
        ("{labelSelector: tier=front}", []),
        ("{namespace: jobs}", ["patches"]),
    ):
        above = f"resources: [../base]\npatches: [{{path: p.yaml, target: {target}}}]\n"
        assert features({**lower, "prod/kustomization.yaml": above}) == expected


def test_a_file_that_is_also_a_patch() -> None:
    """Converting a file that another kustomization reads as a patch would break that one."""
    files = {"base/kustomization.yaml": LISTED, "prod/kustomization.yaml": "resources: [x.yaml]\npatches: [{path: ../base/job.yaml}]\n"}
    assert [(a.file, a.feature) for a in effects(files)] == [("prod/kustomization.yaml", "patches")]
