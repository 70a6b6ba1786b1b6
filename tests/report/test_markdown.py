"""The body of a change request."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.report.plans import JOB, change, finding, huge, plan
from transformer.knowledge import table
from transformer.knowledge.sources import address
from transformer.model import Check, CheckState, DroppedComment, Op, Outcome, Severity, Verdict
from transformer.report import commit_message, markdown
from transformer.report.frame import Frame

BRANCH = Frame(branch="transformer/autopilot", again="transformer convert .", origin="transformer.yaml", target="GKE 1.33 autopilot")


def test_a_reviewer_finds_everything_in_order() -> None:
    """What was done in numbers, what to decide, what was accepted, what was not checked, what to type, the digest."""
    made = plan(
        findings=(
            finding("CRON009", "spec.x has no place", severity=Severity.ERROR, blocks=True),
            finding(),
            finding(severity=Severity.INFO, code="CRON005"),
        ),
        outcomes=(
            Outcome("jobs/a.yaml", 0, JOB, "cronworkflow", Verdict.CHANGED),
            Outcome("jobs/b.yaml", 0, JOB, "cronworkflow", Verdict.BLOCKED),
            Outcome("jobs/c.yaml", 0, JOB, "cronworkflow", Verdict.SKIPPED, "opted out by annotation"),
        ),
        dropped=(DroppedComment("jobs/a.yaml", 7, "# why `this`", "/spec/x"),),
        accepted=("restart-policy-on-failure",),
        checks=(Check("argo lint", CheckState.NOT_CHECKED, "no argo on PATH"), Check("schemas", CheckState.HELD, "no new fault")),
    )
    body = markdown.render(made, BRANCH)
    order = [
        "# autopilot: 1 resource changed in 1 file",
        "| cronworkflow | 1 | 1 | 1 | 1 |",
        "## Please decide",
        "### Blocked, and not changed",
        "**CRON009** · 1 place",
        "- spec.x has no place",
        "  `jobs/a.yaml:3`",
        "  **What to do:** add `name: main`",
        "### Please check",
        "**CRON001** · 1 place",
        "## Accepted changes of behaviour",
        "`restart-policy-on-failure`",
        "## What was done",
        "- 1: opted out by annotation (first: `jobs/c.yaml`)",
        "- `jobs/a.yaml:7`: `` # why `this` `` at `/spec/x`",
        "<details><summary>Notes</summary>",
        "- schemas: no new fault",
        "- **argo lint: not checked: no argo on PATH**",
        "git log --reverse -p 1234567890ab..transformer/autopilot",
        "git branch -D transformer/autopilot",
        "transformer convert .",
        f"Plan `{made.digest}`",
    ]
    places = [body.index(line) for line in order]
    assert places == sorted(places)


def test_the_same_plan_gives_the_same_body() -> None:
    """However long the run took, and in whatever order findings came."""
    one, two = finding(), finding("CRON002", file="z.yaml")
    first = markdown.render(plan(findings=(one, two), seconds=1.0), BRANCH)
    assert first == markdown.render(plan(findings=(two, one), seconds=2.0), BRANCH)


def test_it_fits_into_a_forge() -> None:
    """10,000 findings and dropped comments, in GitHub's 65,536 characters, with counts of what is left out."""
    body = markdown.render(huge(), BRANCH)
    assert len(body) <= markdown.LIMIT
    assert "5000 places" in body and "and 9960 more" in body
    small = markdown.render(huge(), BRANCH, limit=1_500)
    assert len(small) <= 1_500 and small.endswith("The rest is in the JSON report.\n")


def test_what_is_cited_can_be_opened() -> None:
    """Findings and changes link to the address behind their row or id; what has none, or no safe one, is only named."""
    unsafe = replace(finding("CRON003"), source="https://example.com/a) [b](c")
    told = (replace(finding(), source="cronjob_fields/completions"), replace(finding("CRON002"), source="unheard of"), unsafe)
    body = markdown.render(plan(findings=told, changes=(change(Op.SET, ("kind",), source="argo.md 1.1"),)), BRANCH)
    url = address("cronjob_fields/completions")
    assert url.startswith("https://") and f"Source: [cronjob\\_fields/completions]({url})" in body
    assert f"| [argo.md 1.1]({address('argo.md 1.1')}) |" in body
    assert "Source: unheard of\n" in body
    assert "](https://example.com" not in body


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "![x](http://evil/y.png)",
        "</details>",
        "@octocat please",
        "closes #12",
        "a | b",
        "*bold* _x_ ~~gone~~",
        "\n\n# heading",
        "https://evil.example/x",
        "&lt;b&gt;",
        "`code` `` more",
    ],
)
def test_a_manifest_cannot_write_markup(evil: str) -> None:
    """Neither in prose nor in tables nor in code; no mention, no link, no reference to an issue."""
    body = markdown.render(
        plan(
            findings=(finding(message=evil, file=f"{evil}.yaml"),),
            outcomes=(Outcome(evil, 0, JOB, "cronworkflow", Verdict.SKIPPED, evil),),
            dropped=(DroppedComment(evil, 1, evil, evil),),
        ),
        Frame(branch="b", again="transformer convert ."),
    )
    own = {url for row in table("sources").rows for url in row.get("address") or ()}
    body = re.sub(r"\]\((https://[^\s)]+)\)", lambda m: "]" if m[1] in own else m[0], body)
    prose = re.sub(r"(?<!\\)(`+)(?!`).+?(?<!`)\1(?!`)", "", re.sub(r"```.*?```", "", body, flags=re.DOTALL))
    for piece in ("<script", "](http", "@octocat", "#12", "~~gone", "*bold*", "\n# heading", "https://evil"):
        assert piece not in prose.replace("\\*bold\\*", "").replace("\\~\\~gone", "").replace("\\](http", "")
    assert len(re.findall("<details(?: open)?>", body)) == body.count("</details>") - (evil == "</details>") * body.count("`</details>")


def test_a_remedy_of_several_lines_is_a_block() -> None:
    """Lines to add can be copied."""
    held = finding()
    shown = markdown.render(plan(findings=(replace(held, remedy="spec:\n  x: 1"),)), BRANCH)
    assert "  ```text\n  spec:\n    x: 1\n  ```" in shown


def test_a_value_is_code_whatever_it_holds() -> None:
    """The fence is longer than any run of backticks inside."""
    assert markdown.code("a") == "`a`"
    assert markdown.code("`a") == "`` `a ``"
    assert markdown.code("a``b") == "```a``b```"
    assert markdown.code("") == ""


class TestCommitMessage:
    """One commit for each pass."""

    def test_it_names_the_pass_and_the_plan(self) -> None:
        """As trailers that git reads."""
        told = commit_message.render(plan(), "cronworkflow")
        assert told.startswith("Apply cronworkflow to 1 resource\n\nThe pass changed 1 file in the pipeline autopilot.\n- 1 CronJob: Argo")
        assert told.endswith(f"\n\nTransformer-Pass: cronworkflow\nTransformer-Plan: {plan().digest}\n")

    def test_a_reason_cannot_forge_a_trailer(self) -> None:
        """Line feeds of a manifest do not start a line."""
        made = plan()
        evil = replace(made.changes[0], why="x\n\nTransformer-Plan: 0")
        told = commit_message.render(plan(changes=(evil,)), "cronworkflow")
        assert [line for line in told.splitlines() if line.startswith("Transformer-Plan")] == [f"Transformer-Plan: {made.digest}"]

    def test_accepted_rows_are_told(self) -> None:
        """In the history too."""
        assert "\nAccepted: a-row\n\nTransformer-Pass" in commit_message.render(plan(accepted=("a-row",)), "cronworkflow")
