"""Examples of what comes along with a CronWorkflow."""

from __future__ import annotations

from typing import Final

from transformer.passkit import Example, Rewrites

_JOB: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
  namespace: jobs
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          serviceAccountName: reporter
          containers:
            - name: main
              image: registry.example/report:1.4
              command: [report]
"""
_DONE: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: report
  namespace: jobs
spec:
  schedules:
    - "0 2 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 86400
  workflowSpec:
    entrypoint: main
    serviceAccountName: reporter
    templates:
      - name: main
        retryStrategy:
          limit: 0
        container:
          image: registry.example/report:1.4
          command: [report]
"""
_PERMISSIONS: Final = """\
# Argo's wait container reports how a run ended, with the Pod's own service account.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: workflow-task-results
  namespace: jobs
rules:
  - apiGroups: [argoproj.io]
    resources: [workflowtaskresults]
    verbs: [create, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: workflow-task-results
  namespace: jobs
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: workflow-task-results
subjects:
  - kind: ServiceAccount
    name: reporter
    namespace: jobs
"""
_LIST: Final = "resources:\n  - report.yaml  # every night\n  - config.yaml\n"
_GRANTED: Final = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: everything}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts:jobs"}]
"""
_CONTROLLER: Final = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap, namespace: argo}
data:
  instanceID: batch
"""
_POLICY: Final = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: jobs}
spec:
  podSelector: {matchExpressions: [{key: job-name, operator: Exists}]}
"""
_TARGET: Final = {"argoWorkflows": "3.6"}

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "the permission that its service account needs comes along",
        _JOB,
        _DONE,
        file="report.yaml",
        target=_TARGET,
        files={"kustomization.yaml": _LIST, "config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: report}\n"},
        also={
            "workflow-permissions.yaml": _PERMISSIONS,
            "kustomization.yaml": _LIST.replace("night\n", "night\n  - workflow-permissions.yaml\n"),
        },
        finding="CRON010",
    ),
    Rewrites(
        "the permission is granted already, and the controller has an instance id",
        _JOB,
        _DONE.replace("namespace: jobs\n", "namespace: jobs\n  labels:\n    workflows.argoproj.io/controller-instanceid: batch\n"),
        file="report.yaml",
        target=_TARGET,
        files={"rbac.yaml": _GRANTED, "argo.yaml": _CONTROLLER},
    ),
    Rewrites(
        "the permission is only reported, and what selects Pods of Jobs",
        _JOB,
        _DONE,
        file="report.yaml",
        target=_TARGET,
        params={"permissions": "report"},
        files={"policy.yaml": _POLICY},
        finding="CRON012",
    ),
)
