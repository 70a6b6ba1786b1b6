"""Kustomizations with mistakes: each is told of, no root is converted by halves, and nothing of the user's is touched."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent

import pytest

from tests.layers.building import Files, renderer, write
from tests.layers.judge import HEAD, PASSES, Ran, Verdict, converted, judge
from transformer import executables
from transformer.config.settings import parse
from transformer.model import CheckState, Plan
from transformer.repository.snapshot import FolderSnapshot
from transformer.run import kustomize_build
from transformer.run.pipeline import plan_run
from transformer.run.programs import Answer

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, labels: {app: reports}}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: registry.example/etl:1
            command: [etl]
"""
BASE = {"base/kustomization.yaml": "resources: [job.yaml]\n", "base/job.yaml": JOB}
PATCH = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {suspend: true}\n"
RESTARTS = PATCH.replace("{suspend: true}", "{jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure}}}}}")
MORE = PATCH.replace("{suspend: true}", "{jobTemplate: {spec: {template: {spec: {containers: [{name: b, image: b, command: [b]}]}}}}}")
GOOD = "resources: [../base]\nimages:\n- {name: registry.example/etl, newTag: '2'}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [job.yaml]\n"


def over(more: str) -> str:
    return f"resources: [../base]\n{more}"


def inline(patch: str, target: str = "") -> str:
    return over(f"patches:\n- {f'target: {target}' if target else '{}'}\n  patch: |-\n{indent(patch, '    ')}".replace("- {}\n ", "-"))


@dataclass(frozen=True)
class Bad:
    """`says`: what must be told, as a regular expression; `right`: which verdicts are; `links`: symbolic links in the repository."""

    files: dict[str, str]
    says: str = ""
    right: tuple[str, ...] = ("refused", "untouched", "converted")
    links: dict[str, str] = field(default_factory=dict)


_PROD = r"prod/kustomization\.yaml(:\d+)?"
CASES: dict[str, Bad] = {
    "a cycle": Bad({**BASE, "base/kustomization.yaml": "resources: [job.yaml, ../prod]\n", "prod/kustomization.yaml": GOOD}, "base|prod"),
    "a missing resource": Bad({**BASE, "prod/kustomization.yaml": GOOD.replace("[../base]", "[../base, none.yaml]")}, "prod.*none.yaml"),
    "a missing patch": Bad({**BASE, "prod/kustomization.yaml": over("patches: [{path: none.yaml}]\n")}, "none.yaml"),
    "a missing base": Bad({"prod/kustomization.yaml": inline(PATCH)}, r"prod/kustomization\.yaml:\d+.*base"),
    "a remote base beside ours": Bad(
        {**BASE, "prod/kustomization.yaml": inline(PATCH).replace("[../base]", "[../base, 'https://git.example/x//y?ref=1']")},
        r"git\.example",
    ),
    "a patch outside the root": Bad(
        {**BASE, "prod/kustomization.yaml": over("patches: [{path: ../shared/p.yaml}]\n"), "shared/p.yaml": PATCH}
    ),
    "an absolute path": Bad({**BASE, "prod/kustomization.yaml": over("patches: [{path: /etc/hostname}]\n")}, "/etc/hostname"),
    "a path out of the repository": Bad(
        {**BASE, "prod/kustomization.yaml": over("patches: [{path: ../../out.yaml}]\n")}, r"\.\./\.\./out\.yaml"
    ),
    "a resource out of the repository": Bad({**BASE, "prod/kustomization.yaml": GOOD.replace("[../base]", "[../base, ../../out]")}, "out"),
    "one id twice": Bad({**BASE, "base/kustomization.yaml": "resources: [job.yaml, twice.yaml]\n", "base/twice.yaml": JOB}, "nightly"),
    "one id twice above": Bad({**BASE, "prod/kustomization.yaml": "resources: [../base, job.yaml]\n", "prod/job.yaml": JOB}, "nightly"),
    "two overlays that want different things": Bad(
        {**BASE, "dev/kustomization.yaml": GOOD, "prod/kustomization.yaml": inline(RESTARTS)},
        r"prod/kustomization\.yaml:\d+",
        ("refused",),
    ),
    "an overlay with a container more": Bad(
        {**BASE, "dev/kustomization.yaml": GOOD, "prod/kustomization.yaml": inline(MORE)},
        r"prod/kustomization\.yaml:\d+",
        ("refused",),
    ),
    "a patch that matches nothing": Bad(
        {
            **BASE,
            "prod/kustomization.yaml": inline('- {op: replace, path: /spec/schedule, value: "@daily"}\n', "{kind: CronJob, name: no}"),
        },
        "",
        ("converted",),
    ),
    "a merge patch that matches nothing": Bad({**BASE, "prod/kustomization.yaml": inline(PATCH.replace("nightly", "nobody"))}),
    "a patch that matches several": Bad(
        {
            **BASE,
            "base/kustomization.yaml": "resources: [job.yaml, second.yaml]\n",
            "base/second.yaml": JOB.replace("nightly", "second"),
            "prod/kustomization.yaml": inline(PATCH, "{kind: CronJob, name: .*}"),
        }
    ),
    "old and new names in patches": Bad(
        {
            **BASE,
            "base/kustomization.yaml": "resources: [job.yaml]\nnamePrefix: x-\n",
            "dev/kustomization.yaml": inline(PATCH),
            "prod/kustomization.yaml": inline(PATCH.replace("nightly", "x-nightly")),
        }
    ),
    "a pointer without a slash": Bad(
        {**BASE, "prod/kustomization.yaml": inline("- {op: replace, path: spec/schedule, value: x}\n", "{kind: CronJob}")}, _PROD
    ),
    "a pointer with a wrong escape": Bad(
        {**BASE, "prod/kustomization.yaml": inline("- {op: add, path: /metadata/labels/a~2b, value: x}\n", "{kind: CronJob}")}, _PROD
    ),
    "a pointer to nowhere": Bad(
        {**BASE, "prod/kustomization.yaml": inline("- {op: remove, path: /spec/nothing/here}\n", "{kind: CronJob}")}, _PROD
    ),
    "an unknown operation": Bad({**BASE, "prod/kustomization.yaml": inline("- {op: erase, path: /spec}\n", "{kind: CronJob}")}, _PROD),
    "a patch that does not parse": Bad(
        {**BASE, "prod/kustomization.yaml": over("patches: [{path: p.yaml}]\n"), "prod/p.yaml": PATCH + " ]: [\n"}, r"prod/p\.yaml"
    ),
    "an inline patch that does not parse": Bad({**BASE, "prod/kustomization.yaml": inline("kind: CronJob\n  a: [\n")}, _PROD),
    "a kustomization that does not parse": Bad(
        {**BASE, "prod/kustomization.yaml": "resources: [../base\nimages: {\n"}, r"prod/kustomization\.yaml:\d+"
    ),
    "an encrypted generator": Bad(
        {
            **BASE,
            "prod/kustomization.yaml": over("generators: [g.yaml]\n"),
            "prod/g.yaml": "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g}\n",
        },
        "prod",
    ),
    "a generator with a missing file": Bad(
        {**BASE, "prod/kustomization.yaml": over("secretGenerator: [{name: s, files: [none]}]\n")}, "prod"
    ),
    "a base that is a link": Bad(
        {**BASE, "prod/kustomization.yaml": GOOD.replace("../base", "../linked")}, "linked", links={"linked": "base"}
    ),
    "a resource that is a link": Bad(
        {"base/kustomization.yaml": "resources: [job.yaml]\n", "shared/job.yaml": JOB, "prod/kustomization.yaml": GOOD},
        links={"base/job.yaml": "../shared/job.yaml"},
    ),
    "an unknown key": Bad({**BASE, "prod/kustomization.yaml": GOOD + "imagez: []\n"}, "prod"),
    "an unknown key in the base": Bad(
        {**BASE, "base/kustomization.yaml": "resources: [job.yaml]\nimagez: []\n", "prod/kustomization.yaml": GOOD}, "base"
    ),
    "without a kind": Bad({**BASE, "prod/kustomization.yaml": GOOD}, "", ("converted",)),
    "of a wrong kind": Bad({**BASE, "prod/kustomization.yaml": "kind: Kustomizer\n" + GOOD}, "prod"),
    "a list": Bad({**BASE, "prod/kustomization.yaml": "- ../base\n"}, "prod"),
    "empty": Bad({**BASE, "prod/kustomization.yaml": ""}, ""),
    "two in one folder": Bad({**BASE, "prod/kustomization.yaml": GOOD, "prod/kustomization.yml": over("namePrefix: x-\n")}, "prod"),
    "a Component as a base": Bad(
        {"base/kustomization.yaml": COMPONENT, "base/job.yaml": JOB, "prod/kustomization.yaml": GOOD}, "prod|base"
    ),
    "a base as a Component": Bad({**BASE, "prod/kustomization.yaml": "components: [../base]\n" + GOOD.partition("\n")[2]}, "prod|base"),
    "a root of nothing": Bad(
        {**BASE, "prod/kustomization.yaml": inline(PATCH.replace("spec: {suspend: true}", "$patch: delete"))}, "", ("converted",)
    ),
    "values of wrong kinds": Bad(
        {**BASE, "prod/kustomization.yaml": "resources: ../base\nimages: {name: x}\npatches: [1, null]\n"}, "prod"
    ),
    "a patch of a patch": Bad({**BASE, "prod/kustomization.yaml": over("patches: [{path: ../base/job.yaml}]\n")}, _PROD),
}
NOT_YET: frozenset[str] = frozenset(
    {
        "a missing base",
        "a base that is a link",
        "two in one folder",  # told where kubectl renders, not where kustomize does
        "values of wrong kinds",
    }
)


def _marked(name: str) -> object:
    return pytest.param(
        name, marks=pytest.mark.xfail(name in NOT_YET, reason="not yet: take it off NOT_YET", strict=name != "two in one folder")
    )


@pytest.mark.parametrize("name", [_marked(name) for name in CASES])
def test_a_mistake(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bad = CASES[name]

    def tool(files: Files) -> Ran:
        repo, config = tmp_path / "repo", tmp_path / "pipeline.yaml"
        write(repo, files)
        for link, to in bad.links.items():
            (repo / link).parent.mkdir(parents=True, exist_ok=True)
            (repo / link).symlink_to(to)
        config.write_text(HEAD + PASSES)
        return converted(repo, config, tmp_path / "report.json")

    verdict = judge(bad.files, tool=tool)
    told = capfd.readouterr()
    assert verdict.ran.code <= 1 and "Traceback" not in told.err
    assert not list(_complaints(bad, verdict, told.out + told.err)), f"{list(_complaints(bad, verdict, told.out))}\n{verdict}\n{told.out}"


def _complaints(bad: Bad, verdict: Verdict, told: str) -> Iterator[str]:
    if verdict.state not in bad.right:
        yield f"it should be {' or '.join(bad.right)} and is {verdict.state}"
    everything = "\n".join([told, *verdict.why, *(str(f) for f in verdict.ran.findings)])
    if bad.says and not re.search(bad.says, everything):
        yield f"nothing is told of {bad.says}"
    for path in bad.files:
        if verdict.state != "converted" and verdict.ran.files.get(path) != bad.files[path]:
            yield f"{path} was changed"


# --- a kustomize that is none


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kustomize_build.builder.cache_clear()
    yield
    kustomize_build.builder.cache_clear()


OLD = 'if [ "$1" = version ]; then echo v4.5.7; else exit 1; fi'
PROGRAMS = {
    "missing": "",
    "too old": OLD,
    "hanging": 'if [ "$1" = version ]; then echo v5.7.1; else /bin/sleep 60; fi',
    "killed": 'if [ "$1" = version ]; then echo v5.7.1; else kill -9 $$; fi',
    "failing": 'if [ "$1" = version ]; then echo v5.7.1; else echo broken >&2; exit 1; fi',
    "a version that hangs": "/bin/sleep 60",
}


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_kustomize_that_does_not_build(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told as not checked; what is converted is the same as with one."""
    if name == "a version that hangs":
        monkeypatch.setattr("transformer.run.kustomize_build.run", lambda *_, **__: Answer(None, err="no answer"))
    found = executables.find
    monkeypatch.setattr(executables, "find", lambda program, *where: None if program == "kubectl" else found(program, *where))
    plan = _planned(tmp_path, monkeypatch, PROGRAMS[name])
    states = [c.state for c in plan.checks if "Kustomize" in c.what]
    assert not plan.bugs and all(state is CheckState.NOT_CHECKED for state in states)
    assert states or not plan.new
    assert ("base/job.yaml" in plan.new) == ("prod/kustomization.yaml" in plan.new)


@pytest.mark.usefixtures("fresh")
def test_a_kustomize_that_says_more_than_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings beside the objects are no objects."""
    if not renderer() or len(renderer()) != 2 or renderer()[0] != "kustomize":
        pytest.skip("no kustomize on PATH")
    real = kustomize_build.builder()
    assert real
    text = f'[ "$1" = version ] || echo "# Warning: an old field" >&2\nexec {real.argv[0]} "$@"'
    kustomize_build.builder.cache_clear()
    plan = _planned(tmp_path, monkeypatch, text)
    assert not plan.bugs and CheckState.FAILED not in [c.state for c in plan.checks]


def _planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Plan:
    """A layered repository, with this program as the only kustomize."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if program:
        (folder / "kustomize").write_text(f"#!/bin/sh\n{program}\n")
        (folder / "kustomize").chmod(0o755)
    (folder / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(folder))
    with tempfile.TemporaryDirectory() as scratch:
        write(Path(scratch), {**BASE, "prod/kustomization.yaml": inline(PATCH)})
        return plan_run(parse(HEAD + PASSES + "limits: {programSeconds: 1}\n", "transformer.yaml"), FolderSnapshot(Path(scratch)))
