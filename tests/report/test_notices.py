"""One line a finding: for editors, for GitHub, for GitLab."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.report.plans import JOB, change, finding, plan
from transformer.model import Op, Outcome, Severity, Verdict
from transformer.report import concise, gitlab
from transformer.report.frame import Frame
from transformer.report.notices import notices

CHECK = Frame(mode="check", folder="deploy", below="deploy/", origin="transformer.yaml", configuration="transformer.yaml")
QUIET: dict[str, Any] = {"changes": (), "outcomes": (), "old": {}, "new": {}}


def test_a_line_names_place_severity_code_and_resource() -> None:
    """As compilers write it, with a path that can be opened from here."""
    made = plan(findings=(finding(line=3, subject="main"),), **QUIET)
    assert concise.concise(notices(made, CHECK), CHECK) == (
        "deploy/jobs/a.yaml:3:1: warning CRON001 CronJob ops/nightly: the container has no name [main]\n"
    )


def test_what_would_be_done_is_a_line_too() -> None:
    """`check` fails for it, so it must be seen; once it is done nobody has to act."""
    (found,) = notices(plan(), CHECK)
    assert (found.code, found.severity, found.message) == ("cronworkflow", Severity.WARNING, "It would become a CronWorkflow.")
    (done,) = notices(plan(), replace(CHECK, mode="in-place"))
    assert (done.severity, done.message) == (Severity.INFO, "It is a CronWorkflow now.")
    assert notices(plan(), replace(CHECK, mode="in-place"), notes=False) == []


def test_the_worst_comes_first() -> None:
    """GitHub shows ten of a kind: an error must not stand behind them."""
    made = plan(findings=(finding(file="a.yaml"), finding(file="z.yaml", severity=Severity.ERROR)), **QUIET)
    assert [n.file for n in notices(made, CHECK)] == ["z.yaml", "a.yaml"]


def test_one_fact_at_one_place_is_one_line_whatever_it_is_about() -> None:
    made = plan(findings=tuple(finding(subject=f"overlay-{n}") for n in range(5)), **QUIET)
    (found,) = notices(made, CHECK)
    assert found.text.endswith("[overlay-0; overlay-1; overlay-2; and 2 more]")


def test_nothing_of_a_manifest_becomes_a_command_of_github() -> None:
    """Line ends, percent signs, colons and commas are escaped; what would not be seen is made visible."""
    hostile = finding(message="a%0A\n::set-output name=x::\r\u202ey", file="a,b:c%.yaml", severity=Severity.ERROR)
    text = concise.github(notices(plan(findings=(hostile,), **QUIET), CHECK), CHECK)
    assert text.count("\n") == 1
    assert text.startswith("::error file=deploy/a%2Cb%3Ac%25.yaml,line=3,col=1,title=CRON001 (transformer)::")
    assert "%0A::" not in text
    assert "a%250A\\n::set-output name=x::\\r\\u202ey%0Aadd `name: main`" in text


def test_a_concise_line_stays_one_line() -> None:
    text = concise.concise(notices(plan(findings=(finding(message="a\nb:1:1: error x\x1b[2J"),), **QUIET), CHECK), CHECK)
    assert text.count("\n") == 1
    assert "\x1b" not in text


def test_gitlab_gets_its_own_severities_and_fingerprints() -> None:
    """The same fact keeps its fingerprint when its line moves; two facts never share one (GitLab would merge them)."""
    two = (finding(line=3), finding(line=9), finding(code="KUS001", severity=Severity.ERROR))
    entries = json.loads(gitlab.render(notices(plan(findings=two, **QUIET), CHECK), CHECK))
    assert [(e["severity"], e["location"]["path"], e["location"]["lines"]["begin"]) for e in entries] == [
        ("critical", "deploy/jobs/a.yaml", 3),
        ("major", "deploy/jobs/a.yaml", 3),
        ("major", "deploy/jobs/a.yaml", 9),
    ]
    assert len({e["fingerprint"] for e in entries}) == 3
    moved = json.loads(gitlab.render(notices(plan(findings=(finding(line=44),), **QUIET), CHECK), CHECK))
    assert moved[0]["fingerprint"] == entries[1]["fingerprint"]


def test_a_finding_about_the_configuration_is_at_the_configuration() -> None:
    """Its path is not below the folder that was read."""
    told = finding("CFG002", file="transformer.yaml", line=9)
    found = notices(plan(findings=(told,), **QUIET), CHECK)
    assert concise.concise(found, CHECK).startswith("transformer.yaml:9:1: ")
    assert "file=transformer.yaml," in concise.github(found, CHECK)


def test_changed_by_several_passes() -> None:
    more = replace(change(Op.SET, ("spec", "suspend"), before=True, value=False), pass_id="resources")  # noqa: S106
    same = replace(change(Op.SET, ("spec", "suspend"), before=True, value=False))
    outcomes = tuple(Outcome("jobs/a.yaml", 0, JOB, p, Verdict.CHANGED) for p in ("resources", "cronworkflow"))
    (found,) = notices(plan(changes=(more, same), outcomes=outcomes), CHECK)
    assert found.message == "It would be changed (resources, cronworkflow)."
