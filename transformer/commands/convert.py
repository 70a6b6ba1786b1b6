"""What each sub-command does, from parsed arguments to an exit code. Slow things are imported where they are used."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from transformer.commands.inputs import Opened, open_for, settings_of, snapshot_of, use_templates
from transformer.errors import UnsafeError, UsageError

if TYPE_CHECKING:
    from transformer.config.settings import Settings
    from transformer.model import Plan
    from transformer.report.frame import Frame, Mode
    from transformer.repository.snapshot import Snapshot
    from transformer.vcs import Published

DONE, WORK_LEFT, BUG = 0, 1, 3
_WIDEST: Final = 140


# --- convert


def run_convert(args: Namespace) -> int:
    from transformer.report import files as report_files

    _refuse_together(args)
    report_files.check(args.report)
    with open_for(args) as opened:
        use_templates(args, opened)
        settings = settings_of(args, opened, in_place=args.in_place)
        plan = _plan(args, settings, snapshot_of(opened, settings))
        branch = args.branch or f"transformer/{settings.name}"
        mode: Mode = "in-place" if args.in_place else "dry-run" if args.dry_run else "branch"
        frame = _frame(args, settings, opened, mode, branch)
        report_files.write(args.report, plan, frame)
        if args.dry_run:
            _print_diff(plan)
        else:
            _refuse_too_much(plan, settings, force=args.force)
            _write(args, plan, opened, branch)
    _tell(args, plan, frame, to_stderr=args.dry_run)
    return _exit_code(plan, strict=args.strict)


def _refuse_together(args: Namespace) -> None:
    from transformer.vcs import is_url

    if args.request:
        raise UsageError("--request is not built yet. --push pushes the branch; open the request from there.")
    if args.in_place and (args.push or args.branch or args.ref):
        raise UsageError("--in-place writes files, not a branch: leave out --push, --branch and --ref, or --in-place.")
    if args.in_place and args.dry_run:
        raise UsageError("--dry-run writes nothing: leave out --in-place, or --dry-run.")
    if args.dry_run and args.push:
        raise UsageError("--dry-run publishes nothing: leave out --push, or --dry-run.")
    if is_url(args.source):
        if args.in_place:
            raise UsageError("a URL has no working tree: leave out --in-place, or clone it and name the folder.")
        if not (args.push or args.dry_run):
            raise UsageError("a URL needs --push (the branch is pushed there) or --dry-run (the diff is printed).")


def _write(args: Namespace, plan: Plan, opened: Opened, branch: str) -> None:
    if args.in_place:
        from transformer.repository.in_place import write_in_place

        assert opened.folder is not None  # noqa: S101 - a plain folder was opened
        write_in_place(opened.folder, plan.old, plan.new, force=args.force)
        return
    published = _publish(plan, opened, branch)
    if args.push and opened.repository is not None:
        from transformer.vcs import push

        push(opened.repository, published)


def _publish(plan: Plan, opened: Opened, branch: str) -> Published:
    from transformer.report import commit_message
    from transformer.vcs import PassCommit, publish

    assert opened.repository is not None  # noqa: S101 - branch mode opens a repository
    commits = [PassCommit(p.pass_id, commit_message.render(plan, p.pass_id), dict(p.texts)) for p in plan.passes if p.texts]
    return publish(opened.repository, branch, commits)


def _refuse_too_much(plan: Plan, settings: Settings, *, force: bool) -> None:
    """`limits:`."""
    from transformer.report.frame import counts
    from transformer.run.deletions import deleted

    changed, gone, limits = counts(plan)["changed"], len(deleted(plan)), settings.limits
    for count, what, name, limit in (
        (changed, "change", "changedResources", limits.changed_resources),
        (gone, "be deleted", "deletedResources", limits.deleted_resources),
    ):
        if not force and not limit.allows(count, max(plan.resources, count)):
            raise UnsafeError(
                f"{count} of {plan.resources} resources would {what}, more than limits.{name} ({limit}) allows. Nothing was written.\n"
                "Look with --dry-run, then raise the limit, narrow with --path, or use --force."
            )


def _print_diff(plan: Plan) -> None:
    from transformer.diff import unified

    for path in sorted(plan.new):
        old, new = plan.old.get(path, b""), plan.new[path]
        sys.stdout.write(unified(path, old.decode("utf-8", "replace"), new.decode("utf-8", "replace")))
    sys.stdout.flush()


# --- check


def run_check(args: Namespace) -> int:
    from transformer.report import baseline
    from transformer.report import files as report_files

    report_files.check(args.report)
    known = baseline.read(Path(args.baseline)) if args.baseline else baseline.NOTHING
    source, narrowed = _check_paths(args.paths)
    args.source, args.in_place, args.ref = source, True, None
    args.path = [*args.path, *narrowed]
    with open_for(args) as opened:
        use_templates(args, opened)
        settings = settings_of(args, opened, in_place=True)
        plan = _plan(args, settings, snapshot_of(opened, settings))
        left = baseline.unknown(plan.findings, known)
        frame = _frame(args, settings, opened, "check", "", known=len(plan.findings) - len(left))
        report_files.write(args.report, plan, frame)
    told = baseline.without_known(plan, left)
    _tell(args, told, frame)
    if plan.bugs:
        return BUG
    return WORK_LEFT if plan.changes or any(baseline.is_work(f, strict=args.strict) for f in left) else DONE


def _check_paths(paths: list[str]) -> tuple[str, list[str]]:
    """One folder is the source; anything else narrows the run below the current folder."""
    if not paths or (len(paths) == 1 and Path(paths[0]).is_dir()):
        return (paths[0] if paths else "."), []
    here = Path.cwd().resolve()
    narrowed = []
    for text in paths:
        path = Path(text)
        if not os.path.lexists(path):
            raise UsageError(f"{text}: there is no such file or folder. Check the path.")
        try:
            below = path.resolve().relative_to(here).as_posix()
        except ValueError:
            raise UsageError(f"{text} does not lie below the current folder. Change to its repository, or name one folder.") from None
        narrowed.append("/" + _literal(below) + ("/" if path.is_dir() else ""))
    return ".", narrowed


def _literal(path: str) -> str:
    """A path as a glob that matches nothing else."""
    return "".join(f"\\{c}" if c in "*?[\\" else c for c in path)


# --- what both share


def _plan(args: Namespace, settings: Settings, snapshot: Snapshot) -> Plan:
    from transformer.commands import progress
    from transformer.run.pipeline import plan_run

    with progress.on_terminal(quiet=args.quiet) as show:
        return plan_run(settings, snapshot, show)


def _frame(args: Namespace, settings: Settings, opened: Opened, mode: Mode, branch: str, known: int = 0) -> Frame:
    from transformer.report.frame import Frame
    from transformer.vcs import is_url, locate
    from transformer.vcs.command import without_password

    remote = args.source if is_url(args.source) else "origin" if getattr(args, "push", False) else ""
    in_git = opened.repository is not None
    if opened.repository is None and opened.folder is not None:
        try:
            in_git = locate(opened.folder.resolve())[1] is not None
        except UsageError:
            in_git = False
    return Frame(
        mode=mode,
        source=without_password(args.source),
        origin=settings.origin,
        target=settings.about_target(),
        branch=branch,
        again=without_password(args.again),
        known=known,
        remote=without_password(remote),
        in_git=in_git,
    )


def _tell(args: Namespace, plan: Plan, frame: Frame, *, to_stderr: bool = False) -> None:
    from transformer.report import terminal

    out = sys.stderr if to_stderr else sys.stdout
    width = min(shutil.get_terminal_size().columns, _WIDEST) if out.isatty() else 100
    color = out.isatty() and not args.no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    out.write(terminal.render(plan, frame, width=width, color=color, verbose=args.verbose, quiet=args.quiet))
    out.flush()


def _exit_code(plan: Plan, *, strict: bool = False) -> int:
    """`strict`: what was not checked counts as Blocked does."""
    from transformer.model import Verdict
    from transformer.report.frame import unchecked

    if plan.bugs:
        return BUG
    blocked = any(o.verdict is Verdict.BLOCKED for o in plan.outcomes) or any(f.blocks for f in plan.findings)
    return WORK_LEFT if blocked or (strict and unchecked(plan)) else DONE


# --- passes, explain, init


def run_passes(args: Namespace) -> int:
    from transformer.commands.inspect import listing

    sys.stdout.write(listing())
    if not args.quiet:
        sys.stdout.write("\n`transformer explain NAME` shows the page of a pass, a finding code or a row of knowledge.\n")
    return DONE


def run_explain(args: Namespace) -> int:
    from transformer.commands.inspect import page

    sys.stdout.write("\n".join(page(name) for name in args.names))
    return DONE


def run_init(args: Namespace) -> int:
    from transformer.commands import init
    from transformer.config.settings import FILE
    from transformer.repository.snapshot import FolderSnapshot

    folder = Path(args.source)
    if not folder.is_dir():
        raise UsageError(f"{args.source} is not a folder. Give the folder of the repository.")
    target = folder / FILE
    if os.path.lexists(target) and not args.force:
        raise UsageError(f"{target} is already there. Use --force to write over it.")
    if target.is_symlink():
        raise UsageError(f"{target} is a symbolic link, and is not followed. Remove it first.")
    snapshot = FolderSnapshot(folder)
    text = init.draft(init.look(snapshot.read_each(snapshot.select(("**/*.yaml", "**/*.yml")))))
    try:
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as e:
        raise UsageError(f"{target} cannot be written: {e.strerror}. Check its permissions.") from e
    sys.stdout.write(f"{target} is written. Look at its target versions, commit it, and run: transformer convert --dry-run\n")
    return DONE
