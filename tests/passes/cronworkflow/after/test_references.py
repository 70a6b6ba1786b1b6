"""What elsewhere selects, allows or names a converted CronJob: told at its place, or extended where that is exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import test_old_names
from tests.passes.follows import Followed, converted, cronjob
from transformer.knowledge import table

SELECTOR = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: egress
  namespace: jobs
spec:
  podSelector:
    matchExpressions:
      - {key: batch.kubernetes.io/job-name, operator: Exists}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: jobs}\nspec:\n  selector:\n    job-name: %s\n"
MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: m, namespace: monitoring}
spec:
  namespaceSelector: {%s}
  selector:
    matchLabels: {job-name: report-1}
"""
CILIUM = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: jobs}
spec:
  endpointSelector:
    matchLabels:
      k8s:batch.kubernetes.io/job-name: report-1
"""
RIGHTS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: operators, namespace: jobs}
rules:
  - apiGroups: [batch]
    resources: [cronjobs]
    verbs: [get, patch]
"""
SCALER = """\
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: report, namespace: jobs}
spec:
  targetRef:
    apiVersion: batch/v1
    kind: CronJob
    name: report
"""
HEALTH = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: x, namespace: flux-system}
spec:
  path: ./elsewhere
  healthChecks:
    - {apiVersion: batch/v1, kind: CronJob, name: report, namespace: jobs}
"""
DIFFERENCES = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: x, namespace: argocd}
spec:
  source: {path: jobs}
  ignoreDifferences:
    - {group: batch, kind: CronJob, jsonPointers: [/spec/suspend]}
"""
POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: limits}
spec:
  rules:
    - match: {any: [{resources: {kinds: [batch/v1/CronJob]}}]}
"""
WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: v}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [batch], apiVersions: [v1], operations: [CREATE], resources: [jobs]}]
"""
ALERTS = """\
groups:
  - rules:
      - expr: kube_job_status_failed{namespace="jobs", job_name=~"report-.*"} > 0
      - expr: time() - kube_cronjob_status_last_successful_time{cronjob="report"} > 90000
      - expr: kube_cronjob_info{cronjob="another"}
      - expr: kube_job_info{namespace="others"}
      - expr: kube_pod_labels{label_job_name!=""}
"""
SCRIPT = """\
#!/bin/sh
kubectl create job --from=cronjob/report "manual-$(date +%s)" -n jobs
kubectl -n jobs patch cronjob report -p '{"spec":{"suspend":true}}'
kubectl create job --from=cronjob/another x
kubectl -n others delete cronjob/report
kubectl logs -n jobs -l job-name=report-1234
echo the cronjob report is fine
"""


def told(done: Followed) -> list[tuple[str, int, str]]:
    return [(f.file, f.line, f.source.removeprefix("references/")) for f in done.findings("CRON012")]


def with_job(files: dict[str, str], beside: dict[str, str] | None = None, job: str = "", **params: str) -> Followed:
    return converted({"jobs/a.yaml": job or cronjob(), **files}, beside=beside, permissions="report", **params)


@pytest.mark.parametrize(
    ("text", "line", "row"),
    [
        (SELECTOR, 9, "selector-of-jobs"),
        (SERVICE % "report-28400", 6, "selector-of-jobs"),
        (MONITOR % "any: true", 7, "selector-of-jobs"),
        (MONITOR % "matchNames: [jobs]", 7, "selector-of-jobs"),
        (CILIUM, 7, "selector-of-jobs"),
        (RIGHTS, 5, "rights-on-jobs"),
        (SCALER, 7, "autoscaler-target"),
        (SCALER.replace("targetRef", "scaleTargetRef"), 7, "object-reference"),
        (HEALTH, 7, "health-check"),
        (DIFFERENCES, 7, "ignored-differences"),
        (POLICY, 6, "admission-policy"),
        (WEBHOOK, 6, "admission-policy"),
    ],
)
def test_an_object(text: str, line: int, row: str) -> None:
    done = with_job({"other.yaml": text})
    assert told(done) == [("other.yaml", line, row)]
    assert "other.yaml" not in done.new


@pytest.mark.parametrize(
    "text",
    [
        SELECTOR.replace("namespace: jobs", "namespace: others"),
        SERVICE % "another-1",
        MONITOR % "matchNames: [others]",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: report}\nspec: {selector: {matchLabels: {job-name: report}}}\n",
        RIGHTS.replace("namespace: jobs", "namespace: others"),
        RIGHTS.replace("resources: [cronjobs]", "resources: [cronjobs]\n    resourceNames: [another]"),
        RIGHTS + "  - {apiGroups: [argoproj.io], resources: [cronworkflows], verbs: ['*']}\n",
        SCALER.replace("name: report\n", "name: another\n").replace("{name: report", "{name: a"),
        SCALER.replace("namespace: jobs", "namespace: others"),
        HEALTH.replace("namespace: jobs", "namespace: others"),
        DIFFERENCES.replace("path: jobs", "path: elsewhere"),
        POLICY.replace("batch/v1/CronJob", "Pod"),
        POLICY.replace("batch/v1/CronJob", "CronJob, CronWorkflow"),
    ],
)
def test_an_object_that_concerns_other_jobs(text: str) -> None:
    assert told(with_job({"other.yaml": text})) == []


EGRESS = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: e, namespace: jobs}
spec:
  podSelector: {%s}
  policyTypes: [Egress]
  egress: [%s]
"""


@pytest.mark.parametrize(
    ("selector", "rules", "severity"),
    [
        ("", "", "warning"),
        ("matchLabels: {app: report}", "{to: [{podSelector: {}}]}", "warning"),
        ("matchExpressions: [{key: app, operator: In, values: [report]}]", "{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}", "info"),
        ("matchExpressions: [{key: web, operator: DoesNotExist}]", "{ports: [{port: 53}]}", "warning"),
        ("matchLabels: {app: web}", "", ""),
        ("matchExpressions: [{key: web, operator: Exists}]", "", ""),
        ("matchExpressions: [{key: app, operator: NotIn, values: [report]}]", "", ""),
        ("", "{}", ""),
        ("", "{ports: [{port: 443}]}", ""),
        ("", "{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}", ""),
    ],
)
def test_pods_that_cannot_reach_the_api(selector: str, rules: str, severity: str) -> None:
    """Argo's own container writes the result of a run there."""
    job = cronjob().replace("      template:\n", "      template:\n        metadata: {labels: {app: report}}\n")
    found = with_job({"e.yaml": EGRESS % (selector, rules)}, job=job).findings("CRON012")
    assert [(f.source, str(f.severity)) for f in found] == ([("references/egress-to-the-api", severity)] if severity else [])


def test_rights_to_look_are_worth_knowing_only() -> None:
    (found,) = with_job({"r.yaml": RIGHTS.replace("[get, patch]", "[get, list, watch]")}).findings("CRON012")
    assert found.severity == "info"


def test_the_right_that_matters_most_is_told() -> None:
    (found,) = with_job(
        {"r.yaml": RIGHTS.replace("resources: [cronjobs]", "resources: [jobs]") + RIGHTS[RIGHTS.index("  - api") :]}
    ).findings("CRON012")
    assert (found.line, found.severity) == (8, "warning")


def test_a_namespace_that_is_not_known_is_not_every_namespace() -> None:
    """It may be that of an object whose namespace is not known either."""
    assert told(with_job({"other.yaml": SELECTOR}, job=cronjob(namespace=""))) == []
    assert len(told(with_job({"other.yaml": SELECTOR.replace("  namespace: jobs\n", "")}, job=cronjob(namespace="")))) == 1
    base = {"jobs/kustomization.yaml": "namespace: else\nresources: [a.yaml]\n"}
    assert told(with_job({"other.yaml": SELECTOR, **base}, job=cronjob(namespace=""))) == []


def test_alerts() -> None:
    expected = [(3, "metric-of-jobs"), (4, "metric-of-cronjobs"), (7, "metric-label-of-jobs")]
    for files, beside in (({"alerts.yaml": ALERTS}, {}), ({}, {"alerts.tpl": ALERTS})):
        assert [(line, row) for _, line, row in told(with_job(files, beside))] == expected
    panel = '{"expr": "kube_cronjob_info{cronjob=\\"report\\"}"}'
    config = f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: dashboard}}\ndata:\n  d.json: |\n    {panel}\n"
    (found,) = with_job({"c.yaml": config}).findings("CRON012")
    assert (found.line, found.resource.kind) == (6, "ConfigMap") and found.full_message.startswith("report: ")


def test_scripts_and_documents() -> None:
    done = with_job({}, {"run.sh": SCRIPT})
    assert told(done) == [("run.sh", 2, "job-from-cronjob"), ("run.sh", 3, "patch-of-cronjob"), ("run.sh", 6, "command-with-label")]
    assert "argo submit --from cronwf/report -n jobs" in done.findings("CRON012")[0].remedy
    hook = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: h, namespace: jobs}\n"
        "spec: {template: {spec: {containers: [{name: k, image: k, args: [create, job, --from=cronjob/report, x]}]}}}\n"
    )
    assert told(with_job({"hook.yaml": hook})) == [("hook.yaml", 4, "job-from-cronjob")]
    assert len(told(with_job({}, {"README.md": "    kubectl create job --from=cronjob/$NAME run\n"}))) == 1
    program = "api.patch_namespaced_cron_job('%s', 'jobs', body)\n"
    assert told(with_job({}, {"p.py": program % "report"})) == [("p.py", 1, "client-of-cronjobs")]
    assert told(with_job({}, {"p.py": program % "another"})) == []


def test_filters_and_settings() -> None:
    filter_ = 'filter = "labels.\\"k8s-pod/batch_kubernetes_io/job-name\\"=~\\"report\\""\n'
    assert told(with_job({}, {"logs.tf": filter_})) == [("logs.tf", 1, "log-filter-of-jobs")]
    quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: jobs}\nspec: {hard: {count/cronjobs.batch: 3}}\n"
    assert told(with_job({"q.yaml": quota})) == [("q.yaml", 4, "quota-of-jobs")]
    settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata:\n  resource.customizations.health.batch_CronJob: x\n"
    assert told(with_job({"cm.yaml": settings})) == [("cm.yaml", 5, "argocd-customization")]


def test_many_lines_of_one_file_are_not_all_told() -> None:
    found = with_job({}, {"d.md": "kube_job_info\n" * 50}).findings("CRON012")
    assert len(found) == 20 and "30 more lines" in found[-1].full_message


def test_nothing_is_looked_for_where_nothing_was_converted() -> None:
    blocked = cronjob().replace("Never", "Always")
    assert told(with_job({"other.yaml": SELECTOR, "alerts.yaml": ALERTS}, {"run.sh": SCRIPT}, job=blocked)) == []


def test_values_of_secrets_are_not_told() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  run: kubectl create job --from=cronjob/report hunter2\n"
    (found,) = with_job({"s.yaml": text}).findings("CRON012")
    assert "hunter2" not in found.full_message + found.remedy


# --- Argo CD's projects

PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: data, namespace: argocd}
spec:
  namespaceResourceWhitelist:
    # what we run
    - group: batch
      kind: CronJob  # nightly
    - {group: "", kind: ConfigMap}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: jobs, namespace: argocd}
spec:
  project: data
  source: {repoURL: https://example.org/x.git, path: jobs}
"""


def test_a_project_allows_what_it_deploys() -> None:
    """The kind itself; whether a project may grant rights is for a person to decide."""
    done = converted({"jobs/a.yaml": cronjob(), "project.yaml": PROJECT, "app.yaml": APPLICATION})
    assert done.new["project.yaml"] == PROJECT.replace(
        "# nightly\n",
        "# nightly\n    - group: argoproj.io\n      kind: CronWorkflow\n",
    )
    assert told(done) == [("project.yaml", 5, "project-allows")] * 2


def test_a_project_whose_applications_are_elsewhere() -> None:
    assert told(with_job({"project.yaml": PROJECT})) == [("project.yaml", 5, "project-allows")]
    assert told(with_job({"project.yaml": PROJECT, "app.yaml": APPLICATION.replace("path: jobs", "path: web")})) == []
    assert told(with_job({"project.yaml": PROJECT.replace("kind: CronJob", "kind: Job")})) == []
    everything = PROJECT + '    - {group: "*", kind: "*"}\n'
    assert told(with_job({"project.yaml": everything})) == []


@pytest.mark.parametrize(
    "files",
    [
        {"patch.yaml": PROJECT, "kustomization.yaml": "resources: [base.yaml]\npatches: [{path: patch.yaml}]\n", "base.yaml": "a: 1\n"},
        {"project.yaml": PROJECT.replace("argocd}", 'argocd, annotations: {transformer.dev/skip: "*"}}')},
        {"c/Chart.yaml": "name: c\n", "c/templates/project.yaml": PROJECT},
    ],
)
def test_a_project_that_is_not_to_be_written(files: dict[str, str]) -> None:
    done = with_job({**files, "app.yaml": APPLICATION})
    assert list(done.new) == ["jobs/a.yaml"]
    assert [row for _, _, row in told(done)] == ["project-allows"]


def test_a_kustomize_overlay_that_the_application_builds() -> None:
    overlay = {
        "jobs/kustomization.yaml": "resources: [a.yaml]\n",
        "prod/kustomization.yaml": "resources: [../jobs]\n",
        "app.yaml": APPLICATION.replace("path: jobs", "path: prod"),
        "project.yaml": PROJECT,
    }
    assert "CronWorkflow" in with_job(overlay).new["project.yaml"]


def test_a_project_that_denies() -> None:
    denies = PROJECT[: PROJECT.index("  namespaceResource")] + "  namespaceResourceBlacklist:\n    - {group: argoproj.io, kind: '*'}\n"
    assert told(with_job({"project.yaml": denies})) == [("project.yaml", 5, "project-denies")]


def test_every_row_is_exercised_above() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in (Path(__file__), Path(test_old_names.__file__)))
    assert [row.id for row in table("references").rows if f'{row.id}"' not in text] == []
