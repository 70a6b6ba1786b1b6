"""Examples of Jobs that say more than one Pod and how often it is tried."""

from __future__ import annotations

from typing import Final

from transformer.passkit import Blocks, Example, Rewrites

_TARGET: Final = {"argoWorkflows": "3.6"}
_HEAD: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: shards
spec:
  schedule: "0 2 * * *"
  timeZone: Etc/UTC
  jobTemplate:
    spec:
      podReplacementPolicy: Failed
"""
_POD: Final = """\
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/shards:3
              command: [shards]
"""
_DONE: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: shards
spec:
  schedules:
    - "0 2 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 86400
  workflowSpec:
    entrypoint: main
"""

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "exit codes that are not tried again",
        _HEAD
        + """\
      backoffLimit: 3
      podFailurePolicy:
        rules:
          - action: FailJob
            onExitCodes: {operator: In, values: [64, 65]}
"""
        + _POD,
        _DONE
        + """\
    templates:
      - name: main
        retryStrategy:
          limit: 3
          retryPolicy: OnFailure
          expression: asInt(lastRetry.exitCode) not in [-1, 64, 65, 137, 143]
          backoff:
            duration: 10s
            factor: "2"
        container:
          image: registry.example/shards:3
          command: [shards]
""",
        target=_TARGET,
        finding="CRON004",
    ),
    Rewrites(
        "an indexed job, accepted",
        _HEAD
        + """\
      completionMode: Indexed
      completions: 12  # one for each month
      parallelism: 4
      backoffLimit: 0
"""
        + _POD,
        _DONE
        + """\
    parallelism: 4
    templates:
      - name: main
        steps:
          - - name: pod
              template: pod
              arguments:
                parameters:
                  - name: index
                    value: "{{item}}"
              withSequence:
                count: 12  # one for each month
      - name: pod
        inputs:
          parameters:
            - name: index
        metadata:
          labels:
            batch.kubernetes.io/job-completion-index: "{{inputs.parameters.index}}"
          annotations:
            batch.kubernetes.io/job-completion-index: "{{inputs.parameters.index}}"
        retryStrategy:
          limit: 0
        container:
          image: registry.example/shards:3
          command: [shards]
          env:
            - name: JOB_COMPLETION_INDEX
              valueFrom:
                fieldRef:
                  fieldPath: metadata.labels['batch.kubernetes.io/job-completion-index']
""",
        target=_TARGET,
        params={"accept": ["completions-indexed"]},
        finding="CRON003",
    ),
    Blocks(
        "an indexed job, not accepted", _HEAD + "      completionMode: Indexed\n      completions: 3\n" + _POD, "CRON002", target=_TARGET
    ),
    Blocks("several completions, not accepted", _HEAD + "      completions: 3\n" + _POD, "CRON002", target=_TARGET),
    Blocks("a queue of work: several Pods without completions", _HEAD + "      parallelism: 3\n" + _POD, "CRON001", target=_TARGET),
    Blocks(
        "failures that do not count",
        _HEAD + "      podFailurePolicy:\n        rules:\n          - {action: Ignore, onExitCodes: {operator: In, values: [75]}}\n" + _POD,
        "CRON001",
        target=_TARGET,
    ),
)
