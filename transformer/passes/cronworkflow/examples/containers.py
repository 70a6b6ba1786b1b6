"""Examples of several containers, and of one that keeps its name."""

from __future__ import annotations

from typing import Final

from transformer.passkit import Blocks, Example, Rewrites

_TARGET: Final = {"argoWorkflows": "3.6"}
_SEVERAL: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: etl-orders
spec:
  schedule: "0 2 * * *"
  timeZone: Etc/UTC
  startingDeadlineSeconds: 3600
  jobTemplate:
    spec:
      backoffLimit: 1
      template:
        spec:
          restartPolicy: Never
          containers:
            # the way to the database
            - name: proxy
              image: registry.example/proxy:3
              command: [proxy, --port=5432]
            - name: app  # the work
              image: registry.example/etl:1.4
              command: [etl, orders]
"""
_SIDECARS: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: etl-orders
spec:
  schedules:
    - "0 2 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 3600
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 1
          retryPolicy: OnFailure
          expression: asInt(lastRetry.exitCode) not in [-1, 0, 137, 143]
          backoff:
            duration: 10s
            factor: "2"
        sidecars:
          # the way to the database
          - name: proxy
            image: registry.example/proxy:3
            command: [proxy, --port=5432]
        container:
          image: registry.example/etl:1.4
          command: [etl, orders]
"""
_SET: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: etl-orders
spec:
  schedules:
    - "0 2 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 3600
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 1
          retryPolicy: OnFailure
          expression: lastRetry.message matches "exit code [0-9]+[)]" and not (lastRetry.message matches "exit code (137|143)[)]")
          backoff:
            duration: 10s
            factor: "2"
        containerSet:
          containers:
            # the way to the database
            - name: proxy
              image: registry.example/proxy:3
              command: [proxy, --port=5432]
            - name: app  # the work
              image: registry.example/etl:1.4
              command: [etl, orders]
"""
_ONE: Final = _SEVERAL.replace(_SEVERAL[_SEVERAL.index("            # the way") : _SEVERAL.index("            - name: app")], "")
_SPEC: Final = "          restartPolicy: Never\n"
_SIDECAR_RULE: Final = {"containers": [{"match": {"name": "etl-*"}, "layout": "sidecars", "main": "app"}]}
_SET_RULE: Final = {"containers": [{"match": {"name": "etl-*"}, "layout": "containerSet"}]}
_NATIVE: Final = "          initContainers:\n            - {name: mesh, image: registry.example/mesh:1, restartPolicy: Always}\n"
_PRE_STOP: Final = "              lifecycle: {preStop: {exec: {command: [etl, --release]}}}\n"
_AFTER_PRE_STOP: Final = (
    _SIDECARS[: _SIDECARS.index("        sidecars:")]
    + """\
        # the way to the database
        container:
          image: registry.example/proxy:3
          command: [proxy, --port=5432]
        sidecars:
          - name: app  # the work
            image: registry.example/etl:1.4
            command: [etl, orders]
            lifecycle: {preStop: {exec: {command: [etl, --release]}}}
"""
)

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "several containers, one of them the work: sidecars",
        _SEVERAL,
        _SIDECARS,
        params=_SIDECAR_RULE,
        target=_TARGET,
        finding="CRON003",
    ),
    Rewrites(
        "several containers, all of them the work: a containerSet", _SEVERAL, _SET, params=_SET_RULE, target=_TARGET, finding="CRON003"
    ),
    Rewrites(
        "a container that keeps its name",
        _ONE,
        _SET.replace(_SET[_SET.index("            # the way") : _SET.index("            - name: app")], ""),
        params={"containerName": "keep"},
        target=_TARGET,
        finding="CRON004",
    ),
    Rewrites(
        "a sidecar that cleans up before it stops",
        _SEVERAL + _PRE_STOP,
        _AFTER_PRE_STOP,
        params={"containers": [{"layout": "sidecars", "main": "proxy"}]},
        target=_TARGET,
        finding="CRON004",
    ),
    Blocks("several containers: which one is the work?", _SEVERAL, finding="CRON001", target=_TARGET),
    Blocks(
        "a rule whose main container is not there",
        _SEVERAL,
        finding="CRON001",
        target=_TARGET,
        params={"containers": [{"layout": "sidecars", "main": "importer"}]},
    ),
    Blocks(
        "a set whose evictions an older target cannot tell", _SEVERAL, finding="CRON001", target={"argoWorkflows": "3.4"}, params=_SET_RULE
    ),
    Blocks(
        "a set whose evictions a native sidecar hides",
        _SEVERAL.replace(_SPEC, _SPEC + _NATIVE),
        finding="CRON001",
        target=_TARGET,
        params=_SET_RULE,
    ),
    Blocks(
        "a helper that is called main",
        _SEVERAL.replace("- name: proxy", "- name: main"),
        finding="CRON001",
        target=_TARGET,
        params=_SIDECAR_RULE,
    ),
)
