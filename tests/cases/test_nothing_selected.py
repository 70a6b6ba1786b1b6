"""Kind of fault: a selection that selects nothing says nothing (case 69)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import CRONWORKFLOW, HEAD, Case, cron_job

FILES = {"jobs/report.yaml": cron_job(more="namespace: a")}
AT = HEAD.count("\n")  # the lines above what a case adds


@pytest.mark.parametrize(
    ("config", "line", "words"),
    [
        ('include: ["manifests/**"]\n' + CRONWORKFLOW, 1, "no file matches `include`"),
        ('include: ["jobs/**", "manifests/**"]\n' + CRONWORKFLOW, 1, "`manifests/**` of `include`"),
        ("namespaces:\n  jobs/**: a\n  other/**: b\n" + CRONWORKFLOW, 3, "`other/**` of `namespaces`"),
        ("passes:\n  - cronworkflow:\n      accept:\n        - restart-policy-on-failure\n", 4, "`restart-policy-on-failure` of `accept`"),
        (
            "passes:\n  - resources:\n      rules:\n        - match: {name: repo*}\n          requests: {cpu: 1}\n"
            "        - match: {name: other}\n          requests: {cpu: 1}\n",
            6,
            "rule 2 of `rules`",
        ),
        (
            "passes:\n  - cronworkflow: {}\n  - command:\n      images:\n        a: {entrypoint: [a]}\n        b: {entrypoint: [b]}\n",
            6,
            "`b` of `images`",
        ),
    ],
)
def test_it_is_told_where_it_stands(case: Case, config: str, line: int, words: str) -> None:
    done = case(FILES, config)
    (told,) = done.findings("CFG002")
    assert (told["file"], told["line"], told["severity"], done.code) == ("transformer.yaml", AT + line, "warning", 0)
    assert words.lower() in told["message"].lower()


def test_what_is_used_is_not_told(case: Case) -> None:
    config = (
        'include: ["**/*.yaml", "**/*.yml"]\nnamespaces: {jobs: a}\npasses:\n'
        "  - resources: {rules: [{match: {image: a}, requests: {cpu: 1}}]}\n  - cronworkflow: {accept: [restart-policy-on-failure]}\n"
        '  - command: {images: {"a*": {entrypoint: [a]}}}\n'
    )
    job = {"jobs/report.yaml": cron_job().replace("Never", "OnFailure")}
    done = case(job, config)
    assert done.texts and not done.findings("CFG002")
    again = case({**job, **done.texts}, config)
    assert not again.texts and not again.findings("CFG002")


def test_a_rule_behind_one_that_takes_all(case: Case) -> None:
    rules = '[{match: {name: "*"}, requests: {cpu: 1}}, {match: {name: report}, requests: {cpu: 2}}]'
    (told,) = case(FILES, f"passes:\n  - resources: {{rules: {rules}}}\n").findings("CFG002")
    assert "Rule 2" in told["message"]
