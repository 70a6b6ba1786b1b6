"""Convert one CronJob through the engine, with every promise, and tell what came out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from transformer.model import Finding, Target, Version
from transformer.passes.cronworkflow import PASS
from transformer.passkit import testing
from transformer.yamltext import load

FILE = "job.yaml"
ALONE = replace(PASS, consequences=None, ready=None)  # the pass by itself: one CronJob, and no rehearsal of a template
WHOLE = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: work
              image: registry.example/report:1
              command: [report]
"""


@dataclass(frozen=True)
class Result:
    text: str
    outcome: str  # Changed, Blocked, Skipped, Unchanged
    findings: list[Finding]
    dropped: list[str]
    reason: str
    cited: frozenset[str] = frozenset()  # the rows that changes and findings name

    @property
    def data(self) -> Any:
        return load(self.text)[0]

    @property
    def workflow(self) -> Any:
        return self.data["spec"]["workflowSpec"]

    @property
    def template(self) -> Any:
        return self.workflow["templates"][0]

    @property
    def rows(self) -> list[str]:
        """The rows that findings cite, those of every conversion left out."""
        usual = {
            "container-name",
            "pod-replacement-absent",
            "on-eviction-fail",
            "on-eviction-retry",
        }
        return sorted({f.source.removeprefix("cronjob_fields/").removeprefix("cronjob_rules/") for f in self.findings} - usual)


def convert(text: str, argo: str = "3.6", crds: str = "", files: dict[str, str] | None = None, **params: Any) -> Result:
    """One run of the pass over job.yaml (and what else is in the repository). Fails where a pass or a promise fails."""
    target = Target(argo=Version.parse(argo), gke=Version.parse("1.33"), crds=crds)
    found = testing.convert({FILE: text, **(files or {})}, (ALONE, params), target, include=[FILE])
    assert not found.bugs, found.bugs
    mine = [o for o in found.outcomes if o.file == FILE]
    return Result(
        found.texts[FILE],
        str(mine[0].verdict) if mine else "Unchanged",
        [f for f in found.findings if f.file == FILE],
        [d.text for d in found.dropped],
        mine[0].reason if mine else "",
        found.cited,
    )


def with_field(level: str, lines: str, text: str = WHOLE) -> str:
    """The CronJob with more lines at the end of `pod`, `container`, `job`, `job-template`, `pod-template`, `cron` or `metadata`."""
    anchors = {
        "pod": ("          restartPolicy: Never\n", 10, False),
        "container": ("              command: [report]\n", 14, False),
        "job": ("    spec:\n      template:\n", 6, True),
        "job-template": ("  jobTemplate:\n", 4, False),
        "pod-template": ("      template:\n", 8, False),
        "cron": ('  schedule: "0 2 * * *"\n', 2, False),
        "metadata": ("  name: report\n", 2, False),
    }
    anchor, indent, inside = anchors[level]
    added = "".join(f"{' ' * indent}{line}\n" for line in lines.splitlines())
    assert anchor in text
    return text.replace(anchor, anchor.replace("    spec:\n", "    spec:\n" + added) if inside else anchor + added, 1)
