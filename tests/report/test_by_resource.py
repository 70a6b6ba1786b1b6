"""A plan by resource: who was converted, refused with all reasons, added, left alone."""

from __future__ import annotations

from transformer.passkit.testing import convert
from transformer.report import as_json, markdown
from transformer.report.by_resource import Became, by_resource, sections
from transformer.report.frame import Frame

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}, namespace: jobs}}
spec:
  schedule: "{schedule}"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/{name}:1
              command: [run]
"""
FILES = {
    "jobs/good.yaml": JOB.format(name="good", schedule="0 2 * * *"),
    "jobs/bad.yaml": JOB.format(name="bad", schedule="nonsense") + "---\n" + JOB.format(name="also-bad", schedule="61 * * * *"),
    "jobs/off.yaml": JOB.format(name="off", schedule="0 2 * * *").replace("jobs}", 'jobs, annotations: {transformer.dev/skip: "*"}}'),
}
PLAN = convert(FILES, [("resources", {"defaults": {"requests": {"cpu": "250m", "memory": "512Mi"}}}), "cronworkflow"]).plan


def test_one_verdict_each() -> None:
    """A converted CronJob is one resource, whatever passes saw it under its new kind; refused ones come with every reason."""
    found = {s.resource.name: s for s in by_resource(PLAN) if s.verdict is not Became.ADDED}
    assert {name: s.verdict for name, s in found.items()} == {
        "good": Became.CONVERTED,
        "bad": Became.REFUSED,
        "also-bad": Became.REFUSED,
        "off": Became.LEFT_ALONE,
    }
    good = found["good"]
    assert good.becomes is not None and (good.becomes.kind, good.becomes.api_version) == ("CronWorkflow", "argoproj.io/v1alpha1")
    assert good.passes == ("resources", "cronworkflow")
    assert found["bad"].passes == ("resources",) and any(f.blocks for f in found["bad"].findings)
    assert "opted out" in found["off"].reasons[0]


def test_what_was_added() -> None:
    added = [s for s in by_resource(PLAN) if s.verdict is Became.ADDED]
    assert [(s.file, s.resource.kind) for s in added] == [
        ("jobs/workflow-permissions.yaml", "Role"),
        ("jobs/workflow-permissions.yaml", "RoleBinding"),
    ]


def test_sections_come_in_the_order_of_interest() -> None:
    """Converted, refused, added, left alone; at most so many of each, and the rest is counted."""
    assert [(s.title, s.count, s.rest) for s in sections(PLAN, 1)] == [
        ("Converted", 1, 0),
        ("Refused", 2, 1),
        ("Added", 2, 1),
        ("Left alone", 1, 0),
    ]


def test_in_the_reports() -> None:
    told = as_json.document(PLAN)["resources"]
    assert [r["verdict"] for r in told] == ["converted", "refused", "refused", "added", "added", "left alone"]
    body = markdown.render(PLAN, Frame())
    assert "Converted: 1 resource<" in body and "CronJob jobs/good → CronWorkflow" in body
