"""Roles of files, and what generators read."""

from __future__ import annotations

from tests.kustomize.trees import repository
from transformer.kustomize.records import GeneratorInput


def test_roles_follow_the_key_that_refers() -> None:
    """A file is an object under `resources` and `bases`, a patch or settings under the others, or both, or neither."""
    graph = repository(
        {
            "a/kustomization.yaml": """\
                resources: [one.yaml, both.yaml]
                bases: [two.yaml]
                patches: [{path: p.yaml}, {path: both.yaml}]
                patchesStrategicMerge:
                - sm.yaml
                patchesJson6902: [{target: {kind: X, name: y}, path: ops.json}]
                configurations: [c.yaml]
                transformers: [t.yaml]
                generators: [g.yaml]
                replacements: [{path: r.yaml}]
                configMapGenerator: [{name: x, files: [data.yaml]}]
                """,
            **{
                f"a/{n}": ""
                for n in ("one.yaml", "both.yaml", "two.yaml", "p.yaml", "sm.yaml", "ops.json", "c.yaml", "t.yaml", "g.yaml", "r.yaml")
            },
            "a/data.yaml": "",
            "a/alone.yaml": "",
        }
    )
    assert [graph.role(f"a/{n}.yaml") for n in ("one", "two", "both", "alone", "data")] == ["resource", "resource", "both", None, None]
    assert {graph.role(f"a/{n}") for n in ("p.yaml", "sm.yaml", "ops.json", "c.yaml", "t.yaml", "g.yaml", "r.yaml")} == {"patch"}
    assert graph.patch_refs("a/sm.yaml") == (("a/kustomization.yaml", 5),)
    assert graph.patch_refs("a/one.yaml") == ()


def test_a_file_is_resource_here_and_patch_there() -> None:
    """Roles are of files, not of directories."""
    graph = repository(
        {"a/kustomization.yaml": "resources: [x.yaml]\n", "b/kustomization.yaml": "patches: [{path: ../a/x.yaml}]\n", "a/x.yaml": ""}
    )
    assert graph.role("a/x.yaml") == "both"
    assert graph.patch_refs("a/x.yaml") == (("b/kustomization.yaml", 1),)


def test_inputs_of_generators() -> None:
    """Env files and files of generators, each with the line that names it and its key, read or not; those of Secrets are not."""
    graph = repository(
        {
            "a/kustomization.yaml": """\
                configMapGenerator:
                - name: one
                  envs:
                  - params.env
                - name: two
                  env: ../old.env
                - name: three
                  files:
                  - config=data/key
                  - missing.txt
                secretGenerator:
                - name: four
                  envs: [secret.properties]
                """,
            "a/params.env": "A=1",
            "old.env": "B=2",
            "a/data/key": "x",
        }
    )
    assert graph.generator_inputs() == {
        "a/params.env": GeneratorInput("a/kustomization.yaml", 4),
        "old.env": GeneratorInput("a/kustomization.yaml", 6),
        "a/data/key": GeneratorInput("a/kustomization.yaml", 9, "config"),
        "a/missing.txt": GeneratorInput("a/kustomization.yaml", 10),
    }


def test_literals() -> None:
    """Each literal with its place, in the spelling of the file."""
    graph = repository(
        {"a/kustomization.yaml": "configmapgenerator:\n- name: x\n  Literals:\n  - A=1\n  - containerRuntimeExecutor=docker\n"}
    )
    second = graph.literals()[1]
    assert (second.file, second.document, second.path, second.line) == (
        "a/kustomization.yaml",
        0,
        ("configmapgenerator", 0, "Literals", 1),
        5,
    )
    assert second.value == "containerRuntimeExecutor=docker"


def test_asking_what_acts_changes_no_other_answer() -> None:
    """Controllers' objects are looked at for that question only."""
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: f}\nspec: {path: ./a}\n"
    graph = repository({"a/kustomization.yaml": "resources: [x.yaml]\n", "a/x.yaml": "", "f.yaml": flux})
    before = (graph.kustomizations, graph.builds("a/x.yaml"))
    graph.effects("a/x.yaml", {"kind": "CronJob", "apiVersion": "batch/v1", "metadata": {"name": "x"}})
    assert (graph.kustomizations, graph.builds("a/x.yaml")) == before
