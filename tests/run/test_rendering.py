"""P7: what a Kustomize root builds after converting is what the passes make of what it built before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from transformer.config.settings import Settings, parse
from transformer.model import CheckState, Plan
from transformer.repository.snapshot import FolderSnapshot
from transformer.run import kustomize_build
from transformer.run.pipeline import plan_run

HEAD = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target: {gke: {mode: autopilot, version: "1.33"}, argoWorkflows: {version: "3.6"}}
passes:
"""
DEFAULTS = "  - resources: {defaults: {requests: {cpu: 250m, memory: 512Mi}}}\n"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: registry.example/web:1
"""
BASE = {"base/web.yaml": WEB, "base/kustomization.yaml": "resources: [web.yaml]\n"}
# A second container that only the overlay has: what the base needs is not what the root needs.
SIDECAR = """\
resources: [../base]
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec: {template: {spec: {containers: [{name: proxy, image: "registry.example/proxy:1"}]}}}
"""


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No cache of another test, and no memory of which program was found."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kustomize_build.builder.cache_clear()
    yield
    kustomize_build.builder.cache_clear()


real = pytest.mark.skipif(kustomize_build.builder() is None, reason="P7 not checked: no kustomize and no kubectl on PATH")


def _plan(folder: Path, files: dict[str, str], passes: str = DEFAULTS) -> Plan:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    settings: Settings = parse(HEAD + passes, "transformer.yaml")
    return plan_run(settings, FolderSnapshot(folder))


def _p7(plan: Plan) -> list[tuple[CheckState, str]]:
    return [(c.state, c.detail) for c in plan.checks if "Kustomize" in c.what]


@real
def test_roots_that_commute(tmp_path: Path) -> None:
    """A base and an overlay with a prefix, a namespace and labels; a rule that names the base's object holds."""
    overlay = "resources: [../base]\nnamePrefix: p-\nnamespace: shop\nlabels: [{pairs: {tier: front}}]\n"
    rule = "  - resources: {rules: [{match: {name: web, path: base/**}, requests: {cpu: 250m, memory: 512Mi}}]}\n"
    plan = _plan(tmp_path / "r", {**BASE, "prod/kustomization.yaml": overlay}, rule)
    assert sorted(plan.new) == ["base/web.yaml"]
    assert _p7(plan) == [(CheckState.HELD, "2 roots, the same before and after")]


@real
def test_a_root_that_would_be_another_one(tmp_path: Path) -> None:
    """The resource is refused with the root and the place; nothing is written for it."""
    plan = _plan(tmp_path / "r", {**BASE, "prod/kustomization.yaml": SIDECAR})
    (finding,) = [f for f in plan.findings if f.code == "GRP001"]
    assert finding.file == "base/web.yaml" and finding.blocks and "root prod" in finding.message
    assert not plan.new and not plan.bugs


@real
def test_an_object_of_the_same_name_hides_nothing(tmp_path: Path) -> None:
    """A Service that stays as it is says nothing about the Deployment."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
    base = {**BASE, "base/service.yaml": service, "base/kustomization.yaml": "resources: [web.yaml, service.yaml]\n"}
    plan = _plan(tmp_path / "r", {**base, "prod/kustomization.yaml": SIDECAR})
    assert [f.file for f in plan.findings if f.code == "GRP001"] == ["base/web.yaml"]
    assert not plan.new and not plan.bugs


@real
def test_a_patch_is_not_taken_for_the_object(tmp_path: Path) -> None:
    """It has the kind and the name of what it patches, and it is left alone; the object is converted."""
    containers = "spec: {template: {spec: {containers: [{name: web, image: web}]}}}\n"
    patch = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n{containers}"
    prod = {"prod/kustomization.yaml": "resources: [../base]\npatches: [{path: web.yaml}]\n", "prod/web.yaml": patch}
    plan = _plan(tmp_path / "r", {**BASE, **prod})
    assert sorted(plan.new) == ["base/web.yaml"]
    assert _p7(plan) == [(CheckState.HELD, "2 roots, the same before and after")]


@real
def test_a_root_that_cannot_be_built_anyway(tmp_path: Path) -> None:
    """It is named as not checked; the base is converted."""
    plan = _plan(tmp_path / "r", {**BASE, "prod/kustomization.yaml": "resources: [../base, ../missing.yaml]\n"})
    assert sorted(plan.new) == ["base/web.yaml"]
    states = dict(_p7(plan))
    assert states[CheckState.HELD].startswith("1 root") and "prod cannot be built here" in states[CheckState.NOT_CHECKED]


@real
def test_what_was_built_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run starts no program; a cache that is broken is built again."""
    _plan(tmp_path / "r", BASE)
    kustomize_build.builder()
    started: list[object] = []
    monkeypatch.setattr(kustomize_build, "run", lambda *a: started.append(a))
    assert _p7(_plan(tmp_path / "r", BASE))[0][0] is CheckState.HELD and not started
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for held in (tmp_path / "cache").rglob("*"):
        if held.is_file():
            held.write_bytes(b"junk")
    assert _p7(_plan(tmp_path / "r", BASE))[0][0] is CheckState.HELD


def _program(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, version: str = "v5.7.1") -> None:
    """A kustomize of our own, alone on PATH."""
    folder.mkdir()
    script = folder / "kustomize"
    script.write_text(f'#!/bin/sh\n[ "$1" = version ] && {{ echo {version}; exit 0; }}\n{text}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    plan = _plan(tmp_path / "r", BASE)
    assert _p7(plan) == [(CheckState.NOT_CHECKED, "no kustomize on PATH; 1 roots are reached")] and plan.new


def test_a_program_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "bin", monkeypatch, "exit 1", "v4.5.7")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert _p7(_plan(tmp_path / "r", BASE))[0][0] is CheckState.NOT_CHECKED


@pytest.mark.parametrize("text", ["sleep 60", "kill -9 $$", "echo broken >&2; exit 1"])
def test_a_program_that_does_not_answer(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hanging, killed, failing: not checked, with what it said."""
    _program(tmp_path / "bin", monkeypatch, text)
    passes = DEFAULTS + "limits: {programSeconds: 1}\n"
    plan = _plan(tmp_path / "r", BASE, passes)
    assert _p7(plan)[0][0] is CheckState.NOT_CHECKED and plan.new and not plan.bugs


def test_warnings_are_not_read_as_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "bin", monkeypatch, 'echo "# Warning: old field" >&2; /bin/cat "$2/web.yaml"')
    assert _p7(_plan(tmp_path / "r", BASE)) == [(CheckState.HELD, "1 roots, the same before and after")]
