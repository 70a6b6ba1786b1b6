"""Kind of fault: an unknown namespace is taken for every namespace (case 60)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import CRONWORKFLOW, Case, Converted, cron_job

WITHOUT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default%s}\nautomountServiceAccountToken: false\n"
POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: d%s}\nspec: {podSelector: {}, policyTypes: [Egress]}\n"
JOB = {"b/cronjob.yaml": cron_job()}
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: b, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://git.example.net/x.git", path: %s}
  destination: {server: "https://kubernetes.default.svc", namespace: %s}
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: b, namespace: flux-system}
spec: {interval: 10m, path: ./b, targetNamespace: %s, sourceRef: {kind: GitRepository, name: fleet}}
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n"


def _done(done: Converted) -> bool:
    return "kind: CronWorkflow" in done.texts.get("b/cronjob.yaml", "")


def _granted_in(done: Converted) -> str:
    """The namespace of the subject in the file of permissions."""
    lines = done.texts.get("b/workflow-permissions.yaml", "").splitlines()
    return next((line.split()[-1] for line in reversed(lines) if "namespace:" in line), "")


@pytest.mark.parametrize(
    "account",
    [
        {"a/sa.yaml": WITHOUT % "", "a/kustomization.yaml": "namespace: team-a\nresources: [sa.yaml]\n"},
        {"a/sa.yaml": WITHOUT % ", namespace: team-a"},
        {"a/sa.yaml": WITHOUT % "", "apps/a.yaml": APPLICATION % ("a", "team-a")},
        {"a/sa.yaml": WITHOUT % "", "a/ns.yaml": NAMESPACE % "team-a"},
    ],
)
def test_an_account_of_a_namespace_that_is_not_known_to_be_the_job_s(case: Case, account: dict[str, str]) -> None:
    assert _done(case({**JOB, **account}))


@pytest.mark.parametrize("policy", [POLICY % ", namespace: team-a", "---\n" + POLICY % ", namespace: other"])
def test_a_policy_elsewhere_is_no_warning(case: Case, policy: str) -> None:
    assert not case({**JOB, "a/policy.yaml": policy}).findings("CRON012")


def test_one_that_may_be_the_same(case: Case) -> None:
    """Nothing names a namespace for either of them, or both are in one."""
    assert not _done(case({**JOB, "b/sa.yaml": WITHOUT % ""}))
    assert not _done(case({**JOB, "a/sa.yaml": WITHOUT % ""}))
    files = {"b/cronjob.yaml": cron_job(more="namespace: a"), "a/sa.yaml": WITHOUT % "", "apps/a.yaml": APPLICATION % ("./a/", "a")}
    assert not _done(case(files))


@pytest.mark.parametrize(
    ("files", "config", "namespace"),
    [
        (
            {"b/kustomization.yaml": "namespace: by-kustomization\nresources: [cronjob.yaml]\n", "x.yaml": APPLICATION % ("b", "y")},
            "",
            "by-kustomization",
        ),
        ({"apps/b.yaml": APPLICATION % ("b", "by-application"), "b/ns.yaml": NAMESPACE % "other"}, "", "by-application"),
        ({"apps/b.yaml": APPLICATION % ("./b/", "by-application")}, "namespaces: {b/**: other}\n", "by-application"),
        ({"apps/b.yaml": APPLICATION % (". , directory: {recurse: true}", "by-application")}, "", "by-application"),
        (
            {"b/kustomization.yaml": "resources: [cronjob.yaml]\n", "apps/b.yaml": APPLICATION % ("b", "by-application")},
            "",
            "by-application",
        ),
        ({"clusters/b.yaml": FLUX % "by-flux"}, "", "by-flux"),
        ({"b/ns.yaml": NAMESPACE % "by-object"}, "namespaces: {b: other}\n", "by-object"),
        ({}, "namespaces: {c/**: other, b/**: by-configuration, '**': late}\n", "by-configuration"),
        ({}, "namespaces: {b: by-configuration}\n", "by-configuration"),
        ({"b/ns.yaml": NAMESPACE % "x" + "---\n" + NAMESPACE % "y"}, "", "last-resort"),
        ({"apps/b.yaml": APPLICATION % ("c", "x")}, "", "last-resort"),
        ({"apps/b.yaml": APPLICATION % ("b", '"{{ns}}"')}, "", "last-resort"),
    ],
)
def test_where_a_namespace_is_looked_for(case: Case, files: dict[str, str], config: str, namespace: str) -> None:
    done = case({**JOB, **files}, config + "passes:\n  - cronworkflow: {defaultNamespace: last-resort}\n")
    assert _done(done) and _granted_in(done) == namespace


def test_two_applications_do_not_agree(case: Case) -> None:
    done = case({**JOB, "apps/b.yaml": APPLICATION % ("b", "x") + "---\n" + APPLICATION % ("b", "y")}, CRONWORKFLOW)
    (told,) = done.findings("CRON011")
    assert _done(done) and "do not agree" in told["message"]


def test_a_namespace_that_is_filled_in(case: Case) -> None:
    """It is nobody's by a setting either."""
    done = case({"b/cronjob.yaml": cron_job(more='namespace: "${NS}"')}, "namespaces: {b: x}\n" + CRONWORKFLOW)
    assert _granted_in(done) in ("", '"${NS}"')
