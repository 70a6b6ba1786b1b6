"""Before and after, also the pass's tests."""

from __future__ import annotations

from transformer.passkit import Blocks, Example, Keeps, Rewrites

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    metadata:
      labels: {app: worker}
      annotations:
        team: ml  # ours
        # must not move
        cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    spec:
      containers: [{name: worker, image: worker:1}]
"""
_CRONJOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        metadata:
          annotations:
            cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
        spec:
          containers: [{name: main, image: job:1}]
"""
_WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  podMetadata:
    annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: 'false', team: ml}
  templates:
  - name: main
    container: {image: job:1, command: [run]}
"""
_OLD, _NEW = {"gke": "1.26"}, {"gke": "1.33"}

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "before 1.27 the annotation is removed with its comment, and other annotations stay",
        _DEPLOYMENT,
        _DEPLOYMENT.replace('        # must not move\n        cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n', ""),
        target=_OLD,
    ),
    Rewrites(
        "emptied mappings are removed too",
        _CRONJOB,
        _CRONJOB.replace(
            '        metadata:\n          annotations:\n            cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n', ""
        ),
        target=_OLD,
    ),
    Rewrites(
        "Argo's podMetadata, in flow style",
        _WORKFLOW,
        _WORKFLOW.replace("cluster-autoscaler.kubernetes.io/safe-to-evict: 'false', ", ""),
        target=_OLD,
    ),
    Keeps("extended run time from 1.27 on: kept and explained", _CRONJOB, target=_NEW, finding="EVI001"),
    Keeps(
        "a Spot Pod has no extended run time",
        _DEPLOYMENT.replace(
            "    spec:\n      containers", "    spec:\n      nodeSelector: {cloud.google.com/gke-spot: 'true'}\n      containers"
        ),
        target=_NEW,
        finding="EVI002",
    ),
    Keeps("Autopilot never refused another value", _DEPLOYMENT.replace('"false"', '"true"'), target=_OLD),
    Keeps(
        "values of a chart are reported, not edited",
        'podAnnotations:\n  cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n',
        file="values.yaml",
        target=_OLD,
        finding="EVI003",
    ),
    Blocks(
        "a JSON patch that replaces the annotation fails without it",
        _CRONJOB,
        "EVI004",
        files={
            "kustomization.yaml": "resources: [manifest.yaml]\npatches:\n- target: {kind: CronJob}\n  path: patch.yaml\n",
            "patch.yaml": "- op: replace\n  path: /spec/jobTemplate/spec/template/metadata/annotations/"
            'cluster-autoscaler.kubernetes.io~1safe-to-evict\n  value: "true"\n',
        },
        target=_OLD,
    ),
)
