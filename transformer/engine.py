"""Runs the passes: in order, each on the text that the last one left, every change checked before it counts."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from transformer.model import (
    Addition,
    Change,
    DroppedComment,
    Finding,
    Op,
    Outcome,
    PassResult,
    ResourceId,
    Severity,
    Target,
    Verdict,
    pointer,
)
from transformer.passkit import Context, Pass, Step
from transformer.promises import Beside, Broken, Checked, check, check_added, not_there
from transformer.proposal import Copies, Proposal, Who, owner
from transformer.repository.index import Index
from transformer.repository.manifest import Manifest, carried_lines
from transformer.repository.resource import Role
from transformer.repository.roles import in_chart_templates, left_alone, looks_templated, role_of
from transformer.yamltext import Limits, ParseError, Refused

CODES: Mapping[str, str] = {
    "YAML001": "The file does not parse as YAML, so nothing in it is changed. Repair it at the place named, or exclude the file.",
    "YAML002": "The text cannot be edited without risk (an alias, a key that stands twice, a form that is not understood). "
    "Rewrite that place by hand in ordinary form, or make the change by hand.",
    "YAML003": "The file cannot be read as text (binary, not UTF-8), or is over a limit. Convert it, raise the limit, or exclude it.",
    "SRC001": "A file that was asked for was not read (a link, a submodule, too large, unreadable), so nothing in it is changed. "
    "If it should be, make it an ordinary file below the limit.",
    "VAL001": "The changed object would have a fault for the target that it did not have before, so the change was dropped. "
    "Mend the field in the source, or make this change by hand.",
    "POD001": "Argo would start another Pod than the CronJob's: its controller's own configuration, or an organisation's template, comes "
    "into it. The change was dropped. Write what they set into the CronJob, or take it out there; the message says what and where.",
    "BUG001": "A pass failed on this resource. It is left as it was; everything else is done. Please report it with the message.",
    "BUG002": "A promise did not hold for this change, so it was dropped. The text is as it was. Please report it.",
}
PATCH_REASON = "a patch of another object, not a whole one: it is left to whoever changes that object"
_YAML = (".yaml", ".yml", ".json")
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Record:
    """Everything that a run has found so far."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    dropped: list[DroppedComment] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    passes: list[PassResult] = field(default_factory=list)
    proofs: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by file, P6 of each object: why it was not seen, or ""
    steps: dict[Who, int] = field(default_factory=dict)  # the step that was made, where a plan takes several runs
    told: set[str] = field(default_factory=set)  # files whose text was already complained about


class Engine:
    """One run over the files of a source, file by file, each through all passes."""

    def __init__(self, index: Index, target: Target, limits: Limits | None = None) -> None:
        self.index, self.limits = index, limits or Limits()
        self.context = Context(target, index)
        self.record = Record()
        self.env_files = (
            {p for p in index.kustomize.generated_env_files() if p in index.files and not p.endswith(_YAML)}
            if index.has_generators
            else set()
        )

    def run(self, paths: Sequence[str], passes: Sequence[tuple[Pass, Any]], progress: Progress | None = None) -> Record:
        """Every file of `paths` through every pass."""
        texts: dict[str, dict[str, bytes]] = {pass_.id: {} for pass_, _ in passes}
        passes = _at_work(passes)
        for n, path in enumerate(paths):
            if progress:
                progress("converting", n, len(paths))
            self._through(path, passes, texts)
        self.record.passes = [PassResult(pass_id, found) for pass_id, found in texts.items()]
        return self.record

    def _through(self, path: str, passes: Sequence[tuple[Pass, Any]], texts: dict[str, dict[str, bytes]]) -> None:
        env = path in self.env_files
        known = None if env else self.index.known(path)
        base = manifest = known or Manifest(path, self.index.files[path], self.limits, env)
        steps: list[tuple[str, bytes]] = []
        for pass_, params in passes:
            before = manifest
            manifest = self._file(manifest, pass_, params)
            if manifest is not before:
                steps.append((pass_.id, manifest.raw))
        if manifest is base:
            return
        for pass_, params in passes:
            if left := self._left(manifest, pass_, params):
                message = f"P4: {pass_.id} would change {left[0].resource} again on a second run ({left[0].op} {pointer(left[0].path)})"
                self.revert(path, "BUG002", message, pass_.id)
                self.record.bugs.append(f"{path}: {message}")
                return
        for pass_id, raw in steps:
            texts[pass_id][path] = raw

    # --- one pass on one file

    def _file(self, manifest: Manifest, pass_: Pass, params: Any) -> Manifest:
        """The manifest after the pass: the same object where nothing changed."""
        if not manifest.env and not any(word in manifest.text for word in pass_.words) and not manifest.problem:
            return manifest
        if manifest.problem:
            if any(word.encode() in manifest.raw for word in pass_.words):
                self._complain(manifest, "YAML003", f"{manifest.path} {manifest.problem}", 1, pass_)
            return manifest
        try:
            proposals = list(self._proposals(manifest, pass_, params))
        except ParseError as e:
            self._unparsable(manifest, e, pass_)
            return manifest
        wanted = [p for p in proposals if p.wants and not p.blocked]
        after = self._apply(manifest, wanted, pass_, params) if wanted else manifest
        self._note(proposals, pass_)
        return after

    def _proposals(self, manifest: Manifest, pass_: Pass, params: Any, documents: set[int] | None = None) -> Iterator[Proposal]:
        for found in manifest.resources(pass_.words, pass_.kinds):
            if documents is not None and found.document.index not in documents:
                continue
            resource = replace(found, pass_id=pass_.id, role=role_of(found, self.index))
            if resource.role not in pass_.roles and resource.role is not Role.PATCH:
                continue
            proposal = Proposal(resource)
            if reason := left_alone(resource, self.index, pass_.id):
                proposal.skip = reason
            elif resource.role not in pass_.roles:
                proposal.skip = PATCH_REASON
            else:
                self._collect(proposal, pass_, params)
            yield proposal

    def _collect(self, proposal: Proposal, pass_: Pass, params: Any) -> None:
        resource = proposal.resource
        try:
            for item in pass_.run(resource, params, self.context):
                proposal.take(item)
        except ParseError:
            raise
        except Exception as e:  # noqa: BLE001 - a pass that fails must not take the run with it (architecture §4)
            self._bug(proposal, "BUG001", f"pass {pass_.id} failed: {type(e).__name__}: {e}", traceback.format_exc())
        if proposal.blocked or proposal.skip:
            proposal.forget()

    def _bug(self, proposal: Proposal, code: str, message: str, detail: str) -> None:
        self.record.bugs.append(f"{proposal.resource.file}: {message}\n{detail}")
        self._block(proposal, code, message)

    def _block(self, proposal: Proposal, code: str, message: str, remedy: str = "") -> None:
        proposal.blocked = True
        proposal.forget()
        proposal.findings = [f for f in proposal.findings if f.blocks]  # what was told as done is not
        proposal.findings.append(
            proposal.resource.block(
                code, message, remedy=remedy or CODES[code], source="architecture §4" if code.startswith("BUG") else "architecture §3"
            )
        )

    def _point(self, proposal: Proposal, reason: str, manifest: Manifest) -> None:
        """The finding stands at the line that the text engine names."""
        if named := re.match(r"line (\d+): ", reason):
            proposal.findings[-1] = replace(proposal.findings[-1], line=manifest.base_line(int(named[1])))

    # --- applying

    def _apply(self, manifest: Manifest, proposals: list[Proposal], pass_: Pass, params: Any) -> Manifest:
        done = self._attempt(manifest, proposals, pass_, params)
        if done is None and len(proposals) > 1:
            proposals = [p for p in proposals if self._attempt(manifest, [p], pass_, params) is not None]
            done = self._attempt(manifest, proposals, pass_, params) if proposals else None
            for p in proposals if done is None else ():
                self._block(p, "YAML002", "this text cannot be edited safely: the changes to its resources get into each other's way")
        if done is None:
            return manifest
        if done.proofs:
            self.record.proofs[manifest.path] = done.proofs
        new = done.manifest
        new.base_lines = carried_lines(manifest.text, new.text, manifest.base_lines)
        self.record.dropped += [DroppedComment(manifest.path, manifest.base_line(d.line), d.text, d.node) for d in done.dropped]
        return new

    def _attempt(self, manifest: Manifest, proposals: list[Proposal], pass_: Pass, params: Any) -> Checked | None:
        """The checked text, or None; a single proposal that fails is then Blocked."""

        steps = {p.who: p.step for p in proposals if p.step}
        made = {who: step.number for who, step in steps.items()}

        def again(after: Manifest, documents: set[int]) -> list[Change]:
            return [c for p in self._proposals(after, pass_, params, documents) if not p.goes_on(made) for c in p.changes]

        changes = [(owner(manifest, p.resource, c), c) for p in proposals for c in p.changes]
        beside = Beside([(p.resource, f) for p in proposals for f in p.findings], lambda: self.index.controllers)
        try:
            done = check(manifest, changes, again, self.context.target, beside)
            done = self._with_additions(proposals, done)
            if steps:
                self._reaches_the_end(done.manifest, steps, pass_, params)
            return done
        except Refused as e:
            if len(proposals) == 1:
                self._block(proposals[0], "YAML002", f"this text cannot be edited safely: {e}")
                self._point(proposals[0], str(e), manifest)
        except Broken as e:
            if len(proposals) == 1 and e.fault:
                self._block(proposals[0], e.code, str(e), e.remedy)
            elif len(proposals) == 1:
                self._bug(proposals[0], "BUG002", f"{e.code}: {e}", "")
        except Exception as e:  # noqa: BLE001 - a check that fails must not take the run with it either
            if len(proposals) == 1:
                self._bug(proposals[0], "BUG002", f"a check failed: {type(e).__name__}: {e}", traceback.format_exc())
        return None

    def _with_additions(self, proposals: list[Proposal], done: Checked) -> Checked:
        """Documents that a pass adds to the file it reads; those that are there already are not added again."""
        if not any(p.additions or p.copies for p in proposals):
            return done
        taken_out = {c.document for p in proposals for c in p.changes if c.op is Op.REMOVE and not c.path}
        copies = Copies(done.manifest, self.context.target, self.limits, lambda: self.index.controllers, taken_out)
        additions: list[Addition] = []
        for p in proposals:
            p.additions = not_there(done.manifest, p.additions)
            additions += [*p.additions, *copies.make(p)]
        manifest = check_added(done.manifest, additions, self.context.target)
        return replace(done, manifest=manifest, proofs=(*done.proofs, *copies.proofs))

    def _reaches_the_end(self, manifest: Manifest, steps: Mapping[Who, Step], pass_: Pass, params: Any) -> None:
        """P4 for a plan of several runs: each finds exactly the next step, up to the last one. Raises Broken."""
        fresh = [p for p in self._proposals(manifest, pass_, params) if p.who in steps]
        for p in fresh:
            refused = next((f for f in p.findings if f.blocks), None)
            if refused:
                raise Broken(refused.code, f"a later step would be refused: {refused.message}", fault=True, remedy=refused.remedy)
            if not p.wants or not p.goes_on({who: step.number for who, step in steps.items()}):
                raise Broken("P4", f"a second run would not find the step behind {steps[p.who].number} of {steps[p.who].of}")
        if fresh and self._attempt(manifest, fresh, pass_, params) is None:
            raise Refused("a later step could not be made")

    def settled(self, path: str, text: str, passes: Sequence[tuple[Pass, Any]]) -> str:
        """A new document as the passes leave it, so that a second run finds nothing to do in it."""
        kept, self.record = self.record, Record()
        try:
            manifest, passes = Manifest(path, text.encode(), self.limits), _at_work(passes)
            for _ in passes:
                before = manifest
                for pass_, params in passes:
                    manifest = self._file(manifest, pass_, params)
                if manifest is before:
                    break
            return manifest.text
        finally:
            kept.bugs += self.record.bugs
            self.record = kept

    # --- the whole pipeline once more

    def _left(self, manifest: Manifest, pass_: Pass, params: Any) -> list[Change]:
        if not any(word in manifest.text for word in pass_.words) and not manifest.env:
            return []
        bugs = len(self.record.bugs)
        left = (p for p in self._proposals(manifest, pass_, params) if not p.goes_on(self.record.steps))
        found = [c for p in left for c in p.changes if not self._refused_before(p, pass_)]
        del self.record.bugs[bugs:]
        return found

    def _refused_before(self, proposal: Proposal, pass_: Pass) -> bool:
        """A change that this run already refused to make is found again by every run."""
        r = proposal.resource
        return any(
            o.verdict is Verdict.BLOCKED
            and o.pass_id == pass_.id
            and (o.file, o.document, o.resource.name) == (r.file, r.document.index, r.id.name)
            for o in self.record.outcomes
        )

    def revert(self, path: str, code: str, message: str, pass_id: str, remedy: str = "") -> None:
        """Take back every change to a file, and say so."""
        record = self.record
        ids = {(c.document, c.resource) for c in record.changes if c.file == path}
        record.changes[:] = [c for c in record.changes if c.file != path]
        record.dropped[:] = [d for d in record.dropped if d.file != path]
        record.outcomes[:] = [o for o in record.outcomes if o.file != path or o.verdict is not Verdict.CHANGED]
        record.passes[:] = [PassResult(p.pass_id, {k: v for k, v in p.texts.items() if k != path}) for p in record.passes]
        for document, resource in sorted(ids, key=lambda x: (x[0], str(x[1]))):
            record.findings.append(
                Finding(
                    code,
                    Severity.ERROR,
                    path,
                    1,
                    resource,
                    message,
                    remedy or CODES.get(code, ""),
                    "architecture §4",
                    pass_id,
                    document,
                    blocks=True,
                )
            )
            record.outcomes.append(Outcome(path, document, resource, pass_id, Verdict.BLOCKED, message))

    # --- what was found

    def _note(self, proposals: Iterable[Proposal], pass_: Pass) -> None:
        for p in proposals:
            r = p.resource
            self.record.changes += [
                *p.changes,
                *(added_change(a, self.index.files.get(r.file, b""), r.document.index) for a in p.additions),
                *p.made,
            ]
            if p.step:
                self.record.steps[p.who] = p.step.number
            self.record.findings += p.findings
            verdict, reason = _verdict(p)
            if verdict is not Verdict.UNCHANGED:
                self.record.outcomes.append(Outcome(r.file, r.document.index, r.id, pass_.id, verdict, reason))

    def _unparsable(self, manifest: Manifest, e: ParseError, pass_: Pass) -> None:
        if looks_templated(manifest.text) or in_chart_templates(manifest.path, self.index):
            reason = "a template (Helm or another program fills it in): it is no YAML before that"
            self.record.outcomes.append(Outcome(manifest.path, 0, ResourceId(), pass_.id, Verdict.SKIPPED, reason))
            return
        self._complain(manifest, "YAML001", f"does not parse: {e.problem}", manifest.base_line(e.line), pass_, e.column)

    def _complain(self, manifest: Manifest, code: str, message: str, line: int, pass_: Pass, column: int = 1) -> None:
        self.record.outcomes.append(Outcome(manifest.path, 0, ResourceId(), pass_.id, Verdict.SKIPPED, message))
        if manifest.path not in self.record.told:
            self.record.told.add(manifest.path)
            self.record.findings.append(
                Finding(
                    code,
                    Severity.WARNING,
                    manifest.path,
                    line,
                    ResourceId(),
                    message,
                    CODES[code],
                    "architecture §9",
                    pass_.id,
                    column=column,
                )
            )


def _at_work(passes: Sequence[tuple[Pass, Any]]) -> list[tuple[Pass, Any]]:
    return [(pass_, params) for pass_, params in passes if not getattr(params, "idle", False)]


def _verdict(p: Proposal) -> tuple[Verdict, str]:
    if p.blocked:
        return Verdict.BLOCKED, next(f.message for f in p.findings if f.blocks)
    if p.skip:
        return Verdict.SKIPPED, p.skip
    return (Verdict.CHANGED, "") if p.wants else (Verdict.UNCHANGED, "")


def added_change(addition: Addition, base: bytes, document: int) -> Change:
    """How a report tells of a whole new document: inserted at the root, behind the last line of the base's text."""
    last = max(base.count(b"\n") + (not base.endswith(b"\n")), 1)
    return Change(addition.pass_id, addition.file, document, addition.resource, Op.INSERT, (), addition.why, addition.source, (last, last))
