"""Whatever stands in the rest of a repository, what follows a conversion is found without a fault."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.passes.follows import converted, cronjob
from transformer.knowledge import table

WORDS = sorted({str(w) for row in table("references").rows for key in ("words", "names") for w in row.get(key) or ()})
KEYS = tuple(
    """rules apiGroups resources verbs resourceNames roleRef subjects kind name namespace spec template source sources path directory
    recurse include exclude project generators git files namespaceResourceWhitelist namespaceResourceBlacklist group targetRef
    ignoreDifferences healthChecks matchLabels matchExpressions key values selector podSelector metadata labels annotations
    aggregationRule clusterRoleSelectors workflowSpec templates executor serviceAccountName data instanceID job-name""".split()  # noqa: SIM905
)
KINDS = [
    ("rbac.authorization.k8s.io/v1", k) for k in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
] + [
    ("argoproj.io/v1alpha1", k) for k in ("AppProject", "Application", "ApplicationSet", "WorkflowTemplate")
] + [
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("kyverno.io/v1", "Policy"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
    ("v1", "ConfigMap"),
]  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.sampled_from([*WORDS, "report", "jobs", "*", "batch", "argoproj.io", "CronJob", "reporter"]),
)
JUNK = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)), max_leaves=12
)
OBJECTS = st.builds(
    lambda who, name, body: {**body, "apiVersion": who[0], "kind": who[1], "metadata": {"name": name, "namespace": "jobs"}},
    st.sampled_from(KINDS),
    st.sampled_from(["report", "x", "workflow-task-results", "workflow-controller-configmap"]),
    st.dictionaries(st.sampled_from(KEYS), JUNK, max_size=4),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(OBJECTS, min_size=1, max_size=4),
    st.lists(st.sampled_from([*WORDS, "kubectl", " ", "report", "{", "}", "=", "/", "\n", '"', "-n "]), max_size=20),
)
def test_junk_beside_a_converted_job(objects: list[dict[str, Any]], words: list[str]) -> None:
    """No fault, and a second run changes nothing."""
    text = "---\n".join(json.dumps(o) + "\n" for o in objects)
    converted({"jobs/a.yaml": cronjob(), "jobs/other.yaml": text}, beside={"run.sh": "".join(words)})
