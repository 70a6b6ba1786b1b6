"""Examples around containers: several, their names, and what Argo's own beside them need."""

from __future__ import annotations

from typing import Final

from transformer.passkit import Blocks, Example, Keeps, Rewrites

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
_NO_TOKEN: Final = _ONE.replace(_SPEC, _SPEC + "          automountServiceAccountToken: false\n")
_OR_BEFORE: Final = (
    ' or (lastRetry.exitCode == "-1" and lastRetry.message matches "exit code [0-9]+[)]"'
    ' and not (lastRetry.message matches "exit code (137|143)[)]"))'
)
_SIDECAR_RULE: Final = {"containers": [{"match": {"name": "etl-*"}, "layout": "sidecars", "main": "app"}]}
_SET_RULE: Final = {"containers": [{"match": {"name": "etl-*"}, "layout": "containerSet"}]}
_CLASH: Final = _ONE.replace(_SPEC, _SPEC + "          initContainers:\n            - {name: init, image: registry.example/fetch:2}\n")
_NON_ROOT: Final = _ONE.replace(_SPEC, _SPEC + "          securityContext: {runAsNonRoot: true}\n")

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
        "no token for the work: Argo's own containers take that of another account",
        _NO_TOKEN,
        _SIDECARS[: _SIDECARS.index("        sidecars:")]
        .replace("-1, 0, 137", "-1, 137")
        .replace("        retryStrategy:\n", "        executor:\n          serviceAccountName: argo-executor\n        retryStrategy:\n")
        + """\
        automountServiceAccountToken: false
        container:
          image: registry.example/etl:1.4
          command: [etl, orders]
""",
        params={"executorServiceAccount": "argo-executor"},
        target=_TARGET,
        finding="CRON004",
    ),
    Rewrites(
        "an init container whose name Argo keeps for itself",
        _CLASH,
        _SIDECARS[: _SIDECARS.index("        sidecars:")].replace("-1, 0, 137, 143]", f"-1, 137, 143]{_OR_BEFORE}")
        + """\
        initContainers:
          - {name: job-init, image: registry.example/fetch:2}
        container:
          image: registry.example/etl:1.4
          command: [etl, orders]
""",
        target=_TARGET,
        finding="CRON004",
    ),
    Rewrites(
        "a container that keeps its name",
        _ONE,
        _SET.replace(_SET[_SET.index("            # the way") : _SET.index("            - name: app")], ""),
        params={"containerName": "keep"},
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
    Blocks("no token, and no account for Argo's own containers", _NO_TOKEN, finding="CRON001", target=_TARGET),
    Blocks("not as root, and nothing says that Argo's own containers are not", _NON_ROOT, finding="CRON002", target=_TARGET),
    Keeps("sidecars that are there already", _SIDECARS, target=_TARGET, params=_SIDECAR_RULE),
    Keeps("a containerSet that is there already", _SET, target=_TARGET, params=_SET_RULE),
)
