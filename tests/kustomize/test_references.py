"""Names that change: generators, prefixes and suffixes (gitops.md 1.2), proven by what the build holds."""

from __future__ import annotations

import pytest

from tests.kustomize.trees import CRON_JOB, LISTED, PLAIN_JOB, base, effects, features

NO_VARIABLE = CRON_JOB.replace("$(REGION)", "eu")
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("configMapGenerator: [{name: settings, literals: [A=b]}]", ["configMapGenerator"]),
        ("secretGenerator: [{name: key, literals: [A=b]}]", ["secretGenerator"]),
        ("configMapGenerator: [{name: other, literals: [A=b]}]", []),
        ("secretGenerator: [{name: settings, literals: [A=b]}]", []),
        ("generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: settings}]", []),
        ("configMapGenerator: [{name: settings, options: {disableNameSuffixHash: true}}]", []),
        ("namePrefix: a-\nconfigMapGenerator: [{name: settings, options: {disableNameSuffixHash: true}}]", ["namePrefix"]),
        ("namePrefix: a-\nconfigMapGenerator: [{name: other}]", []),
    ],
)
def test_generators(more: str, expected: list[str]) -> None:
    """A generated name acts where the CronJob refers to it and it gets a hash, or a prefix."""
    assert base(more) == expected


@pytest.mark.parametrize("kind", ["namePrefix: a-", "nameSuffix: -a"])
def test_affixes_rename_what_it_refers_to(kind: str) -> None:
    """A prefix or suffix acts only through an object in the same build that the CronJob refers to."""
    feature = kind.split(":")[0]
    listed = "resources: [job.yaml, cm.yaml]\n"
    assert base("", cm=SETTINGS) == []
    assert features({"base/kustomization.yaml": listed + kind, "base/cm.yaml": SETTINGS}) == [feature]
    assert features({"base/kustomization.yaml": listed + kind, "base/cm.yaml": SETTINGS.replace("settings", "other")}) == []
    assert features({"base/kustomization.yaml": listed + kind, "base/cm.yaml": SETTINGS}, job=PLAIN_JOB) == []


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("ServiceAccount", "serviceAccountName: thing"),
        ("PriorityClass", "priorityClassName: thing"),
        ("Secret", "imagePullSecrets: [{name: thing}]"),
        ("PersistentVolumeClaim", "volumes: [{name: v, persistentVolumeClaim: {claimName: thing}}]"),
        ("ConfigMap", "volumes: [{name: v, configMap: {name: thing}}]"),
        ("Secret", "volumes: [{name: v, projected: {sources: [{secret: {name: thing}}]}}]"),
        ("ConfigMap", "initContainers: [{name: i, env: [{name: A, valueFrom: {configMapKeyRef: {name: thing, key: k}}}]}]"),
    ],
)
def test_every_kind_of_reference(kind: str, place: str) -> None:
    """References are found wherever Kustomize's own settings look for them in a CronJob."""
    job = PLAIN_JOB.replace("          restartPolicy: Never", f"          restartPolicy: Never\n          {place}")
    thing = f"kind: {kind}\nmetadata: {{name: thing}}\n"
    assert features({"base/kustomization.yaml": "namePrefix: a-\nresources: [job.yaml, t.yaml]\n", "base/t.yaml": thing}, job) == [
        "namePrefix"
    ]


def test_a_siblings_prefix_and_generator() -> None:
    """References are resolved at the root, so a renaming in another branch of the same build reaches the CronJob."""
    top = {"base/kustomization.yaml": LISTED, "top/kustomization.yaml": "resources: [../base, ../other]\n"}
    files = {**top, "other/kustomization.yaml": "namePrefix: a-\nresources: [cm.yaml]\n", "other/cm.yaml": SETTINGS}
    assert [(a.file, a.feature) for a in effects(files)] == [("other/kustomization.yaml", "namePrefix")]
    generated = {**top, "other/kustomization.yaml": "configMapGenerator: [{name: settings}]\n"}
    assert features(generated) == ["configMapGenerator"]
    assert features({k: v for k, v in generated.items() if not k.startswith("top")}) == []


def test_a_reference_to_the_prefixed_name() -> None:
    """The CronJob may refer to the name that the generated object has got on the way."""
    files = {"base/kustomization.yaml": LISTED, "top/kustomization.yaml": "resources: [../base, ../other]\n"}
    other = "namePrefix: set\nconfigMapGenerator: [{name: tings}]\n"
    assert "configMapGenerator" in features({**files, "other/kustomization.yaml": other})


@pytest.mark.parametrize(
    "line", ["https://example.com/org/repo//x?ref=1", "missing", "../../outside", "git@example.com:a/b.git", "github.com/a/b"]
)
def test_what_cannot_be_seen_may_rename(line: str) -> None:
    """A remote or missing kustomization may hold, and rename, what the CronJob refers to; without references nothing."""
    assert base("bases:\n- " + line, PLAIN_JOB) == []
    assert "resources" in base("bases:\n- " + line)


def test_known_objects_settle_it() -> None:
    """Where all that it refers to is seen in the build, what cannot be seen does not matter."""
    job = PLAIN_JOB.replace("          restartPolicy: Never", "          serviceAccountName: robot\n          restartPolicy: Never")
    robot = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n"
    more = {"base/kustomization.yaml": "resources: [job.yaml, robot.yaml, 'https://example.com/o/r//x']\n", "base/robot.yaml": robot}
    assert features(more, job) == []
    assert features({**more, "base/robot.yaml": robot.replace("robot", "other")}, job) == ["resources"]


def test_a_remote_manifest_is_read_as_it_is() -> None:
    """One manifest by URL renames nothing, but a prefix may rename what is in it."""
    url = "resources: [job.yaml, 'https://example.com/x/install.yaml']\n"
    assert features({"base/kustomization.yaml": url}, NO_VARIABLE) == []
    assert features({"base/kustomization.yaml": url + "namePrefix: a-\n"}, NO_VARIABLE) == ["namePrefix"]


def test_a_url_of_this_repository() -> None:
    """An overlay may fetch the base by URL; a folder of that path here is taken for it."""
    above = "resources: ['https://example.com/org/repo//base?ref=main']\ncommonAnnotations: {a: b}\n"
    assert "commonAnnotations" in features({"base/kustomization.yaml": LISTED, "prod/kustomization.yaml": above}, PLAIN_JOB)


def test_generators_and_charts() -> None:
    """What a generator plugin makes may carry a hash; a chart's objects only meet a prefix."""
    assert base("generators: [g.yaml]", g="kind: Ksops\n") == ["generators"]
    assert base("generators: [g.yaml]", PLAIN_JOB, g="kind: Ksops\n") == []
    assert base("helmCharts: [{name: web}]") == []
    assert base("helmCharts: [{name: web}]\nnamePrefix: a-") == ["namePrefix"]


def test_patches_that_rename() -> None:
    """A patch that renames a ConfigMap renames the reference to it as well."""
    op = "patches: [{target: {kind: ConfigMap}, patch: '[{op: replace, path: /metadata/name, value: new}]'}]"
    listed = "resources: [job.yaml, cm.yaml]\n"
    assert features({"base/kustomization.yaml": listed + op, "base/cm.yaml": SETTINGS}) == ["patches"]
    assert features({"base/kustomization.yaml": listed + op.replace("/name", "/namespace"), "base/cm.yaml": SETTINGS}) == []


def test_a_cron_workflow_of_the_same_name() -> None:
    """Two objects of one id end the build."""
    there = "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: nightly}\n"
    files = {"base/kustomization.yaml": "resources: [job.yaml, cw.yaml]\n", "base/cw.yaml": there}
    assert features(files, PLAIN_JOB) == ["resources"]
    assert features({**files, "base/cw.yaml": there.replace("nightly", "weekly")}, PLAIN_JOB) == []
