"""What the rest of the repository needs when the passes have done their work: each pass is asked once, behind all files.

A resource and what changes elsewhere because of it are one group: done whole, or not at all. A change to a file that later
passes changed too is made in each of their texts, so that every commit holds it from the commit of its own pass on.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from transformer import layers
from transformer.errors import UsageError
from transformer.model import Addition, Change, DroppedComment, Finding, Group, Outcome, PassResult, Verdict, Who
from transformer.passkit import Done, Pass
from transformer.promises.check import Broken, Checked, Culprits, check, check_added, not_there
from transformer.repository.classify import role_of
from transformer.repository.index import Index
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource, Role
from transformer.run.engine import Engine
from transformer.run.groups import grouped
from transformer.run.ledger import Ledger
from transformer.run.record import FileResult, Refusal, added_change
from transformer.yamltext import ParseError, Refused

Item = Change | Addition


@dataclass(frozen=True, slots=True)
class Consequences:
    """The texts of every pass with what followed from them. `refused`: resources whose group cannot be done whole."""

    passes: tuple[PassResult, ...]
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    dropped: tuple[DroppedComment, ...] = ()
    groups: tuple[Group, ...] = ()
    refused: Mapping[Who, Refusal] = field(default_factory=dict)
    bugs: tuple[str, ...] = ()


def consequences(engine: Engine, results: Sequence[FileResult]) -> Consequences:
    """Ask every pass that wants to be asked, and carry out what it says."""
    return _Stage(engine, results).all()


class _Stage:
    """`texts`: of each pass, by file: the one thing here that grows."""

    def __init__(self, engine: Engine, results: Sequence[FileResult]) -> None:
        self.engine, self.results = engine, results
        self.texts: list[dict[str, bytes]] = [{} for _ in engine.passes]
        order = {pass_.id: n for n, (pass_, _) in enumerate(engine.passes)}
        for result in results:
            for pass_id, raw in result.texts:
                self.texts[order[pass_id]][result.path] = raw
        self.changes: list[Change] = []
        self.findings: list[Finding] = []
        self.outcomes: list[Outcome] = []
        self.dropped: list[DroppedComment] = []
        self.groups: list[Group] = []
        self.refused: dict[Who, Refusal] = {}
        self.bugs: list[str] = []

    def all(self) -> Consequences:
        for n, (pass_, params) in enumerate(self.engine.passes):
            if pass_.consequences is not None or pass_.layered:
                self._of_pass(n, pass_, params, self._done(pass_))
        passes = tuple(PassResult(pass_.id, held) for (pass_, _), held in zip(self.engine.passes, self.texts, strict=True))
        told = (tuple(self.changes), tuple(self.findings), tuple(self.outcomes), tuple(self.dropped), tuple(self.groups))
        return Consequences(passes, *told, self.refused, tuple(self.bugs))

    def _of_pass(self, n: int, pass_: Pass, params: Any, done: Sequence[Done]) -> None:
        everyone = tuple(d.who for d in done)
        try:
            wanted = list(self._layers(pass_, params, done))
            wanted += pass_.consequences(done, params, self.engine.context(pass_)) if pass_.consequences else ()
        except UsageError:  # a faulty template of the user's own
            raise
        except Exception as e:  # noqa: BLE001 - a pass that fails must not take the run with it (architecture §4)
            message = f"pass {pass_.id} failed on what belongs to its changes: {type(e).__name__}: {e}"
            self._refuse(everyone, Refusal("BUG001", message, detail=traceback.format_exc()))
            told = any(w.pass_id == pass_.id and r.code == "BUG001" for w, r in self.engine.refused.items())
            self.bugs += [] if everyone or told else [f"{message}\n{traceback.format_exc()}"]
            return
        self._note_wanted(n, pass_id=pass_.id, wanted=wanted, everyone=everyone)

    def _note_wanted(self, n: int, pass_id: str, wanted: Sequence[Any], everyone: tuple[Who, ...]) -> None:
        for undone in (w for w in wanted if isinstance(w, layers.Undone)):
            self._refuse([undone.who], Refusal(undone.code, undone.message, undone.remedy, places=undone.places))
        wanted = [w for w in wanted if not isinstance(w, layers.Undone)]
        self.findings += [w for w in wanted if isinstance(w, Finding)]
        items = [w if w.needed_by else replace(w, needed_by=everyone) for w in wanted if not isinstance(w, Finding)]
        for file in sorted({w.file for w in items}):
            self._carry_out(n, file, [w for w in items if w.file == file])
        self.groups += grouped(pass_id, items)

    def _layers(self, pass_: Pass, params: Any, done: Sequence[Done]) -> Iterable[layers.Followed]:
        if not pass_.layered or not done:
            return ()
        context = self.engine.context(pass_)
        return layers.follow(done, lambda resource: pass_.run(resource, params, context), self.engine.index)

    def _refuse(self, whose: Iterable[Who], refusal: Refusal) -> None:
        for who in whose:
            self.refused.setdefault(who, refusal)

    # --- what a pass did

    def _done(self, pass_: Pass) -> list[Done]:
        """The resources that the pass changed, and whose changes stand."""
        found: list[Done] = []
        for result in self.results:
            changed = dict.fromkeys(o for o in result.outcomes if o.pass_id == pass_.id and o.verdict is Verdict.CHANGED)
            if changed and result.texts and result.path in self.engine.index.files:
                found += self._done_in(result, pass_.id, list(changed))
        return found

    def _done_in(self, result: FileResult, pass_id: str, changed: Sequence[Outcome]) -> Iterator[Done]:
        names = {o.resource.name for o in changed}
        words = tuple(sorted(names)) if "" not in names else ()
        index, path = self.engine.index, result.path
        base, after = index.version(path, index.files[path]), index.version(path, result.texts[-1][1])
        before = list(base.resources(words))
        there = {(r.document.index, r.id.namespace, r.id.name): r for r in reversed(before)}
        now = {(r.document.index, r.at, r.id.name): r for r in after.resources(words)}
        others = {r.id for r in base.resources()}
        for o in changed:
            old = there.get((o.document, o.resource.namespace, o.resource.name))
            if old is None:
                continue
            new = now.get((old.document.index, old.at, old.id.name))
            if new is not None and new.id != old.id and new.id in others:  # another object of the base, which moved there
                new = None
            yield Done(replace(old, pass_id=pass_id), replace(new or old, pass_id=pass_id), gone=new is None)

    # --- carrying it out

    def _carry_out(self, n: int, file: str, items: Sequence[Item]) -> None:
        """All of it, or none: then what fails, and those who need it, are named."""
        try:
            new = self._written(n, file, items)
        except (Refused, Broken, Culprits, ParseError) as e:
            failed = self._failing(n, file, items) or [(items, e)]
            for some, why in failed:
                self._refuse((who for item in some for who in item.needed_by), _refusal(file, some[0], why))
            return
        for k, (raw, _) in new.items():
            self.texts[k][file] = raw
        if new:
            self._note(n, file, items, new[n][1])

    def _failing(self, n: int, file: str, items: Sequence[Item]) -> list[tuple[Sequence[Item], Exception]]:
        """Which of them fail alone: together are those that the same resources need."""
        together: dict[tuple[Who, ...], list[Item]] = {}
        for item in items:
            together.setdefault(item.needed_by, []).append(item)
        failed: list[tuple[Sequence[Item], Exception]] = []
        for some in together.values() if len(together) > 1 else ():
            try:
                self._written(n, file, some)
            except (Refused, Broken, Culprits, ParseError) as e:
                failed.append((some, e))
        return failed

    def _written(self, n: int, file: str, items: Sequence[Item]) -> dict[int, tuple[bytes, Checked | None]]:
        """The file's text behind pass `n`, and behind each later pass that changed it. Raises Refused, Broken, ParseError."""
        changes = [i for i in items if isinstance(i, Change)]
        raw = self._text(file, n)
        additions = not_there(Manifest(file, raw or b"", self.engine.limits), [i for i in items if isinstance(i, Addition)])
        if raw is None and changes:
            raise Refused("there is no such file")
        if not changes and not additions:
            return {}
        settled = [self._settled(a) for a in additions]
        stages = [k for k in range(n, len(self.texts)) if k == n or file in self.texts[k]]
        new = {k: self._edited(file, self._text(file, k) or b"", changes, settled) for k in stages}
        self._is_final(file, new[stages[-1]][0])
        return new

    def _text(self, file: str, n: int) -> bytes | None:
        """The file as it is behind pass number `n`."""
        held = next((texts[file] for texts in reversed(self.texts[: n + 1]) if file in texts), None)
        return held if held is not None else self.engine.index.files.get(file)

    def _settled(self, addition: Addition) -> Addition:
        text, bugs = self.engine.settled(addition.file, addition.text)
        self.bugs += [b for b in bugs if b not in self.bugs]
        return replace(addition, text=text)

    def _edited(self, file: str, raw: bytes, changes: list[Change], additions: list[Addition]) -> tuple[bytes, Checked | None]:
        manifest = Manifest(file, raw, self.engine.limits)
        if manifest.problem:
            raise Refused(f"the file {manifest.problem}")
        done = None
        if changes:
            done = check(manifest, [(_resource(manifest, c, self.engine.index), c) for c in changes], lambda *_: [], self.engine.target)
            manifest = done.manifest
        return check_added(manifest, additions, self.engine.target).raw if additions else manifest.raw, done

    def _is_final(self, file: str, raw: bytes) -> None:
        """P4: no pass would change the file again. Raises Broken."""
        held = Ledger(file, b"")
        for result in (r for r in self.results if r.path == file):
            held.steps = dict(result.steps)
            refused = (o for o in result.outcomes if o.verdict is Verdict.BLOCKED)
            held.blocked = {Who(o.pass_id, o.file, o.resource.namespace, o.resource.name) for o in refused}
        try:
            left = self.engine.left(Manifest(file, raw, self.engine.limits), held)
        except ParseError as e:
            raise Refused(f"the file does not parse: {e.problem}") from e
        if left:
            raise Broken("P4", left[1])

    # --- telling

    def _note(self, n: int, file: str, items: Sequence[Item], first: Checked | None) -> None:
        pass_id = self.engine.passes[n][0].id
        base = self.engine.index.files.get(file, b"")
        documents = Manifest(file, base, self.engine.limits).count()
        additions = not_there(Manifest(file, base, self.engine.limits), [i for i in items if isinstance(i, Addition)])
        changes = [i for i in items if isinstance(i, Change)]
        told = [*changes, *(added_change(a, base, documents + k) for k, a in enumerate(additions))]
        self.changes += told
        self.outcomes += dict.fromkeys(Outcome(c.file, c.document, c.resource, pass_id, Verdict.CHANGED) for c in told)
        self.dropped += [DroppedComment(file, d.line, d.text, d.node) for d in (first.dropped if first else ())]


def _resource(manifest: Manifest, change: Change, index: Index) -> Resource:
    held = manifest.resources()
    found = next((r for r in held if r.document.index == change.document and r.at == change.path[: len(r.at)]), None)
    if found is not None:
        return replace(found, role=role_of(found, index))
    document = next((d for d in manifest.documents() if d.index == change.document), None)
    if document is None or document.root is None:
        raise Refused(f"{change.resource} is not there any more")
    return Resource(change.pass_id, manifest.path, document, (), change.resource, Role.PATCH, document.root)


def _refusal(file: str, item: Item, e: Exception) -> Refusal:
    """What those are told who need what could not be written."""
    if isinstance(e, Culprits):
        e = e.failed[0][1]
    line = f":{item.lines[0]}" if isinstance(item, Change) else ""
    message = f"what must change with it cannot be written: {file}{line}: {item.why}: {e}"
    if isinstance(e, Broken) and not e.fault:
        return Refusal("BUG002", message, detail=f"{e.code} broke in {file}")
    return Refusal("GRP001", message, f"Make that change in {file} by hand, or repair the file, and run again. Nothing was done by halves.")
