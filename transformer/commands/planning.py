"""Shared by `convert` and `check`: the plan, the frame of its reports, and the output on the terminal."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from typing import TYPE_CHECKING, Final

from transformer import output
from transformer.errors import UsageError

if TYPE_CHECKING:
    from transformer.commands.inputs import Opened
    from transformer.config.settings import Settings
    from transformer.model import Plan
    from transformer.report.frame import Frame, Mode
    from transformer.repository.snapshot import Snapshot

DONE, WORK_LEFT, BUG = 0, 1, 3
_WIDEST: Final = 140
_STYLE: Final = r"\x1b\[[0-9;]{0,20}m"  # the escape sequences that rich writes


def plan_of(args: Namespace, settings: Settings, snapshot: Snapshot) -> Plan:
    from transformer.commands import progress
    from transformer.run.pipeline import plan_run
    from transformer.run.workers import Effort

    with progress.on_terminal(quiet=args.quiet) as show:
        return plan_run(settings, snapshot, show, Effort(args.jobs, args.memory))


def frame_of(args: Namespace, settings: Settings, opened: Opened, mode: Mode, branch: str, known: int = 0) -> Frame:
    from transformer.report.frame import Frame
    from transformer.vcs import hidden_word, is_url, locate

    remote = args.source if is_url(args.source) else (args.remote or "origin") if getattr(args, "push", False) else ""
    in_git = opened.repository is not None
    if opened.repository is None and opened.folder is not None:
        try:
            in_git = locate(opened.folder.resolve())[1] is not None
        except UsageError:
            in_git = False
    return Frame(
        mode=mode,
        source=hidden_word(args.source),
        origin=settings.origin,
        target=settings.about_target(),
        branch=branch,
        again=args.again,
        known=known,
        remote=hidden_word(remote),
        in_git=in_git,
    )


def tell(args: Namespace, plan: Plan, frame: Frame, *, to_stderr: bool = False) -> None:
    from transformer.report import terminal

    person = output.is_terminal("stderr" if to_stderr else "stdout")
    width = min(shutil.get_terminal_size().columns, _WIDEST) if person else 100
    color = person and not args.no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    text = terminal.render(plan, frame, width=width, color=color, verbose=args.verbose, quiet=args.quiet)
    if to_stderr:
        output.warn(text, ours=_STYLE)
        return
    try:
        output.say(text, ours=_STYLE)
    except OSError as e:
        output.warn(f"transformer: {e.strerror}. What was to be done is done, and the exit code says how.\n")
