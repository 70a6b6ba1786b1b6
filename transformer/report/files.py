"""`--report FILE`: the ending chooses the format."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from transformer.errors import UsageError
from transformer.model import Plan
from transformer.report.frame import Frame

_BUILT: Final = (".json", ".md")
_PLANNED: Final = (".html", ".sarif")


def check(names: Iterable[str]) -> None:
    """Raises UsageError for what could not be written at the end, before any work."""
    for name in names:
        path = Path(name)
        if path.suffix in _PLANNED:
            raise UsageError(f"--report {name}: {path.suffix} is not built yet. What works: {', '.join(_BUILT)}.")
        if path.suffix not in _BUILT:
            raise UsageError(f"--report {name}: the ending chooses the format. What works: {', '.join(_BUILT)}.")
        if path.is_dir():
            raise UsageError(f"--report {name}: this is a folder. Name a file in it.")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"--report {name}: there is no folder {path.parent}. Make it first.")
        if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
            raise UsageError(f"--report {name}: no permission to write there. Choose another place.")


def write(names: Iterable[str], plan: Plan, frame: Frame) -> None:
    for name in names:
        path = Path(name)
        try:
            path.write_text(_render(path.suffix, plan, frame), encoding="utf-8", errors="backslashreplace", newline="\n")
        except OSError as e:
            raise UsageError(f"--report {name} cannot be written: {e.strerror}. No manifest was changed.") from e


def _render(suffix: str, plan: Plan, frame: Frame) -> str:
    from transformer.report import as_json, markdown

    return as_json.render(plan) if suffix == ".json" else markdown.render(plan, frame)
