"""Examples of double braces."""

from __future__ import annotations

from typing import Final

from transformer.passkit import Blocks, Example, Keeps, Rewrites

_TARGET: Final = {"argoWorkflows": "3.6"}
_HEAD: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: inventory
spec:
  schedule: "0 2 * * *"
  timeZone: Etc/UTC
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
"""
_PLAIN: Final = """\
          containers:
            - name: main
              image: registry.example/inventory:7
              command: [inventory]
"""
_ANNOTATED: Final = """\
        metadata:
          annotations:
            for: "{{workflow.name}}"
        spec:
          restart"""

EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "text that Argo would take for its own variable: the kubelet puts the brace back",
        _HEAD
        + """\
          containers:
            - name: main
              image: registry.example/inventory:7
              command: [sh, -c]
              args:
                - |
                  # Argo leaves this one alone
                  docker ps --format '{{.Names}}' > /tmp/names
                  render --template "{{ item }} of $(date +%F)" "$(echo {{workflow.name}})" /tmp/names
""",
        """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: inventory
spec:
  schedules:
    - "0 2 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 86400
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 0
        container:
          image: registry.example/inventory:7
          command: [sh, -c]
          args:
            - |
              # Argo leaves this one alone
              docker ps --format '{{.Names}}' > /tmp/names
              render --template "{$(ARGO_LB) item }} of $(date +%F)" "$$(echo {$(ARGO_LB)workflow.name}})" /tmp/names
          env:
            - name: ARGO_LB
              value: "{"
""",
        target=_TARGET,
        finding="CRON004",
    ),
    Blocks(
        "text that Argo would take for its own variable, where the kubelet puts nothing back",
        _HEAD.replace("        spec:\n          restart", _ANNOTATED) + _PLAIN,
        finding="CRON001",
        target=_TARGET,
    ),
    Blocks(
        "braces that are never closed, in a field that goes through podSpecPatch",
        _HEAD + '          hostname: "a{{b"\n' + _PLAIN,
        finding="CRON001",
        target=_TARGET,
    ),
    Blocks(
        "braces to escape, and a variable with a brace in its name",
        _HEAD + _PLAIN + '              args: ["{{item}}"]\n              env: [{name: "{A", value: b}]\n',
        finding="CRON001",
        target=_TARGET,
    ),
    Keeps(
        "braces in something that is no CronJob",
        _HEAD.replace("batch/v1", "example.org/v1") + _PLAIN + '              args: ["{{item}}"]\n',
        target=_TARGET,
    ),
)
