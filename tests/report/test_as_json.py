"""The JSON contract."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.report.plans import JOB, change, finding, plan
from transformer.model import KEEP, Change, DroppedComment, Op, Outcome, ResourceId, Verdict
from transformer.report import as_json

SECRET = ResourceId("v1", "Secret", "ops", "password")
RESOURCE = {"apiVersion": "batch/v1", "kind": "CronJob", "namespace": "ops", "name": "nightly"}


def told(**more: Any) -> Any:
    return json.loads(as_json.render(plan(**more)))


def test_the_whole_contract() -> None:
    """Keys and their order are those of the architecture's section 7."""
    text = as_json.render(
        plan(
            findings=(finding(),),
            dropped=(DroppedComment("jobs/a.yaml", 1, "# nightly", "/x"),),
            outcomes=(
                Outcome("jobs/a.yaml", 0, JOB, "cronworkflow", Verdict.CHANGED),
                Outcome("b.yaml", 1, JOB, "resources", Verdict.SKIPPED, "why"),
            ),
        )
    )
    found = json.loads(text)
    keys = ["version", "pipeline", "base", "digest", "changes", "findings", "droppedComments", "outcomes", "resources", "summary"]
    assert list(found) == keys
    assert found["version"] == 1
    assert found["changes"] == [
        {
            "pass": "cronworkflow",
            "file": "jobs/a.yaml",
            "document": 0,
            "lines": [1, 2],
            "resource": RESOURCE,
            "op": "set",
            "path": "/kind",
            "before": "CronJob",
            "after": "CronWorkflow",
            "why": "Argo schedules it now",
            "source": "cronjob_fields/kind",
        }
    ]
    assert found["findings"] == [
        {
            "code": "CRON001",
            "severity": "warning",
            "file": "jobs/a.yaml",
            "line": 3,
            "resource": RESOURCE,
            "message": "the container has no name",
            "remedy": "add `name: main`",
            "source": "argo.md 4.3",
        }
    ]
    assert found["droppedComments"] == [{"file": "jobs/a.yaml", "line": 1, "text": "# nightly"}]
    assert found["outcomes"][1] == {
        "file": "b.yaml", "document": 1, "resource": RESOURCE, "pass": "resources", "outcome": "Skipped", "reason": "why",
    }  # fmt: skip
    assert found["summary"] == {"files": 12, "documents": 34, "changed": 1, "blocked": 0, "skipped": 1, "seconds": 0.25}
    assert [list(found["changes"][0]), text[-2:]] == [
        ["pass", "file", "document", "lines", "resource", "op", "path", "before", "after", "why", "source"],
        "}\n",
    ]


@pytest.mark.parametrize(
    ("made", "before", "after", "to"),
    [
        (change(Op.REMOVE, ("spec", "x"), before="old"), "old", None, None),
        (change(Op.INSERT, ("spec", "x"), value={"a": 1}), None, None, None),
        (change(Op.INSERT, ("spec", "x"), value=True), None, True, None),
        (change(Op.MOVE, ("spec", "a/b"), before="v", value=KEEP, to=("spec", "y", 0)), "v", "v", "/spec/y/0"),
        (change(Op.MOVE, ("spec", "x"), before="v", value="w", to=("spec", "y")), "v", "w", "/spec/y"),
        (change(Op.RENAME, ("spec", "x"), before=3, to=("spec", "y")), 3, 3, "/spec/y"),
        (change(Op.SET, ("spec", "x"), before=1.5, value=float("inf")), 1.5, "inf", None),
    ],
)
def test_values_are_scalars_or_null(made: Change, before: Any, after: Any, to: str | None) -> None:
    """Never a subtree; a move and a rename say where to."""
    found = told(changes=(made,))["changes"][0]
    assert (found["before"], found["after"], found.get("to")) == (before, after, to)


def test_paths_are_pointers() -> None:
    """RFC 6901."""
    assert told(changes=(change(Op.REMOVE, ("data", "a/b~c", 0)),))["changes"][0]["path"] == "/data/a~1b~0c/0"


@pytest.mark.parametrize(
    "made",
    [
        change(Op.SET, ("data", "password"), resource=SECRET, before="aHVudGVyMg==", value="aHVudGVyMg=="),
        change(Op.MOVE, ("items", 0, "stringData", "p"), resource=SECRET, before="hunter2 aHVudGVyMg==", value=KEEP, to=("x",)),
        change(
            Op.SET,
            ("secretGenerator", 0, "literals", 0),
            resource=ResourceId("", "Kustomization"),
            before="p=aHVudGVyMg==",
            value="q=aHVudGVyMg==",
        ),
        change(Op.SET, ("patches", 0, "patch"), before="kind: Secret\ndata: {p: aHVudGVyMg==}", value=None),
    ],
)
def test_values_of_secrets_never_appear(made: Change) -> None:
    """Whatever the operation, in a List, a generator or a patch."""
    text = as_json.render(plan(changes=(made,)))
    assert "aHVudGVyMg==" not in text and "<redacted>" in text


def test_a_comment_in_a_secret_is_redacted() -> None:
    """It may hold the old password."""
    old = b"kind: ConfigMap\ndata: {a: b} # fine\n---\nkind: Secret\nstringData:\n  p: new # was hunter2\n"
    dropped = (DroppedComment("s.yaml", 6, "# was hunter2"), DroppedComment("s.yaml", 2, "# fine"))
    found = told(old={"s.yaml": old}, dropped=dropped)["droppedComments"]
    assert [d["text"] for d in found] == ["<redacted>", "# fine"]


def test_a_file_name_that_is_no_text_is_still_json() -> None:
    """Its bytes are surrogates, written as escapes."""
    text = as_json.render(plan(changes=(change(Op.REMOVE, ("a",), file="caf\udce9.yaml"),)))
    data = text.encode("utf-8", "backslashreplace")
    assert json.loads(data)["changes"][0]["file"] == "caf\udce9.yaml"
