"""Kind 62: network policies add up: what one of them lets out, no other shuts in."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

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
