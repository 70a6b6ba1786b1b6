"""A CronWorkflow before it is written: where each node of the CronJob goes, what is dropped, what prevents the conversion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from transformer.knowledge import Row
from transformer.passes.cronworkflow.params import Parameters
from transformer.passes.cronworkflow.rows import LEVELS, cite
from transformer.passkit import KEEP, Change, Context, Finding, Path, Resource, Severity, Version

BLOCKED: Final = "CRON001"
CONSENT: Final = "CRON002"
ACCEPTED: Final = "CRON003"
REPORTED: Final = "CRON004"
NATIVE: Final = "CRON005"

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A node of the CronJob that moves. `value` replaces its text; its comments move with it."""

    path: Path
    value: Any = KEEP


@dataclass(frozen=True, slots=True)
class Addition:
    """A value that is added below a node that moves. `path` is its place as if the node had stayed."""

    path: Path
    value: Any
    row: Row
    after: str | None = None


@dataclass(slots=True)
class Draft:
    """`trees` hold Sources and plain data by field, for `cron` (spec), `workflow` (workflowSpec), `template` (the template of the
    Pod), and `wrapper` (the template that calls it, for a Job of several Pods)."""

    resource: Resource
    params: Parameters
    context: Context
    argo: Version
    trees: dict[str, Tree] = field(default_factory=lambda: {"cron": {}, "workflow": {}, "template": {}, "wrapper": {}})
    rows: dict[Path, Row] = field(default_factory=dict)  # why a source node moves
    reasons: dict[str, Row] = field(default_factory=dict)  # why a field is written that the source does not have
    patched: list[tuple[Path, Row]] = field(default_factory=list)  # what goes through podSpecPatch
    edits: list[Change] = field(default_factory=list)  # inside nodes that move
    additions: list[Addition] = field(default_factory=list)  # to nodes that move
    drops: dict[Path, Change] = field(default_factory=dict)
    notes: list[Finding] = field(default_factory=list)
    blocks: list[Finding] = field(default_factory=list)
    refused: set[Path] = field(default_factory=set)
    given_labels: frozenset[str] = frozenset()  # labels and annotations of a Job's Pods that Pods of the Workflow get too
    layout: Literal["container", "containerSet", "sidecars"] = "container"
    main: int = 0  # the number of the container that does the work
    names: dict[str, str] = field(default_factory=dict)  # new names of containers, by the old name
    clashes: set[str] = field(default_factory=set)  # old names that Argo uses for its own containers
    zone: str = ""  # a time zone written into the schedule
    schedule: str = ""  # as the CronWorkflow will have it
    readers: Mapping[str, Callable[[Draft, Path], None]] = field(default_factory=dict)  # for levels that are read in another way
    native: bool = False  # whether it refers to a WorkflowTemplate and has no Pod of its own
    asked: list[str] = field(default_factory=list)  # rows that wait for consent

    # --- where things go

    def place(self, slot: str, path: Path, row: Row, value: Any = KEEP) -> None:
        """A node of the source goes to `slot`: cron/, workflow/ or template/ and the field there."""
        self.rows[path] = row
        self._put(slot, Source(path, value))

    def place_each(self, slot: str, paths: list[Path], row: Row) -> None:
        """Several nodes become one list."""
        self.rows |= dict.fromkeys(paths, row)
        self._put(slot, [Source(p) for p in paths])

    def write(self, slot: str, value: Any, row: Row) -> None:
        """A field that the source does not have. `value` may hold Sources."""
        self.reasons[slot.split("/")[1]] = row
        self._put(slot, value)

    def _put(self, slot: str, value: Any) -> None:
        name, *steps = slot.split("/")
        tree = self.trees[name]
        for step in steps[:-1]:
            tree = tree.setdefault(step, {})
        tree[steps[-1]] = value

    def drop(self, path: Path, row: Row) -> None:
        self.drops[path] = self.resource.remove(path, why=row["why"], source=cite(row))

    def sources(self) -> Iterator[Path]:
        """Every node that has a place."""
        yield from _sources(self.trees)

    # --- what a person must know

    def refuse(self, row: Row, path: Path, detail: str = "", remedy: str = "") -> None:
        """Refuse the conversion."""
        self.refused.add(path)
        remedy = remedy or row.get("remedy", "")
        self.blocks.append(
            self.resource.block(BLOCKED, row["why"], subject=_subject(path, detail), remedy=remedy, source=cite(row), path=path)
        )

    def consent(self, row: Row, path: Path, detail: str = "", remedy: str = "", place: tuple[int, int] | None = None) -> None:
        """What the row requires: nothing, a finding, or the user's consent. `place`: inside of the text at `path`."""
        kind = row.get("consent") or "none"
        subject = _subject(path, detail)
        if row.get("left-to") in self.context.later:
            return
        if kind == "finding":
            severity = Severity(row.get("severity") or "warning")
            note = self.resource.finding(
                REPORTED,
                row["why"],
                subject=subject,
                remedy=remedy or row.get("remedy", ""),
                source=cite(row),
                path=path,
                severity=severity,
            )
            self.notes.append(replace(note, line=place[0], column=place[1]) if place else note)
        elif kind == "accept" and row.id in self.params.accept:
            self.accepted(row, path, detail)
        elif kind == "accept":
            self.refused.add(path)
            self.asked += [row.id] if row.id not in self.asked else []
            self.blocks.append(
                self.resource.block(CONSENT, row["why"], subject=subject, remedy=_ask(row, remedy), source=cite(row), path=path)
            )

    def accepted(self, row: Row, path: Path, detail: str = "") -> None:
        """Note a change of behaviour that the user has accepted, in `accept` or with a parameter."""
        message, subject = f"Accepted: {row['why']}", _subject(path, detail)
        self.notes.append(
            self.resource.finding(ACCEPTED, message, subject=subject, remedy="", source=cite(row), path=path, severity=Severity.INFO)
        )

    def tell(self, row: Row, path: Path, detail: str = "") -> None:
        """Refuse, or require consent, as the row says."""
        if row["how"] == "refuse":
            self.refuse(row, path, detail)
        else:
            self.consent(row, path, detail)


def label(path: Path) -> str:
    """The name of a field in messages, without the path to its level."""
    prefix = max((p for p in LEVELS.values() if path[: len(p)] == p and len(path) > len(p)), key=len)
    prefix = prefix[:-1] if prefix and prefix[-1] == "metadata" else prefix
    steps = path[len(prefix) :]
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(".") or "CronJob"


def _subject(path: Path, detail: str) -> str:
    return ": ".join(filter(None, (label(path) if path else "", detail)))


def _ask(row: Row, remedy: str = "") -> str:
    line = f"If that is right for this job, add `accept: [{row.id}]` to the pass cronworkflow, or run with `--accept {row.id}`."
    remedy = remedy or row.get("remedy") or ""
    return f"{remedy.removesuffix('.')}. {line}" if remedy else line


def _sources(tree: Any) -> Iterator[Path]:
    if isinstance(tree, Source):
        yield tree.path
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _sources(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _sources(value)
