"""Kind 35: rules of the namespace that hold for Argo's init and wait containers."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

from dataclasses import replace

import pytest

from transformer.model import Severity
from transformer.passkit.testing import USUAL_TARGET, Result, convert

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: tally, namespace: team}
spec:
  schedule: "0 5 * * *"
  timeZone: Etc/UTC
  jobTemplate:
    spec:
      backoffLimit: 0
      template: {spec: {restartPolicy: Never, containers: [{name: tally, image: "t:1", command: [tally]}]}}
"""
QUOTA = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: all, namespace: team}\nspec:\n  hard: {HARD}\n"
RANGE = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: all, namespace: team}\nspec:\n  limits:\n  - {RANGE}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap, namespace: argo}\ndata:\n  executor: |\n    resources: {RESOURCES}\n"
BOTH = "limits.cpu: '20', limits.memory: 40Gi"


def run(*texts: str, mode: str = "standard") -> Result:
    files = {"cj.yaml": JOB, **{f"{n}.yaml": text for n, text in enumerate(texts)}}
    return convert(files, "cronworkflow", replace(USUAL_TARGET, gke_mode=mode))


def told(ran: Result) -> list[tuple[str, int, str, Severity]]:
    return [(f.file, f.line, f.subject, f.severity) for f in ran.findings if f.code == "CRON013"]


def quota(hard: str) -> str:
    return QUOTA.replace("HARD", hard)


def limits(text: str) -> str:
    return RANGE.replace("{RANGE}", text)


def config(resources: str) -> str:
    return CONFIG.replace("{RESOURCES}", resources)


def test_35_a_quota_on_what_argos_containers_do_not_say() -> None:
    """At its line, with the remedy; certain where the controller's configuration is here, and says nothing."""
    ran = run(quota(f"requests.cpu: '10', {BOTH}"))
    assert told(ran) == [("0.yaml", 5, "tally: requests.cpu, limits.cpu, limits.memory", Severity.WARNING)]
    assert "executor: |\n  resources:" in ran.told("CRON013").remedy
    assert told(run(quota(BOTH), config("{}")))[0][3] is Severity.ERROR


@pytest.mark.parametrize(
    "texts",
    [
        (quota("pods: '10', count/jobs.batch: '5', requests.storage: 1Ti"),),
        (quota(BOTH).replace("namespace: team", "namespace: other"),),
        (quota(BOTH).replace("spec:", "spec:\n  scopes: [BestEffort]"),),
        (quota(BOTH), config("{limits: {cpu: 100m, memory: 64Mi}}")),
        (quota(f"requests.cpu: '1', {BOTH}"), config("{limits: {cpu: 100m, memory: 64Mi}}")),
    ],
)
def test_35_a_quota_that_they_keep(texts: tuple[str, ...]) -> None:
    """Other things, another namespace, other Pods, or values in the controller's configuration."""
    assert told(run(*texts)) == []


def test_35_defaults_of_the_namespace_fill_in() -> None:
    """Then the quota is kept, and what they cost is told."""
    ran = run(quota(BOTH), limits("{type: Container, default: {cpu: 1, memory: 1Gi}}"))
    assert told(ran) == [("1.yaml", 6, "tally: requests.cpu, requests.memory, limits.cpu, limits.memory", Severity.INFO)]


def test_35_the_sum_over_a_pod() -> None:
    """A most for the Pod wants a limit of each container, a least a request."""
    assert [t[2] for t in told(run(limits("{type: Pod, max: {cpu: 4}, min: {memory: 1Gi}}")))] == ["tally: limits.cpu, requests.memory"]


@pytest.mark.parametrize(
    ("limit", "resources", "what"),
    [
        ("{type: Container, min: {cpu: 200m}}", "{requests: {cpu: 10m}}", "requests.cpu"),
        ("{type: Container, max: {memory: 64Mi}}", "{limits: {memory: 128Mi}}", "limits.memory, requests.memory"),
        ("{type: Container, min: {cpu: 5m}, max: {cpu: 1}}", "{requests: {cpu: 10m}, limits: {cpu: 100m}}", ""),
    ],
)
def test_35_values_outside_the_range(limit: str, resources: str, what: str) -> None:
    """What the controller's configuration gives is judged."""
    found = [t for t in told(run(limits(limit), config(resources))) if t[3] is Severity.ERROR]
    assert [t[2] for t in found] == ([f"tally: {what}"] if what else [])


@pytest.mark.parametrize(
    ("texts", "row"),
    [
        ((quota(BOTH),), "namespace_rules/quota"),
        ((limits("{type: Pod, max: {cpu: 4}}"),), "namespace_rules/pod-limit"),
        ((limits("{type: Container, min: {cpu: 200m}}"), config("{requests: {cpu: 10m}}")), "namespace_rules/container-limit"),
        ((limits("{type: Container, default: {cpu: 1, memory: 1Gi}}"),), "namespace_rules/defaults"),
    ],
)
def test_35_each_rule_is_cited(texts: tuple[str, ...], row: str) -> None:
    assert row in {f.source for f in run(*texts).findings if f.code == "CRON013"}


def test_35_autopilot_writes_requests_itself() -> None:
    """Limits may stay unset."""
    assert [t[2] for t in told(run(quota(f"requests.cpu: '1', {BOTH}"), mode="autopilot"))] == ["tally: limits.cpu, limits.memory"]


@pytest.mark.parametrize(
    ("scope", "concerned"),
    [
        ("scopes: [BestEffort]", False),
        ("scopes: [NotBestEffort]", True),
        ("scopes: [Terminating]", False),
        ("scopes: [NotTerminating]", True),
        ("scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}", False),
        ("scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: NotIn, values: [high]}]}", True),
        ("scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: Exists}]}", False),
    ],
)
def test_35_a_quota_about_some_pods_only(scope: str, concerned: bool) -> None:
    assert bool(told(run(f"{quota(BOTH)}  {scope}\n"))) is concerned


NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n"
CONTEXT = "{allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}"


def test_35_a_namespace_that_takes_restricted_pods_only() -> None:
    """At its label, once for all jobs in it; nothing where the controller gives its containers what the standard asks for."""
    second = JOB.replace("tally", "count")
    ran = run(NAMESPACE, second)
    assert told(ran) == [("0.yaml", 6, "count, tally", Severity.WARNING)]
    assert "executor: |\n  securityContext:" in ran.told("CRON013").remedy
    assert ran.told("CRON013").source == "namespace_rules/pod-security-restricted"
    settled = CONFIG.replace("resources: {RESOURCES}", f"securityContext: {CONTEXT}")
    assert told(run(NAMESPACE, settled)) == []
    assert told(run(NAMESPACE, config("{}")))[0][3] is Severity.ERROR


@pytest.mark.parametrize(
    "text",
    [NAMESPACE.replace("restricted", "baseline"), NAMESPACE.replace("name: team", "name: other"), NAMESPACE.replace("enforce", "warn")],
)
def test_35_a_namespace_that_takes_the_pods(text: str) -> None:
    assert told(run(text)) == []
