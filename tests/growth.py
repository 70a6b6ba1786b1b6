"""Repositories that grow in one way, and what a run over them costs, counted in calls."""

from __future__ import annotations

import cProfile
import pstats
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from transformer.config.settings import Settings, parse
from transformer.repository.snapshot import FolderSnapshot
from transformer.run.pipeline import plan_run
from transformer.run.workers import Effort

PIPELINE: Final = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: growth}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
passes:
  - executor: {}
  - resources: {defaults: {requests: {cpu: 250m, memory: 512Mi}}}
  - eviction: {}
  - cronworkflow: {}
  - command: {fallback: [echo]}
"""
_JOB: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: job-{n}
spec:
  schedule: "*/5 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: {account}
          restartPolicy: Never
          containers:
"""
_CONTAINER: Final = """\
          - name: c-{n}
            image: registry.example.com/job:1.2
            command: [run]
            args: ["--n={n}"]
"""
Files = dict[str, str]


def job(n: int, containers: int = 1, account: str = "default", container: str = _CONTAINER) -> str:
    return _JOB.format(n=n, account=account) + "".join(container.format(n=k) for k in range(containers))


def _files(n: int) -> Files:
    return {f"jobs/{k:04}.yaml": job(k) for k in range(n)}


def _documents(n: int) -> Files:
    return {"jobs.yaml": "---\n".join(job(k) for k in range(n))}


def _items(n: int) -> Files:
    items = ("- " + textwrap.indent(job(k), "  ").removeprefix("  ") for k in range(n))
    return {"jobs.yaml": "apiVersion: v1\nkind: List\nitems:\n" + "".join(items)}


def _schedules(n: int) -> Files:
    every = "".join(f'  - "{k % 60} * * * *"\n' for k in range(n))
    spec = "spec:\n  schedules:\n" + every + "  workflowSpec:\n    entrypoint: a\n    templates:\n"
    template = "    - name: a\n      container:\n        image: registry.example.com/job:1.2\n        command: [run]\n"
    return {"cron.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata:\n  name: a\n" + spec + template}


def _lines(n: int) -> Files:
    script = "".join(f"              echo {k} # {k}\n" for k in range(n))
    return {"job.yaml": job(0, container=_CONTAINER.replace('["--n={n}"]', "\n            - |\n" + script))}


def _comments(n: int) -> Files:
    notes = "".join(f"            # comment {k}\n" for k in range(n))
    return {"job.yaml": job(0, container=_CONTAINER.replace("            args", notes + "            args"))}


def _containers(n: int) -> Files:
    return {"job.yaml": job(0, containers=n)}


def _accounts(n: int) -> Files:
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: account-{k}\n  namespace: default\n"
    return {f"{kind}/{k:04}.yaml": text for k in range(n) for kind, text in _pair(k, account)}


def _pair(k: int, account: str) -> list[tuple[str, str]]:
    return [("jobs", job(k, account=f"account-{k}")), ("accounts", account.format(k=k))]


def _policies(n: int) -> Files:
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: policy-{k}\nspec:\n"
        "  podSelector:\n    matchLabels:\n      app: job-{k}\n  policyTypes: [Ingress]\n"
    )
    return {**_files(4), **{f"policies/{k:04}.yaml": policy.format(k=k) for k in range(n)}}


def _kustomizations(n: int) -> Files:
    found: Files = {}
    for k in range(n):
        found[f"apps/{k:04}/job.yaml"] = job(k)
        found[f"apps/{k:04}/kustomization.yaml"] = "resources:\n- job.yaml\nnamePrefix: a-\n"
    return found


def _scripts(n: int) -> Files:
    return {**_files(4), **{f"scripts/{k:04}.sh": f"kubectl create job --from=cronjob/job-{k % 4} once\n" for k in range(n)}}


# What grows, and the least number of it at which the growth shows.
WAYS: Final[Mapping[str, tuple[Callable[[int], Files], int]]] = {
    "files": (_files, 4),
    "documents a file": (_documents, 6),
    "items a List": (_items, 6),
    "schedules": (_schedules, 40),
    "lines a scalar": (_lines, 400),
    "comments": (_comments, 40),
    "containers a Pod": (_containers, 24),
    "service accounts": (_accounts, 4),
    "policies": (_policies, 16),
    "kustomizations": (_kustomizations, 4),
    "scripts": (_scripts, 100),
}


def write(files: Files, folder: Path) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def settings() -> Settings:
    return parse(PIPELINE, "growth.yaml")


def calls(folder: Path) -> int:
    """The calls of Python and built-in functions that a run over a folder takes, without other programs."""
    profile, pipeline, snapshot = cProfile.Profile(), settings(), FolderSnapshot(folder)
    profile.runcall(plan_run, pipeline, snapshot, effort=Effort(jobs=1, program_seconds=0))
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]
