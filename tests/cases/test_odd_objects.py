"""Kind of fault: a foreign object of odd shape ends the work behind all conversions (case 52)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import Case, cron_job

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: d, namespace: %s}
spec: {podSelector: {}, policyTypes: [Egress]}
"""
ODD = {
    "policy": POLICY % "{{ .Namespace }}",
    "policy of a key that is a list": "? [a, b]\n: c\n" + POLICY % "x",
    "role": "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: {{ x }}, namespace: a}\nrules: []\n",
    "binding": "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: x, namespace: a}\nsubjects: [{{ s }}]\n",
    "project": "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: {{ p }}}\nspec: {}\n",
    "application": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {source: {{ s }}}\n",
    "merge": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, <<: 5}\nautomountServiceAccountToken: false\n",
}


@pytest.mark.parametrize("what", sorted(ODD))
def test_it_costs_only_itself(case: Case, what: str) -> None:
    """One finding at its line; the job is converted with what belongs to it, byte for byte as without the odd file."""
    job = {"cronjob.yaml": cron_job(more="namespace: a")}
    alone = case(job)
    done = case({**job, "odd.yaml": ODD[what]})
    (told,) = [f for f in done.report["findings"] if f["file"] == "odd.yaml"]
    assert done.code == 0
    assert done.texts == alone.texts
    assert told["severity"] == "warning"
    assert "? " in ODD[what][:2] or ODD[what].splitlines()[told["line"] - 1].count("{") > 0


def test_beside_it_in_one_file(case: Case) -> None:
    """The other documents of its file, and the other items of its List, are done."""
    odd = cron_job("odd", more="labels: {{{ x }}: y}")
    done = case({"jobs.yaml": cron_job("one") + "---\n" + odd + "---\n" + cron_job("two")})
    assert done.code == 0
    assert done.texts["jobs.yaml"].count("kind: CronWorkflow") == 2
    (told,) = done.findings("YAML001")
    assert done.report["base"] and told["line"] == cron_job("one").count("\n") + 4


@pytest.mark.parametrize(
    "text", ["- a\n", "5\n", "metadata: []\nkind: [x]\n", "kind: NetworkPolicy\nspec: []\n", "kind: List\nitems: {}\n", "[1]: 2\n"]
)
def test_what_is_no_object(case: Case, text: str) -> None:
    job = {"cronjob.yaml": cron_job(more="namespace: a")}
    done = case({**job, "odd.yaml": "# NetworkPolicy Role AppProject CronJob\n" + text})
    assert done.code == 0
    assert done.texts == case(job).texts


@pytest.mark.parametrize("namespace", ['"{{ .Namespace }}"', "${NAMESPACE}", "team-${X}"])
def test_a_policy_whose_namespace_is_a_placeholder(case: Case, namespace: str) -> None:
    """It may hold for the job: one finding at its line."""
    done = case({"cronjob.yaml": cron_job(more="namespace: a"), "policy.yaml": POLICY.replace("%s", namespace)})
    (told,) = [f for f in done.report["findings"] if f["file"] == "policy.yaml"]
    assert (told["code"], told["line"], done.code) == ("CRON012", 3, 0) and "cronjob.yaml" in done.texts


@pytest.mark.parametrize("spec", ["'..'", "true", "[]", "'a: b'", "null"])
def test_a_flux_kustomization_whose_spec_is_no_mapping_deploys_nothing(case: Case, spec: str) -> None:
    """No API server takes it, so it neither reaches a job nor ends the run."""
    flux = f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: f}}\nspec: {spec}\n"
    odd = "configurations: [missing.yaml]\nresources: []\n"
    done = case({"jobs/cronjob.yaml": cron_job(more="namespace: a"), "flux/f.yaml": flux, "odd/kustomization.yaml": odd})
    assert done.verdicts["jobs/cronjob.yaml"] == "Changed" and done.code == 0
