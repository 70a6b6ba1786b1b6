"""What layers need when a pass has made another kind of a resource: every patch, selector and setting that speaks of it follows, or
the resource stays what it is, and with it all that share a root with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from transformer.kustomize import Acts, KustomizeEffect
from transformer.layers import elders, values
from transformer.layers.bodies import may_write
from transformer.layers.component import Need
from transformer.layers.conversion import Conversion, Convert, NotCarried
from transformer.layers.job import Job
from transformer.layers.patch_entries import Entry, PatchEntries, key_of
from transformer.layers.placing import place_component
from transformer.layers.writing import written
from transformer.model import Addition, Change, Finding, Who
from transformer.passkit import Done, needed_by
from transformer.repository.index import Index
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


def follow(done: Sequence[Done], convert: Convert, index: Index) -> Iterator[Followed]:
    """Called once for a pass, with everything that it changed."""
    jobs = [Job(d, convert, index) for d in done if not d.gone and d.before.id.kind != d.after.id.kind]
    layered = [job for job in jobs if job.effects]
    if layered:
        staying = _staying(jobs, index)
        yield from _Layers(index, jobs, layered, staying, PatchEntries(index, staying)).followed()


@dataclass(slots=True)
class _Layers:
    index: Index
    jobs: Sequence[Job]
    layered: Sequence[Job]
    staying: Mapping[Entry, str]
    patches: PatchEntries
    reasons: dict[Who, list[tuple[str, str]]] = field(default_factory=dict)  # place, remedy
    valued: dict[Entry, tuple[tuple[values.Placed, ...], frozenset[Who]]] = field(default_factory=dict)
    needs: dict[Who, set[Need]] = field(default_factory=dict)

    def followed(self) -> Iterator[Followed]:
        for job in self.layered:
            self._needed(job)
        for entry, jobs in _patched(self.layered).items():
            try:
                self.patches.carry(entry, jobs)
            except NotCarried as e:
                for job, effect in jobs:
                    self._refuse(job, effect, str(e), e.remedy)
        for who in self.patches.merging:
            self.needs.setdefault(who, set()).add(Need.MERGE)
        if self.reasons:
            yield from self._undone()
            return
        yield from self.patches.told.values()
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
        if effect.acts is not Acts.SETTINGS and self.staying.get(key_of(entry)):
            raise NotCarried("it also speaks of a job that stays what it is")
        self._note_values(key_of(entry), edits, job.who)

    def _value_edits(self, job: Job, effect: KustomizeEffect, conversion: Conversion) -> tuple[values.Placed, ...]:
        entry, node = effect.entry, effect.node
        assert entry is not None and node is not None  # noqa: S101 - asked by the caller
        if effect.acts is Acts.REPLACEMENT:
            subject = self.index.kustomize.subject(job.resource.file, job.resource.data)
            return tuple(values.replacement(node, entry, subject, conversion, self.index))
        if effect.acts is Acts.VARIABLE:
            return tuple(values.variable(entry, conversion))
        return tuple(values.settings(node, entry, effect.feature, conversion, self.index))

    def _note_values(self, entry: Entry, edits: tuple[values.Placed, ...], who: Who) -> None:
        known, whose = self.valued.get(entry, (edits, frozenset()))
        if _edits(known) != _edits(edits):
            raise NotCarried("it speaks of several jobs whose fields go to different places")
        self.valued[entry] = known, whose | {who}

    # --- changes

    def _changes(self, by_who: Mapping[Who, Job]) -> Iterator[Change]:
        yield from self.patches.changes(by_who)
        for placed, owners in self.valued.values():
            whose = [by_who[w].resource for w in sorted(owners)]
            for file, document, r in placed:
                yield from needed_by(written(file, document, [r], whose[0].pass_id, self.index), whose)


def _edits(placed: tuple[values.Placed, ...]) -> list[tuple[str, int, Edit]]:
    return [(file, document, r.edit) for file, document, r in placed]


def _patched(jobs: Iterable[Job]) -> dict[Entry, list[tuple[Job, KustomizeEffect]]]:
    """The entries that patch the jobs, each with those that it patches."""
    found: dict[Entry, list[tuple[Job, KustomizeEffect]]] = {}
    for job in jobs:
        for effect in job.patchings:
            assert effect.entry is not None  # noqa: S101 - of every patch
            found.setdefault(key_of(effect.entry), []).append((job, effect))
    return found


def _staying(jobs: Sequence[Job], index: Index) -> dict[Entry, str]:
    """The entries that act on a resource of the old kind that stays, and who that is."""
    who = {job.who for job in jobs}
    kinds = frozenset(job.resource.id.kind for job in jobs)
    found: dict[Entry, str] = {}
    for resource in index.find(*kinds, kinds=kinds):
        if Who(jobs[0].who.pass_id, resource.file, resource.id.namespace, resource.id.name) in who or index.is_patch(resource.file):
            continue
        for effect in index.kustomize.effects(resource.file, resource.data):
            if effect.entry is not None:
                found.setdefault(key_of(effect.entry), str(resource.id))
    return found
