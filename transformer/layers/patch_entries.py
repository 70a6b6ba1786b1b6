"""Entries that patch converted resources: their texts, their targets, and entries that are split because others stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from transformer.kustomize import KustomizeEffect
from transformer.kustomize.field_refs import FieldRef
from transformer.layers import elders, json_patch, merge_patch, targets
from transformer.layers.bodies import Body, Part, may_write, new_text
from transformer.layers.conversion import Conversion, NotCarried
from transformer.layers.job import Job
from transformer.layers.merge_patch import Reasoned
from transformer.layers.merging import merges
from transformer.layers.states import Patching, before, patched
from transformer.layers.targets import Kind
from transformer.layers.writing import written
from transformer.model import Change, Finding, Op, Path, Who
from transformer.passkit import needed_by
from transformer.repository.index import Index
from transformer.repository.resource import Resource
from transformer.yamltext import Edit

Entry = tuple[str, int, Path]  # file, document, path
_Place = tuple[int, Path]  # of a patch in its body: document, and path in a List


def key_of(entry: FieldRef) -> Entry:
    return entry.file, entry.document, entry.path


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """The edits of one patch or selector, and the resources that need them."""

    edits: tuple[Reasoned, ...]
    whose: frozenset[Who]


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """The edits of one patch for one resource, paths from its document's root."""

    body: Body
    place: _Place
    edits: tuple[Reasoned, ...]
    who: Who


@dataclass(slots=True)
class PatchEntries:
    """`staying`: the entries that also act on a resource of the old kind that stays, and who that is. `merging`: the resources in
    whose lists a patch merges. `told`: what a person must know of a patch."""

    index: Index
    staying: Mapping[Entry, str]
    bodies: dict[Body, dict[_Place, _Rewriting]] = field(default_factory=dict)
    entries: dict[Entry, _Rewriting] = field(default_factory=dict)
    splits: dict[Entry, list[tuple[int, object, frozenset[Who]]]] = field(default_factory=dict)
    merging: set[Who] = field(default_factory=set)
    told: dict[tuple[str, int, str, str, str], Finding] = field(default_factory=dict)

    def carry(self, entry: Entry, jobs: Sequence[tuple[Job, KustomizeEffect]]) -> None:
        job, effect = jobs[0]
        assert effect.entry is not None  # noqa: S101 - of every patch
        if not may_write(effect.file, self.index):
            raise NotCarried(f"this run may not write {effect.file}")
        rewritten = [r for one, its in jobs for r in self._rewritten(one, its)]
        neutral = not any(r.edit.path not in (("apiVersion",), ("kind",)) for found in rewritten for r in found.edits)
        target, others = effect.entry.child("target"), self.staying.get(entry, "")
        whose = frozenset(one.who for one, _ in jobs)
        if target.value is None and others:
            raise NotCarried(f"it also patches {others}, which stays what it is")
        if others and not neutral:
            self._split(effect.entry, rewritten, job.kinds[1], whose)
            return
        if target.value is not None:
            if elder := self._also_selected(target, job, jobs):
                raise NotCarried(f"its target would also select {elder.id} ({elder.file}:{elder.line()}), which was there before")
            selector = tuple(targets.rewritten(target, *job.kinds, others=bool(others), neutral=neutral))
            self.entries[entry] = _Rewriting(selector, whose)
        for found in () if others else rewritten:
            self._note(found)

    def _also_selected(self, target: FieldRef, job: Job, jobs: Sequence[tuple[Job, KustomizeEffect]]) -> Resource | None:
        """An object of the new kind in the same builds that a selector of the new kind selects, and the old selector does not."""
        if targets.selects(target, job.kinds[1]):
            return None
        folders = {folder for one, _ in jobs for folder in self.index.kustomize.holders(one.resource.file)}
        return elders.selected(target, job.kinds[1].kind, folders, self.index)

    def _rewritten(self, job: Job, effect: KustomizeEffect) -> Iterator[_Rewritten]:
        patching = job.patchings[effect]
        if isinstance(patching, NotCarried):
            raise patching
        for part in patching.parts:
            edits = tuple(_within(r, part.at) for r in self._of_part(job, patching, part))
            yield _Rewritten(patching.body, (part.document, part.at), edits, job.who)

    def _split(self, entry: FieldRef, rewritten: Sequence[_Rewritten], new: Kind, whose: frozenset[Who]) -> None:
        """The entry goes on for those that stay, and the next one is for the new kind."""
        if not isinstance(entry.path[-1], int) or not rewritten:
            raise NotCarried("it also patches jobs that stay what they are")
        first = rewritten[0]
        if any([r.edit for r in other.edits] != [r.edit for r in first.edits] for other in rewritten):
            raise NotCarried("it changes several jobs whose fields go to different places; give each a patch of its own")
        text = new_text(first.body, {first.place[0]: [r.edit for r in first.edits]}, self.index)
        selector = {k: v for k, v in entry.child("target").value.items() if k not in ("group", "version", "kind")}
        kept = {k: v for k, v in entry.value.items() if k not in ("path", "patch", "target")}
        value = {"target": {"group": new.group, "version": new.version, "kind": new.kind, **selector}, "patch": text, **kept}
        self.splits.setdefault((entry.file, entry.document, entry.path[:-1]), []).append((entry.path[-1] + 1, value, whose))

    def _of_part(self, job: Job, patching: Patching, part: Part) -> list[Reasoned]:
        """The edits of one patch for one resource: the same for each way that the resource gets there."""
        found: list[list[Reasoned]] = []
        single = replace(patching, parts=(part,))
        for data in before(job.resource, patching, job.readable, self.index.kustomize):
            base = job.converted(data)
            changed = patched(data, single)
            result = None if changed is None else job.converted(changed)
            self._tell(job, patching.effect, base, result)
            if part.is_json:
                assert result is not None  # noqa: S101 - operations delete no object
                found.append(json_patch.rewritten(part.data, base, result))
            else:
                found.append(merge_patch.rewritten(part.data, base, result))
                if any(merges(r.edit.to or r.edit.path, job.kinds[1].kind) for r in found[-1] if r.edit.op in (Op.MOVE, Op.INSERT)):
                    self.merging.add(job.who)
        if not found:  # another patch deletes the job before
            return []
        if any([r.edit for r in other] != [r.edit for r in found[0]] for other in found[1:]):
            raise NotCarried("the job comes to it in several shapes, which need different patches")
        return found[0]

    def _tell(self, job: Job, effect: KustomizeEffect, base: Conversion, result: Conversion | None) -> None:
        """What a person must know of the object behind the patch, and not of the object before it."""
        known = {(f.code, f.message, f.subject) for f in base.findings}
        for f in result.findings if result is not None else ():
            if (f.code, f.message, f.subject) not in known:
                here = replace(f, file=effect.file, line=effect.line, column=1, document=0, resource=job.resource.id)
                self.told.setdefault((effect.file, effect.line, f.code, f.message, f.subject), here)

    def _note(self, found: _Rewritten) -> None:
        held = self.bodies.setdefault(found.body, {})
        known = held.get(found.place, _Rewriting(found.edits, frozenset()))
        if [r.edit for r in known.edits] != [r.edit for r in found.edits]:
            raise NotCarried("it changes several jobs whose fields go to different places; give each a patch of its own")
        held[found.place] = replace(known, whose=known.whose | {found.who})

    # --- changes

    def changes(self, by_who: Mapping[Who, Job]) -> Iterator[Change]:
        """What was carried, each with the resources that need it."""
        for body, held in self.bodies.items():
            whose = [by_who[w].resource for w in sorted(frozenset[Who]().union(*(r.whose for r in held.values())))]
            yield from needed_by(self._of_body(body, held, whose[0].pass_id), whose)
        for (file, document, _), one in self.entries.items():
            whose = [by_who[w].resource for w in sorted(one.whose)]
            yield from needed_by(written(file, document, one.edits, whose[0].pass_id, self.index), whose)
        for (file, document, path), found in self.splits.items():
            for n, (at, value, owners) in enumerate(sorted(found, key=lambda f: f[0])):
                whose = [by_who[w].resource for w in sorted(owners)]
                why = "The entry before it goes on for jobs that stay what they are."
                added = Reasoned(Edit(Op.INSERT, (*path, at + n), value), why)
                yield from needed_by(written(file, document, [added], whose[0].pass_id, self.index), whose)

    def _of_body(self, body: Body, held: Mapping[_Place, _Rewriting], pass_id: str) -> Iterator[Change]:
        by_document: dict[int, list[Reasoned]] = {}
        for (document, _), one in held.items():
            by_document.setdefault(document, []).extend(one.edits)
        if not body.inline:
            for document, edits in by_document.items():
                yield from written(body.file, document, edits, pass_id, self.index)
        elif any(by_document.values()):
            text = new_text(body, {n: [r.edit for r in edits] for n, edits in by_document.items()}, self.index)
            first = next(r for edits in by_document.values() for r in edits)
            yield from written(body.file, body.document, [replace(first, edit=Edit(Op.SET, body.path, text))], pass_id, self.index)


def _within(r: Reasoned, at: Path) -> Reasoned:
    e = r.edit
    return replace(r, edit=Edit(e.op, (*at, *e.path), e.value, (*at, *e.to) if e.to else (), e.after)) if at else r
