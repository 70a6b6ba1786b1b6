"""Examples of the pass: shown on its page, run as tests."""

from __future__ import annotations

from typing import Final

from transformer.passes.cronworkflow.examples import braces, consequences, containers, jobs, native, own_containers
from transformer.passkit import Blocks, Example, Keeps, Rewrites

_HEAD: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
"""
_DONE: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: report
spec:
"""
_BODY: Final = """\
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/report:1.4
              command: [report]
"""
_THERE: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: report  # was a CronJob
spec:
  schedules: ["0 2 * * *"]
  workflowSpec:
    workflowTemplateRef: {name: report}
"""
_TARGET: Final = {"argoWorkflows": "3.6"}

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "the usual job: one container, its own retries",
        _HEAD
        + """\
  # every night, before the stores open
  schedule: "0 2 * * *"
  timeZone: Asia/Tokyo
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      activeDeadlineSeconds: 3600  # an hour
      template:
        spec:
          serviceAccountName: report
          restartPolicy: Never
          containers:
          - name: report
            image: registry.example/report:1.4  # pinned
            command: [report, --daily]
            env:
            - name: TARGET
              value: "sales"
""",
        _DONE
        + """\
  # every night, before the stores open
  schedules:
  - "0 2 * * *"
  timezone: Asia/Tokyo
  startingDeadlineSeconds: 86400
  concurrencyPolicy: Forbid
  workflowSpec:
    entrypoint: main
    activeDeadlineSeconds: 3600  # an hour
    serviceAccountName: report
    templates:
    - name: main
      retryStrategy:
        limit: 2
        retryPolicy: OnFailure
        expression: asInt(lastRetry.exitCode) not in [-1, 137, 143]
        backoff:
          duration: 10s
          factor: "2"
      container:
        image: registry.example/report:1.4  # pinned
        command: [report, --daily]
        env:
        - name: TARGET
          value: "sales"
""",
        target={"argoWorkflows": "3.6"},
        finding="CRON004",
    ),
    Rewrites(
        "nothing said about retries, zone or missed runs: what Kubernetes assumes is written out",
        _HEAD
        + """\
  schedule: '*/15 * * * *'
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: main
              image: registry.example/report:1.4
              command: [report]
          restartPolicy: Never
""",
        _DONE
        + """\
  schedules:
    - '*/15 * * * *'
  timezone: Etc/UTC
  startingDeadlineSeconds: 900
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 6
          retryPolicy: OnFailure
          expression: asInt(lastRetry.exitCode) not in [-1, 137, 143]
          backoff:
            duration: 10s
            factor: "2"
        container:
          image: registry.example/report:1.4
          command: [report]
""",
        target={"argoWorkflows": "3.6"},
        finding="CRON004",
    ),
    Rewrites(
        "a restart in place, accepted",
        _HEAD
        + """\
  schedule: "@hourly"
  timeZone: Etc/UTC
  startingDeadlineSeconds: 600
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: OnFailure
          initContainers:
            - name: fetch
              image: registry.example/fetch:2
          containers:
            - name: main
              image: registry.example/report:1.4
              args: ["report"]
              volumeMounts:
                - {name: data, mountPath: /data}
          volumes:
            - name: data
              emptyDir: {}
""",
        _DONE
        + """\
  schedules:
    - "@hourly"
  timezone: Etc/UTC
  startingDeadlineSeconds: 600
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 0
        initContainers:
          - name: fetch
            image: registry.example/fetch:2
        container:
          image: registry.example/report:1.4
          args: ["report"]
          volumeMounts:
            - {name: data, mountPath: /data}
        volumes:
          - name: data
            emptyDir: {}
""",
        target={"argoWorkflows": "3.6"},
        finding="CRON004",
        params={"accept": ["restart-policy-on-failure"]},
    ),
    Rewrites(
        "an older target, where a run may start again after an eviction",
        _HEAD
        + """\
  schedule: "0 6 * * 1"
  timeZone: Etc/UTC
  jobTemplate:
    metadata:
      labels: {team: sales}
    spec:
      backoffLimit: 1
      template:
        metadata:
          labels: {app: report}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 90  # it writes a checkpoint
          containers:
            - name: main
              image: registry.example/report:1.4
              command: [report]
""",
        _DONE
        + """\
  schedule: "0 6 * * 1"
  timezone: Etc/UTC
  startingDeadlineSeconds: 604800
  workflowMetadata:
    labels: {team: sales}
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 1
          retryPolicy: Always
          backoff:
            duration: 10s
            factor: "2"
        metadata:
          labels: {app: report}
        podSpecPatch: "terminationGracePeriodSeconds: 90"  # it writes a checkpoint
        container:
          image: registry.example/report:1.4
          command: [report]
""",
        target={"argoWorkflows": "3.4"},
        finding="CRON004",
        params={"onEviction": "retry"},
    ),
    Rewrites(
        "names of days become numbers for the CRDs of 4.0",
        _HEAD
        + """\
  schedule: 0 6 * * MON-FRI
  timeZone: Etc/UTC
  jobTemplate:
    spec:
      backoffLimit: 8
      podReplacementPolicy: Failed
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/report:1.4
              command: [report]
""",
        _DONE
        + """\
  schedules: [0 6 * * 1-5]
  timezone: Etc/UTC
  startingDeadlineSeconds: 259200
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 8
          retryPolicy: OnFailure
          expression: asInt(lastRetry.exitCode) not in [-1, 137, 143]
          backoff:
            duration: 10s
            factor: "2"
            cap: 6m
        container:
          image: registry.example/report:1.4
          command: [report]
""",
        target={"argoWorkflows": "4.0"},
        finding="CRON004",
    ),
    Blocks("a restart in place, not accepted", _HEAD + _BODY.replace("Never", "OnFailure"), finding="CRON002", target=_TARGET),
    Blocks("a schedule that nobody can read", _HEAD + _BODY.replace("0 2 * * *", "0 2 * * 7"), finding="CRON001", target=_TARGET),
    Blocks(
        "a field that the target would drop without a word",
        _HEAD + _BODY + "              lifecycle: {stopSignal: SIGUSR1}\n",
        finding="CRON001",
        target=_TARGET,
    ),
    Blocks(
        "a layer that is not in the repository may do anything",
        _HEAD + _BODY,
        finding="KUS001",
        target=_TARGET,
        files={"kustomization.yaml": "resources: [manifest.yaml]\ncomponents: [../../elsewhere]\n"},
    ),
    Blocks("a CronWorkflow of that name is already there", _HEAD + _BODY, finding="CRON001", target=_TARGET, files={"other.yaml": _THERE}),
    Keeps(
        "a patch of a CronJob",
        _HEAD + '  schedule: "0 4 * * *"\n',
        target=_TARGET,
        files={"kustomization.yaml": "patches: [{path: manifest.yaml}]\n"},
        skip="a patch of another object",
    ),
    Blocks("a part of a CronJob that nothing patches with", _HEAD + '  schedule: "0 4 * * *"\n', target=_TARGET, finding="OBJ001"),
    Keeps("a CronJob of another group", _HEAD.replace("batch/v1", "example.org/v1") + _BODY, target=_TARGET),
    *containers.EXAMPLES,
    *own_containers.EXAMPLES,
    *braces.EXAMPLES,
    *jobs.EXAMPLES,
    *native.EXAMPLES,
    *consequences.EXAMPLES,
)
