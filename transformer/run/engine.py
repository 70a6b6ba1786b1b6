"""Runs the passes: in order, each on the text that the last one left, every change checked before it counts."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from transformer.argo.controllers import controllers
from transformer.model import (
    Addition,
    Change,
    DroppedComment,
    Op,
    Outcome,
    PassResult,
    ResourceId,
    Target,
    Verdict,
    pointer,
)
from transformer.passkit import Context, Pass, Step
from transformer.promises.check import Broken, Checked, PromiseContext, check, check_added, not_there
from transformer.repository.classify import in_chart_templates, left_alone, looks_templated, role_of
from transformer.repository.index import YAML_NAMES, Index
from transformer.repository.manifest import Manifest, carried_lines
from transformer.repository.resource import Role
from transformer.run.proposal import Copies, Proposal, Who, owner
from transformer.run.record import CODES, Record
from transformer.yamltext import Limits, ParseError, Refused

PATCH_REASON = "a patch of another object, not a whole one: it is left to whoever changes that object"
Progress = Callable[[str, int, int], None]


class Engine:
    """One run over the files of a source, file by file, each through all passes."""

    def __init__(self, index: Index, target: Target, limits: Limits | None = None) -> None:
        self.index, self.limits = index, limits or Limits()
        self.context = Context(target, index)
        self.record = Record()
        self.env_files = {p for p in index.env_files if p in index.files and not p.endswith(YAML_NAMES)}

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
                self.record.revert(path, "BUG002", message, pass_.id)
                self.record.bugs.append(f"{path}: {message}")
                return
        for pass_id, raw in steps:
            texts[pass_id][path] = raw

    # --- one pass on one file

    def _file(self, manifest: Manifest, pass_: Pass, params: Any) -> Manifest:
        """The manifest after the pass: the same object where nothing changed."""
        if not manifest.env and not any(word in manifest.text for word in pass_.prefilter) and not manifest.problem:
            return manifest
        if manifest.problem:
            if any(word.encode() in manifest.raw for word in pass_.prefilter):
                self.record.complain(manifest.path, "YAML003", f"{manifest.path} {manifest.problem}", pass_.id)
            return manifest
        try:
            proposals = list(self._proposals(manifest, pass_, params))
        except ParseError as e:
            self._unparsable(manifest, e, pass_)
            return manifest
        wanted = [p for p in proposals if p.wants and not p.blocked]
        after = self._apply(manifest, wanted, pass_, params) if wanted else manifest
        for p in proposals:
            self.record.note(p, pass_.id, self.index.files.get(manifest.path, b""))
        return after

    def _proposals(self, manifest: Manifest, pass_: Pass, params: Any, documents: set[int] | None = None) -> Iterator[Proposal]:
        for found in manifest.resources(pass_.prefilter, pass_.kinds):
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

    def _block(self, proposal: Proposal, code: str, message: str, remedy: str = "", line: int | None = None) -> None:
        proposal.blocked = True
        proposal.forget()
        proposal.findings = [f for f in proposal.findings if f.blocks]  # what was told as done is not
        source = "architecture §4" if code.startswith("BUG") else "architecture §3"
        finding = proposal.resource.block(code, message, remedy=remedy or CODES[code], source=source)
        proposal.findings.append(replace(finding, line=line) if line else finding)

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
        beside = PromiseContext([(p.resource, f) for p in proposals for f in p.findings], lambda: controllers(self.index))
        try:
            done = check(manifest, changes, again, self.context.target, beside)
            done = self._with_additions(proposals, done)
            if steps:
                self._reaches_the_end(done.manifest, steps, pass_, params)
            return done
        except Refused as e:
            if len(proposals) == 1:
                place = manifest.base_line(e.line) if e.line else None
                self._block(proposals[0], "YAML002", f"this text cannot be edited safely: {e}", line=place)
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
        copies = Copies(done.manifest, self.context.target, self.limits, lambda: controllers(self.index), taken_out)
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
                raise Broken(refused.code, f"a later step would be refused: {refused.full_message}", fault=True, remedy=refused.remedy)
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
        if not any(word in manifest.text for word in pass_.prefilter) and not manifest.env:
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

    def _unparsable(self, manifest: Manifest, e: ParseError, pass_: Pass) -> None:
        if looks_templated(manifest.text) or in_chart_templates(manifest.path, self.index):
            reason = "a template (Helm or another program fills it in): it is no YAML before that"
            self.record.outcomes.append(Outcome(manifest.path, 0, ResourceId(), pass_.id, Verdict.SKIPPED, reason))
            return
        line = manifest.base_line(e.line)
        self.record.complain(manifest.path, "YAML001", f"does not parse: {e.problem}", pass_.id, line, e.column)


def _at_work(passes: Sequence[tuple[Pass, Any]]) -> list[tuple[Pass, Any]]:
    return [(pass_, params) for pass_, params in passes if not getattr(params, "idle", False)]
