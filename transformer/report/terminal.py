"""The report on a terminal: a table for each pass, findings to decide, the summary, and the commands to run next."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING, Final

from transformer.knowledge.sources import row_of
from transformer.model import Plan, Severity
from transformer.report.frame import (
    CodeGroup,
    Frame,
    Group,
    PassSummary,
    by_pass,
    checked,
    grouped,
    next_steps,
    number,
    safe,
    summary,
    unchecked,
    worth_telling,
)
from transformer.report.sections import sections

if TYPE_CHECKING:
    from rich.console import Console

_RESOURCES: Final = 12  # of one verdict
_ROWS: Final = 8  # of a pass's table
_REASONS: Final = 4  # why resources were skipped
_PLACES: Final = 3  # of one finding
_NAMED: Final = 12  # where each place has a name for the remedy
_GROUPS: Final = {Severity.ERROR: 8, Severity.WARNING: 12, Severity.INFO: 3}  # of one code
_STYLE: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def render(plan: Plan, frame: Frame, *, width: int = 100, color: bool = False, verbose: bool = False, quiet: bool = False) -> str:
    """Lines with a place or a command may be longer than `width`. `quiet` leaves out the tables."""
    from rich.console import Console

    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, no_color=not color, highlight=False, emoji=False, markup=False, legacy_windows=False
    )
    if not quiet:
        _head(console, plan, frame)
        _resources(console, plan, verbose)
        for done in by_pass(plan):
            _pass(console, done)
    _findings(console, plan, verbose)
    _summary(console, plan, frame, verbose)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _say(console: Console, text: str = "", style: str = "") -> None:
    console.print(text, style=style, soft_wrap=True)


def _head(console: Console, plan: Plan, frame: Frame) -> None:
    base = f" at {plan.base[:12]}" if plan.base else ""
    _say(console, f"{safe(plan.pipeline)}: {safe(frame.source)}{base}", "bold")
    told = [frame.origin and f"configuration: {safe(frame.origin)}", frame.target and f"target: {safe(frame.target)}"]
    if any(told):
        _say(console, "; ".join(t for t in told if t), "dim")


def _resources(console: Console, plan: Plan, verbose: bool) -> None:
    for section in sections(plan, None if verbose else _RESOURCES):
        _say(console)
        _say(console, f"{section.title}: {safe(section.what)}", "bold")
        for line in section.lines:
            _say(console, f"  {safe(line)}")
        if section.rest:
            _say(console, f"  … and {number(section.rest, 'more resource')} (--verbose, or --report FILE.md)", "dim")


def _pass(console: Console, summary: PassSummary) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    told = [f"{summary.changed:,} changed"] if summary.changed else []
    told += [f"{summary.blocked:,} blocked"] if summary.blocked else []
    told += [f"{summary.skipped:,} skipped"] if summary.skipped else []
    _say(console)
    _say(console, f"{summary.pass_id}: {', '.join(told) or 'nothing to do'}", "bold" if told else "dim")
    if summary.edits:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
        for name in ("resources", "edits"):
            table.add_column(name, justify="right")
        table.add_column("kind")
        table.add_column("reason (fields)", overflow="fold", ratio=1)
        for resources, edits, kind, why, _ in summary.edits[:_ROWS]:
            table.add_row(f"{resources:,}", f"{edits:,}", safe(kind), safe(why))
        console.print(table)
    if len(summary.edits) > _ROWS:
        _say(console, f"  … and {number(len(summary.edits) - _ROWS, 'more reason')} (see --report FILE.md)", "dim")
    for count, reason, place in summary.reasons[:_REASONS]:
        _say(console, f"  skipped {count:,}: {safe(reason)} (first: {safe(place.file)})", "dim")
    if len(summary.reasons) > _REASONS:
        _say(console, f"  … and {number(len(summary.reasons) - _REASONS, 'more reason')} (see --report FILE.md)", "dim")


def _findings(console: Console, plan: Plan, verbose: bool) -> None:
    people, info = worth_telling(plan)
    found = grouped(people + info if verbose else people)
    if not found:
        return
    _say(console)
    _say(console, "Please decide" if people else "Notes", "bold")
    for code in found:
        for line, style in _code(code, verbose):
            _say(console, line, style)


def _code(code: CodeGroup, verbose: bool) -> Iterator[tuple[str, str]]:
    yield "", ""
    many = f", {number(code.resources, 'resource')}" if 1 < code.resources < code.count else ""
    many += f", {number(code.count, 'place')}" if code.count > 1 else ""
    yield f"{code.severity} {code.code}{many}  (transformer explain {code.code})", _STYLE[code.severity]
    most = len(code.groups) if verbose else _GROUPS[code.severity]
    for group in code.groups[:most]:
        yield from _group(group, verbose)
    rest = code.groups[most:]
    if rest:
        places = sum(len(g.places) for g in rest)
        yield f"  … and {number(len(rest), 'more message')} about {number(places, 'place')} (see --verbose, or --report FILE.md)", "dim"


def _group(group: Group, verbose: bool) -> Iterator[tuple[str, str]]:
    count = f"{len(group.places):,} × " if len(group.places) > 1 else ""
    yield f"  {count}{safe(group.message)}", ""
    most = len(group.places) if verbose else _NAMED if any(p.names for p in group.places) else _PLACES
    for place in group.places[:most]:
        about = [place.subject, *(f"<{n}> = {name}" for n, name in enumerate(place.names, 1))]
        yield "  ".join((f"    {place}", *(safe(a) for a in about if a))), ""
    if len(group.places) > most:
        yield f"    … and {len(group.places) - most:,} more", "dim"
    for n, line in enumerate(group.remedy.splitlines()):
        yield f"    {' ' if n else '→'} {safe(line)}", "dim"
    if group.remedies > 1:
        yield f"      (the first of {group.remedies:,} remedies; the JSON report has all)", "dim"
    if row := row_of(group.source):
        yield f"      row {row}  (transformer explain {row})", "dim"


def _summary(console: Console, plan: Plan, frame: Frame, verbose: bool) -> None:
    _say(console)
    _say(console, summary(plan), "bold")
    for line in _notes(plan, frame, verbose):
        _say(console, f"  {line}")
    steps = next_steps(plan, frame)
    wide = max((len(name) for name, _ in steps), default=0)
    for name, command in steps:
        _say(console, f"{name:<{wide}}  {command}")


def _notes(plan: Plan, frame: Frame, verbose: bool) -> Iterator[str]:
    info = worth_telling(plan)[1]
    if info and not verbose:
        notes = sum(code.count for code in grouped(info))
        yield f"{number(notes, 'note')} (see --verbose)"
    if frame.known:
        yield f"{number(frame.known, 'finding')} already in the baseline"
    if plan.dropped:
        first = plan.dropped[0]
        yield f"{number(len(plan.dropped), 'comment')} removed together with fields (first: {safe(first.file)}:{first.line})"
    if plan.accepted:
        yield f"accepted: {', '.join(plan.accepted)}"
    if verbose:
        for line in checked(plan):
            yield safe(line)
    for line in unchecked(plan):
        yield safe(line)
    if frame.left_out:
        yield (
            f"this run read less than the last one: {number(len(frame.left_out), 'file')} that the branch changed before "
            f"{'is' if len(frame.left_out) == 1 else 'are'} not in it any more (first: {safe(frame.left_out[0])})"
        )
    for bug in plan.bugs:
        yield f"bug of transformer, please report it: {safe(bug)}"
    written = {
        "branch": f"branch {frame.branch}",
        "in-place": "files changed in place",
        "dry-run": "nothing written",
        "check": "nothing written",
    }
    yield f"{written[frame.mode] if plan.changes else 'nothing to do'}; plan {plan.digest[:12]}"
