"""`transformer check`: shows what convert would do, and whether there is anything to do."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from transformer.commands.inputs import open_for, refuse_half_done, settings_of, snapshot_of, target_of, use_templates
from transformer.commands.planning import BUG, DONE, WORK_LEFT, frame_of, plan_of, tell
from transformer.errors import UsageError


def run_check(args: Namespace) -> int:
    from transformer.report import baseline
    from transformer.report import files as report_files

    source, narrowed = _check_paths(args.paths)
    args.source, args.in_place, args.ref = source, True, None
    args.path = [*args.path, *narrowed]
    target = target_of(args)
    report_files.check(args.report, target)
    known = baseline.read(Path(args.baseline)) if args.baseline else baseline.NOTHING
    refuse_half_done(source)
    with open_for(args) as opened:
        use_templates(args, opened)
        settings = settings_of(args, opened, in_place=True)
        plan = plan_of(args, settings, snapshot_of(opened, settings))
        left = baseline.unknown(plan.findings, known)
        frame = frame_of(args, settings, opened, "check", "", known=len(plan.findings) - len(left))
        report_files.write(args.report, plan, frame, target)
    told = baseline.without_known(plan, left)
    tell(args, told, frame)
    if plan.bugs:
        return BUG
    return WORK_LEFT if plan.changes or any(baseline.is_work(f, strict=args.strict) for f in left) else DONE


def _check_paths(paths: list[str]) -> tuple[str, list[str]]:
    """(source, globs): one folder is the source. Other paths limit the run below the current folder."""
    if not paths or (len(paths) == 1 and Path(paths[0]).is_dir()):
        return (paths[0] if paths else "."), []
    here = Path.cwd().resolve()
    narrowed = []
    for text in paths:
        path = Path(text)
        if not os.path.lexists(path):
            raise UsageError(f"{text} does not exist. Check the path.")
        try:
            below = path.resolve().relative_to(here).as_posix()
        except ValueError:
            raise UsageError(f"{text} is not below the current folder. Change to its repository, or give one folder.") from None
        narrowed.append("/" + _literal(below) + ("/" if path.is_dir() else ""))
    return ".", narrowed


def _literal(path: str) -> str:
    """The path as a glob that matches only this path."""
    return "".join(f"\\{c}" if c in "*?[\\" else c for c in path)
