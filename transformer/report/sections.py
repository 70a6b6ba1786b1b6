"""What a report lists first: the resources of each verdict. Those that are refused or left alone for the same reasons stand together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from transformer.knowledge.sources import row_of
from transformer.model import Finding, Plan
from transformer.report.by_resource import Became, ResourceSummary, by_resource

_SUBJECTS: Final = 3  # of one resource
_TOGETHER: Final = {Became.REFUSED: 6, Became.LEFT_ALONE: 3}  # resources that are named of those with the same reasons
_TITLES: Final = {
    Became.CONVERTED: "Converted",
    Became.REFUSED: "Refused",
    Became.CHANGED: "Changed",
    Became.ADDED: "Added",
    Became.REMOVED: "Removed",
    Became.LEFT_ALONE: "Left alone",
}


@dataclass(frozen=True, slots=True)
class Section:
    """All resources of one verdict. `what`: their kinds. `lines`: indented by how deep they are. `rest`: how many were left out."""

    title: str
    count: int
    what: str
    lines: tuple[str, ...]
    rest: int = 0


def sections(plan: Plan, most: int | None = None) -> Iterator[Section]:
    """`most`: so many resources, or groups of them with the same reasons, of a verdict; None for all."""
    held: dict[Became, list[ResourceSummary]] = {}
    for summary in by_resource(plan):
        if summary.is_of_interest:
            held.setdefault(summary.verdict, []).append(summary)
    for verdict, summaries in held.items():
        groups = _groups(verdict, summaries)
        lines = tuple(line for group in groups[:most] for line in _lines(verdict, group, most))
        yield Section(_TITLES[verdict], len(summaries), _counted(summaries), lines, sum(map(len, groups[most:])) if most else 0)


def _counted(summaries: Iterable[ResourceSummary]) -> str:
    """`4 CronJobs, 2 ConfigMaps`: as people count, and as `init` does."""
    kinds = Counter("patch" if s.is_patch else s.resource.kind or "file" for s in summaries)
    return ", ".join(f"{count:,} {kind if count == 1 else _plural(kind)}" for kind, count in kinds.most_common())


def _plural(kind: str) -> str:
    return kind[:-1] + "ies" if kind.endswith("y") and kind[-2:] != "ey" else kind + ("es" if kind.endswith(("s", "ch")) else "s")


def _groups(verdict: Became, summaries: Iterable[ResourceSummary]) -> list[list[ResourceSummary]]:
    held: dict[object, list[ResourceSummary]] = {}
    for s in summaries:
        same = tuple(_reasons(s)) if verdict in _TOGETHER else ()
        held.setdefault(same or s, []).append(s)
    return sorted(held.values(), key=lambda group: -len(group))  # stable: else by place


def _reasons(s: ResourceSummary) -> Iterator[str]:
    """Every reason once, whichever part of the resource it is about."""
    told = {(f.code, f.message): f for f in _blocking(s)}
    for (code, message), f in told.items():
        row = row_of(f.source)
        yield f"{code}{f' {row}' if row else ''}: {message}"
    if not told:
        yield from s.reasons


def _blocking(s: ResourceSummary) -> list[Finding]:
    return [f for f in s.findings if f.blocks] if s.verdict is Became.REFUSED else []


def _lines(verdict: Became, group: Sequence[ResourceSummary], most: int | None) -> Iterator[str]:
    if verdict not in _TOGETHER:
        yield from map(_line, group)
        return
    few = group[: _TOGETHER[verdict]] if most else group
    if len(group) == 1:
        yield _line(group[0])
        yield from (f"    {reason}" for reason in _reasons(group[0]))
        yield from _about(group[0])
        return
    count = f"{len(group):,} × "
    for n, reason in enumerate(_reasons(group[0])):
        yield f"{' ' * len(count) if n else count}{reason}"
    for s in few:
        yield f"    {_line(s)}"
        yield from _about(s)
    if len(few) < len(group):
        yield f"    … and {len(group) - len(few):,} more"


def _line(s: ResourceSummary) -> str:
    to = f" → {s.becomes.kind}" if s.becomes else ""
    patch = "patch of " if s.is_patch else ""
    by = f"  ({', '.join(s.passes)})" if s.passes else ""
    whose = f"  {patch}{s.resource}" if s.resource.kind else ""
    return f"{s.file}:{s.line}{whose}{to}{by}"


def _about(s: ResourceSummary) -> Iterator[str]:
    """The parts of a refused resource, or the places elsewhere, that the reasons are about."""
    found = [f for f in _blocking(s) if f.subject]
    subjects = list(dict.fromkeys(f.subject if ":" in f.subject else f"line {f.line}: {f.subject}" for f in found))
    yield from (f"      {subject}" for subject in subjects[:_SUBJECTS])
    if len(subjects) > _SUBJECTS:
        yield f"      and {len(subjects) - _SUBJECTS} more"
