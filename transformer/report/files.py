"""`--report FILE`: the file extension gives the format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from transformer import safe_files
from transformer.errors import UsageError
from transformer.model import Plan
from transformer.report.frame import Frame

_BUILT: Final = (".json", ".md", ".sarif", ".gitlab.json")
_PLANNED: Final = (".html",)


def check(names: Iterable[str], target: Path | None = None) -> None:
    """Raises UsageError for what could not be written at the end, before any work. `target`: see `write`."""
    for name in names:
        path = Path(name)
        if path.suffix in _PLANNED:
            raise UsageError(f"--report {name}: {path.suffix} is not available yet. Use one of {', '.join(_BUILT)}.")
        if path.suffix not in _BUILT:
            raise UsageError(f"--report {name}: unknown file extension. Use one of {', '.join(_BUILT)}.")
        try:
            safe_files.check_writable(path, target)
        except safe_files.NotRegular as e:
            raise UsageError(f"--report {name}: {e.strerror}. Name another file.") from e
        except FileNotFoundError as e:
            raise UsageError(f"--report {name}: the folder {path.parent} does not exist. Create it first.") from e
        except (OSError, ValueError) as e:
            raise UsageError(f"--report {name}: {_why(e)}. Choose another place.") from e


def write(names: Iterable[str], plan: Plan, frame: Frame, target: Path | None = None) -> None:
    """Each is wholly old or wholly new at every moment. `target` is the top of the repository that is looked at: a
    symbolic link in it is not followed."""
    for name in names:
        path = Path(name)
        text = _render(name, plan, frame).encode("utf-8", "backslashreplace")
        try:
            safe_files.write_whole(path, text, target)
        except OSError as e:
            raise UsageError(f"--report {name} cannot be written: {_why(e)}. No manifest was changed.") from e


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to write there"
    return str(getattr(error, "strerror", None) or error)


def _render(name: str, plan: Plan, frame: Frame) -> str:
    from transformer.report import as_json, gitlab, markdown, sarif
    from transformer.report.notices import notices

    if name.endswith(".gitlab.json"):
        return gitlab.render(notices(plan, frame), frame)
    if name.endswith(".sarif"):
        return sarif.render(plan, frame)
    return as_json.render(plan) if name.endswith(".json") else markdown.render(plan, frame)
