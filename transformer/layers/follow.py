"""What layers need when a pass has made another kind of a resource: every patch, selector and setting that speaks of it follows, or
the resource stays what it is, and with it all that share a root with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from transformer.kustomize import Acts, KustomizeEffect
from transformer.kustomize.field_refs import FieldRef
from transformer.layers import elders, json_patch, merge_patch, targets, values
from transformer.layers.bodies import Body, Part, may_write, new_text
from transformer.layers.component import Need
from transformer.layers.conversion import Conversion, Convert, NotCarried
from transformer.layers.job import Job
from transformer.layers.merge_patch import Reasoned
from transformer.layers.merging import merges
from transformer.layers.placing import place_component
from transformer.layers.states import Patching, before, patched
from transformer.layers.targets import Kind
from transformer.layers.writing import written
from transformer.model import Addition, Change, Finding, Op, Path, Who
from transformer.passkit import Done, needed_by
from transformer.repository.index import Index
from transformer.repository.resource import Resource
from transformer.yamltext import Edit

CODE: Final = "KUS001"
REMEDY: Final = (
    "Write what the entry does into the job itself, or take the entry out, and run again. Or leave the job out with `exclude`. "
    "Jobs that share a Kustomize root change together or not at all."
)
_NEEDS: Final = {Acts.IMAGE: Need.IMAGES, Acts.RENAMES: Need.NAMES, Acts.LABELS: Need.LABELS, Acts.ANNOTATIONS: Need.ANNOTATIONS}


@dataclass(frozen=True, slots=True)
class Undone:
    """A resource that stays what it is. `places`: where, and what is the matter there."""

    who: Who
    code: str
    message: str
    remedy: str
    places: tuple[str, ...] = ()


Followed = Change | Addition | Finding | Undone
_Entry = tuple[str, int, Path]
_Place = tuple[int, Path]  # of a patch in its body: document, and path in a List


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """The edits of one patch or selector, and the resources that need them."""

    edits: tuple[Reasoned, ...]
    whose: frozenset[Who]


def follow(done: Sequence[Done], convert: Convert, index: Index) -> Iterator[Followed]:
    """Called once for a pass, with everything that it changed."""
    jobs = [Job(d, convert, index) for d in done if not d.gone and d.before.id.kind != d.after.id.kind]
    layered = [job for job in jobs if job.effects]
    if layered:
        yield from _Layers(index, tuple(jobs), tuple(layered)).followed()


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """The edits of one patch for one resource, paths from its document's root."""

    body: Body
    place: _Place
    edits: tuple[Reasoned, ...]
    who: Who


@dataclass(slots=True)
class _Layers:
    index: Index
    jobs: tuple[Job, ...]
    layered: tuple[Job, ...]
    reasons: dict[Who, list[tuple[str, str]]] = field(default_factory=dict)  # place, remedy
    bodies: dict[Body, dict[_Place, _Rewriting]] = field(default_factory=dict)
    entries: dict[_Entry, _Rewriting] = field(default_factory=dict)
    splits: dict[_Entry, list[tuple[int, object, frozenset[Who]]]] = field(default_factory=dict)
    valued: dict[_Entry, tuple[tuple[values.Placed, ...], frozenset[Who]]] = field(default_factory=dict)
    needs: dict[Who, set[Need]] = field(default_factory=dict)
    told: dict[tuple[str, int, str, str, str], Finding] = field(default_factory=dict)

    def followed(self) -> Iterator[Followed]:
        for job in self.layered:
            self._needed(job)
        for entry, jobs in self._patched().items():
            try:
                self._carry(entry, jobs)
            except NotCarried as e:
                for job, effect in jobs:
                    self._refuse(job, effect, str(e), e.remedy)
        if self.reasons:
            yield from self._undone()
            return
        yield from self.told.values()
        by_who = {job.who: job for job in self.layered}
        yield from self._changes(by_who)
        for group in self._root_groups():
            if told := self._elders(group, by_who):
                yield from (Undone(who, CODE, *told) for who in group)
                continue
            wanted = [(by_who[who].resource, self.needs[who]) for who in sorted(group) if who in self.needs]
            try:
                yield from place_component(wanted, self.index)
            except NotCarried as e:
                yield from (Undone(who, CODE, f"Kustomize cannot be told about the new kind: {e}", e.remedy or REMEDY) for who in group)

    def _elders(self, group: frozenset[Who], by_who: Mapping[Who, Job]) -> tuple[str, str] | None:
        """What is the matter with an object of the new kind that was there before, and what to do."""
        jobs = [by_who[who] for who in group if who in by_who]
        needs = {need for who in group for need in self.needs.get(who, ())}
        if not jobs or not needs:
            return None
        folders = {folder for job in jobs for folder in self.index.kustomize.holders(job.resource.file)}
        images = {e.entry.text("name") for job in jobs for e in job.effects if e.acts is Acts.IMAGE and e.entry is not None}
        for elder, why in elders.changed(jobs[0].kinds[1].kind, folders, needs, images, self.index):
            message = (
                f"{elder.file}:{elder.line()}: {elder.id} stands in the same Kustomize root, and what Kustomize must be told about the "
                f"kind would act on it too: {why}."
            )
            return message, f"Move {elder.id} into a root of its own, or leave these jobs out with `exclude`."
        return None

    def _root_groups(self) -> list[frozenset[Who]]:
        """Those that share a Kustomize root, however many steps lie between."""
        groups: list[tuple[set[Who], set[str]]] = []
        for job in self.jobs:
            whose, folders = {job.who}, set(self.index.kustomize.holders(job.resource.file))
            for other in [g for g in groups if g[1] & folders]:
                groups.remove(other)
                whose |= other[0]
                folders |= other[1]
            groups.append((whose, folders))
        return [frozenset(whose) for whose, _ in groups]

    # --- what cannot be carried

    def _refuse(self, job: Job, effect: KustomizeEffect, why: str, remedy: str = "") -> None:
        place = f"{effect.file}:{effect.line}: `{effect.feature}`: {effect.detail}" + (f": {why}" if why else "")
        self.reasons.setdefault(job.who, []).append((place, remedy))

    def _undone(self) -> Iterator[Undone]:
        """Those for which something cannot be carried, and those that share a root with them."""
        for group in self._root_groups():
            causes = sorted(group & self.reasons.keys())
            for who in sorted(group) if causes else ():
                if who in self.reasons:
                    remedy = next((r for _, r in self.reasons[who] if r), "") or REMEDY
                    places = tuple(dict.fromkeys(place for place, _ in self.reasons[who]))
                    yield Undone(who, CODE, "This layer cannot be carried over to the new kind.", remedy, places)
                else:
                    cause = causes[0]
                    message = f"It shares a Kustomize root with {cause.name}, which cannot be converted because of a layer."
                    yield Undone(who, CODE, message, f"Solve what is said about {cause.name} ({cause.file}).")

    # --- what Kustomize must be told

    def _needed(self, job: Job) -> None:
        for effect in job.effects:
            if effect.acts in _NEEDS:
                self.needs.setdefault(job.who, set()).add(_NEEDS[effect.acts])
            elif effect.acts is not Acts.PATCHES:
                try:
                    self._valued(job, effect)
                except NotCarried as e:
                    self._refuse(job, effect, str(e), e.remedy)

    def _valued(self, job: Job, effect: KustomizeEffect) -> None:
        """What reads from the resource or writes to it in other ways than by patches."""
        entry, node = effect.entry, effect.node
        if entry is None or node is None or effect.acts is Acts.OTHER:
            raise NotCarried("")
        if not may_write(effect.file, self.index):
            raise NotCarried(f"this run may not write {effect.file}")
        if effect.acts is Acts.VARIABLE:
            self.needs.setdefault(job.who, set()).add(Need.VARIABLES)
        reads = effect.acts is Acts.VARIABLE and job.is_read_by(entry.child("objref"))
        if effect.acts is Acts.VARIABLE and not reads:
            return
        edits = self._value_edits(job, effect, job.plain)
        if effect.acts is Acts.SETTINGS:
            self.needs.setdefault(job.who, set()).add(Need.SETTINGS)
        elif any(_edits(self._value_edits(job, effect, other)) != _edits(edits) for other in job.variants()):
            raise NotCarried("a patch moves what it counts; name the item instead")
        if effect.acts is not Acts.SETTINGS and self._others(_key(entry), [(job, effect)]):
            raise NotCarried("it also speaks of a job that stays what it is")
        self._note_values(_key(entry), edits, job.who)

    def _value_edits(self, job: Job, effect: KustomizeEffect, conversion: Conversion) -> tuple[values.Placed, ...]:
        entry, node = effect.entry, effect.node
        assert entry is not None and node is not None  # noqa: S101 - asked by the caller
        if effect.acts is Acts.REPLACEMENT:
            subject = self.index.kustomize.subject(job.resource.file, job.resource.data)
            return tuple(values.replacement(node, entry, subject, conversion, self.index))
        if effect.acts is Acts.VARIABLE:
            return tuple(values.variable(entry, conversion))
        return tuple(values.settings(node, entry, effect.feature, conversion, self.index))

    def _note_values(self, entry: _Entry, edits: tuple[values.Placed, ...], who: Who) -> None:
        known, whose = self.valued.get(entry, (edits, frozenset()))
        if _edits(known) != _edits(edits):
            raise NotCarried("it speaks of several jobs whose fields go to different places")
        self.valued[entry] = known, whose | {who}

    # --- patches

    def _patched(self) -> dict[_Entry, list[tuple[Job, KustomizeEffect]]]:
        found: dict[_Entry, list[tuple[Job, KustomizeEffect]]] = {}
        for job in self.layered:
            for effect in job.patchings:
                assert effect.entry is not None  # noqa: S101 - of every patch
                found.setdefault(_key(effect.entry), []).append((job, effect))
        return found

    def _carry(self, entry: _Entry, jobs: Sequence[tuple[Job, KustomizeEffect]]) -> None:
        job, effect = jobs[0]
        assert effect.entry is not None  # noqa: S101 - of every patch
        if not may_write(effect.file, self.index):
            raise NotCarried(f"this run may not write {effect.file}")
        rewritten = [r for one, its in jobs for r in self._rewritten(one, its)]
        neutral = not any(r.edit.path not in (("apiVersion",), ("kind",)) for found in rewritten for r in found.edits)
        target, others = effect.entry.child("target"), self._others(entry, jobs)
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
                    self.needs.setdefault(job.who, set()).add(Need.MERGE)
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

    def _others(self, entry: _Entry, jobs: Sequence[tuple[Job, KustomizeEffect]]) -> str:
        """A resource of the old kind that stays, and of which the entry speaks as well; empty where there is none."""
        converted_ = {job.who for job in self.jobs}
        kind = jobs[0][0].kinds[0].kind
        for resource in self.index.find(kind, kinds=frozenset({kind})):
            who = Who(jobs[0][0].who.pass_id, resource.file, resource.id.namespace, resource.id.name)
            if who not in converted_ and not self.index.is_patch(resource.file) and entry in self._entries_of(resource):
                return f"{kind} {resource.id.name}"
        return ""

    def _entries_of(self, resource: Resource) -> frozenset[_Entry]:
        found = self.index.kustomize.effects(resource.file, resource.data)
        return frozenset(_key(e.entry) for e in found if e.entry is not None)

    # --- changes

    def _changes(self, by_who: Mapping[Who, Job]) -> Iterator[Change]:
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
        for placed, owners in self.valued.values():
            whose = [by_who[w].resource for w in sorted(owners)]
            for file, document, r in placed:
                yield from needed_by(written(file, document, [r], whose[0].pass_id, self.index), whose)

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


def _edits(placed: tuple[values.Placed, ...]) -> list[tuple[str, int, Edit]]:
    return [(file, document, r.edit) for file, document, r in placed]


def _key(entry: FieldRef) -> _Entry:
    return entry.file, entry.document, entry.path


def _within(r: Reasoned, at: Path) -> Reasoned:
    e = r.edit
    return replace(r, edit=Edit(e.op, (*at, *e.path), e.value, (*at, *e.to) if e.to else (), e.after)) if at else r
