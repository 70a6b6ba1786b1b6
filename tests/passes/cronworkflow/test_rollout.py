"""`rollout: expand-contract`: three runs, each found by what the last one left, to the very text of `rollout: replace`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.passes.cronjobs import WHOLE, Result, convert, with_field
from transformer.yamltext import load, parse_text

STEPS = ["Step 1 of 3", "Step 2 of 3", "Step 3 of 3"]
RICH = """\
# the licence

# every night
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report # of the day
  labels: {team: sales}
spec:
  # before the stores open
  schedule: "0 2 * * *"   # at two
  timeZone: Asia/Tokyo
  suspend: false # runs
  jobTemplate:
    spec:
      backoffLimit: 2 # tries
      template:
        metadata:
          labels:
            app: report
        spec:
          restartPolicy: Never
          # first of all
          initContainers:
          - name: fetch
            image: fetch:1
            command: [fetch]
          containers:
          # the work
          - name: work
            image: registry.example/report:1 # pinned
            command:
            - sh
            - -c
            - |
              set -eu
              # not a comment
              report --all
"""
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b} # kept\n"


def told(done: Result) -> str:
    """What the finding of the step says first."""
    return next((f.full_message[:11] for f in done.findings if f.code == "CRON006"), "")


def all_runs(text: str, **params: Any) -> list[str]:
    """The text behind each run, until one finds nothing more to do."""
    texts: list[str] = []
    for _ in range(5):
        done = convert(text, rollout="expand-contract", **params)
        assert done.outcome in ("Changed", "Unchanged"), done.reason
        if done.text == text:
            return texts
        text = done.text
        texts.append(text)
    raise AssertionError("it never ends")


def document(text: str, kind: str) -> str:
    """The text of the document of this kind, without its marker."""
    bare = text.removeprefix("\ufeff")
    doc = next(d for d in parse_text(bare).documents if d.root is not None and any(v.value == kind for _, v in d.root.pairs))
    return bare[doc.start : doc.end].removeprefix("---").strip("\r\n").removesuffix("...").strip(" \r\n")


SHAPES = {
    "alone": WHOLE,
    "rich": RICH,
    "marker": "---\n" + RICH,
    "comment above the marker": "# head of the file\n---\n" + WHOLE,
    "comment behind the marker": "--- # the job\n" + WHOLE,
    "first of two": RICH + "---\n" + OTHER,
    "last of two": OTHER + "---\n" + RICH,
    "between": OTHER + "---\n" + RICH + "---\n" + OTHER.replace("name: c", "name: d"),
    "end markers": OTHER + "...\n---\n" + RICH + "...\n",
    "no final line break": OTHER + "---\n" + WHOLE.rstrip("\n"),
    "BOM": "\ufeff" + RICH,
    "CRLF": RICH.replace("\n", "\r\n"),
    "CRLF and BOM and markers": "\ufeff" + ("---\n" + RICH + "---\n" + OTHER).replace("\n", "\r\n"),
    "blank lines behind a block scalar": RICH + "\n\n---\n" + OTHER,
    "an empty document": "---\n---\n" + RICH,
    "anchors": RICH.replace("labels: {team: sales}", "labels: &l {team: sales}").replace("labels:\n            app: report", "labels: *l"),
    "a comment at the end": WHOLE + "# the end\n",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
def test_three_runs_end_with_what_replace_gives(text: str) -> None:
    """The CronWorkflow's own text is the same but for its place; every other byte of the file stays."""
    first, second, third = all_runs(text)
    assert document(third, "CronWorkflow") == document(convert(text).text, "CronWorkflow")
    assert "CronJob" not in third
    assert first.startswith(text)
    for other in (first, second, third):
        assert other.count("ConfigMap") == text.count("ConfigMap")
        assert text.startswith("\ufeff") == other.startswith("\ufeff")
        assert ("\r\n" in text) == (other.count("\n") == other.count("\r\n"))
        assert text.endswith("\n") == other.endswith("\n")
    before = [d for d in load(text.removeprefix("\ufeff")) if isinstance(d, dict) and d["kind"] == "ConfigMap"]
    assert [d for d in load(third.removeprefix("\ufeff")) if isinstance(d, dict) and d["kind"] == "ConfigMap"] == before


@pytest.mark.parametrize("text", [WHOLE, RICH])
def test_flags_of_each_step(text: str) -> None:
    """The CronJob alone, then the CronWorkflow alone, then no CronJob."""
    steps = [text]
    for n, step in enumerate(STEPS):
        done = convert(steps[-1], rollout="expand-contract")
        assert told(done) == step
        steps.append(done.text)
        flags = {d["kind"]: d["spec"].get("suspend", False) for d in load(done.text)}
        assert flags == [{"CronJob": False, "CronWorkflow": True}, {"CronJob": True, "CronWorkflow": False}, {"CronWorkflow": False}][n]
    assert load(steps[1])[0] == load(text)[0]


def test_a_job_that_its_owner_suspended() -> None:
    """There is nothing to switch: both stay suspended, and the CronJob goes."""
    text = with_field("cron", "suspend: true # for now")
    first, second = all_runs(text)
    assert [d["spec"]["suspend"] for d in load(first)] == [True, True]
    assert [(d["kind"], d["spec"]["suspend"]) for d in load(second)] == [("CronWorkflow", True)]
    assert document(second, "CronWorkflow") == document(convert(text).text, "CronWorkflow")
    assert "neither schedule runs" in next(
        f.full_message for f in convert(first, rollout="expand-contract").findings if f.code == "CRON006"
    )


LIST = """\
apiVersion: v1
kind: List
items:
# a job
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: report}
  spec:
    schedule: "0 2 * * *" # at two
    jobTemplate:
      spec:
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: work
              image: registry.example/report:1
              command: [report]
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: c}
"""


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        LIST.replace("\n", "\r\n"),
        LIST.rstrip("\n"),
        LIST.replace("- apiVersion", "-   apiVersion").replace("\n  ", "\n    "),
        OTHER + "---\n" + LIST,
        LIST + "metadata: {}\n",
        LIST + LIST[LIST.index("# a job") : LIST.index("- apiVersion: v1")].replace("report}", "second}"),
    ],
)
def test_an_item_of_a_list(text: str) -> None:
    """The CronWorkflow is one more item; the others stay where they are."""
    runs = all_runs(text)
    assert len(runs) == 3
    replaced = [i for d in load(convert(text).text) if d["kind"] == "List" for i in d["items"]]
    ours = [i for d in load(runs[-1]) if d["kind"] == "List" for i in d["items"]]
    assert sorted(map(str, ours)) == sorted(map(str, replaced))
    assert "# at two" in runs[-1]
    assert "# a job" in runs[-1]
    first = [i for d in load(runs[0]) if d["kind"] == "List" for i in d["items"]]
    assert [i["kind"] for i in first[:2]] == ["CronJob", "ConfigMap"]


def test_two_jobs_of_one_file() -> None:
    """Each has its own plan; one may be further than the other."""
    two = RICH + "---\n" + WHOLE.replace("name: report", "name: second")
    first, _, third = all_runs(two)
    assert [d["kind"] for d in load(first)] == ["CronJob", "CronJob", "CronWorkflow", "CronWorkflow"]
    assert [d["metadata"]["name"] for d in load(third)] == ["report", "second"]
    late = all_runs(all_runs(RICH)[1] + "---\n" + WHOLE.replace("name: report", "name: second"))
    assert [sorted((d["metadata"]["name"], d["kind"]) for d in load(t)) for t in late[:1]] == [
        [("report", "CronWorkflow"), ("second", "CronJob"), ("second", "CronWorkflow")]
    ]


JSON = '{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": {"schedule": "0 2 * * *", "jobTemplate": %s}}\n'
JOB = '{"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1", "command": ["a"]}]}}}}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (JSON % JOB, "written as JSON"),
        ("--- &all\n" + WHOLE, "line of its marker"),
        ("%YAML 1.1\n---\n" + WHOLE, "directives"),
        ('{"apiVersion": "v1", "kind": "List", "items": [' + (JSON % JOB).strip() + "]}\n", "written as JSON"),
        (LIST.replace("metadata: {name: report}", "metadata: &m {name: report}"), "anchors"),
        (WHOLE.replace("[report]", "\n                - |\n                  report").rstrip("\n"), "block scalar"),
        (OTHER + "---\n" + WHOLE.replace("[report]", "\n                - |+\n                  report\n") + "\n", "block scalar"),
    ],
)
def test_no_place_for_a_second_object(text: str, words: str) -> None:
    """Blocked, with the reason, and the file stays."""
    done = convert(text, rollout="expand-contract")
    assert done.outcome == "Blocked"
    assert words in done.reason
    assert done.text == text


@pytest.mark.parametrize("dash", ["-\n  ", "- # the report\n  "])
def test_an_item_that_begins_below_its_dash(dash: str) -> None:
    """Its copy is the same, with its comment."""
    done = convert(LIST.replace("- apiVersion: batch", f"{dash}apiVersion: batch"), rollout="expand-contract")
    assert done.outcome == "Changed"
    assert load(done.text) == load(convert(LIST, rollout="expand-contract").text)
    assert done.text.count("# the report") == 2 * ("#" in dash)


def test_a_cronworkflow_that_is_not_ours() -> None:
    """In the same file it must say what the CronJob would become; in another one the name is taken."""
    first, second, _ = all_runs(WHOLE)
    foreign = convert(first.replace("- name: main", "- name: mine").replace("point: main", "point: mine"), rollout="expand-contract")
    assert foreign.outcome == "Blocked"
    assert "spec.workflowSpec.entrypoint is not what" in foreign.reason
    stale = convert(first.replace("image: registry.example/report:1\n", "image: registry.example/report:2\n", 1), rollout="expand-contract")
    assert "container.image is not what" in stale.reason
    assert "rollout-drift" in stale.rows
    later = second.replace('    - "0 2 * * *"', '    - "0 3 * * *"')
    assert later != second
    assert convert(later, rollout="expand-contract").findings[0].code == "CRON002"
    accepted = convert(later, rollout="expand-contract", accept=["rollout-drift"])
    assert [d["kind"] for d in load(accepted.text)] == ["CronWorkflow"]
    elsewhere = convert(WHOLE, files={"cw.yaml": document(first, "CronWorkflow")}, rollout="expand-contract")
    assert "cw.yaml:1" in elsewhere.reason
    more = first.replace("command: [report]", "command: [report]\n          args: [x]")
    assert convert(more.replace("args: [x]", "", 1), rollout="expand-contract").outcome in ("Changed", "Blocked")


def test_a_later_pass_may_add_to_the_cronworkflow() -> None:
    """Our copy with something more in it is still ours."""
    first = all_runs(WHOLE)[0]
    more = first.replace("    entrypoint: main\n", "    entrypoint: main\n    podGC: {strategy: OnPodSuccess}\n")
    assert told(convert(more, rollout="expand-contract")) == STEPS[1]


def test_both_schedules_fire() -> None:
    """Somebody took back half of step 2: the next run suspends the CronJob, and says what was."""
    second = all_runs(WHOLE)[1]
    done = convert(second.replace("  suspend: true\n", ""), rollout="expand-contract")
    assert done.text == second
    assert "today both schedules run" in next(f.full_message for f in done.findings if f.code == "CRON006")
    assert "rollout-both" in done.rows


def test_a_kustomization_that_only_gathers() -> None:
    """The CronWorkflow beside the CronJob is no second one of its name; one of the same file and another namespace would be."""
    files = {"kustomization.yaml": "resources: [job.yaml]\n"}
    first, second, _ = all_runs(WHOLE, files=files)
    assert told(convert(second, files=files, rollout="expand-contract")) == STEPS[2]
    other = document(first, "CronWorkflow").replace("name: report\n", "name: report\n  namespace: other\n", 1)
    clash = convert(f"{WHOLE}---\n{other}\n", files=files, rollout="expand-contract")
    assert clash.findings[0].code == "KUS001"


def test_what_is_refused_is_refused_before_the_first_step() -> None:
    """Fields, Kustomize on the CronJob or on the CronWorkflow beside it."""
    assert convert(with_field("pod", "hostUsers: 1"), rollout="expand-contract").outcome == "Blocked"
    kustomization = (
        "resources: [job.yaml]\npatches:\n- target: {name: report}\n  patch: |-\n    - {op: add, path: /metadata/labels, value: {}}\n"
    )
    done = convert(WHOLE, files={"kustomization.yaml": kustomization}, rollout="expand-contract")
    assert done.findings[0].code == "KUS001"
    only_ours = kustomization.replace("{name: report}", "{kind: CronWorkflow}")
    first = all_runs(WHOLE)[0]
    assert convert(first, files={"kustomization.yaml": only_ours}, rollout="expand-contract").findings[0].code == "KUS001"
