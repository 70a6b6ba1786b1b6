"""Whole small repositories through the pass cronworkflow, with what it does elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transformer.model import Finding, Target, Version
from transformer.passkit.testing import Result
from transformer.passkit.testing import converted as twice


@dataclass(frozen=True)
class Followed:
    record: Result
    new: Mapping[str, str]  # the texts that changed

    def findings(self, code: str) -> list[Finding]:
        return [f for f in self.record.findings if f.code == code]


def cronjob(name: str = "report", namespace: str = "jobs", account: str = "reporter", more: str = "") -> str:
    place = f"  namespace: {namespace}\n" if namespace else ""
    who = f'          serviceAccountName: "{account}"\n' if account else ""
    return f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
{place}{more}spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
{who}          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/report:1.4
              command: [report]
"""


def converted(
    files: Mapping[str, str], *, argo: str = "3.6", beside: Mapping[str, str] | None = None, instance: str = "", **params: Any
) -> Followed:
    """What a run makes of the files; a second run must find nothing to do."""
    target = Target(gke=Version.parse("1.33"), argo=Version.parse(argo), instance_id=instance)
    result = twice({**files, **(beside or {})}, ("cronworkflow", params), target)
    return Followed(result, result.new)
