"""Kind of fault: a placeholder is judged as if it were the value (case 46)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import Case, cron_job

PLACEHOLDERS = [
    "${BELL_SCHEDULE}",
    "${BELL_SCHEDULE:=0 2 * * *}",
    "$BELL_SCHEDULE",
    '"{{ .Values.schedule }}"',
    '"{% schedule %}"',
    '"#{Schedule}"',
    "<%= @schedule %>",
    "<SCHEDULE>",
    '"@SCHEDULE@"',
    '"@@SCHEDULE@@"',
    '"%SCHEDULE%"',
    "__SCHEDULE__",
    "$(SCHEDULE)",
    "((schedule))",
    '"[[ schedule ]]"',
    '"${MINUTE} 2 * * *"',
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_it_is_left_alone_and_told(case: Case, text: str) -> None:
    done = case({"jobs/bell.yaml": cron_job(schedule=text)})
    (told,) = done.report["findings"]
    assert (told["code"], told["line"], told["severity"], done.code) == ("CRON008", 5, "info", 0)
    assert done.verdicts["jobs/bell.yaml"] == "Skipped" and not done.texts


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("  timeZone: ${ZONE}\n", 6),
        ("  concurrencyPolicy: ${POLICY}\n", 6),
        ("  suspend: ${OFF}\n", 6),
        ('  startingDeadlineSeconds: "#{S}"\n', 6),
    ],
)
def test_in_other_fields_that_are_read(case: Case, field: str, line: int) -> None:
    text = cron_job().replace("  jobTemplate:\n", field + "  jobTemplate:\n")
    (told,) = case({"bell.yaml": text}).report["findings"]
    assert (told["code"], told["line"]) == ("CRON008", line)


@pytest.mark.parametrize("container", ["args: ['${X}']", "args: ['@X@']", "env: [{name: A, value: '%X%'}]"])
def test_what_is_only_carried_is_no_reason(case: Case, container: str) -> None:
    done = case({"bell.yaml": cron_job(container="command: [b]\n              " + container)})
    assert done.verdicts["bell.yaml"] == "Changed"


def test_one_that_takes_the_text_apart(case: Case) -> None:
    """Without quotes it is a mapping: the object cannot be read, and that is said."""
    done = case({"bell.yaml": cron_job(schedule="{{ .Values.schedule }}")})
    (told,) = done.findings("YAML001")
    assert told["line"] == 5 and "placeholder" in told["message"] and done.code == 0
