"""Several processes, and what each may take: the same plan, byte for byte, or one clear sentence."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from transformer.config.settings import built_in
from transformer.errors import UsageError
from transformer.model import Plan, Target, Version
from transformer.passkit import Params, Pass
from transformer.repository.index import Index
from transformer.repository.snapshot import FolderSnapshot
from transformer.run.engine import Engine
from transformer.run.pipeline import plan_run
from transformer.run.workers import Effort, convert_all, each

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: job-{n}, namespace: jobs}}
spec:
  schedule: "{n} 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: main, image: "registry.example/job:{n}", command: [run]}}]
"""


def _plan(folder: Path, jobs: int) -> Plan:
    return plan_run(built_in(), FolderSnapshot(folder), effort=Effort(jobs=jobs))


def test_the_same_plan(tmp_path: Path) -> None:
    """Digest, texts, changes, findings and outcomes, in the same order."""
    for n in range(12):
        (tmp_path / f"job-{n}.yaml").write_text(JOB.format(n=n))
    (tmp_path / "broken.yaml").write_text("kind: CronJob\na: [\n")
    one, three = _plan(tmp_path, 1), _plan(tmp_path, 3)
    assert len(one.new) == 13
    for field in ("digest", "passes", "changes", "findings", "outcomes", "dropped", "new", "groups", "documents", "resources"):
        assert getattr(one, field) == getattr(three, field)


def _engine(run: Any, files: int = 3) -> Engine:
    index = Index({f"{n}.yaml": JOB.format(n=n).encode() for n in range(files)})
    return Engine(index, Target(argo=Version.parse("3.6")), [(Pass("one", run, ("CronJob",)), Params())])


def _dies(*_: Any) -> list[Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def _hungry(resource: Any, *_: Any) -> list[Any]:
    if resource.id.name == "job-1":
        bytearray(3_000_000_000)
    return []


def test_a_process_that_is_killed() -> None:
    """No traceback, and what to do."""
    with pytest.raises(UsageError, match="--jobs 1"):
        convert_all(_engine(_dies), ["0.yaml", "1.yaml"], Effort(jobs=2))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_needs_too_much_memory(jobs: int) -> None:
    """It is left alone and told; the others are done."""
    found = convert_all(_engine(_hungry), ["0.yaml", "1.yaml", "2.yaml"], Effort(jobs=jobs, memory=500_000_000))
    assert [[f.code for f in r.findings] for r in found] == [[], ["YAML003"], []]
    assert not any(r.bugs for r in found)


def _squared(n: int) -> int:
    if n < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return n * n


@pytest.mark.parametrize("jobs", [1, 2, None])
def test_each_in_order(jobs: int | None) -> None:
    """However many processes there are; none is started for what is small."""
    assert list(each(_squared, range(50), 10, jobs)) == [n * n for n in range(50)]
    assert list(each(_squared, (), 10, jobs)) == []


def test_each_of_a_process_that_is_killed() -> None:
    with pytest.raises(UsageError, match="--jobs 1"):
        list(each(_squared, [1, 2, -1, 3], 10, 2))
