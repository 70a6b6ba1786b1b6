"""The command line, on real git repositories: what it leaves, what it refuses, and what bad input does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden import git, texts
from transformer.cli import main
from transformer.config import discovery
from transformer.passkit import Pass

CONFIG = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
passes:
  - resources: {defaults: {requests: {cpu: 250m, memory: 512Mi}}}
  - cronworkflow: {}
"""
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec:\n  containers:\n  - name: a\n    image: a:1\n"
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    place.mkdir()
    (place / "transformer.yaml").write_text(CONFIG)
    (place / "pod.yaml").write_text(POD % "good")
    return place


@pytest.fixture
def run(repo: Path, tmp_path: Path) -> Run:
    def call(*argv: str, commit: bool = True, command: str = "convert") -> tuple[int, dict[str, Any]]:
        if commit:
            if not (repo / ".git").exists():
                git(repo, "init", "-q", "-b", "main")
            git(repo, "add", "-A")
            git(repo, "commit", "-q", "--allow-empty", "-m", "found")
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        code = main([command, str(repo), "--report", str(report), "--quiet", *argv])
        return code, json.loads(report.read_text()) if report.exists() else {}

    return call


def codes(report: dict[str, Any]) -> set[str]:
    return {f["code"] for f in report["findings"]}


def test_a_branch_and_nothing_else(repo: Path, run: Run) -> None:
    """Working tree, index and HEAD stay; the branch holds one commit per pass, and a second run leaves it where it is."""
    code, report = run()
    before = texts(repo), git(repo, "rev-parse", "HEAD"), git(repo, "status", "--porcelain")
    tip = git(repo, "rev-parse", "transformer/autopilot")
    assert code == 0
    assert run(commit=False)[0] == 0
    assert (texts(repo), git(repo, "rev-parse", "HEAD"), git(repo, "status", "--porcelain")) == before
    assert git(repo, "rev-parse", "transformer/autopilot") == tip
    message = git(repo, "log", "-1", "--format=%B", tip.strip())
    assert f"Transformer-Plan: {report['digest']}" in message
    assert "Transformer-Pass: resources" in message
    assert git(repo, "rev-list", "--count", f"main..{tip.strip()}").strip() == "1"


def test_a_foreign_commit_is_never_overwritten(repo: Path, run: Run) -> None:
    """Exit 4, and the branch stays where somebody put it."""
    run()
    git(repo, "checkout", "-q", "transformer/autopilot")
    (repo / "mine.txt").write_text("mine")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "by hand")
    tip = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "main")
    (repo / "pod2.yaml").write_text(POD % "second")
    assert run()[0] == 4
    assert git(repo, "rev-parse", "transformer/autopilot") == tip


def test_check_and_baseline(repo: Path, run: Run) -> None:
    """Exit 1 while work is left, 0 when it is done."""
    assert run(command="check")[0] == 1
    assert run("--in-place", commit=False)[0] == 0
    assert run(command="check", commit=True)[0] == 0


def test_in_place_needs_clean_files_only_where_it_writes(repo: Path, run: Run) -> None:
    """A dirty file that is not written does not matter; one that would be written is not overwritten."""
    (repo / "note.txt").write_text("a")
    run("--dry-run")
    (repo / "note.txt").write_text("b")
    (repo / "pod.yaml").write_text(POD % "dirty")
    assert run("--in-place", commit=False)[0] in (2, 4)
    assert (repo / "pod.yaml").read_text() == POD % "dirty"


BAD: dict[str, bytes] = {
    "tabs": b"kind: Pod\n\timage: x\n",
    "undefined alias": b"kind: Pod\nimage: *nothing\n",
    "alias bomb": b"kind: Pod\nimage: x\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9)),
    "deep flow": b"kind: Pod\nimage: " + b"[" * 5000 + b"]" * 5000 + b"\n",
    "deep block": b"kind: Pod\nimage:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 2000)),
    "binary": b"image\x00\xff\xfe kind: Pod",
    "not UTF-8": "kind: Pod\nimage: caf\xe9\n".encode("latin-1"),
    "many documents": b"---\nkind: Pod\nimage: x\n" * 10_000,
    "large": b"# image\n" * 1_500_000,
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_bad_input_is_a_finding_and_the_rest_is_done(repo: Path, run: Run, content: bytes) -> None:
    """A file that cannot be read is named, stays as it is, and stops nothing."""
    (repo / "bad.yaml").write_bytes(content)
    code, report = run("--in-place")
    assert code == 0
    assert {f["file"] for f in report["findings"]} == {"bad.yaml"}
    assert codes(report) <= {"YAML001", "YAML003", "SRC001"}
    assert (repo / "bad.yaml").read_bytes() == content
    assert "cpu: 250m" in (repo / "pod.yaml").read_text()


def test_duplicate_keys_are_blocked(repo: Path, run: Run) -> None:
    """What means one thing to one parser and another to the next is not edited."""
    (repo / "twice.yaml").write_text((POD % "twice") + "    image: b:2\n")
    code, report = run()
    assert code == 1
    assert "YAML002" in codes(report)


def test_odd_paths_and_links(repo: Path, run: Run, tmp_path: Path) -> None:
    """Blanks, line breaks, leading dashes and other scripts are just names; links are not followed."""
    outside = tmp_path / "outside.yaml"
    outside.write_text(POD % "outside")
    (repo / "link.yaml").symlink_to(outside)
    for name in ("with blank.yaml", "-dash.yaml", "line\nbreak.yaml", "名前.yaml"):
        (repo / name).write_text(POD % "odd")
    code, report = run("--in-place")
    assert code == 0
    assert {c["file"] for c in report["changes"]} == {"pod.yaml", "with blank.yaml", "-dash.yaml", "line\nbreak.yaml", "名前.yaml"}
    assert outside.read_text() == POD % "outside"


def test_a_pass_that_raises_stops_only_its_resource(repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3 at the end; the resource is Blocked, the others are published."""
    real = discovery.load("resources")

    def failing(resource: Any, params: Any, context: Any) -> Iterator[Any]:
        if resource.id.name == "bad":
            raise RuntimeError("boom")
        yield from real.run(resource, params, context)

    fields = {name: getattr(real, name) for name in Pass.__slots__}
    broken = Pass(**{**fields, "run": failing})
    monkeypatch.setattr(discovery, "load", lambda name: broken if name == "resources" else _load(name))
    (repo / "bad.yaml").write_text(POD % "bad")
    code, report = run()
    assert code == 3
    assert {o["file"] for o in report["outcomes"] if o["outcome"] == "Blocked"} == {"bad.yaml"}
    assert "cpu: 250m" in git(repo, "show", "transformer/autopilot:pod.yaml")


_load = discovery.load


@pytest.mark.parametrize(
    ("argv", "place"), [(["--ref", "nowhere"], "."), ([], "missing"), (["--only", "nothing"], "."), (["--set", "resources.nope=1"], ".")]
)
def test_mistakes_of_the_user(repo: Path, run: Run, capsys: pytest.CaptureFixture[str], argv: list[str], place: str) -> None:
    """Exit 2, a sentence, no traceback."""
    run("--dry-run")
    capsys.readouterr()
    assert main(["convert", str(repo / place), *argv]) == 2
    told = capsys.readouterr().err
    assert told.startswith("transformer: ")
    assert "Traceback" not in told


def test_no_repository_and_an_empty_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are told apart, exit 2."""
    assert main(["convert", str(tmp_path)]) == 2
    git(tmp_path, "init", "-q")
    assert main(["convert", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_a_generator_names_is_read(repo: Path, run: Run) -> None:
    """NAME=value files and a `config` file, whatever they are called: like `argo.env`. Not those of Secrets, nor what is
    excluded or outside --path."""
    (repo / "transformer.yaml").write_text(CONFIG.split("passes:")[0] + "exclude: [vendor/**]\npasses:\n  - executor: {}\n")
    lines = "# ours\ncontainerRuntimeExecutor=pns\nparallelism=3\n"
    for folder in ("argo", "vendor", "other"):
        (repo / folder).mkdir()
        (repo / folder / "Kustomization").write_text(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nconfigMapGenerator:\n"
            "- name: workflow-controller-configmap\n  envs: [argo.properties, lines.yaml.txt]\n"
            "- {name: workflow-controller-configmap, behavior: merge, files: [config=controller.conf, logo.png]}\n"
            "secretGenerator:\n- {name: key, envs: [secret.properties]}\n"
        )
        for name in ("argo.properties", "lines.yaml.txt", "secret.properties", "unnamed.properties"):
            (repo / folder / name).write_text(lines)
        (repo / folder / "controller.conf").write_text("containerRuntimeExecutor: pns\nparallelism: 3\n")
        (repo / folder / "logo.png").write_bytes(b"\x89PNG\x00\xff")
    _, report = run("--path", "argo/**", "--in-place", "--force")
    assert sorted({c["file"] for c in report["changes"]}) == ["argo/argo.properties", "argo/controller.conf", "argo/lines.yaml.txt"]
    assert (repo / "argo/argo.properties").read_text() == "# ours\nparallelism=3\n"
    assert (repo / "argo/controller.conf").read_text() == "parallelism: 3\n"
    assert (repo / "argo/secret.properties").read_text() == (repo / "argo/unnamed.properties").read_text() == lines
    assert {f["file"] for f in report["findings"]} <= {"argo/argo.properties", "argo/controller.conf", "argo/lines.yaml.txt"}
    _, report = run("--in-place", "--force")
    assert sorted({c["file"].partition("/")[0] for c in report["changes"]}) == ["other"]
