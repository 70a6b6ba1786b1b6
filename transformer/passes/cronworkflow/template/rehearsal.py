"""Tries an organisation's template on two common CronJobs before the run, because a fault in it concerns the whole run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from transformer import templating
from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.template import shape
from transformer.passes.cronworkflow.template.fit import TEMPLATE
from transformer.passkit import Resource
from transformer.repository.manifest import Manifest

_PLAIN: Final = b"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: example
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: example:1
              command: [example]
"""
_USUAL: Final = b"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: example
  namespace: example
  labels: {app: example}
  annotations: {example.com/a: b}
spec:
  schedule: "0 2 * * *"
  timeZone: Etc/UTC
  startingDeadlineSeconds: 600
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      activeDeadlineSeconds: 3600
      ttlSecondsAfterFinished: 3600
      template:
        metadata:
          labels: {app: example}
        spec:
          restartPolicy: Never
          serviceAccountName: example
          nodeSelector: {a: b}
          initContainers:
            - name: fetch
              image: example:1
              command: [example]
          containers:
            - name: main
              image: example:1
              command: [example]
          volumes:
            - name: data
              emptyDir: {}
"""


def rehearse(drafted: Callable[[Resource], Draft]) -> None:
    """Raises TemplateFault, except for faults that depend on the CronJob."""
    if not templating.replaced(TEMPLATE):
        return
    for text in (_PLAIN, _USUAL):
        (resource,) = Manifest("example.yaml", text).resources()
        try:
            list(shape.changes(drafted(resource)))
        except templating.TemplateFault as e:
            if text is _PLAIN or not e.of_source:
                raise
