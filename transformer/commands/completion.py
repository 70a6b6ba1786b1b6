"""`transformer completion SHELL`: a script with the commands, options, passes, codes and rows of this version."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any, Final

from transformer import output
from transformer.arguments import parser

_FILES: Final = frozenset({"FILE", "PATH"})
_FOLDERS: Final = frozenset({"DIR", "FOLDER", "SOURCE"})


def run_completion(args: Namespace) -> int:
    output.say(script(args.shell))
    return 0


def script(shell: str) -> str:
    import shtab

    top = parser()
    names = _names()
    for command in top.commands.values():
        for action in command.actions():
            _complete(action, names, shtab.FILE, shtab.DIRECTORY)
    return str(shtab.complete(top, shell))


def _complete(action: argparse.Action, names: Mapping[str, Iterable[str]], files: Any, folders: Any) -> None:
    metavar = str(action.metavar)
    if metavar in _FILES | _FOLDERS:
        action.complete = files if metavar in _FILES else folders  # type: ignore[attr-defined]
    elif metavar in names and action.choices is None:
        action.choices = sorted(names[metavar])


def _names() -> dict[str, Iterable[str]]:
    """What may stand where the help says PASS, ROW or X."""
    from transformer.config import consent, discovery
    from transformer.config.codes import codes

    passes, rows = discovery.names(), consent.consent_rows()
    return {"PASS": passes, "ROW": rows, "X": {*passes, *codes(), *rows}}
