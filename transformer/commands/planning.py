"""Shared by `convert` and `check`: the plan, the frame of its reports, and the output on the terminal."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from pathlib import Path
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
    from transformer.vcs import hidden_word, is_url

    remote = args.source if is_url(args.source) else (args.remote or "origin") if getattr(args, "push", False) else ""
    top, in_git = _top(opened)
    here = Path(os.path.abspath(opened.folder)) if opened.folder else None  # noqa: PTH100 - no links here
    below = here.relative_to(top).as_posix() if here and top and here.is_relative_to(top) else "."
    if opened.repository is not None:
        below = opened.repository.prefix or "."
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
        folder=_from_here(here) if here else "",
        below="" if below == "." else below.removesuffix("/") + "/",
        configuration=_configuration(args, settings.origin, top, here),
    )


def _top(opened: Opened) -> tuple[Path | None, bool]:
    """The top of the working tree, or the folder that was read; and whether git knows it."""
    from transformer.vcs import locate

    if opened.repository is not None:
        return (opened.repository.git.work_tree if opened.folder else None), True
    assert opened.folder is not None  # noqa: S101 - either a repository or a folder is opened
    try:
        top = locate(opened.folder.resolve())[1]
    except UsageError:
        top = None
    return top or Path(os.path.abspath(opened.folder)), top is not None  # noqa: PTH100 - no links here


def _from_here(path: Path) -> str:
    """As a person in the current folder would write it; a path far from here as a whole."""
    near = os.path.relpath(path)
    return near if Path.cwd().is_relative_to(path) or path.is_relative_to(Path.cwd()) else str(path)


def _configuration(args: Namespace, origin: str, top: Path | None, here: Path | None) -> str:
    """The path of the configuration from the top; as it is named where it lies elsewhere."""
    base = Path.cwd() if args.config or here is None else here if args.in_place else top or here
    path = Path(os.path.abspath(base / origin))  # noqa: PTH100 - no links here
    return path.relative_to(top).as_posix() if top and path.is_relative_to(top) else origin


def tell(args: Namespace, plan: Plan, frame: Frame, *, to_stderr: bool = False) -> None:
    """`to_stderr`: standard output has the diff, unless `--format` asks for lines."""
    from transformer.report import terminal

    if args.format != "text":
        _tell_lines(args, plan, frame)
        return
    person = output.is_terminal("stderr" if to_stderr else "stdout")
    width = min(shutil.get_terminal_size().columns, _WIDEST) if person else 100
    color = person and not args.no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    text = terminal.render(plan, frame, width=width, color=color, verbose=args.verbose, quiet=args.quiet)
    if to_stderr:
        output.warn(text, ours=_STYLE)
        return
    _say(text, _STYLE)


def _tell_lines(args: Namespace, plan: Plan, frame: Frame) -> None:
    from transformer.report import concise, gitlab
    from transformer.report.frame import summary
    from transformer.report.notices import notices

    render = {"concise": concise.concise, "github": concise.github, "gitlab": gitlab.render}[args.format]
    _say(render(notices(plan, frame, notes=args.verbose), frame))
    if not args.quiet:
        output.warn(f"{summary(plan)}\n")


def _say(text: str, ours: str = "") -> None:
    try:
        output.say(text, ours=ours)
    except OSError as e:
        output.warn(f"transformer: {e.strerror}. What was to be done is done, and the exit code says how.\n")
