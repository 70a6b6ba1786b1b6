"""Argo CD and Flux objects whose Kustomize options are one more overlay."""

from __future__ import annotations

import pytest

from tests.kustomize.trees import LISTED, PLAIN_JOB, effects, features

BASE = {"base/kustomization.yaml": LISTED}


def application(options: str, path: str = "base") -> str:
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: shop}}
spec:
  source:
    repoURL: https://example.com/org/repo
    path: {path}
    kustomize: {options}
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{images: ['example.com/etl:2.0']}", ["images"]),
        ("{images: ['example.com/etl=mirror/etl:2.0']}", ["images"]),
        ("{images: ['other:2.0']}", []),
        ("{commonLabels: {a: b}}", ["commonLabels"]),
        ("{commonLabels: {a: b}, labelWithoutSelector: true}", []),
        ("{commonLabels: {a: b}, labelWithoutSelector: true, labelIncludeTemplates: true}", ["commonLabels"]),
        ("{commonAnnotations: {a: b}}", ["commonAnnotations"]),
        ("{patches: [{target: {kind: CronJob}, patch: '[]'}]}", ["patches"]),
        ("{patches: [{target: {kind: Deployment}, patch: '[]'}]}", []),
        ("{components: [../missing]}", ["components"]),
        ("{components: [../missing], ignoreMissingComponents: true}", []),
        ("{namePrefix: a-, namespace: jobs, replicas: [{name: x, count: 1}], version: v5}", []),
    ],
)
def test_an_application(options: str, expected: list[str]) -> None:
    """The options of a source act as an overlay above the directory that it leads to."""
    assert features({**BASE, "apps/shop.yaml": application(options)}, PLAIN_JOB) == expected


def test_the_finding_names_the_application() -> None:
    """File and line are those of the option in the Application."""
    (found,) = effects({**BASE, "apps/shop.yaml": application("{images: ['example.com/etl:2']}")}, PLAIN_JOB)
    assert (found.file, found.line) == ("apps/shop.yaml", 8)
    assert "Argo CD Application shop" in found.detail


@pytest.mark.parametrize(
    ("path", "acts"),
    [("base", True), ("./base/", True), ("other", False), ("'{{path}}'", True), ("'apps/{{name}}'", False), ("'{{.a}}/../{{.b}}'", False)],
)
def test_paths_of_applications(path: str, acts: bool) -> None:
    """A path with placeholders may lead to whatever fits it."""
    found = features({**BASE, "apps/shop.yaml": application("{commonAnnotations: {a: b}}", path)}, PLAIN_JOB)
    assert found == (["commonAnnotations"] if acts else [])


def test_application_sets_and_several_sources() -> None:
    """Sources are found in every template; a templatePatch with Kustomize options is only known when it runs."""
    sources = "spec:\n  template:\n    spec:\n      sources:\n      - {path: base, kustomize: {commonAnnotations: {a: b}}}\n"
    head = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\n"
    assert features({**BASE, "a.yaml": head + sources}, PLAIN_JOB) == ["commonAnnotations"]
    patch = "spec:\n  templatePatch: |\n    spec: {source: {kustomize: {images: ['{{.image}}']}}}\n"
    assert features({**BASE, "a.yaml": head + patch}, PLAIN_JOB) == ["kustomization"]


def test_parameters_beside_the_kustomization() -> None:
    """`.argocd-source` files hold options for their own directory."""
    assert features({**BASE, "base/.argocd-source-shop.yaml": "kustomize: {images: ['example.com/etl:3']}\n"}, PLAIN_JOB) == ["images"]
    assert features({**BASE, "x/.argocd-source.yaml": "kustomize: {images: ['example.com/etl:3']}\n"}, PLAIN_JOB) == []


def test_an_application_that_does_not_parse() -> None:
    """A templated Application with Kustomize options may lead to any holder."""
    chart = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n{{ if .x }}\nspec:\n  path: {{ .path }}\n  kustomize: {}\n"
    assert features({**BASE, "apps/t.yaml": chart}, PLAIN_JOB) == ["kustomization"]
    assert features({"apps/t.yaml": chart}, PLAIN_JOB) == []


def flux(more: str, path: str = "./base") -> str:
    head = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: jobs}\nspec:\n"
    return f"{head}  path: {path}\n  {more}\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("patches: [{target: {kind: CronJob}, patch: '[]'}]", ["patches"]),
        ("patches: [{target: {kind: HelmRelease}, patch: '[]'}]", []),
        ("images: [{name: example.com/etl, newTag: '2'}]", ["images"]),
        ("commonMetadata: {labels: {a: b}}", []),
        ("targetNamespace: jobs", []),
        ("postBuild: {substitute: {A: b}}", []),
        ("components: [../missing]", ["components"]),
    ],
)
def test_a_flux_kustomization(more: str, expected: list[str]) -> None:
    """A Flux Kustomization acts by what it adds to the directory of its path, with or without a kustomization there."""
    assert features({**BASE, "clusters/jobs.yaml": flux(more)}, PLAIN_JOB) == expected
    assert features({"clusters/jobs.yaml": flux(more)}, PLAIN_JOB) == expected
    assert features({**BASE, "clusters/jobs.yaml": flux(more, "./other")}, PLAIN_JOB) == []


def test_flux_substitution() -> None:
    """`${NAME}` in the texts of the CronJob is filled in, unless it says that it must not be."""
    job = PLAIN_JOB.replace('"0 3 * * *"', "'${SCHEDULE}'")
    files = {**BASE, "clusters/jobs.yaml": flux("postBuild: {substituteFrom: [{kind: ConfigMap, name: x}]}")}
    assert features(files, job) == ["postBuild"]
    off = job.replace("labels: {app: reports}", "annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}")
    assert features(files, off) == []


def test_flux_collects_what_no_kustomization_lists() -> None:
    """Without a kustomization in its path, Flux reads manifests below it, and folders that have one."""
    patch = flux("patches: [{target: {kind: CronJob}, patch: '[]'}]", "./apps")
    assert features({"c.yaml": patch}, PLAIN_JOB, "apps/a/b/job.yaml") == ["patches"]
    assert features({"c.yaml": patch, "apps/a/kustomization.yaml": "resources: [x.yaml]\n"}, PLAIN_JOB, "apps/a/job.yaml") == []
    assert features({"c.yaml": patch, "apps/a/kustomization.yaml": LISTED}, PLAIN_JOB, "apps/a/job.yaml") == ["patches"]


def test_a_flux_object_under_the_name_of_a_kustomization() -> None:
    """It is not read as one."""
    files = {"base/kustomization.yaml": flux("patches: [{target: {kind: CronJob}, patch: '[]'}]", "./elsewhere")}
    assert features(files, PLAIN_JOB) == []
