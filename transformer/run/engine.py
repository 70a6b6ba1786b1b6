"""Takes one file through the passes: in order, each on the text that the last one left, every change checked before it counts.

What comes out depends on the file, the index and the settings alone, so files may be taken in any order and in any process.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from transformer.argo.controllers import controllers
from transformer.config.codes import RUN as CODES
from transformer.model import Addition, Change, DroppedComment, Op, Target, Who, pointer
from transformer.passkit import Context, Pass, Step
from transformer.promises.check import Broken, Checked, Culprits, PromiseContext, check, check_added, not_there
from transformer.repository.base_lines import carried
from transformer.repository.classify import in_chart_templates, lacks, left_alone, looks_templated, patches_with, role_of
from transformer.repository.index import Index
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource, Role
from transformer.run.ledger import Ledger
from transformer.run.proposal import Copies, Proposal, Why, owner
from transformer.run.record import FileResult, Refusal
from transformer.yamltext import Limits, ParseError, Refused

PATCH_REASON = "a patch of another object, not a whole object: it is left to whoever changes that object"
TEMPLATE_REASON = "a template, which Helm or another program fills in: it is not YAML before that"
Passes = Sequence[tuple[Pass, Any]]


@dataclass(frozen=True)
class Engine:
    """`refused`: resources that a pass may not change in this run, since something that belongs to them cannot change."""

    index: Index
    target: Target
    passes: Passes
    limits: Limits = field(default_factory=Limits)
    refused: Mapping[Who, Refusal] = field(default_factory=dict)

    def context(self, pass_: Pass) -> Context:
        names = [p.id for p, _ in self.at_work]
        return Context(self.target, self.index, frozenset(names[names.index(pass_.id) + 1 :]))

    @cached_property
    def at_work(self) -> Passes:
        return [(pass_, params) for pass_, params in self.passes if not params.idle]

    def convert(self, path: str) -> FileResult:
        """A file through every pass. One that needs more memory than there may be is left as it is."""
        try:
            return self._convert(path)
        except MemoryError:
            ledger = Ledger(path, b"")
            ledger.complain("YAML003", "needs more memory than a run may take (--memory)", self.at_work[0][0].id)
            return ledger.result()

    def _convert(self, path: str) -> FileResult:
        env = path in self.index.env_files
        raw = self.index.files[path]
        base = Manifest(path, raw, self.limits, env) if env else self.index.version(path, raw)
        run = _FileRun(self, Ledger(path, base.raw))
        manifest = run.through(base)
        run.ledger.documents, run.ledger.objects = base.count(), base.objects()
        if manifest is not base and (left := self.left(manifest, run.ledger)):
            run.ledger.revert(*left)
        result = run.ledger.result()
        if result.texts and not env and any(p.consequences for p, _ in self.at_work):  # which look at both once more
            self.index.keep(base, manifest)
        return result

    def settled(self, path: str, text: str) -> tuple[str, tuple[str, ...]]:
        """A new document as the passes leave it, so that a second run finds nothing to do in it; and the bugs met on the way."""
        run = _FileRun(self, Ledger(path, text.encode()))
        manifest = Manifest(path, text.encode(), self.limits)
        for _ in self.at_work:
            before = manifest
            manifest = run.through(manifest)
            if manifest is before:
                break
        return manifest.text, tuple(run.ledger.bugs)

    def left(self, manifest: Manifest, ledger: Ledger) -> tuple[str, str] | None:
        """P4 of the whole pipeline: the pass that would change the text on a second run, and what it would change."""
        run = _FileRun(self, Ledger(manifest.path, b""))
        for pass_, params in self.at_work:
            if not manifest.env and not any(word in manifest.text for word in pass_.prefilter):
                continue
            for p in run.proposals(manifest, pass_, params):
                if p.changes and not p.goes_on(ledger.steps) and p.who not in ledger.blocked:
                    c = p.changes[0]
                    return pass_.id, f"P4: {pass_.id} would change {c.resource} again on a second run ({c.op} {pointer(c.path)})"
        return None


@dataclass(frozen=True, slots=True)
class _FileRun:
    """One file on its way; what is found goes into the ledger."""

    engine: Engine
    ledger: Ledger

    def through(self, manifest: Manifest) -> Manifest:
        """The manifest behind the last pass: the same object where nothing changed."""
        for pass_, params in self.engine.at_work:
            before = manifest
            manifest = self._pass(manifest, pass_, params)
            if manifest is not before:
                self.ledger.texts.append((pass_.id, manifest.raw))
        return manifest

    def _pass(self, manifest: Manifest, pass_: Pass, params: Any) -> Manifest:
        if not manifest.env and not any(word in manifest.text for word in pass_.prefilter) and not manifest.problem:
            return manifest
        if manifest.problem:
            if any(word.encode() in manifest.raw for word in pass_.prefilter):
                self.ledger.complain("YAML003", f"{manifest.path} {manifest.problem}", pass_.id)
            return manifest
        try:
            proposals = list(self.proposals(manifest, pass_, params))
        except ParseError as e:
            self._unparsable(manifest, e, pass_)
            return manifest
        wanted = [p for p in proposals if p.wants and not p.blocked]
        after = self._apply(manifest, wanted, pass_, params) if wanted else manifest
        for p in proposals:
            self.ledger.note(p)
        return after

    def proposals(self, manifest: Manifest, pass_: Pass, params: Any, documents: set[int] | None = None) -> Iterator[Proposal]:
        """What the pass wants for each resource of the file, or of some of its documents. Raises ParseError."""
        index = self.engine.index
        for found in manifest.resources(pass_.prefilter, pass_.kinds):
            if documents is not None and found.document.index not in documents:
                continue
            if (problem := found.problem) is not None:
                yield self._unread(replace(found, pass_id=pass_.id), problem)
                continue
            resource = replace(found, pass_id=pass_.id, role=role_of(found, index))
            if resource.role not in pass_.roles and resource.role is not Role.PATCH:
                continue
            proposal = Proposal(resource)
            if reason := left_alone(resource, index, pass_.id):
                proposal.skip = reason
            elif resource.role not in pass_.roles:
                proposal.skip = PATCH_REASON
            else:
                self._collect(proposal, pass_, params)
            if resource.role is Role.PATCH and proposal.skip and not reason:
                self._incomplete(proposal)
            yield proposal

    def _unread(self, resource: Resource, e: ParseError) -> Proposal:
        """An object that cannot be read costs only itself."""
        proposal = Proposal(resource)
        if in_chart_templates(resource.file, self.engine.index):
            proposal.skip = TEMPLATE_REASON
            return proposal
        written = resource.document.line_text(e.line).strip()
        filled_in = f"a placeholder, which another program fills in first, stands where a value belongs ({written})"
        proposal.skip = f"cannot be read: {filled_in if '{{' in written else e.problem}"
        line = resource.base_line(e.line)
        if self.ledger.is_news("YAML001", line):
            told = resource.finding("YAML001", proposal.skip, remedy=CODES["YAML001"], source="architecture §9")
            proposal.findings.append(replace(told, line=line, column=1))
        return proposal

    def _incomplete(self, proposal: Proposal) -> None:
        """What only looks like a patch, since it lacks something, is no patch where nothing patches with it."""
        resource = proposal.resource
        missing = lacks(resource)
        if missing is None or patches_with(resource, self.engine.index):
            return
        path, what = missing
        adding = (e for e in self.engine.index.kustomize.effects(resource.file, resource.data) if e.feature.startswith("patches"))
        if (effect := next(adding, None)) is not None:
            proposal.skip = f"not complete: {what}; {effect.file}:{effect.line} patches it"
            return
        proposal.skip = f"{what}, and nothing in this repository patches with it"
        message = f"This {resource.id.kind} is not complete: {proposal.skip}."
        if self.ledger.is_news("OBJ001", resource.line(path)):
            proposal.take(resource.block("OBJ001", message, remedy=CODES["OBJ001"], source="architecture §10", path=path))

    def _collect(self, proposal: Proposal, pass_: Pass, params: Any) -> None:
        try:
            for item in pass_.run(proposal.resource, params, self.engine.context(pass_)):
                proposal.take(item)
        except (ParseError, MemoryError):
            raise
        except Exception as e:  # noqa: BLE001 - a pass that fails must not take the run with it (architecture §4)
            message = f"pass {pass_.id} failed: {type(e).__name__}: {e}"
            self._block(proposal, Why("BUG001", message, detail=traceback.format_exc()))
        refusal = self.engine.refused.get(proposal.who) if proposal.wants and not proposal.blocked else None
        if refusal is not None:
            self._block(proposal, Why(refusal.code, refusal.message, refusal.remedy, None, refusal.detail, refusal.places or ("",)))
        if proposal.blocked or proposal.skip:
            proposal.forget()

    def _block(self, proposal: Proposal, why: Why) -> None:
        if why.is_bug:
            self.ledger.bugs.append(f"{proposal.resource.file}: {why.message}\n{why.detail}")
        proposal.block(why)

    # --- applying

    def _apply(self, manifest: Manifest, wanted: list[Proposal], pass_: Pass, params: Any) -> Manifest:
        """The manifest with every change that can stand; the resources of the others are Blocked."""
        done = None
        while wanted and done is None:
            done, failed = self._attempt(manifest, wanted, pass_, params)
            if not failed and done is None:  # together they fail, and nothing tells which
                failed = self._each_alone(manifest, wanted, pass_, params)
            for proposal, why in failed:
                self._block(proposal, why)
            wanted = [p for p in wanted if not p.blocked]
        if done is None:
            return manifest
        self.ledger.proofs = done.proofs or self.ledger.proofs
        new = done.manifest
        new.base_lines = carried(manifest.text, new.text, manifest.base_lines)
        self.ledger.dropped += [DroppedComment(manifest.path, manifest.base_line(d.line), d.text, d.node) for d in done.dropped]
        return new

    def _each_alone(self, manifest: Manifest, wanted: list[Proposal], pass_: Pass, params: Any) -> list[tuple[Proposal, Why]]:
        failed = [pair for p in wanted for pair in self._attempt(manifest, [p], pass_, params)[1]]
        together = Why("YAML002", "this text cannot be edited safely: the changes to its resources get into each other's way")
        return failed or [(p, together) for p in wanted]

    def _attempt(
        self, manifest: Manifest, proposals: list[Proposal], pass_: Pass, params: Any
    ) -> tuple[Checked | None, list[tuple[Proposal, Why]]]:
        """The checked text, or None with the proposals that are at fault, as far as that can be told."""
        pairs = [(p, c) for p in proposals for c in p.changes]
        try:
            return self._checked(manifest, proposals, pass_, params), []
        except Culprits as e:
            whose = [(next(pairs[n][0] for n in sorted(numbers)), why) for numbers, why in e.failed]
            return None, [(p, Why.of(why, manifest)) for p, why in whose]
        except (Refused, Broken) as e:
            why = Why.of(e, manifest)
        except MemoryError:
            raise
        except Exception as e:  # noqa: BLE001 - a check that fails must not take the run with it either
            why = Why("BUG002", f"a check failed: {type(e).__name__}: {e}", detail=traceback.format_exc())
        return None, [(proposals[0], why)] if len(proposals) == 1 else []

    def _checked(self, manifest: Manifest, proposals: list[Proposal], pass_: Pass, params: Any) -> Checked:
        steps = {p.who: p.step for p in proposals if p.step}
        made = {who: step.number for who, step in steps.items()}

        def again(after: Manifest, documents: set[int]) -> list[Change]:
            return [c for p in self._again(after, pass_, params, documents) if not p.goes_on(made) for c in p.changes]

        changes = [(owner(manifest, p.resource, c), c) for p in proposals for c in p.changes]
        context = PromiseContext([(p.resource, f) for p in proposals for f in p.findings], lambda: controllers(self.engine.index))
        done = check(manifest, changes, again, self.engine.target, context)
        done = self._with_additions(proposals, done)
        if steps:
            self._reaches_the_end(done.manifest, steps, pass_, params)
        return done

    def _again(self, after: Manifest, pass_: Pass, params: Any, documents: set[int] | None = None) -> list[Proposal]:
        """What a second run would want; what goes wrong there is no news of this one."""
        return list(_FileRun(self.engine, Ledger(after.path, b"")).proposals(after, pass_, params, documents))

    def _with_additions(self, proposals: list[Proposal], done: Checked) -> Checked:
        """Documents that a pass adds to the file it reads; those that are there already are not added again."""
        if not any(p.additions or p.copies for p in proposals):
            return done
        taken_out = {c.document for p in proposals for c in p.changes if c.op is Op.REMOVE and not c.path}
        engine = self.engine
        copies = Copies(done.manifest, engine.target, engine.limits, lambda: controllers(engine.index), taken_out)
        additions: list[Addition] = []
        for p in proposals:
            p.additions = not_there(done.manifest, p.additions)
            additions += [*p.additions, *copies.make(p)]
        manifest = check_added(done.manifest, additions, engine.target)
        return replace(done, manifest=manifest, proofs=(*done.proofs, *copies.proofs))

    def _reaches_the_end(self, manifest: Manifest, steps: Mapping[Who, Step], pass_: Pass, params: Any) -> None:
        """P4 for a plan of several runs: each finds exactly the next step, up to the last one. Raises Broken."""
        fresh = [p for p in self._again(manifest, pass_, params) if p.who in steps]
        for p in fresh:
            refused = next((f for f in p.findings if f.blocks), None)
            if refused:
                raise Broken(refused.code, f"a later step would be refused: {refused.full_message}", fault=True, remedy=refused.remedy)
            if not p.wants or not p.goes_on({who: step.number for who, step in steps.items()}):
                raise Broken("P4", f"a second run would not find the step behind {steps[p.who].number} of {steps[p.who].of}")
        if fresh and self._attempt(manifest, fresh, pass_, params)[0] is None:
            raise Refused("a later step could not be made")

    def _unparsable(self, manifest: Manifest, e: ParseError, pass_: Pass) -> None:
        if looks_templated(manifest.text) or in_chart_templates(manifest.path, self.engine.index):
            self.ledger.skip(pass_.id, TEMPLATE_REASON)
        else:
            self.ledger.complain("YAML001", f"does not parse: {e.problem}", pass_.id, manifest.base_line(e.line), e.column)
