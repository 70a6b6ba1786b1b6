"""`file:line:column: severity CODE message`: editors and terminals link it. And the same as commands of a GitHub workflow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from transformer.model import Severity
from transformer.report.frame import Frame, safe
from transformer.report.notices import Notice

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def concise(found: Iterable[Notice], frame: Frame) -> str:
    """Paths lead from the current folder."""
    return "".join(f"{safe(frame.shown(n.file))}:{n.line}:{n.column}: {n.severity} {n.code} {safe(n.text)}\n" for n in found)


def github(found: Iterable[Notice], frame: Frame) -> str:
    """Paths lead from the top of the repository. GitHub shows about ten of each kind in a step, so errors come first."""
    return "".join(_command(n, frame) for n in found)


def _command(n: Notice, frame: Frame) -> str:
    about = {"file": frame.in_repository(n.file), "line": str(n.line), "col": str(n.column), "title": f"{n.code} (transformer)"}
    properties = ",".join(f"{name}={_escaped(safe(value), _PROPERTY)}" for name, value in about.items())
    text = "\n".join(safe(line) for line in (n.text, *n.remedy.splitlines()))
    return f"::{_COMMANDS[n.severity]} {properties}::{_escaped(text, _DATA)}\n"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(c, c) for c in text)
