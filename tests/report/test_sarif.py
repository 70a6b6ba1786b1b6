"""SARIF: valid by the official schema, within GitHub's limits, and its fixes give what the plan writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import pytest

from tests.report.plans import finding, huge, plan
from transformer.model import Finding, Group, Plan, ResourceId, Severity, Who
from transformer.passkit.testing import convert
from transformer.report import sarif
from transformer.report.frame import Frame

CHECK = Frame(mode="check", below="deploy/", origin="transformer.yaml", configuration="transformer.yaml")
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}, namespace: jobs}}
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: runner
          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/{name}:1
              command: [run]
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
subjects: [{kind: ServiceAccount, name: runner, namespace: jobs}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: jobs}
"""


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Validator:
    """Without a pattern in it that is no regular expression (that of a language, which we do not write)."""
    read = json.loads((Path(__file__).parent / "schemas/sarif-2.1.0-rtm.5.json").read_text())
    for where in ("run", "toolComponent"):
        del read["definitions"][where]["properties"]["language"]["pattern"]
    return jsonschema_rs.validator_for(read, validate_formats=True)


def results(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["runs"][0]["results"]
    return found


def fixed(old: Mapping[str, bytes], text: str) -> dict[str, str]:
    """The texts with every fix applied, last one first."""
    made = {file: raw.decode() for file, raw in old.items()}
    changes = [c for r in results(text) for fix in r.get("fixes", ()) for c in fix["artifactChanges"]]
    for change in changes:
        file = unquote(change["artifactLocation"]["uri"]).removeprefix("deploy/")
        change["file"] = file
    edits = [(c["file"], r["deletedRegion"], r["insertedContent"]["text"]) for c in changes for r in c["replacements"]]
    for file, region, new in sorted(edits, key=lambda e: (e[1]["startLine"], e[1]["startColumn"]), reverse=True):
        start, end = (offset(old[file].decode(), region[f"{at}Line"], region[f"{at}Column"]) for at in ("start", "end"))
        made[file] = made[file][:start] + new + made[file][end:]
    return made


def offset(text: str, line: int, column: int) -> int:
    return sum(len(held) + 1 for held in text.split("\n")[: line - 1]) + column - 1


@pytest.mark.parametrize(
    "made",
    [
        plan(),
        plan(findings=(finding(), finding("KUS001", severity=Severity.ERROR, line=99))),
        plan(findings=(finding(file="a b/#1?%.yaml", message="x\x00\n\u202e<b>"),), bugs=("a bug\nof ours",)),
        plan(findings=(finding("CFG002", file="transformer.yaml", resource=ResourceId()),), changes=(), old={}, new={}, outcomes=()),
        huge(),
    ],
    ids=["a change", "findings", "odd texts", "configuration", "huge"],
)
def test_it_is_valid(made: Plan, schema: jsonschema_rs.Validator) -> None:
    for frame in (CHECK, Frame()):
        text = sarif.render(made, frame)
        assert [e.message for e in schema.iter_errors(json.loads(text))] == []
        assert len(text.encode()) < sarif.BYTES


def test_rules_say_what_they_mean_and_where_to_read_more() -> None:
    row = "cronjob_fields/restart-policy-on-failure"
    cited = plan(findings=(finding("KUS001"), Finding("CRON002", Severity.ERROR, "a", 1, ResourceId(), "m", "r", row)))
    rules = {r["id"]: r for r in json.loads(sarif.render(cited, CHECK))["runs"][0]["tool"]["driver"]["rules"]}
    assert set(rules) == {"KUS001", "CRON002", "cronworkflow"}
    assert rules["KUS001"]["shortDescription"]["text"].startswith("A Kustomize layer of this CronJob")
    assert "https://" in rules["CRON002"]["help"]["markdown"]
    assert rules["CRON002"]["helpUri"].startswith("https://")
    assert rules["CRON002"]["defaultConfiguration"]["level"] == "error"
    assert "transformer explain cronworkflow" in rules["cronworkflow"]["help"]["text"]


def test_places_are_relative_and_escaped() -> None:
    (found,) = results(sarif.render(plan(findings=(finding(file="a b/#1%.yaml", line=7),), changes=(), old={}, new={}, outcomes=()), CHECK))
    place = found["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "deploy/a%20b/%231%25.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 1},
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_fix_gives_what_the_plan_writes(end: str, schema: jsonschema_rs.Validator) -> None:
    """Of every resource by itself, whatever ends its lines and its file."""
    both = JOB.format(name="a") + "---\n" + JOB.format(name="b")
    text = both.replace("\n", end) if end else both.rstrip("\n")
    made = convert({"jobs.yaml": text, "rights.yaml": RIGHTS}, ["cronworkflow"]).plan
    assert "jobs.yaml" in made.new
    told = sarif.render(made, CHECK)
    assert sum("fixes" in r for r in results(told)) == 2
    assert fixed(made.old, told)["jobs.yaml"] == made.new["jobs.yaml"].decode()
    assert [e.message for e in schema.iter_errors(json.loads(told))] == []


def test_what_changes_only_together_with_others_has_no_fix() -> None:
    """Half of it would be wrong: here the CronWorkflow needs a Role in a file of its own."""
    made = convert({"jobs.yaml": JOB.format(name="a")}, ["cronworkflow"]).plan
    assert len(made.new) > 1
    assert not any("fixes" in r for r in results(sarif.render(made, CHECK)))
    bound = plan(groups=(Group("cronworkflow", (Who("cronworkflow", "jobs/a.yaml", "ops", "nightly"),), ("jobs/a.yaml", "b.yaml")),))
    assert not any("fixes" in r for r in results(sarif.render(bound, CHECK)))


def test_a_fix_shows_no_secret() -> None:
    """A line with a password in it is not printed, though it only moves."""
    secret = JOB.format(name="a") + "              env: [{name: API_TOKEN, value: hunter2hunter2}]\n"
    made = convert({"jobs.yaml": secret, "rights.yaml": RIGHTS}, ["cronworkflow"]).plan
    told = sarif.render(made, CHECK)
    assert "jobs.yaml" in made.new and "hunter2" not in told
    assert not any("fixes" in r for r in results(told))


def test_more_results_than_github_takes_are_cut_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst stay."""
    monkeypatch.setattr(sarif, "RESULTS", 3)
    found = tuple(finding(line=n, severity=Severity.ERROR if n == 9 else Severity.WARNING) for n in range(1, 10))
    run = json.loads(sarif.render(plan(findings=found, changes=(), old={}, new={}, outcomes=()), CHECK))["runs"][0]
    assert [r["level"] for r in run["results"]] == ["error", "warning", "warning"]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith("6 results of 9 left out")


def test_a_long_report_gives_up_its_fixes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made = convert({"jobs.yaml": JOB.format(name="a"), "rights.yaml": RIGHTS}, ["cronworkflow"]).plan
    whole = sarif.render(made, CHECK)
    monkeypatch.setattr(sarif, "BYTES", len(whole.encode()) - 1)
    short = sarif.render(made, CHECK)
    assert "fixes" in whole and "fixes" not in short
    assert len(results(whole)) == len(results(short))
    monkeypatch.setattr(sarif, "BYTES", len(short.encode()) - 1)
    assert 0 < len(results(sarif.render(made, CHECK))) < len(results(short))
