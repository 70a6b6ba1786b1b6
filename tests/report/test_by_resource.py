"""A plan by resource: who was converted, refused with all reasons, added, left alone."""

from __future__ import annotations

from transformer.passkit.testing import convert
from transformer.report import as_json, markdown
from transformer.report.by_resource import Became, by_resource
from transformer.report.frame import Frame
from transformer.report.sections import sections

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


def test_a_file_without_objects_counts_where_it_changes() -> None:
    """Else the numbers of the passes would not agree with the list: NAME=value lines of a generator, Helm values."""
    files = {
        "kustomization.yaml": "configMapGenerator:\n- name: workflow-controller-configmap\n  envs: [argo.env]\n",
        "argo.env": "containerRuntimeExecutor=docker\nother=1\n",
        "values.yaml": "unrelated: 1\n",
    }
    plan = convert(files, ["executor"]).plan
    assert {c.file for c in plan.changes} == {"argo.env"}
    assert [(s.title, s.what, s.lines) for s in sections(plan)] == [("Changed", "1 file", ("argo.env:1  (executor)",))]


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
        ("Refused", 2, 0),
        ("Added", 2, 1),
        ("Left alone", 1, 0),
    ]


def test_resources_are_counted_by_kind() -> None:
    """As a reviewer counts them, and as `init` does: jobs, not changes."""
    assert {s.title: s.what for s in sections(PLAN)} == {
        "Converted": "1 CronJob",
        "Refused": "2 CronJobs",
        "Added": "1 Role, 1 RoleBinding",
        "Left alone": "1 CronJob",
    }


def test_resources_with_the_same_reasons_stand_together() -> None:
    """The reason is printed once, with its row, and the resources under it; one that has another reason too stands alone."""
    files = {f"{n}.yaml": JOB.format(name=f"j{n}", schedule="0 2 * * *").replace("Policy: Never", "Policy: OnFailure") for n in range(9)}
    files["z.yaml"] = files["0.yaml"].replace("j0", "z").replace("0 2 * * *", "nonsense")
    (refused,) = sections(convert(files, ["cronworkflow"]).plan, 12)
    assert (refused.count, refused.rest) == (10, 0)
    assert refused.lines[0].startswith("9 × CRON002 restart-policy-on-failure: OnFailure restarts")
    assert refused.lines[1:3] == ("    0.yaml:10  CronJob jobs/j0", "      line 10: restartPolicy")
    assert "    … and 3 more" in refused.lines
    alone = refused.lines[refused.lines.index("    … and 3 more") + 1 :]
    assert alone[0].endswith("CronJob jobs/z") and sum("CRON" in line for line in alone) >= 2
    (whole,) = sections(convert(files, ["cronworkflow"]).plan)
    assert not any("more" in line for line in whole.lines[1:])


def test_in_the_reports() -> None:
    told = as_json.document(PLAN)["resources"]
    assert [r["verdict"] for r in told] == ["converted", "refused", "refused", "added", "added", "left alone"]
    body = markdown.render(PLAN, Frame())
    assert "Converted: 1 CronJob<" in body and "CronJob jobs/good → CronWorkflow" in body
