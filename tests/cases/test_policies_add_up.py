"""Kind 62: network policies add up: what one of them lets out, no other shuts in."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

from tests.cases.conftest import Case, cron_job
from transformer.passkit.testing import convert

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: tally, namespace: team}
spec:
  schedule: "0 5 * * *"
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: tally}}
        spec: {restartPolicy: Never, containers: [{name: tally, image: "t:1", command: [tally]}]}
"""
DENY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: team}\nspec: {podSelector: {}, policyTypes: [Egress]}\n"
OPEN = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: open, namespace: NS}\nspec: {podSelector: SELECTOR, policyTypes: [Egress], egress: [RULE]}\n"


@pytest.mark.parametrize(
    ("namespace", "selector", "rule", "told"),
    [
        ("team", "{}", "{}", False),
        ("team", "{matchLabels: {app: tally}}", "{ports: [{port: 443}]}", False),
        ("other", "{}", "{}", True),
        ("team", "{matchLabels: {app: web}}", "{}", True),
        ("team", "{}", "{ports: [{port: 5432}]}", True),
    ],
)
def test_62_another_policy_lets_the_pods_out(namespace: str, selector: str, rule: str, told: bool) -> None:
    """In the same namespace, for the same Pods, to the API."""
    other = OPEN.replace("NS", namespace).replace("SELECTOR", selector).replace("RULE", rule)
    found = convert({"cj.yaml": JOB, "deny.yaml": DENY, "open.yaml": other}, "cronworkflow").findings
    assert any(f.file == "deny.yaml" and f.source.endswith("egress-to-the-api") for f in found) is told


KYVERNO = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: k}\nspec:\n  rules:\n  - name: r\n    %s\n"
GATEKEEPER = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sX\nmetadata: {name: g}\nspec:\n  match:\n    kinds: [{apiGroups: [batch], kinds: [CronJob]}]\n    %s\n"
WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks:
- name: w
  objectSelector: {matchLabels: {team: %s}}
  rules: [{apiGroups: [batch], apiVersions: [v1], operations: [CREATE], resources: [cronjobs]}]
"""


@pytest.mark.parametrize(
    ("text", "concerned"),
    [
        (KYVERNO % "match: {any: [{resources: {kinds: [CronJob], namespaces: [other]}}]}", False),
        (KYVERNO % "match: {any: [{resources: {kinds: [CronJob], namespaces: ['a*']}}]}", True),
        (KYVERNO % "match: {any: [{resources: {kinds: [CronJob], namespaces: [x]}}, {resources: {kinds: [Job], namespaces: [a]}}]}", True),
        (KYVERNO % "match: {resources: {kinds: [CronJob], names: [other-*]}}", False),
        (KYVERNO % "match: {resources: {kinds: [CronJob], names: [rep*]}}", True),
        (KYVERNO % "match: {any: [{resources: {kinds: [CronJob], selector: {matchLabels: {team: x}}}}]}", False),
        (KYVERNO % "match: {any: [{resources: {kinds: [CronJob], selector: {matchLabels: {team: shop}}}}]}", True),
        (KYVERNO % "match: {any: [{resources: {kinds: [Pod]}}]}\n    exclude: {any: [{resources: {kinds: [CronJob]}}]}", False),
        (GATEKEEPER % "namespaces: [zzz]", False),
        (GATEKEEPER % "excludedNamespaces: [a]", False),
        (GATEKEEPER % "labelSelector: {matchLabels: {team: x}}", False),
        (GATEKEEPER % "namespaces: [a, zzz]", True),
        (WEBHOOK % "x", False),
        (WEBHOOK % "shop", True),
    ],
)
def test_62_an_admission_policy_is_matched_by_what_it_selects(case: Case, text: str, concerned: bool) -> None:
    done = case({"a.yaml": cron_job(more="namespace: a, labels: {team: shop}"), "p.yaml": text})
    assert [f["source"] for f in done.findings("CRON012")] == ["references/admission-policy"] * concerned
