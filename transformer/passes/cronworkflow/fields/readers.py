"""Labels and annotations that other programs read from a CronJob and not from a CronWorkflow (argo.md 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from transformer.passes.cronworkflow.draft import Draft
from transformer.passes.cronworkflow.rows import LEVELS, rule

_PLACES: Final = (("metadata",), LEVELS["job-metadata"], LEVELS["pod-metadata"])
_ROWS: Final = ("annotation-image-updater", "annotation-watcher")


def readers(draft: Draft) -> None:
    """Told once for each program, at its first key."""
    told: set[str] = set()
    for place in _PLACES:
        for kind in ("annotations", "labels"):
            held: Any = draft.resource.get(*place, kind, default=None)
            for key in held if isinstance(held, Mapping) else ():
                for row in map(rule, _ROWS):
                    reader = next((name for name in row["names"] if fnmatchcase(str(key), name)), "")
                    program = reader.partition("/")[0].removeprefix("secret.").removeprefix("configmap.").removeprefix("filter.")
                    if reader and program not in told:
                        told.add(program)
                        draft.consent(row, (*place, kind, key))
