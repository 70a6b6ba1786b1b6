"""`transformer function`: with kustomize and kpt as a ResourceList, with Helm as plain YAML; and what bad input does."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.golden import scenarios, texts
from transformer import cli
from transformer.model import Op
from transformer.yamltext import Edit, ParseError, alone, edit_text, load, parse_text

ROOT = Path(__file__).parents[2]
KUSTOMIZE = shutil.which("kustomize") or ""
HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
  namespace: jobs{annotations}
spec:
  schedule: "0 2 * * *" # nightly
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: {policy}
          # the only one
          containers:
          - name: main
            image: registry.example/report:1.4
            command: [report]
"""
OTHER = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x} # theirs\ndata: {a: "1"}\n'
CONFIG = """\
functionConfig:
  apiVersion: transformer.dev/v1alpha1
  kind: Pipeline
  metadata:
    name: fn
    annotations: {config.kubernetes.io/function: "exec: {path: x}"}
  target: {argoWorkflows: {version: "3.6"}, gke: {version: "1.33"}}
  passes:
  - cronworkflow: {}
"""
RIGHTS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: results, namespace: jobs}
rules: [{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: results, namespace: jobs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: results}
subjects: [{kind: ServiceAccount, name: default, namespace: jobs}]
"""


def job(name: str = "report", *, policy: str = "Never", **annotations: str) -> str:
    notes = "".join(f"\n    {key}: {value!r}" for key, value in annotations.items())
    return JOB.format(name=name, policy=policy, annotations=f"\n  annotations:{notes}" if notes else "")


def placed(path: str, index: int) -> dict[str, str]:
    return {"internal.config.kubernetes.io/path": path, "internal.config.kubernetes.io/index": str(index)}


def items(*documents: str) -> str:
    return "items:\n" + "".join(f"- {d.replace(chr(10), chr(10) + '  ').rstrip()}\n" for d in documents)


def listed(*documents: str, config: str = CONFIG) -> str:
    return HEAD + items(*documents) + config


class Pipe:
    """Runs the command with these bytes on standard input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, text: str | bytes, *words: str) -> tuple[int, str, str]:
        raw = text.encode() if isinstance(text, str) else text
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        code = cli.main(["function", *words])
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pipe:
    return Pipe(monkeypatch, capsys)


def read(text: str) -> Any:
    (found,) = load(text)
    return found


# --- a ResourceList


def test_objects_are_converted_where_they_stand(pipe: Pipe) -> None:
    """What is not concerned keeps its bytes, comments and Kustomize's own notes stay, and Roles follow behind the last item."""
    notes = {"kustomize.config.k8s.io/id": "1", "internal.config.kubernetes.io/previousKinds": "CronJob"}
    code, out, err = pipe(listed(OTHER, job(**notes), OTHER))
    assert code == 0
    kinds = [item["kind"] for item in read(out)["items"]]
    assert kinds == ["ConfigMap", "CronWorkflow", "ConfigMap", "Role", "RoleBinding"]
    assert read(out)["items"][1]["metadata"]["annotations"] == notes
    assert out.startswith(HEAD + items(OTHER)) and "# nightly" in out and "# the only one" in out and CONFIG in out
    assert out.count("# theirs") == 2
    assert "warning CRON006 CronJob jobs/report" in err and "1 converted, 2 added" in err


def test_a_second_run_changes_nothing(pipe: Pipe) -> None:
    _, out, _ = pipe(listed(OTHER, job()))
    code, again, _ = pipe(out)
    assert code == 0
    assert read(again)["items"] == read(out)["items"]
    assert again == re.sub(r"results:\n(?s:.*)", "", out)


def test_nothing_to_do_gives_the_same_bytes(pipe: Pipe) -> None:
    for text in (listed(OTHER), listed(OTHER).replace("\n", "\r\n"), HEAD + "items: []\n", HEAD, HEAD + "items:\n"):
        code, out, _ = pipe(text)
        assert (code, out.encode()) == (0, text.encode())


def test_results_say_what_was_found_and_where(pipe: Pipe) -> None:
    """For kpt; those of an earlier function are replaced."""
    text = listed(job(policy="OnFailure", **placed("jobs/a.yaml", 0))) + "results:\n- message: old\n"
    code, out, err = pipe(text)
    assert code == 1
    (result,) = [r for r in read(out)["results"] if r["severity"] == "error"]
    assert result["resourceRef"] == {"apiVersion": "batch/v1", "kind": "CronJob", "name": "report", "namespace": "jobs"}
    assert result["file"] == {"path": "jobs/a.yaml"} and result["tags"] == {"code": "CRON002"}
    assert "--accept restart-policy-on-failure" in result["message"]
    assert "message: old" not in out and "error CRON002" in err
    assert read(out)["items"] == read(text)["items"]


def test_files_are_those_of_the_path_annotations(pipe: Pipe) -> None:
    """Rules by path hold, a new object gets a path and an index, and the order of the documents is that of the indexes."""
    config = CONFIG.replace("cronworkflow: {}", "cronworkflow: {}").replace("  passes:", '  include: ["jobs/**"]\n  passes:')
    text = listed(
        job("b", **placed("jobs/a.yaml", 1)), job("a", **placed("jobs/a.yaml", 0)), job("c", **placed("other/c.yaml", 0)), config=config
    )
    code, out, _ = pipe(text)
    assert code == 0
    made = read(out)["items"]
    assert [(i["kind"], i["metadata"]["name"]) for i in made[:3]] == [("CronWorkflow", "b"), ("CronWorkflow", "a"), ("CronJob", "c")]
    assert {i["metadata"]["annotations"]["internal.config.kubernetes.io/path"] for i in made[3:]} == {"jobs/workflow-permissions.yaml"}
    assert [i["metadata"]["annotations"]["config.kubernetes.io/index"] for i in made[3:]] == ["0", "1"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../../x.yaml", "a/../../x.yaml", "a//b.yaml", "."])
def test_a_path_that_leads_elsewhere_is_none(path: str, pipe: Pipe) -> None:
    code, out, _ = pipe(listed(job(**placed(path, 0))))
    assert code == 0
    assert read(out)["items"][0]["metadata"]["annotations"]["internal.config.kubernetes.io/path"] == path


def test_a_list_in_json(pipe: Pipe) -> None:
    """It is YAML as well; unchanged it keeps its bytes, and otherwise every object is still JSON."""
    config = CONFIG.partition("\n")[2].replace("\n  ", "\n")[2:]
    whole = {**read(HEAD), "items": [read(OTHER), read(job())], "functionConfig": read(config)}
    text = json.dumps(whole)
    code, out, _ = pipe(text)
    assert code == 0
    assert [i["kind"] for i in read(out)["items"]] == ["ConfigMap", "CronWorkflow", "Role", "RoleBinding"]
    assert read(out)["items"][0] == whole["items"][0] and read(out)["functionConfig"] == whole["functionConfig"]
    for unchanged in (json.dumps({**whole, "items": [read(OTHER)]}), json.dumps({**whole, "items": []}, indent=2)):
        assert pipe(unchanged)[:2] == (0, unchanged)


def test_a_config_map_configures_it(pipe: Pipe) -> None:
    """Parameters by name, or a whole configuration; for kpt's `--` arguments."""
    config = "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data:\n    {}\n"
    keys = config.format("only: cronworkflow\n    cronworkflow.permissions: report\n    accept: restart-policy-on-failure")
    code, out, _ = pipe(listed(job(policy="OnFailure"), config=keys))
    assert code == 0
    assert [i["kind"] for i in read(out)["items"]] == ["CronWorkflow"]
    body = "\n".join(f"      {line[2:]}" for line in CONFIG.splitlines()[1:])
    code, out, _ = pipe(
        listed(job(), config=config.format(f"transformer.yaml: |\n{body}").replace("annotations: {config", "labels: {config"))
    )
    assert (code, read(out)["items"][0]["kind"]) == (0, "CronWorkflow")
    code, out, err = pipe(listed(job(), config=config.format("colour: red")))
    assert (code, out) == (2, "") and 'unknown key "colour"' in err


def test_what_is_refused_fails_the_build_unless_that_is_meant(pipe: Pipe) -> None:
    """The others are converted all the same."""
    text = listed(job("good"), job("bad", policy="OnFailure"))
    for words, said, expected in (
        ([], text, 1),
        (["--partial"], text, 0),
        ([], text.replace("annotations: {config", "annotations: {transformer.dev/partial: 'true', config"), 0),
    ):
        code, out, _ = pipe(said, *words)
        assert code == expected
        assert [i["kind"] for i in read(out)["items"]][:2] == ["CronWorkflow", "CronJob"]


def test_check_changes_nothing_and_fails(pipe: Pipe) -> None:
    text = listed(job())
    code, out, err = pipe(text, "--check")
    assert code == 1
    assert read(out)["items"] == read(text)["items"]
    assert "It would become a CronWorkflow" in err and "Nothing was changed" in err


ODD = (
    OTHER,
    "a: 1\n",
    "kind: CronJob\n",
    "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: odd}\nspec: {jobTemplate: [1]}\n",
    "apiVersion: batch/v1\nkind: CronJob\nmetadata: [x]\n",
    "apiVersion: v1\nkind: List\nitems: []\n",
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "\\e[2J", annotations: {internal.config.kubernetes.io/path: 3}}\n'
    "data:\n  a: |+\n    x\n\n",
    "# a comment\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: x\n"
    "  annotations:\n    internal.config.kubernetes.io/index: '7'\n",
    '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}\n',
)


@given(st.lists(st.sampled_from([*ODD, "JOB"]), min_size=1, max_size=7))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_beside_a_job_stays(pipe: Pipe, drawn: list[str]) -> None:
    """As it is and where it is, and no list gets shorter; healthy jobs are converted all the same."""
    documents = [job(f"j{n}") if text == "JOB" else text for n, text in enumerate(drawn)]
    text = listed(*documents)
    code, out, err = pipe(text)
    assert code in (0, 1), err
    old, new = read(text)["items"], read(out)["items"]
    assert len(new) >= len(old)
    for n, kind in enumerate(drawn):
        assert new[n]["kind"] == "CronWorkflow" if kind == "JOB" else new[n] == old[n]


# --- every scenario

KEYS = tuple(f"{where}config.kubernetes.io/{what}" for what in ("path", "index") for where in ("internal.", ""))


def as_items(folder: Path) -> list[str]:
    """Its objects, each with the annotations of its place; without what is no object in a YAML file."""
    found = []
    for path, raw in texts(folder).items():
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        try:
            objects = load(text) if path.endswith((".yaml", ".yml")) else []
        except ParseError:
            continue
        if all(isinstance(d, dict) and isinstance(d.get("metadata"), dict) for d in objects):
            for n, document in enumerate(parse_text(text).documents if objects else ()):
                values = zip(KEYS, (path, path, str(n), str(n)), strict=True)
                edits = [Edit(Op.INSERT, ("metadata", "annotations", key), value) for key, value in values]
                found.append(edit_text(alone(document)[0], {0: edits}).text)
    return found


def by_place(items: list[dict[str, Any]]) -> dict[tuple[str, int], Any]:
    """Without the annotations of the places. Where an object is gone, the others keep their indexes: only their order counts."""
    found: dict[tuple[str, int], Any] = {}
    for item in sorted(items, key=lambda i: int(i["metadata"]["annotations"][KEYS[2]])):
        notes = item["metadata"]["annotations"]
        kept = {k: v for k, v in notes.items() if k not in KEYS}
        metadata = {k: v for k, v in item["metadata"].items() if k != "annotations"} | ({"annotations": kept} if kept else {})
        path = notes[KEYS[0]]
        found[path, sum(p == path for p, _ in found)] = {**item, "metadata": metadata}
    return found


# Those that need a template or a kustomization, which is no object, and a List, which is several.
NOT_OBJECTS = {"cronworkflow-permissions", "kustomize-blocked", "kustomize-layers", "list-crlf-bom"}
SCENARIOS = [s for s in scenarios() if s.name not in NOT_OBJECTS and not (s / "templates").is_dir()]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda p: p.name)
def test_a_function_does_what_a_conversion_does(scenario: Path, pipe: Pipe) -> None:
    """Every scenario of fixtures/, with its objects in a ResourceList: they are what they are in `after`, as far as they are objects.
    A comment behind the dash, as kyaml writes it, is no hindrance."""
    config = (scenario / "transformer.yaml").read_text()
    text = listed(*as_items(scenario / "before"), config="functionConfig:\n" + indent(config, "  "))
    _, out, err = pipe(text, "--partial")
    wanted = by_place(read(listed(*as_items(scenario / "after"), config=""))["items"])
    made = by_place(read(out)["items"])
    others = {p for p in texts(scenario / "before") if not any(p == place for place, _ in wanted)}
    assert made == {place: data for place, data in wanted.items() if place[0] not in others}, err


# --- plain YAML


def test_rendered_manifests_of_helm(pipe: Pipe) -> None:
    """Documents in their order with Helm's comments, new objects behind them; what is not concerned keeps its bytes."""
    text = f"---\n# Source: chart/templates/a.yaml\n{OTHER}---\n# Source: chart/templates/b.yaml\n{job()}---\n{OTHER}"
    code, out, err = pipe(text)
    assert code == 0
    assert [d["kind"] for d in load(out)] == ["ConfigMap", "CronWorkflow", "ConfigMap", "Role", "RoleBinding"]
    head = f"---\n# Source: chart/templates/a.yaml\n{OTHER}---\n# Source: chart/templates/b.yaml\n"
    assert out.startswith(head) and "# nightly" in out
    assert "1 converted" in err
    unchanged = f"---\n{OTHER}---\n{RIGHTS}"
    assert pipe(unchanged)[:2] == (0, unchanged)


def test_a_configuration_of_ones_own(pipe: Pipe, tmp_path: Path) -> None:
    config = tmp_path / "t.yaml"
    config.write_text("\n".join(line[2:] for line in CONFIG.splitlines()[1:]).replace("passes:", "include: [none]\npasses:"))
    code, out, _ = pipe(job(), "--config", str(config))
    assert code == 0 and "CronWorkflow" in out
    code, out, err = pipe(job(), "--config", str(tmp_path / "missing.yaml"))
    assert (code, out) == (2, "") and "Check --config" in err


# --- bad input: a clear error, a code that fails, and nothing on standard output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            listed(job()).replace("config.kubernetes.io/v1\n", "config.kubernetes.io/v9\n", 1),
            "apiVersion of this ResourceList is not known",
        ),
        (listed(job()) + CONFIG, "the key `functionConfig` stands twice"),
        (listed(job()) + "---\n" + listed(job()), "holds a ResourceList and more"),
        (job() + "---\n" + listed(job()), "holds a ResourceList and more"),
        ("", "holds no object"),
        ("# nothing\n---\n", "holds no object"),
        ("a: [1\n", "does not parse as YAML"),
        (listed(job())[:-70] + '\n  x: "', "does not parse as YAML"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (HEAD + "items: {a: 1}\n", "not a list of objects"),
        (HEAD + "items: [1]\n", "not a list of objects"),
        (listed(job(), config="functionConfig: {kind: Deployment}\n"), "functionConfig is a Deployment"),
        (listed(job(), config="functionConfig: []\n"), "functionConfig is not an object"),
        (listed(job(), config=CONFIG.replace("cronworkflow", "cronwork")), 'unknown pass "cronwork"'),
    ],
)
def test_bad_input(text: str | bytes, said: str, pipe: Pipe) -> None:
    code, out, err = pipe(text)
    assert (code, out) == (2, "")
    assert said in err


def test_an_object_without_a_name_costs_only_itself(pipe: Pipe) -> None:
    text = listed(job(), job("x").replace("  name: x\n", ""), "a: 1\n")
    code, out, _ = pipe(text)
    assert code in (0, 1)
    assert read(out)["items"][0]["kind"] == "CronWorkflow" and read(out)["items"][2] == {"a": 1}
    assert len(read(out)["items"]) >= 3


def test_a_hundred_megabytes_are_refused_and_not_read_to_the_end(pipe: Pipe) -> None:
    code, out, err = pipe(b"# x\n" * 25_000_000)
    assert (code, out) == (2, "") and "--limit fileSize=SIZE" in err


def test_bombs_are_refused(pipe: Pipe) -> None:
    """Aliases that stand for billions of nodes, and brackets that nest without an end."""
    steps = "".join(f"  a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    for body in (f"items:\n- a0: &a0 [x, x]\n{steps}", "items:\n- a: " + "[" * 100_000):
        code, out, err = pipe(HEAD + body)
        assert (code, out) == (2, "") and "does not parse as YAML" in err


def test_a_closed_pipe_is_a_failure() -> None:
    """Nobody must take half a result for a whole one."""
    command, to = [sys.executable, "-m", "transformer", "function"], subprocess.PIPE
    done = subprocess.Popen(command, stdin=to, stdout=to, stderr=to)
    assert done.stdin and done.stdout and done.stderr
    done.stdout.close()
    done.stdin.write(listed(*[job(f"j{n}") for n in range(60)]).encode())
    done.stdin.close()
    assert done.wait(60) not in (0, 1)
    done.stderr.close()


# --- the real kustomize


ROOTS = {
    "kustomization.yaml": "namespace: jobs\nnamePrefix: p-\nresources: [job.yaml]\ntransformers: [fn.yaml]\n",
    "job.yaml": job().replace("  namespace: jobs\n", ""),
    "fn.yaml": CONFIG.partition("\n")[2].replace("\n  ", "\n")[2:].replace('"exec: {path: x}"', '"exec: {path: ./fn.sh}"'),
    "fn.sh": f'#!/bin/sh\nexec "{sys.executable}" -m transformer function\n',
}


def build(folder: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "fn.sh").chmod(0o755)
    command = [KUSTOMIZE, "build", "--enable-alpha-plugins", "--enable-exec", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.skipif(not KUSTOMIZE, reason="no kustomize on PATH")
class TestKustomize:
    """`kustomize build --enable-alpha-plugins --enable-exec`."""

    def test_a_function_converts_while_it_builds(self, tmp_path: Path) -> None:
        done = build(tmp_path, ROOTS)
        assert done.returncode == 0, done.stderr
        made = {(d["kind"], d["metadata"]["name"]): d for d in load(done.stdout)}
        assert ("CronWorkflow", "p-report") in made and ("CronJob", "p-report") not in made
        assert "annotations" not in made["CronWorkflow", "p-report"]["metadata"]
        assert ("Role", "workflow-task-results") in made

    def test_a_refused_job_fails_the_build(self, tmp_path: Path) -> None:
        done = build(tmp_path, {**ROOTS, "job.yaml": ROOTS["job.yaml"].replace("Never", "OnFailure")})
        assert done.returncode != 0 and done.stdout == ""
        assert "CRON002" in done.stderr

    def test_names_that_come_later_are_refused_until_kustomize_follows_them(self, tmp_path: Path) -> None:
        """A generated ConfigMap gets its hash behind the function; `configurations` makes Kustomize write it into the CronWorkflow."""
        used = "command: [report]\n            envFrom: [{configMapRef: {name: settings}}]"
        with_map = ROOTS["job.yaml"].replace("command: [report]", used)
        generator = ROOTS["kustomization.yaml"] + "configMapGenerator: [{name: settings, literals: [A=1]}]\n"
        done = build(tmp_path, {**ROOTS, "job.yaml": with_map, "kustomization.yaml": generator})
        assert done.returncode != 0 and "FUN001" in done.stderr
        known = {
            "name-references.yaml": (ROOT / "deploy/kustomize/name-references.yaml").read_text(),
            "kustomization.yaml": generator + "configurations: [name-references.yaml]\n",
            "fn.yaml": ROOTS["fn.yaml"].replace("annotations: {", "annotations: {transformer.dev/name-references: configured, "),
        }
        done = build(tmp_path, {**ROOTS, "job.yaml": with_map, **known})
        assert done.returncode == 0, done.stderr
        made = {d["kind"]: d for d in load(done.stdout)}
        reference = made["CronWorkflow"]["spec"]["workflowSpec"]["templates"][0]["container"]["envFrom"][0]["configMapRef"]["name"]
        assert reference == made["ConfigMap"]["metadata"]["name"] != "settings"
