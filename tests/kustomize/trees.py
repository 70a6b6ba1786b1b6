"""Small repositories as texts, and what the graph says of the CronJob in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from transformer.kustomize import Graph, KustomizeEffect
from transformer.yamltext import load

JOB = "base/job.yaml"
CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
  labels: {app: reports}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: robot
          containers:
          - name: main
            image: example.com/etl:1.0
            args: ["$(REGION)"]
            envFrom:
            - configMapRef: {name: settings}
          initContainers:
          - name: wait
            image: busybox:1
          volumes:
          - name: key
            secret: {secretName: key}
          restartPolicy: Never
"""
PLAIN_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, labels: {app: reports}}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - {name: main, image: "example.com/etl:1.0"}
          restartPolicy: Never
"""
LISTED = "resources: [job.yaml]\n"


@dataclass
class Tree:
    """Texts by path."""

    files: Mapping[str, str]

    @property
    def paths(self) -> Iterable[str]:
        return self.files.keys()

    def text(self, path: str) -> str | None:
        return self.files.get(path)


def repository(files: Mapping[str, str]) -> Graph:
    return Graph(Tree({path: dedent(text) for path, text in files.items()}))


def effects(files: Mapping[str, str], job: str = CRON_JOB, file: str = JOB) -> tuple[KustomizeEffect, ...]:
    """What acts on the CronJob of `base/job.yaml`."""
    data: Any = load(job)[0]
    return repository({file: job, **files}).effects(file, data)


def features(files: Mapping[str, str], job: str = CRON_JOB, file: str = JOB) -> list[str]:
    """The features that act, each once."""
    return sorted({found.feature for found in effects(files, job, file)})


def base(more: str, job: str = CRON_JOB, **files: str) -> list[str]:
    """The features that act where the CronJob's own kustomization says `more`; `files` stand beside it (`p` is p.yaml)."""
    beside = {f"base/{name}.yaml": text for name, text in files.items()}
    return features({"base/kustomization.yaml": LISTED + dedent(more), **beside}, job)
