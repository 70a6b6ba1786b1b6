"""Examples of what Argo's own containers in the Pod ask for: names, a token, a user that is not root."""

from __future__ import annotations

from typing import Final

from transformer.passkit import Blocks, Example, Rewrites

_TARGET: Final = {"argoWorkflows": "3.6"}
_INIT: Final = "          initContainers:\n            - {name: init, image: registry.example/fetch:2}\n"
_FETCH: Final = _INIT.replace("name: init", "name: fetch")
_TOKENLESS: Final = "          automountServiceAccountToken: false\n"
_NON_ROOT: Final = "          securityContext: {runAsNonRoot: true}\n"
_BY_CODE: Final = "asInt(lastRetry.exitCode) not in [-1, 137, 143]"
_OR_BEFORE: Final = (
    ' or (lastRetry.exitCode == "-1" and lastRetry.message matches "exit code [0-9]+[)]"'
    ' and not (lastRetry.message matches "exit code (137|143)[)]"))'
)
_CONFIG: Final = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap}
data:
  executor: |
    securityContext: {runAsUser: 8737}
"""
_NAMESPACE: Final = """\
apiVersion: v1
kind: Namespace
metadata:
  name: sales
  labels: {pod-security.kubernetes.io/enforce: restricted}
"""
_ACCOUNT: Final = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: sales}
automountServiceAccountToken: false
"""


def _before(pod: str = "", metadata: str = "") -> str:
    return f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: etl-orders
  namespace: sales
spec:
  schedule: "0 2 * * *"
  timeZone: Etc/UTC
  startingDeadlineSeconds: 3600
  jobTemplate:
    spec:
      backoffLimit: 1
      template:
{metadata}\
        spec:
          restartPolicy: Never
{pod}\
          containers:
            - name: app
              image: registry.example/etl:1.4
              command: [etl, orders]
"""


def _after(above: str = "", expression: str = _BY_CODE, below: str = "") -> str:
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: etl-orders
  namespace: sales
spec:
  schedules:
    - "0 2 * * *"
  timezone: Etc/UTC
  startingDeadlineSeconds: 3600
  workflowSpec:
    entrypoint: main
    templates:
      - name: main
{above}\
        retryStrategy:
          limit: 1
          retryPolicy: OnFailure
          expression: {expression}
          backoff:
            duration: 10s
            factor: "2"
{below}\
        container:
          image: registry.example/etl:1.4
          command: [etl, orders]
"""


EXAMPLES: tuple[Example, ...] = (
    Rewrites(
        "no token for the work: Argo's own containers take that of another account",
        _before(_TOKENLESS),
        _after("        executor:\n          serviceAccountName: argo-executor\n", below="        automountServiceAccountToken: false\n"),
        params={"executorServiceAccount": "argo-executor"},
        target=_TARGET,
        finding="CRON004",
    ),
    Rewrites(
        "an init container whose name Argo keeps for itself, and whose failure is one of the run",
        _before(_INIT),
        _after(
            expression=_BY_CODE + _OR_BEFORE,
            below="        initContainers:\n          - {name: job-init, image: registry.example/fetch:2}\n",
        ),
        target=_TARGET,
        finding="CRON004",
    ),
    Rewrites(
        "an older target, where a failed init container ends the run",
        _before(_FETCH),
        _after(below="        initContainers:\n          - {name: fetch, image: registry.example/fetch:2}\n").replace(
            'schedules:\n    - "0 2 * * *"', 'schedule: "0 2 * * *"'
        ),
        target={"argoWorkflows": "3.4"},
        finding="CRON004",
    ),
    Rewrites(
        "not as root, in a strict namespace: the controller's configuration says how Argo's own containers run",
        _before(_NON_ROOT),
        _after(below="        securityContext: {runAsNonRoot: true}\n"),
        target=_TARGET,
        files={"argo.yaml": _CONFIG, "namespace.yaml": _NAMESPACE},
        finding="CRON004",
    ),
    Blocks("not as root, and nothing says that Argo's own containers are not", _before(_NON_ROOT), finding="CRON002", target=_TARGET),
    Blocks("no token, and no account for Argo's own containers", _before(_TOKENLESS), finding="CRON001", target=_TARGET),
    Blocks("a service account that gives no token", _before(), finding="CRON001", target=_TARGET, files={"account.yaml": _ACCOUNT}),
    Blocks(
        "a name that Argo keeps for itself, and an annotation that may mean it",
        _before(_INIT, "        metadata:\n          annotations: {mesh.example/exclude: init}\n"),
        finding="CRON001",
        target=_TARGET,
    ),
)
