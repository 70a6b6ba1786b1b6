"""`transformer convert`: plans, then writes the branch or the files, or prints the diff."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from transformer import output
from transformer.commands.inputs import Opened, open_for, put_back, settings_of, snapshot_of, target_of, use_templates
from transformer.commands.planning import BUG, DONE, WORK_LEFT, frame_of, plan_of, tell
from transformer.errors import PublishError, UnsafeError, UsageError

if TYPE_CHECKING:
    from transformer.config.settings import Settings
    from transformer.model import Plan
    from transformer.report.frame import Mode
    from transformer.vcs import Destination, Published


def run_convert(args: Namespace) -> int:
    from transformer.report import files as report_files

    _refuse_together(args)
    target = target_of(args)
    report_files.check(args.report, target)
    if args.in_place:
        put_back(args.source)
    with open_for(args) as opened:
        use_templates(args, opened)
        settings = settings_of(args, opened, in_place=args.in_place)
        branch = args.branch or f"transformer/{settings.name}"
        to = _checked_branch(args, opened, branch)
        plan = plan_of(args, settings, snapshot_of(opened, settings))
        mode: Mode = "in-place" if args.in_place else "dry-run" if args.dry_run else "branch"
        frame = frame_of(args, settings, opened, mode, branch)
        if mode == "branch":
            frame = replace(frame, left_out=_left_out(args, plan, opened, branch))
        report_files.write(args.report, plan, frame, target)
        if args.dry_run and args.format == "text":
            _print_diff(plan, show_secrets=args.show_secrets, jobs=args.jobs)
        elif not args.dry_run:
            _refuse_too_much(plan, settings, force=args.force)
            try:
                _write(args, plan, opened, branch, to)
            except PublishError:
                tell(args, plan, frame)
                raise
    tell(args, plan, frame, to_stderr=args.dry_run)
    return _exit_code(plan, strict=args.strict)


def _refuse_together(args: Namespace) -> None:
    from transformer.vcs import is_url

    if args.request:
        raise UsageError("--request is not available yet. Use --push, and open the change request on your server.")
    if args.in_place and (args.push or args.branch or args.ref):
        raise UsageError("--in-place writes files, not a branch. Remove --in-place, or remove --push, --branch and --ref.")
    if args.in_place and args.dry_run:
        raise UsageError("--dry-run writes nothing. Remove --in-place or --dry-run.")
    if args.dry_run and args.push:
        raise UsageError("--dry-run pushes nothing. Remove --push or --dry-run.")
    if args.remote is not None and not args.push:
        raise UsageError("--remote says where --push pushes to: add --push, or leave out --remote.")
    if is_url(args.source):
        if args.remote is not None:
            raise UsageError("the branch of a URL is pushed to that URL: leave out --remote, or clone it and name the folder.")
        if args.in_place:
            raise UsageError("a URL has no working tree. Remove --in-place, or clone the repository and give its folder.")
        if not (args.push or args.dry_run):
            raise UsageError("a URL needs --push, which pushes the branch there, or --dry-run, which prints the diff.")


def _checked_branch(args: Namespace, opened: Opened, branch: str) -> Destination | None:
    """Where the branch is pushed to. What must not be written is refused before any work."""
    from transformer import vcs

    if opened.repository is None or args.dry_run:
        return None
    vcs.branch_ref(opened.repository, branch)
    if not args.push:
        return None
    to = vcs.destination(opened.repository, "origin" if args.remote is None else args.remote)
    vcs.refuse_default(opened.repository, to, branch)
    return to


def _write(args: Namespace, plan: Plan, opened: Opened, branch: str, to: Destination | None) -> None:
    if args.in_place:
        from transformer.model import Verdict
        from transformer.repository.in_place import write_in_place

        assert opened.folder is not None  # noqa: S101 - a plain folder was opened
        converted = {o.file for o in plan.outcomes if o.verdict is Verdict.CHANGED}
        write_in_place(opened.folder, plan.old, plan.new, force=args.force, last=converted)
        return
    published = _publish(plan, opened, branch)
    if to is not None and opened.repository is not None:
        from transformer.vcs import push

        push(opened.repository, published, to)


def _left_out(args: Namespace, plan: Plan, opened: Opened, branch: str) -> tuple[str, ...]:
    """Files that the branch of a wider run has changed and this one does not."""
    from transformer.vcs import no_longer_changed

    narrow = opened.repository is not None and (opened.repository.prefix or args.path or args.only)
    return tuple(no_longer_changed(opened.repository, branch, plan.new)) if narrow and opened.repository and plan.changes else ()


def _publish(plan: Plan, opened: Opened, branch: str) -> Published:
    from transformer.report import commit_message
    from transformer.vcs import PassCommit, publish

    assert opened.repository is not None  # noqa: S101 - branch mode opens a repository
    commits = [PassCommit(p.pass_id, commit_message.render(plan, p.pass_id), dict(p.texts)) for p in plan.passes if p.texts]
    return publish(opened.repository, branch, commits)


def _refuse_too_much(plan: Plan, settings: Settings, *, force: bool) -> None:
    """Raises UnsafeError if the plan exceeds `limits`."""
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
                "Check the plan with --dry-run. Then raise the limit, use --path, or use --force."
            )


def _print_diff(plan: Plan, *, show_secrets: bool, jobs: int | None) -> None:
    """A diff that can be applied, unless it would show what is secret."""
    from transformer.run.workers import each

    files = [(path, plan.old.get(path, b""), plan.new[path]) for path in sorted(plan.new)]
    hides = False
    for told, whole in each(_unmasked if show_secrets else _masked, files, sum(len(new) for _, _, new in files), jobs):
        hides |= not whole
        output.say_as_it_is(told)
    if hides:
        output.warn("transformer: secret values are masked, so this diff cannot be applied. --show-secrets prints them.\n")


def _masked(file: tuple[str, bytes, bytes]) -> tuple[str, bool]:
    """The diff of a file as it may be shown, and whether it is all of it."""
    from transformer.diff import as_it_is, unified_each
    from transformer.redaction import masked

    path, old, new = file
    whole, told = unified_each(path, old.decode("utf-8", "replace"), new.decode("utf-8", "replace"), as_it_is, masked)
    return told, told == whole


def _unmasked(file: tuple[str, bytes, bytes]) -> tuple[str, bool]:
    from transformer.diff import as_it_is, unified

    path, old, new = file
    return unified(path, old.decode("utf-8", "replace"), new.decode("utf-8", "replace"), show=as_it_is), True


def _exit_code(plan: Plan, *, strict: bool = False) -> int:
    """`strict`: a check that was not possible counts like Blocked."""
    from transformer.model import Severity, Verdict
    from transformer.report.frame import unchecked

    if plan.bugs:
        return BUG
    blocked = any(o.verdict is Verdict.BLOCKED for o in plan.outcomes) or any(
        f.blocks or f.severity is Severity.ERROR for f in plan.findings
    )
    return WORK_LEFT if blocked or (strict and unchecked(plan)) else DONE
