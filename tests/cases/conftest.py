"""A small repository of its own for each case: committed, converted, and read back from the branch."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.golden import git
from transformer.cli import main

HEAD = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: move}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
"""
CRONWORKFLOW = "passes:\n  - cronworkflow: {}\n"


@dataclass(frozen=True)
class Converted:
    """`texts`: every file of the branch that differs from the base."""

    code: int
    report: Mapping[str, Any]
    texts: Mapping[str, str]
    raw: Mapping[str, bytes]

    def findings(self, *codes: str, severity: str = "") -> list[Mapping[str, Any]]:
        return [f for f in self.report["findings"] if f["code"] in codes and severity in ("", f["severity"])]

    @property
    def verdicts(self) -> dict[str, str]:
        """The outcome of each CronJob of the base, by file."""
        return {o["file"]: o["outcome"] for o in self.report["outcomes"] if o["resource"]["kind"] == "CronJob"}


Case = Callable[..., Converted]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """`case(files, config=..., rest=...)`: `config` is what stands in transformer.yaml below its target."""
    made = iter(range(100))

    def call(files: Mapping[str, str | bytes], config: str = CRONWORKFLOW) -> Converted:
        place = tmp_path / f"repo{next(made)}"
        for name, text in {"transformer.yaml": HEAD + config, **files}.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        git(place, "init", "-q", "-b", "main")
        git(place, "add", "-A")
        git(place, "commit", "-q", "-m", "found")
        report = tmp_path / "report.json"
        code = main(["convert", str(place), "--report", str(report), "--quiet"])
        told = json.loads(report.read_text())
        changed = dict.fromkeys(c["file"] for c in told["changes"])
        raw = {name: _shown(place, name) for name in changed}
        return Converted(code, told, {name: text.decode() for name, text in raw.items()}, raw)

    return call


def _shown(place: Path, name: str) -> bytes:
    """A file of the branch, byte for byte."""
    return subprocess.run(["git", "show", f"transformer/move:{name}"], cwd=place, check=True, capture_output=True).stdout


def cron_job(name: str = "report", *, more: str = "", pod: str = "", container: str = "command: [b]", schedule: str = '"0 2 * * *"') -> str:
    """A CronJob that converts. `more`: fields of its metadata, `pod`: lines of the Pod's spec, `container`: of the container."""
    return f"""\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}{more and ", " + more}}}
spec:
  schedule: {schedule}
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
{pod}          containers:
            - name: main
              image: a
              {container}
"""
