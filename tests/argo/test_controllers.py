"""What a repository says about Argo itself: configurations found, versions pinned, and which pin counts for which file."""

from __future__ import annotations

import pytest

from transformer.argo.controllers import controllers, deployed, versions_for
from transformer.repository.index import Index

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata:\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: workflow-controller}
spec:
  template:
    spec:
      containers:
      - name: workflow-controller
        image: IMAGE
        args: [--configmap, NAME]
"""


def index(files: dict[str, str]) -> Index:
    return Index({path: text.encode() for path, text in files.items()})


def config(name: str = "workflow-controller-configmap") -> str:
    return CONFIG.replace("NAME", name) + "  containerRuntimeExecutor: pns\n"


def controller(image: str, name: str = "workflow-controller-configmap") -> str:
    return DEPLOYMENT.replace("IMAGE", image).replace("NAME", name)


def kustomization(*lines: str) -> str:
    return "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n" + "".join(line + "\n" for line in lines)


def pins(files: dict[str, str], file: str) -> list[str]:
    return [str(d.version) for d in versions_for(index(files), file)]


# --- configurations


def test_both_forms_are_read_as_one_configuration() -> None:
    """Single keys and the text under `config` give the same."""
    body = "executor: |\n    resources: {requests: {cpu: 1m}}\n  images: |\n    busybox: {entrypoint: [sh]}\n"
    flat = controllers(index({"a.yaml": CONFIG.replace("NAME", "workflow-controller-configmap") + "  " + body}))[0]
    nested_body = "  config: |\n    executor:\n      resources: {requests: {cpu: 1m}}\n    images:\n      busybox: {entrypoint: [sh]}\n"
    nested = controllers(index({"a.yaml": CONFIG.replace("NAME", "workflow-controller-configmap") + nested_body}))[0]
    assert (flat.form, nested.form) == ("flat", "config")
    assert flat.executor == nested.executor == {"resources": {"requests": {"cpu": "1m"}}}
    assert flat.images == nested.images == {"busybox": {"entrypoint": ["sh"]}}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a.yaml": config("my-argo")}, 0),
        ({"a.yaml": config("my-argo"), "b.yaml": controller("argoproj/workflow-controller:v3.3.1", "my-argo")}, 1),
        ({"a.yaml": config("prod-workflow-controller-configmap")}, 1),
        ({"a.yaml": config("workflow-controller-parameters")}, 0),
        ({"a.yaml": config().replace("kind: ConfigMap", "kind: Secret")}, 0),
    ],
    ids=["unknown name", "named by --configmap", "prefixed", "a variable's source", "no ConfigMap"],
)
def test_which_config_maps_are_a_controllers(files: dict[str, str], found: int) -> None:
    """By the usual name, by the controller's own argument, or by a telling name and content."""
    assert len(controllers(index(files))) == found


def test_a_text_that_does_not_parse_is_told() -> None:
    """The rest is still read."""
    text = CONFIG.replace("NAME", "workflow-controller-configmap") + '  executor: "a: [b"\n  parallelism: "3"\n'
    found = controllers(index({"a.yaml": text}))[0]
    assert "executor" in found.unreadable
    assert found.config["parallelism"] == 3


# --- pins


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("argoproj/workflow-controller:v2.3.0", "2.3.0"),
        ("quay.io/argoproj/workflow-controller:v3.3.10", "3.3.10"),
        ("registry.example/ml/workflow-controller:v3.3.10-license-compliance", "3.3.10"),
        ("registry.example:5000/workflow-controller:3.4", "3.4"),
        ("quay.io/argoproj/workflow-controller:latest", None),
        ("quay.io/argoproj/workflow-controller", None),
        ("quay.io/argoproj/workflow-controller@sha256:abc", None),
        ("quay.io/argoproj/workflow-controller:v3.5.1@sha256:abc", "3.5.1"),
    ],
)
def test_version_of_an_image(image: str, version: str | None) -> None:
    """A tag that is a version; a branch, a digest or no tag is none."""
    found = deployed(index({"a.yaml": controller(image)}))
    assert [d.version and str(d.version) for d in found] == [version]


@pytest.mark.parametrize(
    ("entry", "version"),
    [
        ("github.com/argoproj/argo-workflows//manifests/cluster-install?ref=v3.4.3", "3.4.3"),
        ("https://github.com/argoproj/argo-workflows/releases/download/v3.3.9/install.yaml", "3.3.9"),
        ("https://raw.githubusercontent.com/argoproj/argo-workflows/v3.5.2/manifests/install.yaml", "3.5.2"),
        ("github.com/argoproj/argo//manifests/base?ref=release-2.12", "2.12"),
        ("github.com/argoproj/argo-workflows//manifests/base?ref=main", None),
    ],
)
def test_version_of_a_remote_reference(entry: str, version: str | None) -> None:
    """Kustomize remotes, release assets and raw files of Argo's own repository."""
    found = deployed(index({"kustomization.yaml": kustomization("resources:", f"- {entry}")}))
    assert [d.version and str(d.version) for d in found] == [version]


def test_other_projects_of_argo_are_no_pin() -> None:
    """argo-cd and argo-events are something else."""
    text = kustomization(
        "resources:", "- github.com/argoproj/argo-cd//manifests?ref=v2.9.0", "- github.com/argoproj/argo-events//m?ref=v1.7.0"
    )
    assert deployed(index({"kustomization.yaml": text})) == ()


@pytest.mark.parametrize(
    ("file", "text", "version", "exact"),
    [
        ("Chart.yaml", "apiVersion: v2\nname: x\ndependencies:\n- {name: argo-workflows, version: 0.16.x, repository: r}\n", "3.1", False),
        ("Chart.yaml", "apiVersion: v2\nname: x\ndependencies:\n- {name: argo-workflows, version: ^0.20.1, repository: r}\n", "3.4", False),
        (
            "app.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n"
            "  source: {chart: argo-workflows, targetRevision: 0.18.0}\n",
            "3.4",
            True,
        ),
        (
            "app.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
            "spec:\n  source: {repoURL: 'https://github.com/argoproj/argo-workflows.git', path: manifests, targetRevision: v3.2.1}\n",
            "3.2.1",
            True,
        ),
        (
            "rel.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n"
            "spec:\n  chart: {spec: {chart: argo-workflows, version: 1.0.18}}\n",
            "4.0",
            False,
        ),
        ("kustomization.yaml", kustomization("helmCharts:", "- {name: argo-workflows, version: 0.22.1}"), "3.4", False),
    ],
)
def test_version_of_a_chart(file: str, text: str, version: str, exact: bool) -> None:
    """What the facts tell of a chart's version: at least its generation."""
    found = deployed(index({file: text}))
    assert [(str(d.version), d.exact) for d in found] == [(version, exact)]


# --- which pin counts


def test_kustomize_images_win_over_the_image_in_the_base() -> None:
    """What is built is what runs."""
    files = {
        "base/cm.yaml": config(),
        "base/deploy.yaml": controller("argoproj/workflow-controller:v3.2.0"),
        "base/kustomization.yaml": kustomization("resources: [cm.yaml, deploy.yaml]"),
        "prod/kustomization.yaml": kustomization(
            "resources: [../base]", "images:", "- {name: argoproj/workflow-controller, newTag: v3.4.1}"
        ),
    }
    assert pins(files, "base/cm.yaml") == ["3.4.1"]


def test_a_base_of_two_overlays_runs_under_both_versions() -> None:
    """Each outermost build counts."""
    image = "- {name: argoproj/workflow-controller, newTag: "
    files = {
        "base/cm.yaml": config(),
        "base/kustomization.yaml": kustomization("resources: [cm.yaml]"),
        "a/kustomization.yaml": kustomization("resources: [../base]", "images:", image + "v3.2.1}"),
        "b/kustomization.yaml": kustomization("resources: [../base]", "images:", image + "v3.5.0}"),
    }
    assert pins(files, "base/cm.yaml") == ["3.2.1", "3.5.0"]


def test_patches_and_generator_input_belong_to_the_build() -> None:
    """Not only what is listed under resources."""
    files = {
        "argo/kustomization.yaml": kustomization(
            "resources: ['https://github.com/argoproj/argo-workflows/releases/download/v3.3.9/install.yaml']",
            "patchesStrategicMerge: [patches/cm.yaml]",
            "configMapGenerator: [{name: x, envs: [params.env]}]",
        ),
        "argo/patches/cm.yaml": config(),
        "argo/params.env": "a=b\n",
        "other/deploy.yaml": controller("argoproj/workflow-controller:v3.0.1"),
    }
    assert pins(files, "argo/patches/cm.yaml") == pins(files, "argo/params.env") == ["3.3.9"]


def test_the_nearest_folder_decides_without_kustomize() -> None:
    """Two installs in two folders are judged apart; a file beside both belongs to neither of them."""
    files = {
        "old/cm.yaml": config(),
        "old/deploy.yaml": controller("argoproj/workflow-controller:v3.0.1"),
        "new/config/cm.yaml": config(),
        "new/app/deploy.yaml": controller("argoproj/workflow-controller:v3.6.2"),
        "third/cm.yaml": config(),
    }
    assert pins(files, "old/cm.yaml") == ["3.0.1"]
    assert pins(files, "new/config/cm.yaml") == ["3.6.2"]
    assert pins(files, "third/cm.yaml") == []


def test_an_install_without_a_version_ends_the_search() -> None:
    """`latest` is no reason to take a neighbour's version."""
    files = {
        "old/cm.yaml": config(),
        "old/deploy.yaml": controller("argoproj/workflow-controller:v3.0.1"),
        "new/cm.yaml": config(),
        "new/deploy.yaml": controller("argoproj/workflow-controller:latest"),
    }
    assert pins(files, "new/cm.yaml") == []


def test_a_chart_beside_its_values() -> None:
    """Values and Chart.yaml in one folder, or values below it."""
    chart = "apiVersion: v2\nname: x\ndependencies:\n- {name: argo-workflows, version: 0.20.0, repository: r}\n"
    files = {"x/Chart.yaml": chart, "x/values.yaml": "a: 1\n", "x/env/prod.yaml": "a: 1\n"}
    assert pins(files, "x/values.yaml") == pins(files, "x/env/prod.yaml") == ["3.4"]
