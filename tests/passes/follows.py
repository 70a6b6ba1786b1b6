"""Whole small repositories through the pass cronworkflow, with what it does elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.engine import followed
from transformer.config import discovery
from transformer.config.settings import params_of
from transformer.model import Finding, Target, Version
from transformer.repository.index import Index
from transformer.run.record import Record


@dataclass(frozen=True)
class Followed:
    record: Record
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
    record, new = _run(files, argo, beside or {}, instance, params)
    again, _ = _run({**files, **new}, argo, beside or {}, instance, params)
    assert not again.changes
    return Followed(record, new)


def _run(
    files: Mapping[str, str], argo: str, beside: Mapping[str, str], instance: str, params: Mapping[str, Any]
) -> tuple[Record, dict[str, str]]:
    pass_ = discovery.load("cronworkflow")
    index = Index({k: v.encode() for k, v in files.items()}, other_texts=lambda: [(k, v.encode()) for k, v in beside.items()])
    passes = [(pass_, params_of(pass_, dict(params)))]
    record = followed(index, Target(gke=Version.parse("1.33"), argo=Version.parse(argo), instance_id=instance), sorted(files), passes)
    assert not record.bugs, record.bugs
    return record, {path: raw.decode() for result in record.passes for path, raw in result.texts.items()}
