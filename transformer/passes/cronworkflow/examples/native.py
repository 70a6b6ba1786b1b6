"""Examples of CronJobs that only submit a Workflow: scheduled natively, kept with the Pod that submits, or refused."""

from __future__ import annotations

from typing import Any, Final

from transformer.passkit import Blocks, Example, Rewrites

_HEAD: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
  namespace: ml
spec:
"""
_DONE: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: nightly
  namespace: ml
spec:
"""
_NATIVE: Final = {"mode": "native", "accept": ["native-submit"]}
_MONITOR: Final = {"image": "registry.example/curl:8", "secret": {"name": "cronitor", "key": "api-key"}}
_TEMPLATE: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: recommend, namespace: ml}
spec:
  entrypoint: main
  templates:
    - name: main
      steps: [[{name: train, template: train}]]
    - name: train
      container: {image: registry.example/train:7, command: [train]}
"""
_TARGET: Final = {"argoWorkflows": "3.6"}
_NO_RETRIES: Final = ["native-submit", "native-retries"]


def _job(command: str, pod: str = "", job: str = "      backoffLimit: 0\n", cron: str = "") -> str:
    """A CronJob around the lines of a command."""
    lines = "".join(f"              {line}\n" for line in command.splitlines())
    return f"""\
{_HEAD}  schedule: "0 19 * * *"
  startingDeadlineSeconds: 600
{cron}  jobTemplate:
    spec:
{job}      template:
        spec:
          restartPolicy: Never
{pod}          containers:
            - name: submit
              image: registry.example/argocli:3.6
{lines}"""


def _refused(name: str, text: str, finding: str = "CRON001", **more: Any) -> Blocks:
    return Blocks(name, text, finding=finding, params=more.pop("params", _NATIVE), target=_TARGET, **more)


EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "one `argo submit` and no more: the WorkflowTemplate is scheduled itself",
        _HEAD
        + """\
  # 04:00 in Tokyo
  schedule: "0 19 * * *"
  startingDeadlineSeconds: 600  # late is better than never
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          serviceAccountName: submitter
          containers:
            - name: submit
              image: registry.example/argocli:3.6
              command: [argo, submit, --wait, --from=workflowtemplate/recommend, -p, size=large, --labels, "team=ml,tier=batch"]
  concurrencyPolicy: Forbid  # never two
""",
        _DONE
        + """\
  # 04:00 in Tokyo
  schedules:
    - "0 19 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 600  # late is better than never
  workflowMetadata:
    labels:
      workflows.argoproj.io/workflow-template: recommend
      team: ml
      tier: batch
  workflowSpec:
    workflowTemplateRef:
      name: recommend
    arguments:
      parameters:
        - name: size
          value: large
  concurrencyPolicy: Forbid  # never two
""",
        params={"accept": ["native-submit"]},
        target=_TARGET,
        files={"recommend.yaml": _TEMPLATE},
        finding="CRON003",
    ),
    Rewrites(
        "a monitored script: hooks send the pings, the date is that of the Workflow",
        _job("""\
command: [cronitor, exec, nightly-ml, sh, -euc]
args:
  - >-
    argo submit --wait
    --from workflowtemplates/recommend -p day=`date +%Y-%m-%d`
    --name recommend-`date +%Y-%m-%d`"""),
        _DONE
        + """\
  schedules:
    - "0 19 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 600
  workflowMetadata:
    labels:
      workflows.argoproj.io/workflow-template: recommend
  workflowSpec:
    workflowTemplateRef:
      name: recommend
    arguments:
      parameters:
        - name: day
          value: "{{workflow.creationTimestamp.Y}}-{{workflow.creationTimestamp.m}}-{{workflow.creationTimestamp.d}}"
    hooks:
      monitor-start:
        expression: workflow.status == "Running"
        templateRef:
          name: cron-monitor
          template: notify
        arguments:
          parameters:
            - name: monitor
              value: nightly-ml
            - name: status
              value: Running
            - name: series
              value: "{{workflow.uid}}"
      monitor-end:
        expression: workflow.status in ["Succeeded", "Failed", "Error"]
        templateRef:
          name: cron-monitor
          template: notify
        arguments:
          parameters:
            - name: monitor
              value: nightly-ml
            - name: status
              value: "{{workflow.status}}"
            - name: series
              value: "{{workflow.uid}}"
""",
        params={"accept": ["native-submit", "native-name", "native-date"], "monitor": _MONITOR},
        target=_TARGET,
        files={"recommend.yaml": _TEMPLATE},
        finding="CRON004",
    ),
    Rewrites(
        "flags of all kinds, another namespace, a deadline that now ends the work",
        _job(
            """\
command: [/bin/sh, -c]
args: ['set -e; exec argo -n batch submit --from cwftmpl/recommend --entrypoint=main --serviceaccount worker --priority 5 -pday=$DAY']
env: [{name: DAY, value: monday}, {name: ARGO_INSTANCEID, value: blue}]""",
            job="      activeDeadlineSeconds: 7200  # two hours\n",
        ),
        _DONE.replace("namespace: ml\n", "namespace: batch\n  labels:\n    workflows.argoproj.io/controller-instanceid: blue\n")
        + """\
  schedules:
    - "0 19 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 600
  workflowMetadata:
    labels:
      workflows.argoproj.io/cluster-workflow-template: recommend
  workflowSpec:
    workflowTemplateRef:
      name: recommend
      clusterScope: true
    entrypoint: main
    serviceAccountName: worker
    priority: 5
    arguments:
      parameters:
        - name: day
          value: monday
    activeDeadlineSeconds: 7200  # two hours
""",
        params={"mode": "native", "accept": [*_NO_RETRIES, "native-deadline", "native-namespace"]},
        target=_TARGET,
        finding="CRON003",
    ),
    Rewrites(
        "without consent the Pod that submits is kept, and the finding says which line to add",
        _job("command: [argo, submit, --wait, --from, workflowtemplate/recommend]"),
        _DONE
        + """\
  schedules:
    - "0 19 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 600
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy:
          limit: 0
        container:
          image: registry.example/argocli:3.6
          command: [argo, submit, --wait, --from, workflowtemplate/recommend]
""",
        target=_TARGET,
        finding="CRON005",
    ),
    _refused("the rows that change behaviour are asked for", _job("command: [argo, submit, --from, wftmpl/x, --name, fixed]"), "CRON002"),
    _refused("the log goes through a pipe", _job('command: [bash, -c, "argo submit --from wftmpl/x --log | tee /tmp/log"]')),
    _refused("two submits", _job('command: [sh, -c, "argo submit --from wftmpl/x && argo submit --from wftmpl/y"]')),
    _refused("another program watches the command", _job('command: [runitor, -uuid, "1", --, argo, submit, --from, wftmpl/x]')),
    _refused("yesterday's date", _job('command: [bash, -c, "argo submit --from wftmpl/x -p d=$(date -d yesterday +%F)"]')),
    _refused(
        "a value from a Secret",
        _job("""\
command: [sh, -c, 'argo submit --from wftmpl/x -p token="$TOKEN"']
env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: t, key: t}}}]"""),
    ),
    _refused("a file is submitted", _job("command: [argo, submit, /jobs/nightly.yaml]")),
    _refused("a CronWorkflow is submitted", _job("command: [argo, submit, --from, cronwf/x]")),
    _refused("it only tries", _job("command: [argo, submit, --from, wftmpl/x, --dry-run]")),
    _refused("another cluster", _job("command: [argo, submit, --from, wftmpl/x, --context, elsewhere]")),
    _refused(
        "an init container may do work",
        _job(
            "command: [argo, submit, --from, wftmpl/x]",
            pod="          initContainers: [{name: wait, image: registry.example/wait, command: [wait]}]\n",
        ),
    ),
    _refused("several at once", _job("command: [argo, submit, --from, wftmpl/x]", job="      parallelism: 2\n")),
    _refused("a monitor, and nothing says how to reach it", _job("command: [cronitor, exec, k, argo, submit, --from, wftmpl/x]")),
    _refused(
        "an entrypoint that the WorkflowTemplate has not",
        _job("command: [argo, submit, --from, wftmpl/recommend, --entrypoint, other]"),
        files={"recommend.yaml": _TEMPLATE},
    ),
)
