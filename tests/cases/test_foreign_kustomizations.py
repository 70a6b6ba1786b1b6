"""Kinds of fault: a refusal on grounds that cannot hold (20, 58); a file that does not parse acts on what it cannot reach (56)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import CRONWORKFLOW, Case, Converted, cron_job

BASE = {"base/cronjob.yaml": cron_job(more="namespace: a"), "base/kustomization.yaml": "resources: [cronjob.yaml]\n"}
UNREADABLE = "resources: [%s]\n{%% if x %%}\nnamespace: x\n{%% endif %%}\n"


def _done(done: Converted) -> bool:
    return "kind: CronWorkflow" in done.texts.get("base/cronjob.yaml", "")


@pytest.mark.parametrize("names", ["../base", "base", "../../x/base", "{{ which }}", "other/base", "../../hack/base"])
def test_what_does_not_parse_cannot_reach_what_it_does_not_name(case: Case, names: str) -> None:
    """One finding at the file, and none where it is excluded."""
    files = {**BASE, "hack/tpl/kustomization.yaml": UNREADABLE % names}
    done = case(files)
    assert _done(done) and done.code == 0
    assert [(f["code"], f["line"]) for f in done.report["findings"] if f["file"].startswith("hack/")] == [
        ("CRON012", 1 if "{" in names else 2)
    ]
    quiet = case(files, 'exclude: ["hack/**"]\n' + CRONWORKFLOW)
    assert _done(quiet) and not [f for f in quiet.report["findings"] if f["file"].startswith("hack/")]


@pytest.mark.parametrize(
    "names", ["../../base", "../../{{ which }}", "../../base/cronjob.yaml", "../../base/", "https://example.com/o/r//base?ref=x"]
)
def test_what_it_names_is_refused(case: Case, names: str) -> None:
    """Unless it is excluded."""
    files = {**BASE, "hack/tpl/kustomization.yaml": UNREADABLE % names}
    done = case(files)
    assert not _done(done) and [f["code"] for f in done.report["findings"] if f["severity"] == "error"] == ["KUS001"]
    assert _done(case(files, 'exclude: ["hack/**"]\n' + CRONWORKFLOW))


def test_the_parent_folder(case: Case) -> None:
    assert not _done(case({**BASE, "base/over/kustomization.yaml": UNREADABLE % ".."}))


def test_an_excluded_patch_that_is_named_still_acts(case: Case) -> None:
    """Kustomize reads it, whoever is told to leave it alone; one that nothing names acts on nothing."""
    patch = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec: {suspend: true}\n"
    files = {**BASE, "patches/p.yaml": patch, "over/kustomization.yaml": "resources: [../base]\npatches: [{path: ../patches/p.yaml}]\n"}
    done = case(files, 'exclude: ["patches/**"]\n' + CRONWORKFLOW)
    (found,) = done.findings("KUS001")
    assert "over/kustomization.yaml:2" in found["message"] and "changes CronJob" in found["message"]
    assert _done(case(files, 'exclude: ["patches/**", "over/**"]\n' + CRONWORKFLOW))


def test_an_excluded_object_is_looked_at_by_nobody(case: Case) -> None:
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: d, namespace: a}\n"
    policy += "spec: {podSelector: {}, policyTypes: [Egress]}\n"
    files = {**BASE, "old/policy.yaml": policy}
    assert [f["file"] for f in case(files).findings("CRON012")] == ["old/policy.yaml"]
    assert not case(files, "exclude: [old/]\n" + CRONWORKFLOW).findings("CRON012")


@pytest.mark.parametrize(
    "text",
    ["$(date -d 'yesterday' +%s)", "$(date)", "$(cat /etc/name)", "$((1 + 2))", "$(jq -r .x f | head)", "$(./run)", "$(hostname)", "$()"],
)
def test_text_of_a_shell_is_no_variable_of_a_remote_base(case: Case, text: str) -> None:
    files = {
        **BASE,
        "base/cronjob.yaml": cron_job(more="namespace: a", container=f'command: [sh, -c, "echo {text}"]'),
        "over/kustomization.yaml": 'resources: [../base, "https://example.com/o/r//c?ref=v1"]\n',
    }
    assert _done(case(files))


def test_a_name_may_be_one(case: Case) -> None:
    """A variable that somebody else may define is filled in as before: Kustomize is told where."""
    job = cron_job(more="namespace: a", container='command: [sh, -c, "echo $(CLUSTER)"]')
    over = 'resources: [../base, "https://example.com/o/r//c?ref=v1"]\n'
    done = case({**BASE, "base/cronjob.yaml": job, "over/kustomization.yaml": over})
    assert _done(done)
    assert "varReference" in done.texts["base/cronworkflow-component/variables.yaml"]


FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: jobs, namespace: flux-system}
spec: {interval: 10m, path: %s, prune: true, sourceRef: {kind: GitRepository, name: fleet}}
"""
ACCOUNT = "          serviceAccountName: tally\n"


@pytest.mark.parametrize("path", ["./base", "base/", "./", "/base"])
def test_a_folder_that_flux_reads_whole_renames_nothing(case: Case, path: str) -> None:
    assert _done(case({"base/cronjob.yaml": cron_job(more="namespace: a", pod=ACCOUNT), "clusters/prod/jobs.yaml": FLUX % path}))


def test_a_prefix_where_nothing_that_it_refers_to_is_renamed(case: Case) -> None:
    """The account `default` is nobody's object, and a file that does not parse holds no object that it does not name."""
    files = {
        **BASE,
        "base/odd.yaml": "kind: ServiceAccount\nmetadata: {{ x\n",
        "base/kustomization.yaml": "resources: [cronjob.yaml, odd.yaml]\nnamePrefix: p-\n",
    }
    assert _done(case({**files, "base/cronjob.yaml": cron_job(more="namespace: a", pod="          serviceAccountName: default\n")}))
    odd = {"base/odd.yaml": "kind: ServiceAccount\nmetadata: [name: other\n"}
    assert _done(case({**files, **odd, "base/cronjob.yaml": cron_job(more="namespace: a", pod=ACCOUNT)}))
    odd = {"base/odd.yaml": "kind: ServiceAccount\nmetadata: [name: tally\n"}
    done = case({**files, **odd, "base/cronjob.yaml": cron_job(more="namespace: a", pod=ACCOUNT)})
    assert _done(done)
    assert "nameReference" in done.texts["base/cronworkflow-component/names.yaml"]
