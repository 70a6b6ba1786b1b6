"""Kinds 23, 62 and 66: names and labels that the converted job no longer has, in commands, expressions and annotations."""
# ruff: noqa: E501 - commands and expressions in one line

from __future__ import annotations

from time import process_time

import pytest

from tests.cases.conftest import Case, Converted

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  schedule: "0 5 * * *"
  timeZone: Etc/UTC
  jobTemplate:
    JOBLABELS
    spec:
      backoffLimit: 0
      template:
        metadata:
          labels: {app: report, tier: batch}
          annotations:
            NOTE
        spec:
          restartPolicy: Never
          containers:
          - name: keeper
            image: report:1
            command: [report]
"""


def text_of(note: str = "a/b: c", labels: str = "") -> str:
    return JOB.replace("NOTE", note).replace("    JOBLABELS\n", f"    metadata: {{labels: {{{labels}}}}}\n" if labels else "")


def rows(done: Converted) -> list[tuple[int, str]]:
    return [(f["line"], f["source"].removeprefix("references/")) for f in done.findings("CRON012")]


def script(case: Case, line: str, labels: str = "") -> list[tuple[int, str]]:
    return rows(case({"report.yaml": text_of(labels=labels), "run.sh": f"#!/bin/sh\n{line}\n"}))


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("""kubectl -n shop patch cronjob report -p '{"spec":{"suspend":true}}'""", "patch-of-cronjob"),
        ("""kubectl patch cronjobs.batch/report --type=strategic -n shop -p x""", "patch-of-cronjob"),
        ("kubectl set image cronjob/report keeper=report:2 -n shop", "set-on-cronjob"),
        ("kubectl -n shop set env cj/report A=b", "set-on-cronjob"),
        ("kubectl -n shop get cj report -o jsonpath='{.status.lastScheduleTime}'", "field-of-cronjob"),
        ("kubectl -n shop get cronjob report -o json | jq .spec.jobTemplate", "field-of-cronjob"),
        ("kubectl -n shop get cronjob/report -o jsonpath={.spec.schedule}", "field-of-cronjob"),
        ("kubectl -n shop get cronjob report -o yaml", "command-on-cronjob"),
        ("kubectl -n shop wait --for=condition=complete job -l app=report", "wait-for-jobs"),
        ("kubectl -n shop wait --for=condition=complete job/report-manual", "wait-for-jobs"),
        ("kubectl delete jobs --selector app=report,tier=batch -n shop", "command-on-jobs"),
        ("kubectl get job -l 'app==report' --all-namespaces", "command-on-jobs"),
        ("kubectl logs job/report-28400 -n shop", "command-on-jobs"),
        ("kubectl -n shop logs -l app=report -c keeper", "command-with-container"),
        ("kubectl logs report-28400-x2x -n shop --container=keeper", "command-with-container"),
        ("stern -n shop report-.* --container keeper", "command-with-container"),
    ],
)
def test_23_a_command_that_no_longer_works(case: Case, line: str, row: str) -> None:
    assert script(case, line) == [(2, row)]


@pytest.mark.parametrize(
    "line",
    [
        "kubectl -n shop wait --for=condition=complete job -l app=other",
        "kubectl -n shop get jobs -l app=report,tier=web",
        "kubectl -n others get jobs -l app=report",
        "kubectl -n shop get pods -l app=report",
        "kubectl -n shop logs deploy/web -c keeper",
        "kubectl -n shop logs -l app=web -c keeper",
        "sh -c keeper",
        "kubectl wait job/reporting -n shop",
        "a job -l app=report without the program",
        "kubectl patch deployment web -n shop -p x; echo cronjob/other",
    ],
)
def test_23_a_command_about_something_else(case: Case, line: str) -> None:
    assert script(case, line) == []


def test_23_jobs_with_labels_of_their_own_do_not_have_those_of_their_pods(case: Case) -> None:
    assert script(case, "kubectl -n shop get jobs -l app=report", labels="team: a") == []
    assert script(case, "kubectl -n shop get jobs -l team=a", labels="team: a") == [(2, "command-on-jobs")]


def test_23_a_command_over_several_lines(case: Case) -> None:
    """The finding stands at the line of the word that it is about."""
    assert script(case, "kubectl wait \\\n  --for=condition=complete \\\n  -n shop job -l app=report") == [(2, "wait-for-jobs")]
    assert script(case, "kubectl get \\\n  cronjob report \\\n  -n shop") == [(3, "command-on-cronjob")]
    assert script(case, "kubectl get \\\n  cronjob report \\\n  -n other") == []


def expression(case: Case, text: str, rule: str = "alert: A") -> list[tuple[int, str]]:
    head = f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: r}}\nspec:\n  groups:\n  - name: g\n    rules:\n    - {rule}\n      expr: "
    return rows(case({"report.yaml": text_of(), "rules.yaml": head + text + "\n"}))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('container_memory_working_set_bytes{container="keeper"} > 1e9', 9),
        ('sum(rate(x{namespace="shop",container=~"keeper|web"}[5m]))', 9),
        ('x{namespace=~"shop|bar", pod=~"report-.*", container="keeper"}', 9),
        ('x{container_name="keeper"}', 9),
        ('x{container=~"keep.*"}', 9),
        ('|\n        x{\n          namespace="shop",\n          container="keeper"\n        }', 12),
        ('\'{container="keeper"} |= "error"\'', 9),
    ],
)
def test_23_an_expression_that_selects_the_old_container(case: Case, text: str, line: int) -> None:
    assert expression(case, text) == [(line, "metric-of-container")]


@pytest.mark.parametrize(
    "text",
    [
        'x{container="web"}',
        'x{container!="keeper"}',
        'x{namespace="zzz", container="keeper"}',
        'x{namespace=~"zz.*", container="keeper"}',
        'x{pod=~"web-.*", container="keeper"}',
        'x{container=~".+"}',
        'x{image="keeper"}',
    ],
)
def test_62_an_expression_about_something_else(case: Case, text: str) -> None:
    assert expression(case, text) == []


def test_62_names_of_rules_are_no_expressions(case: Case) -> None:
    assert expression(case, "sum(up)", "record: job:kube_job_status_failed:sum") == []
    assert expression(case, "sum(up)", "record: kube_job_failed") == []
    assert expression(case, "sum(up)", "alert: kube_cronjob_late") == []
    assert expression(case, "job:kube_job_status_failed:sum > 0") == []
    assert expression(case, "sum(kube_job_status_failed)", "record: job:kube_job_status_failed:sum") == [(9, "metric-of-jobs")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('kube_job_labels{label_app="report"}', 9),
        ('|\n        kube_job_failed{\n          job_name=~"report-.*"\n        }', 10),
        ('kube_job_failed{job_name=~"^(report|web)-.*"}', 9),
        ('kube_job_failed{exported_namespace=~"shop|a"}', 9),
    ],
)
def test_23_a_metric_of_jobs_is_matched_by_its_labels(case: Case, text: str, line: int) -> None:
    assert expression(case, text) == [(line, "metric-of-jobs")]


@pytest.mark.parametrize(
    "text",
    [
        'kube_job_labels{label_app="web"}',
        '|\n        kube_job_failed{\n          job_name=~"web-.*"\n        }',
        'kube_job_failed{exported_namespace="other"}',
        'kube_job_failed{namespace=~"other|more"}',
        'kube_cronjob_info{cronjob=~"web|import"}',
    ],
)
def test_62_a_metric_of_other_jobs(case: Case, text: str) -> None:
    assert expression(case, text) == []


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('filter = "resource.labels.container_name=\\"keeper\\""', "log-field-of-container"),
        ("query: kube_container_name:keeper status:error", "log-field-of-container"),
        ("Path /var/log/containers/report-*_shop_keeper-*.log", "log-file-of-container"),
        ("Path /var/log/containers/*_shop_keeper-*.log", "log-file-of-container"),
    ],
)
def test_23_logs_by_the_old_container(case: Case, text: str, row: str) -> None:
    assert rows(case({"report.yaml": text_of(), "logs.conf": text})) == [(1, row)]


@pytest.mark.parametrize(
    "text",
    [
        "query: kube_container_name:web",
        "container_name: keeper",
        "Path /var/log/containers/web-*_shop_keeper-*.log",
        "Path /var/log/containers/*_other_keeper-*.log",
    ],
)
def test_62_logs_of_something_else(case: Case, text: str) -> None:
    assert rows(case({"report.yaml": text_of(), "logs.conf": text})) == []


@pytest.mark.parametrize(
    ("note", "line"),
    [
        ("""logs.example.com/config: '[{"container": "keeper", "parser": "json"}]'""", 14),
        ("""logs.example.com/config: '{"keeper": {"parser": "json"}}'""", 14),
        ("logs.example.com/containers: web,keeper", 14),
        ("logs.example.com/container-name: keeper", 14),
        ("fluentbit.io/parser-keeper: json", 14),
        ("co.elastic.logs.keeper/enabled: 'true'", 14),
        ("logs.example.com/keeper.parser: json", 14),
        ("logs.example.com/config: |\n              containers:\n              - name: keeper\n                parser: json", 16),
    ],
)
def test_66_an_annotation_that_names_the_old_container(case: Case, note: str, line: int) -> None:
    done = case({"report.yaml": text_of(note)})
    (told,) = [f for f in done.findings("CRON004") if f["source"] == "cronjob_rules/container-named-in-annotation"]
    assert (done.verdicts["report.yaml"], told["line"], told["severity"]) == ("Changed", line, "warning")
    assert "keeper is called main now" in told["message"] and note.splitlines()[-1].strip() in done.texts["report.yaml"]


@pytest.mark.parametrize(
    "note",
    [
        "example.com/about: the keeper of records",
        "example.com/container: web",
        "example.com/url: http://keeper/container",
        "example.com/team: keeper",
        'example.com/config: \'{"container": "web", "owner": ["keeper"]}\'',
        "kubectl.kubernetes.io/default-container: keeper",
    ],
)
def test_66_an_annotation_about_something_else(case: Case, note: str) -> None:
    told = case({"report.yaml": text_of(note)}).findings("CRON004")
    assert not [f for f in told if f["source"] == "cronjob_rules/container-named-in-annotation"]


def test_66_a_container_that_is_called_main_already_keeps_its_name(case: Case) -> None:
    done = case({"report.yaml": text_of("logs.example.com/container: main").replace("keeper", "main")})
    assert not [f for f in done.findings("CRON004") if "container" in f["source"]]
    assert script(case, "kubectl -n shop logs -l app=report -c main") == []


@pytest.mark.parametrize(
    "word", ["wait job ", "kubectl patch ", "job -l ", "cronjob ", "set image ", "-c keeper ", 'x{container="', "/containers/a_b_"]
)
def test_23_hostile_lines_cost_little(case: Case, word: str) -> None:
    """Seconds of processor time for 300 kB that nearly match everywhere: in one line, and in many."""
    started = process_time()
    text = word * (150_000 // len(word))
    case({"report.yaml": text_of(), "a.sh": text + "\n" + (word * 100 + "\n") * (1_500 // len(word))})
    assert process_time() - started < 10
