"""Images, labels, annotations, settings and transformers: the rows of gitops.md 1.2 that lead into the Pod template."""

from __future__ import annotations

import pytest

from tests.kustomize.trees import PLAIN_JOB, base, features


@pytest.mark.parametrize("name", ["example.com/etl", "example.com.etl", "'example.com/(etl|elt)'", "'{{image}}'"])
def test_an_entry_for_the_containers_image_acts(name: str) -> None:
    """The name is read as an unquoted regular expression before an optional tag and digest."""
    assert base(f"images: [{{name: {name}, newTag: '2'}}]") == ["images"]
    assert base(f"imageTags: [{{name: {name}, newTag: '2'}}]") == ["images"]


@pytest.mark.parametrize(
    "entry", ["{name: etl, newTag: '2'}", "{name: busybox, newTag: '2'}", "{name: example.com/etl}", "{name: com/etl, digest: x}"]
)
def test_other_images_do_not_act(entry: str) -> None:
    """Part of a name is not the name; init containers are still found after the conversion; no new value, no change."""
    assert base(f"images: [{entry}]") == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("commonLabels: {team: data}", ["commonLabels"]),
        ("commonAnnotations: {team: data}", ["commonAnnotations"]),
        ("labels: [{pairs: {team: data}, includeSelectors: true}]", ["labels"]),
        ("labels: [{pairs: {team: data}, includeTemplates: true}]", ["labels"]),
        ("labels: [{pairs: {team: data}, fields: [{path: spec/jobTemplate/metadata/labels, create: true}]}]", ["labels"]),
        ("labels: [{pairs: {team: data}, fields: [{path: spec/x, kind: CronJob}]}]", ["labels"]),
        ("labels: [{pairs: {team: data}, fields: [{path: metadata/labels, kind: CronJob}]}]", ["labels"]),
        ("labels: [{pairs: {team: data}, fields: [{path: spec/x, kind: Deployment, create: true}]}]", []),
        ("labels: [{pairs: {team: data}, fields: [{path: spec/template/metadata/labels}]}]", []),
        ("labels: [{pairs: {team: data}}]", []),
        ("commonLabels: {}", []),
        ("labels: [{pairs: {}, includeSelectors: true}]", []),
    ],
)
def test_labels_and_annotations(more: str, expected: list[str]) -> None:
    """Those that reach the Pod template act; those in the object's own metadata go on as before."""
    assert base(more) == expected


@pytest.mark.parametrize(
    "more",
    [
        "namespace: jobs",
        "sortOptions: {order: legacy}",
        "buildMetadata: [originAnnotations]",
        "openapi: {path: schema.json}",
        "validators: [v.yaml]",
        "replicas: [{name: web, count: 2}]",
        "generatorOptions: {disableNameSuffixHash: true}",
        "# patches: [{path: p.yaml}]",
    ],
)
def test_what_works_as_before(more: str) -> None:
    """These do the same to a CronWorkflow."""
    assert base(more) == []


@pytest.mark.parametrize(
    ("settings", "acts"),
    [
        ("varReference: [{path: spec/jobTemplate/spec/x, kind: CronJob}]", True),
        ("images: [{path: spec/workflowSpec/templates/container/image, kind: CronWorkflow, group: argoproj.io}]", True),
        ("nameReference: [{kind: Widget, fieldSpecs: [{path: spec/jobTemplate/spec/x}]}]", True),
        ("commonAnnotations: [{path: spec/extra, create: true}]", True),
        ("nameReference: [{kind: Widget, fieldSpecs: [{path: spec/widget/name, kind: Gadget}]}]", False),
        ("varReference: [{path: metadata/annotations}]", False),
        ("varReference: [{path: data/config, kind: ConfigMap}]", False),
        ("varReference: [{path: spec/nowhere/name}]", False),
        ("{not: [yaml", True),
    ],
)
def test_configurations(settings: str, acts: bool) -> None:
    """Settings act where a row of theirs leads to this kind or the new one."""
    assert base("configurations: [c.yaml]", c=settings) == (["configurations"] if acts else [])


def test_configurations_of_siblings_reach_it() -> None:
    """Settings leak to everything in the same build, and a missing file may say anything."""
    files = {
        "base/kustomization.yaml": "resources: [job.yaml]\n",
        "other/kustomization.yaml": "configurations: [c.yaml]\nresources: [../base/other.yaml]\n",
        "top/kustomization.yaml": "resources: [../base, ../other]\n",
    }
    assert features(files, job=PLAIN_JOB) == ["configurations"]


def test_crds() -> None:
    """A schema speaks of the kinds that it names."""
    assert base("crds: [c.yaml]", c='{"definitions": {"Widget": {}}}') == []
    assert base("crds: [c.yaml]", c='{"definitions": {"CronJob": {}}}') == ["crds"]
    assert base("crds: [missing.yaml]") == ["crds"]


@pytest.mark.parametrize(
    ("kind", "rest", "acts"),
    [
        ("PatchTransformer", "target: {kind: CronJob}\npatch: '[{op: remove, path: /spec/suspend}]'", True),
        ("PatchTransformer", "target: {kind: Deployment}\npatch: '[{op: remove, path: /spec/x}]'", False),
        ("PatchJson6902Transformer", "target: {kind: CronJob, name: weekly}\njsonOp: '[]'", False),
        ("PatchStrategicMergeTransformer", "paths: [missing.yaml]", True),
        ("PatchStrategicMergeTransformer", "patches: '{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}}'", True),
        ("PatchStrategicMergeTransformer", "patches: '{apiVersion: batch/v1, kind: CronJob, metadata: {name: weekly}}'", False),
        ("ImageTagTransformer", "imageTag: {name: example.com/etl, newTag: '2'}", True),
        ("ImageTagTransformer", "imageTag: {name: web, newTag: '2'}", False),
        ("LabelTransformer", "labels: {a: b}\nfieldSpecs: [{path: metadata/labels, create: true}]", False),
        ("LabelTransformer", "labels: {a: b}\nfieldSpecs: [{path: spec/jobTemplate/metadata/labels, create: true}]", True),
        ("AnnotationsTransformer", "annotations: {a: b}\nfieldSpecs: [{path: x/y, kind: Deployment}]", False),
        ("NamespaceTransformer", "fieldSpecs: [{path: metadata/namespace, create: true}]", False),
        ("PrefixTransformer", "prefix: team-\nfieldSpecs: [{path: metadata/name}]", False),
        ("ReplacementTransformer", "replacements: [{source: {kind: CronJob}, targets: []}]", True),
        ("ReplacementTransformer", "replacements: [{source: {kind: Service}, targets: [{select: {kind: Pod}}]}]", False),
        ("ValueAddTransformer", "value: x", True),
    ],
)
def test_transformers(kind: str, rest: str, acts: bool) -> None:
    """Built-in transformers are judged as the fields that they stand for."""
    plugin = f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: t}}\n{rest}\n"
    assert base("transformers: [t.yaml]", PLAIN_JOB, t=plugin) == (["transformers"] if acts else [])


def test_transformers_that_nobody_here_knows() -> None:
    """A plugin, or an entry that is not there, may do anything; an inline one and a folder of them are read."""
    assert base("transformers: [t.yaml]", PLAIN_JOB, t="apiVersion: x/v1\nkind: Magic\nmetadata: {name: t}\n") == ["transformers"]
    assert base("transformers: [missing.yaml]", PLAIN_JOB) == ["transformers"]
    inline = "transformers:\n- |-\n  apiVersion: builtin\n  kind: NamespaceTransformer\n  metadata: {name: t, namespace: x}\n"
    assert base(inline, PLAIN_JOB) == []
    folder = {"t/kustomization": "resources: [t.yaml]\n", "t/t": "apiVersion: builtin\nkind: NamespaceTransformer\n"}
    assert base("transformers: [t]", PLAIN_JOB, **folder) == []
