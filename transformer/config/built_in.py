"""The pipeline of a repository without a configuration."""

from __future__ import annotations

import re
from typing import Final

BUILT_IN: Final = "the built-in autopilot pipeline"

# What most clusters run: the target is printed in every report, because a guess must be seen.
BUILT_IN_TEXT: Final = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
passes:
  - executor: {}
  - resources: {}
  - eviction: {}
  - cronworkflow: {}
  - command: {}
"""


def usual_order() -> list[str]:
    """The ids of its passes, without a look at the passes themselves."""
    return re.findall(r"^  - ([a-z-]+):", BUILT_IN_TEXT, re.M)
