"""Kind 22: containers that an admission webhook adds, and scripts that end them."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

from collections.abc import Mapping

import pytest

from transformer.knowledge import Row, table
from transformer.model import Severity, Verdict
from transformer.passkit.testing import Result, convert

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: pay, namespace: shop}
spec:
  schedule: "0 5 * * *"
  timeZone: Etc/UTC
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        metadata:
          labels: {LABELS}
          annotations: {NOTES}
        spec:
          restartPolicy: Never
          VOLUMES
          containers:
          - name: pay
            image: pay:1
            command: [bash, -c]
            args:
            - |
              # pay
              SCRIPT
              pay --all
"""


def run(
    labels: str = "a: b",
    notes: str = "a: b",
    script: str = "true",
    volumes: str = "enableServiceLinks: true",
    accept: tuple[str, ...] = (),
    files: Mapping[str, str] | None = None,
) -> Result:
    text = JOB.replace("LABELS", labels).replace("NOTES", notes).replace("SCRIPT", script).replace("VOLUMES", volumes)
    return convert({"pay.yaml": text, **{f"{k}.yaml": v for k, v in (files or {}).items()}}, ("cronworkflow", {"accept": list(accept)}))


def namespace(meta: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  {meta}\n"


@pytest.mark.parametrize(
    ("labels", "notes", "files", "place"),
    [
        ('sidecar.istio.io/inject: "true"', "a: b", {}, "Istio (pay.yaml:12: sidecar.istio.io/inject)"),
        ("a: b", 'sidecar.istio.io/inject: "true"', {}, "Istio (pay.yaml:13: sidecar.istio.io/inject)"),
        ("istio.io/rev: canary", "a: b", {}, "Istio (pay.yaml:12: istio.io/rev)"),
        ("a: b", "linkerd.io/inject: enabled", {}, "Linkerd (pay.yaml:13: linkerd.io/inject)"),
        ("a: b", 'consul.hashicorp.com/connect-inject: "true"', {}, "Consul (pay.yaml:13: consul.hashicorp.com/connect-inject)"),
        ("a: b", 'vault.hashicorp.com/agent-inject: "true"', {}, "the Vault agent (pay.yaml:13: vault.hashicorp.com/agent-inject)"),
        ('admission.datadoghq.com/enabled: "true"', "a: b", {}, "Datadog (pay.yaml:12: admission.datadoghq.com/enabled)"),
        ("a: b", "a: b", {"ns": namespace("labels: {istio-injection: enabled}")}, "Istio (ns.yaml:5: istio-injection of namespace shop)"),
        (
            "a: b",
            "a: b",
            {"ns": namespace("annotations: {linkerd.io/inject: enabled}")},
            "Linkerd (ns.yaml:5: linkerd.io/inject of namespace shop)",
        ),
    ],
)
def test_22_an_injected_container_is_told_with_what_shows_it(labels: str, notes: str, files: dict[str, str], place: str) -> None:
    """Converted, with a warning that says what to do."""
    ran = run(labels, notes, files=files)
    (told,) = [f for f in ran.findings if f.source == "cronjob_rules/injected-container"]
    assert (ran.verdict("pay.yaml"), told.severity, told.subject) == (Verdict.CHANGED, Severity.WARNING, place)
    assert "workflows.argoproj.io/kill-cmd-" in told.remedy and "Turn it off" in told.remedy


@pytest.mark.parametrize(
    ("labels", "notes", "files"),
    [
        ('sidecar.istio.io/inject: "false"', "a: b", {"ns": namespace("labels: {istio-injection: enabled}")}),
        ("a: b", "linkerd.io/inject: disabled", {"ns": namespace("annotations: {linkerd.io/inject: enabled}")}),
        ("a: b", "a: b", {"ns": namespace("labels: {istio-injection: disabled}")}),
        ("a: b", "a: b", {"ns": namespace("labels: {istio-injection: enabled}").replace("shop", "other")}),
        ("a: b", 'vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/agent-pre-populate-only: "true"', {}),
    ],
)
def test_22_where_nothing_is_injected(labels: str, notes: str, files: dict[str, str]) -> None:
    """The Pod turns it off, or it is about another namespace."""
    assert not [f for f in run(labels, notes, files=files).findings if "inject" in f.source]


SCRIPTS = [
    "wget -qO- --post-data= http://127.0.0.1:15020/quitquitquit",
    "curl -X POST localhost:4191/shutdown",
    "pkill -f pilot-agent",
    "kill -INT $(pidof envoy)",
    "linkerd-await --shutdown -- true",
    "wget --post-data=hello http://127.0.0.1:8200/agent/v1/agent/quit",
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_22_a_script_that_ends_the_proxy_needs_consent(script: str) -> None:
    """Label and script line are named; every run would end in an error."""
    ran = run('sidecar.istio.io/inject: "true"', script=script)
    told = ran.told("CRON002")
    assert ran.verdict("pay.yaml") is Verdict.BLOCKED
    assert "pay.yaml:24: " in told.subject and "pay.yaml:12: sidecar.istio.io/inject" in told.subject
    assert run(script=script, accept=("proxy-ended-by-script",)).verdict("pay.yaml") is Verdict.CHANGED


def test_22_a_script_in_a_config_map_that_the_job_mounts() -> None:
    """With its own line."""
    held = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scripts, namespace: shop}\ndata:\n  run.sh: |\n    pay\n    curl localhost:15020/quitquitquit\n"
    ran = run(volumes="volumes: [{name: s, configMap: {name: scripts}}]", files={"cm": held})
    assert "cm.yaml:7: quitquitquit" in ran.told("CRON002").subject
    assert run(files={"cm": held}).verdict("pay.yaml") is Verdict.CHANGED


@pytest.mark.parametrize("script", ["kill $PID", "pkill -f worker", "echo shutdown", "killall nginx"])
def test_22_other_scripts_are_left_alone(script: str) -> None:
    """They end something of their own."""
    assert run(script=script).verdict("pay.yaml") is Verdict.CHANGED


@pytest.mark.parametrize("row", table("injectors").rows, ids=lambda row: row.id)
def test_22_every_injector_is_known(row: Row) -> None:
    """By each way of the Pod's and of its Namespace's to ask for it."""
    for column in ("labels", "annotations"):
        for key, values in (row.get(column) or {}).items():
            meta = f'"{key}": "{values[0].replace("*", "x")}"'
            ran = run(labels=meta) if column == "labels" else run(notes=meta)
            assert any(row["name"] in f.full_message for f in ran.findings), (column, key)
    for column in ("labels", "annotations"):
        for key, values in (row.get(f"namespace-{column}") or {}).items():
            ran = run(files={"ns": namespace(f'{column}: {{"{key}": "{values[0].replace("*", "x")}"}}')})
            assert any(row["name"] in f.full_message for f in ran.findings), (column, key)
