"""What the rest of the repository needs when a pass has done its work: each pass is asked once, when every file is done.

A change to a file that later passes changed too is made in each of their texts, so that every commit holds it from the
commit of its own pass on.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from transformer.errors import UsageError
from transformer.model import Addition, Change, DroppedComment, Finding, Outcome, ResourceId, Severity, Verdict
from transformer.passkit import Done, Pass
from transformer.promises.check import Broken, check, check_added, not_there
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource
from transformer.run.engine import Engine
from transformer.run.record import CODES, added_change
from transformer.yamltext import ParseError, Refused

Passes = Sequence[tuple[Pass, Any]]


def follow(engine: Engine, passes: Passes) -> None:
    """Ask every pass that wants to be asked, and carry out what it says."""
    for n, (pass_, params) in enumerate(passes):
        if pass_.consequences is None:
            continue
        done = list(_done(engine, pass_))
        if not done:
            continue
        try:
            wanted = list(pass_.consequences(done, params, engine.context))
        except UsageError:  # a faulty template of the user's own
            raise
        except Exception as e:  # noqa: BLE001 - a pass that fails must not take the run with it (architecture §4)
            engine.record.bugs.append(f"pass {pass_.id} failed behind its changes: {type(e).__name__}: {e}\n{traceback.format_exc()}")
            continue
        engine.record.findings += [w for w in wanted if isinstance(w, Finding)]
        for file in sorted({w.file for w in wanted if not isinstance(w, Finding)}):
            mine = [w for w in wanted if w.file == file]
            _Follower(engine, passes, n, file).carry_out(
                [w for w in mine if isinstance(w, Change)], [w for w in mine if isinstance(w, Addition)]
            )


# --- what a pass did


def _done(engine: Engine, pass_: Pass) -> Iterator[Done]:
    """The resources that the pass changed, and whose changes stand."""
    for o in dict.fromkeys(o for o in engine.record.outcomes if o.pass_id == pass_.id and o.verdict is Verdict.CHANGED):
        before = _found(engine.index.manifest(o.file), o.document, o.resource) if o.file in engine.index.files else None
        raw = next((r.texts[o.file] for r in reversed(engine.record.passes) if o.file in r.texts), None)
        if before is None or raw is None:
            continue
        after = _at(Manifest(o.file, raw, engine.limits), before, engine.index.manifest(o.file))
        yield Done(replace(before, pass_id=pass_.id), replace(after or before, pass_id=pass_.id), gone=after is None)


def _found(manifest: Manifest, document: int, who: ResourceId) -> Resource | None:
    held = manifest.resources((who.name,) if who.name else ())
    return next((r for r in held if r.document.index == document and (r.id.namespace, r.id.name) == (who.namespace, who.name)), None)


def _at(manifest: Manifest, before: Resource, base: Manifest) -> Resource | None:
    """What stands in its place, unless that is another object of the base, which moved there."""
    held = manifest.resources((before.id.name,) if before.id.name else ())
    found = next((r for r in held if (r.document.index, r.at, r.id.name) == (before.document.index, before.at, before.id.name)), None)
    others = {r.id for r in base.resources() if r.id != before.id} if found is not None and found.id != before.id else ()
    return found if found is not None and found.id not in others else None


# --- carrying it out


@dataclass(slots=True)
class _Follower:
    """One file, from the text of pass number `n` on."""

    engine: Engine
    passes: Passes
    n: int
    file: str

    def carry_out(self, changes: list[Change], additions: list[Addition]) -> None:
        record = self.engine.record
        try:
            raw = self._text(self.n)
            additions = not_there(Manifest(self.file, raw or b"", self.engine.limits), additions)
            if raw is None and changes:
                raise Refused("there is no such file")
            if not changes and not additions:
                return
            settled = [replace(a, text=self.engine.settled(self.file, a.text, self.passes)) for a in additions]
            stages = [k for k in range(self.n, len(record.passes)) if k == self.n or self.file in record.passes[k].texts]
            new = [self._edited(self._text(k) or b"", changes, settled, first=k == self.n) for k in stages]
        except (Refused, Broken, ParseError) as e:
            self._failed(e, changes, additions)
            return
        for k, text in zip(stages, new, strict=True):
            record.passes[k] = replace(record.passes[k], texts={**record.passes[k].texts, self.file: text})
        self._note(changes, additions)

    def _text(self, n: int) -> bytes | None:
        """The file as it is behind pass number `n`."""
        for result in reversed(self.engine.record.passes[: n + 1]):
            if self.file in result.texts:
                return result.texts[self.file]
        return self.engine.index.files.get(self.file)

    def _edited(self, raw: bytes, changes: list[Change], additions: list[Addition], *, first: bool) -> bytes:
        manifest = Manifest(self.file, raw, self.engine.limits)
        if manifest.problem:
            raise Refused(f"the file {manifest.problem}")
        target = self.engine.context.target
        if changes:
            done = check(manifest, [(self._resource(manifest, c), c) for c in changes], lambda *_: [], target)
            if first:
                self.engine.record.dropped += [DroppedComment(self.file, d.line, d.text, d.node) for d in done.dropped]
            manifest = done.manifest
        return check_added(manifest, additions, target).raw if additions else manifest.raw

    def _resource(self, manifest: Manifest, change: Change) -> Resource:
        held = manifest.resources()
        found = next((r for r in held if r.document.index == change.document and r.at == change.path[: len(r.at)]), None)
        if found is None:
            raise Refused(f"{change.resource} is not there any more")
        return found

    # --- telling

    def _note(self, changes: list[Change], additions: list[Addition]) -> None:
        record, pass_id = self.engine.record, self.passes[self.n][0].id
        base = self.engine.index.files.get(self.file, b"")
        documents = Manifest(self.file, base, self.engine.limits).count()
        told = [*changes, *(added_change(a, base, documents + k) for k, a in enumerate(additions))]
        record.changes += told
        record.outcomes += dict.fromkeys(Outcome(c.file, c.document, c.resource, pass_id, Verdict.CHANGED) for c in told)

    def _failed(self, e: Exception, changes: list[Change], additions: list[Addition]) -> None:
        """Told with what should have been done; the changes that it follows from stand."""
        fault = isinstance(e, Broken) and e.fault
        code = "YAML002" if not isinstance(e, Broken) else e.code if fault else "BUG002"
        wanted: list[Change | Addition] = [*changes, *additions]
        for item in wanted:
            message = f"{item.why}: this could not be written: {e}"
            line = item.lines[0] if isinstance(item, Change) else 1
            remedy = f"Do it by hand. {CODES[code]}"
            self.engine.record.findings.append(
                Finding(code, Severity.WARNING, self.file, line, item.resource, message, remedy, item.source, item.pass_id)
            )
        if code == "BUG002":
            self.engine.record.bugs.append(f"{self.file}: {e}")
