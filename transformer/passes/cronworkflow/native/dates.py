"""The shell command `date`, replaced by Argo's variables for the creation time of the Workflow (argo.md 5.3)."""

from __future__ import annotations

import re
from typing import Final

from transformer.passes.cronworkflow.native.environment import Environment
from transformer.shell import Command

# Both sides write these as numbers with leading zeros, whatever the locale.
_SAME: Final = frozenset("YmdHMSy")
_LONG: Final = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "D": "%m/%d/%y", "R": "%H:%M"}
_UTC: Final = ("", "UTC", "UTC0", "Etc/UTC", "GMT", "Etc/GMT")


class DateError(ValueError):
    """The message is the command as it was written."""


def tags(command: Command, source: str, environment: Environment) -> str:
    """`date [-u] +FORMAT` with Argo's variables in its place. Raises DateError."""
    words = [w.literal for w in command.words]
    utc = any(w in ("-u", "--utc", "--universal") for w in words)
    formats = [w for w in words[1:] if w not in ("-u", "--utc", "--universal")]
    zone = "" if utc else environment.known.get("TZ", "?" if "TZ" in environment.unknown or environment.open else "")
    form = formats[0] if len(formats) == 1 else None
    if words[:1] not in (["date"], ["/bin/date"]) or command.assignments or form is None or form[:1] != "+" or zone not in _UTC:
        raise DateError(source)
    return _written(form[1:], source)


def _written(form: str, source: str) -> str:
    form = re.sub(r"%([FTDR])", lambda m: _LONG[m[1]], form)
    return re.sub(r"%(.?)", lambda m: _tag(m[1], source), form)


def _tag(letter: str, source: str) -> str:
    if letter not in _SAME or not letter:
        raise DateError(source)
    return f"{{{{workflow.creationTimestamp.{letter}}}}}"
