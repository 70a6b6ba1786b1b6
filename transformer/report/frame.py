"""Shared by all reports: counts, grouped findings, and the commands to run next."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from shlex import split
from typing import Final, Literal

from transformer.model import Change, CheckState, Finding, Op, Outcome, Plan, ResourceId, Severity, Verdict
from transformer.output import on_one_line
from transformer.output import pasteable as quote
from transformer.report.by_resource import outcome_counts
from transformer.report.remedies import in_common

Mode = Literal["branch", "in-place", "dry-run", "check"]


@dataclass(frozen=True, slots=True)
class Frame:
    """How the run was started. `again` is the command line that repeats it, and `source` what it read."""

    mode: Mode = "branch"
    source: str = "."
    origin: str = ""  # where the configuration came from
    target: str = ""
    branch: str = ""
    again: str = ""
    known: int = 0  # findings that the baseline knows
    remote: str = ""  # the URL that SOURCE is, or "origin" where the branch was pushed there
    left_out: tuple[str, ...] = ()  # files that the branch of a wider run changed and this one does not, from the top
    in_git: bool = True  # whether git can show and undo what was written in place
    folder: str = ""  # that was read, as the shell sees it; empty where it is not on this machine
    below: str = ""  # from the top of the repository to that folder: "" or with a final slash
    configuration: str = ""  # the file that `origin` names, from the top

    def in_repository(self, file: str) -> str:
        """The path of a file from the top of the repository. A configuration from elsewhere stays as it was named."""
        return self.configuration if file == self.origin else posixpath.normpath(self.below + file)

    def shown(self, file: str) -> str:
        """The same from the current folder."""
        if file == self.origin and not posixpath.isabs(self.configuration):
            file = posixpath.relpath(self.configuration, self.below or ".")
        return posixpath.normpath(posixpath.join(self.folder, file))


@dataclass(frozen=True, slots=True)
class Place:
    """`subject` as in Finding: the part of the resource that the message is about. `names`: what stands for `<1>`, `<2>`, ... of
    the remedy here."""

    file: str
    line: int
    column: int = 1
    subject: str = ""
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{safe(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Group:
    """The places of one message. `remedy` is what those of all places have in common, or that of the first place; `remedies`
    counts the different ones, 1 where `names` of the places say how they differ."""

    message: str
    remedy: str
    source: str
    places: tuple[Place, ...]
    remedies: int = 1


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """All findings of one code and severity. `count` is the number of places; the largest group comes first."""

    code: str
    severity: Severity
    pass_id: str
    count: int
    resources: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class PassSummary:
    pass_id: str
    changed: int
    blocked: int
    skipped: int
    files: int
    edits: tuple[tuple[int, int, str, str, str], ...]  # resources, edits, kind, why, source: by falling number of resources
    reasons: tuple[tuple[int, str, Place], ...]  # of Skipped, with the first place


_FEW: Final = 10  # files that are named in a command
_FIELDS: Final = 6  # named in one row of what was done
_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def grouped(findings: Iterable[Finding]) -> list[CodeGroup]:
    """The findings by severity and number. The order of the findings does not matter."""
    by_code: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        by_code.setdefault((finding.severity, finding.code), []).append(finding)
    made = [_code_group(code, severity, held) for (severity, code), held in by_code.items()]
    return sorted(made, key=lambda g: (_RANK[g.severity], -g.count, g.code))


def _code_group(code: str, severity: Severity, findings: list[Finding]) -> CodeGroup:
    same: dict[str, list[Finding]] = {}
    for f in findings:
        same.setdefault(f.message, []).append(f)
    groups = sorted((_group(held) for held in same.values()), key=lambda g: (-len(g.places), _order(g.places[0]), g.message))
    resources = {(f.file, f.document, f.resource) for f in findings}
    count = sum(len(g.places) for g in groups)
    return CodeGroup(code, severity, findings[0].pass_id, count, len(resources), tuple(groups))


def _group(findings: list[Finding]) -> Group:
    findings = sorted(findings, key=lambda f: (f.file, f.line, f.column, f.subject))
    remedies = list(dict.fromkeys(f.remedy for f in findings))
    common = in_common(remedies) if len(remedies) > 1 else None
    names = dict(zip(remedies, common.names, strict=True)) if common else {}
    places = {(f.file, f.line, f.column, f.subject): names.get(f.remedy, ()) for f in reversed(findings)}
    ordered = tuple(Place(*about, names=places[about]) for about in reversed(places))
    first = findings[0]
    return Group(first.message, common.text if common else first.remedy, first.source, ordered, 1 if common else len(remedies))


def _order(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def by_pass(plan: Plan) -> list[PassSummary]:
    """One summary for each pass that ran, in order."""
    ids = list(dict.fromkeys([p.pass_id for p in plan.passes] + [o.pass_id for o in plan.outcomes] + [c.pass_id for c in plan.changes]))
    return [_summary(pass_id, plan) for pass_id in ids if pass_id]


def _summary(pass_id: str, plan: Plan) -> PassSummary:
    outcomes = [o for o in plan.outcomes if o.pass_id == pass_id]
    changes = [c for c in plan.changes if c.pass_id == pass_id]
    held = {v: {_identity(o) for o in outcomes if o.verdict is v} for v in Verdict}
    return PassSummary(
        pass_id,
        len(held[Verdict.CHANGED]),
        len(held[Verdict.BLOCKED]),
        len(held[Verdict.SKIPPED]),
        len({c.file for c in changes}),
        tuple(_edits(changes)),
        tuple(_reasons(o for o in outcomes if o.verdict is Verdict.SKIPPED)),
    )


def _edits(changes: Iterable[Change]) -> list[tuple[int, int, str, str, str]]:
    """One row for each reason, with the changed fields."""
    held: dict[tuple[str, str], list[Change]] = {}
    for c in changes:
        held.setdefault((c.resource.kind, c.why), []).append(c)
    rows = [
        (len({_identity(c) for c in same}), len(same), kind, _with_fields(why, same), same[0].source) for (kind, why), same in held.items()
    ]
    return sorted(rows, key=lambda r: (-r[0], -r[1], r[2:]))


def _with_fields(why: str, changes: Iterable[Change]) -> str:
    fields = sorted({name for c in changes if (name := _field(c))})
    more = f" and {len(fields) - _FIELDS} more" if len(fields) > _FIELDS else ""
    return f"{why} ({', '.join(fields[:_FIELDS])}{more})" if fields else why


def _field(change: Change) -> str:
    return next((step for step in reversed(change.path) if isinstance(step, str)), "")


def _reasons(skipped: Iterable[Outcome]) -> list[tuple[int, str, Place]]:
    held: dict[str, list[Outcome]] = {}
    for outcome in skipped:
        held.setdefault(outcome.reason, []).append(outcome)
    found = [(len(all_), reason, min((Place(o.file, 1) for o in all_), key=_order)) for reason, all_ in held.items()]
    return sorted(found, key=lambda r: (-r[0], r[1]))


def counts(plan: Plan) -> dict[str, int]:
    """Resources by their outcome. One that a pass changed and another refused counts for both."""
    held: dict[Verdict, set[object]] = {v: set() for v in Verdict}
    for o in plan.outcomes:
        held[o.verdict].add(_identity(o))
    return {
        "changed": len({_identity(c) for c in plan.changes}),
        "blocked": len(held[Verdict.BLOCKED]),
        "skipped": len(held[Verdict.SKIPPED]),
    }


def summary(plan: Plan) -> str:
    """In one line, how much was read and what became of it."""
    found = outcome_counts(plan)
    read = f"{number(plan.files, 'file')}, {number(plan.documents, 'document')} read in {plan.seconds:.1f} s: "
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in found.items())
    return read + (f"{number(sum(found.values()), 'resource')}: {told}" if told else "nothing to do")


def _identity(record: Change | Outcome) -> object:
    """Identifies a resource: its name and document stay, and its kind may change."""
    return record.file, record.document, record.resource.namespace, record.resource.name


def unchecked(plan: Plan) -> list[str]:
    """Checks that were not possible, with the reason."""
    return [str(check) for check in plan.checks if check.state is CheckState.NOT_CHECKED]


def checked(plan: Plan) -> list[str]:
    return [str(check) for check in plan.checks if check.state is not CheckState.NOT_CHECKED]


def next_steps(plan: Plan, frame: Frame) -> list[tuple[str, str]]:
    """(Review, command), (Undo, command), (Again, command), ready to paste."""
    changed = sorted(f for f in plan.new if plan.new[f] != plan.old.get(f))
    again = [("Again", frame.again)] if frame.again else []
    if not changed:
        return again
    if frame.mode == "branch":
        return _branch_steps(plan.base, frame, _blind(plan)) + again
    if frame.mode == "in-place":
        return _in_place_steps(frame, changed, [f for f in changed if f not in plan.old], _blind(plan)) + again
    if frame.mode == "check":
        how = f"transformer convert {quote(frame.source)}{_settings(frame.again)}"
        return [*([("Convert", how)] if frame.in_git else []), ("In place", f"{how} --in-place"), *again]
    return [("Write it", frame.again.replace(" --dry-run", "")), *again] if again else []


def _blind(plan: Plan) -> str:
    """Where lines were indented anew, only the other changes are worth reading."""
    return " -w" if any(c.op is Op.MOVE for c in plan.changes) else ""


_SETTINGS: Final = ("--config", "--set", "--accept", "--only", "--path", "--templates")


def _settings(command: str) -> str:
    """The options of a command that change its result, with their values."""
    words, kept = split(command), list[str]()
    for n, word in enumerate(words):
        if word in _SETTINGS and n + 1 < len(words):
            kept += [word, words[n + 1]]
        elif word.startswith(tuple(f"{s}=" for s in _SETTINGS)):
            kept.append(word)
    return "".join(f" {quote(word)}" for word in kept)


def _branch_steps(base: str | None, frame: Frame, blind: str) -> list[tuple[str, str]]:
    start, branch = (base or "HEAD")[:12], quote(frame.branch)
    if frame.remote and frame.remote == frame.source:
        url = quote(frame.remote)
        return [
            ("Review", f"git fetch {url} {branch} && git log --reverse -p{blind} {start}..FETCH_HEAD"),
            ("Undo", f"git push {url} --delete {branch}"),
        ]
    undo = f"{_git(frame)} branch -D {branch}"
    if frame.remote:
        undo += f" && {_git(frame)} push {quote(frame.remote)} --delete {branch}"
    return [("Review", f"{_git(frame)} log --reverse -p{blind} {start}..{branch}"), ("Undo", undo)]


def _in_place_steps(frame: Frame, changed: list[str], new: list[str], blind: str) -> list[tuple[str, str]]:
    if not frame.in_git:
        return [("Undo", "this folder is not in git: restore your own copy")]
    git = _git(frame)
    listed = f"{git} status --short && " if new else ""  # names new files; the diff shows the rest
    review = f"{listed}{git} diff{blind}"
    if len(changed) <= _FEW:
        old = [f for f in changed if f not in new]
        steps = [f"{git} restore -- {_named(old)}"] if old else []
        undo = " && ".join([*steps, *([f"{git} clean -q -f -- {_named(new)}"] if new else [])])
    else:  # restoring `.` would also end what somebody else has not committed
        more = " --include-untracked" if new else ""
        undo = f"{git} stash push{more} -m transformer   # {len(changed)} files; git stash pop brings them back"
    return [("Review", review), ("Undo", undo)]


def _named(files: list[str]) -> str:
    return " ".join(quote(f) for f in files)


def _git(frame: Frame) -> str:
    return f"git -C {quote(frame.source)}" if frame.source not in ("", ".") else "git"


def safe(text: str) -> str:
    """Text of a repository without control characters, so that it cannot control a terminal or break a line."""
    return on_one_line(text.replace("\t", " "))


def number(count: int, one: str, many: str = "") -> str:
    """`1 file`, `1,204 files`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def worth_telling(plan: Plan) -> tuple[list[Finding], list[Finding]]:
    """(findings for a person to decide, notes)"""
    people = [f for f in plan.findings if f.severity is not Severity.INFO]
    return people, [f for f in plan.findings if f.severity is Severity.INFO]


def labels(resource: ResourceId) -> Mapping[str, str]:
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "namespace": resource.namespace,
        "name": resource.name,
    }
