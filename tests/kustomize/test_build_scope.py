"""How far a file travels: overlays, components, keys in any case, cycles, escapes, and what does not parse."""

from __future__ import annotations

import pytest

from tests.kustomize.trees import LISTED, PLAIN_JOB, base, effects, features, repository

ACTS = "commonAnnotations: {a: b}\n"


def test_no_kustomization_no_action() -> None:
    """A file that nobody lists is its own, whatever kustomizations lie about."""
    assert features({}) == []
    assert features({"base/kustomization.yaml": "resources: [other.yaml]\n" + ACTS}) == []


def test_every_overlay_counts() -> None:
    """All roots that hold the file are looked at, also through overlays of overlays, and each feature is told."""
    files = {
        "base/kustomization.yaml": LISTED,
        "mid/kustomization.yml": "bases: [../base/]\n",
        "prod/Kustomization": "resources: [./../mid]\n" + ACTS,
        "dev/kustomization.yaml": ACTS + "resources:\n- ../base\n",
        "else/kustomization.yaml": ACTS,
    }
    assert [(a.file, a.line) for a in effects(files)] == [("dev/kustomization.yaml", 1), ("prod/Kustomization", 2)]


def test_a_file_listed_directly_by_an_overlay() -> None:
    """An overlay may name the file itself, past its base."""
    files = {"base/kustomization.yaml": LISTED, "prod/kustomization.yaml": "resources: [../base/job.yaml]\n" + ACTS}
    assert features(files) == ["commonAnnotations"]


@pytest.mark.parametrize(
    "text", ["Resources: [job.yaml]\ncommonannotations: {a: b}\n", "RESOURCES: [job.yaml]\nCOMMONANNOTATIONS: {a: b}\n"]
)
def test_keys_in_any_case(text: str) -> None:
    """Kustomize matches keys without regard to case, at every depth."""
    (found,) = effects({"base/kustomization.yaml": text})
    assert (found.feature, found.line) == ("commonAnnotations", 2)
    assert base("ConfigmapGenerator: [{Name: settings, Options: {disablenamesuffixhash: true}}]") == []


def test_components_run_on_what_their_parent_gathered() -> None:
    """A component's patch acts on the parent's resources, its own prefix on the parent's objects."""
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    files = {"base/kustomization.yaml": LISTED, "prod/kustomization.yaml": "resources: [../base]\ncomponents: [../part]\n"}
    assert features({**files, "part/kustomization.yaml": component + ACTS}) == ["commonAnnotations"]
    assert features({**files, "part/kustomization.yaml": component + "patches: [{path: p.yaml, target: {kind: Service}}]\n"}) == []
    prefixed = "resources: [../base, cm.yaml]\ncomponents: [../part]\n"
    cm = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
    more = {"prod/kustomization.yaml": prefixed, "prod/cm.yaml": cm, "part/kustomization.yaml": component + "namePrefix: a-\n"}
    assert features({**files, **more}) == ["namePrefix"]


def test_components_of_components() -> None:
    """A component that a component names runs on the same objects; children under its `resources` do not."""
    component = "kind: Component\n"
    files = {
        "base/kustomization.yaml": LISTED,
        "prod/kustomization.yaml": "resources: [../base]\ncomponents: [../one]\n",
        "one/kustomization.yaml": component + "components: [../two]\nresources: [../own]\n",
        "own/kustomization.yaml": ACTS,
    }
    assert features({**files, "two/kustomization.yaml": component}) == []
    assert features({**files, "two/kustomization.yaml": component + ACTS}) == ["commonAnnotations"]


def test_a_component_that_cannot_be_seen_may_do_anything() -> None:
    """Missing and remote components act, even on a CronJob that refers to nothing."""
    assert base("components: [../missing]", PLAIN_JOB) == ["components"]
    assert base("components: ['https://example.com/o/r//x']", PLAIN_JOB) == ["components"]


def test_the_resources_of_a_component() -> None:
    """A CronJob that a component brings is changed by those that use the component."""
    files = {"base/kustomization.yaml": "kind: Component\n" + LISTED, "prod/kustomization.yaml": "components: [../base]\n" + ACTS}
    assert features(files) == ["commonAnnotations"]


def test_a_childs_features_do_not_reach_its_sibling() -> None:
    """What a kustomization does to its own objects is done before they meet the CronJob."""
    files = {
        "base/kustomization.yaml": LISTED,
        "other/kustomization.yaml": ACTS + "commonLabels: {a: b}\npatches: [{target: {kind: CronJob}, path: p.yaml}]\n",
        "top/kustomization.yaml": "resources: [../base, ../other]\n",
    }
    assert features(files) == []


def test_cycles_end() -> None:
    """Kustomizations that list each other, or themselves, are read once."""
    files = {
        "base/kustomization.yaml": "resources: [job.yaml, ../top, ., ../base]\nnamePrefix: a-\n",
        "top/kustomization.yaml": "resources: [../base]\ncomponents: [../top]\n" + ACTS,
    }
    assert "commonAnnotations" in features(files)


def test_a_long_chain_ends() -> None:
    """Depth is no recursion: three thousand overlays on top of each other are looked at, and so is a chain of transformers."""
    files = {f"o{n}/kustomization.yaml": f"resources: [../o{n - 1}]\n" for n in range(1, 3000)}
    assert features(
        {**files, "o0/kustomization.yaml": "resources: [../base/job.yaml]\n", "o3000/kustomization.yaml": "bases: [../o2999]\n" + ACTS}
    ) == ["commonAnnotations"]
    chain = {f"t{n}/kustomization.yaml": f"resources: [../t{n + 1}]\n" for n in range(3000)}
    assert features({**chain, "base/kustomization.yaml": LISTED + "transformers: [../t0]\n"}, PLAIN_JOB) == ["transformers"]


@pytest.mark.parametrize("entry", ["../../../etc", "/etc", "", "a\\0b", "null", "[x]", "7", "{a: b}"])
def test_entries_that_lead_nowhere(entry: str) -> None:
    """Paths out of the repository, absolute paths and odd values are safe; a CronJob without references is untouched."""
    assert base(f'bases: ["{entry}"]' if entry[:1] not in "[{7n" else f"bases: [{entry}]", PLAIN_JOB) == []


@pytest.mark.parametrize("text", ["5", "- a\n", "text", "resources: 5\npatches: x\nimages: {a: b}\nlabels: [1]\nvars: [[]]\n", ""])
def test_odd_kustomizations_elsewhere(text: str) -> None:
    """A kustomization of any shape does no harm to the reading of others."""
    assert features({"base/kustomization.yaml": LISTED, "x/kustomization.yaml": text}) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("base/kustomization.yaml", "resources: [job.yaml\npatches: {{ .x }}\n"),
        ("base/kustomization.yaml", "- resources: [job.yaml]\n"),
        ("prod/kustomization.yaml", "resources:\n- ../base/job.yaml\n\t- tab\n"),
    ],
)
def test_an_unparsable_kustomization_that_may_list_the_file(file: str, text: str) -> None:
    """One that names the file, and cannot be read, acts with its problem."""
    found = effects({file: text})[-1]
    assert (found.file, found.feature) == (file, "kustomization")


def test_an_unparsable_overlay() -> None:
    """One that names the directory of a holder acts too, and so do its own parents; one that does not name it does not."""
    files = {"base/kustomization.yaml": LISTED, "top/kustomization.yaml": "resources: [../prod]\n" + ACTS}
    broken = "resources: [../base\nx: {\n"
    assert features({**files, "prod/kustomization.yaml": broken}) == ["commonAnnotations", "kustomization"]
    assert features({**files, "prod/kustomization.yaml": broken.replace("base", "elsewhere")}) == []


def test_an_unparsable_sibling_may_rename() -> None:
    """A kustomization in the same build that cannot be read may hold what the CronJob refers to."""
    files = {
        "base/kustomization.yaml": LISTED,
        "top/kustomization.yaml": "resources: [../base, ../other]\n",
        "other/kustomization.yaml": "a: [\n",
    }
    assert features(files) == ["kustomization"]
    assert features(files, PLAIN_JOB) == []


def test_windows_line_ends_and_anchors() -> None:
    """Line ends, anchors and merge keys are read as YAML has them."""
    text = "x: &t {kind: CronJob}\nresources: [job.yaml]\npatches:\n- path: p.yaml\n  target:\n    <<: *t\n    name: nightly\n"
    (found,) = effects({"base/kustomization.yaml": text.replace("\n", "\r\n")}, PLAIN_JOB)
    assert (found.feature, found.line) == ("patches", 4)


def test_other_kinds_of_resources() -> None:
    """Another kind is asked for as what it is, and does not become a CronWorkflow."""
    graph = repository(
        {"a/kustomization.yaml": "resources: [d.yaml]\npatches: [{path: p.yaml, target: {kind: CronWorkflow}}]\n", "a/d.yaml": ""}
    )
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {}}
    assert graph.effects("a/d.yaml", deployment) == ()
    assert graph.effects("a/d.yaml", {}) == ()
