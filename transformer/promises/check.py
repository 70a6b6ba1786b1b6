"""What is checked on every run before a change counts (architecture §4).

P1 nothing to do: the same bytes. P2 the new text means exactly what the changes declare. P3 no comment is lost in
silence. P4 a second run changes nothing. P5 a resource of another kind has lost no field. P6 the Pod that would run is the
same Pod. P8 no new fault for the target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transformer.model import Addition, Change, Finding, Op, Path, Target, pointer
from transformer.repository import env_file
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource, Role
from transformer.yamltext import (
    Dropped,
    Edit,
    Edited,
    ParseError,
    Refused,
    append_document,
    append_item,
    apply_plain,
    comments,
    edit_text,
    load,
    parse_text,
    same,
    takes_all,
)

if TYPE_CHECKING:
    from transformer.argo.controllers import Controller


class Broken(Exception):  # noqa: N818 - it is a promise, not an error, that is broken
    """A promise does not hold for these changes. `fault`: the result would be wrong for the target, no bug of ours."""

    def __init__(self, code: str, message: str, *, fault: bool = False, remedy: str = "") -> None:
        super().__init__(message)
        self.code, self.fault, self.remedy = code, fault, remedy


class Culprits(Exception):  # noqa: N818 - an answer: which changes are at fault, and why each
    """Some of several changes cannot stand: the numbers of the changes that fail together, and why they do."""

    def __init__(self, failed: Sequence[tuple[frozenset[int], Broken | Refused]]) -> None:
        super().__init__(str(failed[0][1]))
        self.failed = tuple(failed)


Changes = Sequence[tuple[Resource, Change]]
Failed = list[tuple[frozenset[int], "Broken | Refused"]]


@dataclass(frozen=True, slots=True)
class Checked:
    """The new text as the manifest that it was read back into. `proofs`: by each object that became a CronWorkflow, why its
    Pod could not be compared; empty where it was."""

    manifest: Manifest
    dropped: tuple[Dropped, ...]
    proofs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromiseContext:
    """What the promises must know beside the changes: what was found with them, and how Argo's controllers are configured."""

    findings: Sequence[tuple[Resource, Finding]] = ()
    controllers: Callable[[], Sequence[Controller]] = tuple


Again = Callable[[Manifest, set[int]], list[Change]]


def check(manifest: Manifest, changes: Changes, again: Again, target: Target, context: PromiseContext | None = None) -> Checked:
    """The new text of a file, with every promise kept. Raises Broken, or Refused where the text cannot be edited; Culprits
    where it can be told which of the changes are at fault."""
    edits: dict[int, list[Edit]] = {}
    for _, c in changes:
        edits.setdefault(c.document, []).append(Edit(c.op, c.path, c.value, c.to, c.after))
    try:
        done = _edited(manifest, edits)
    except Refused as e:
        raise _refused(manifest, changes, edits) or e from None
    old = _loaded(manifest)
    gone = {n for n, held in edits.items() if takes_all(held)}
    after = manifest.with_text(done.text)
    new = _placed(_after(after), old, gone)
    _means_what_it_says(old, new, edits, gone)
    touched = set(range(len(old))) if gone else set(edits)
    if not manifest.env:
        _keeps_comments(manifest, after, done, touched)
    proofs = _of_each_resource(changes, old, new, target, context or PromiseContext())
    if left := again(after, touched):
        raise Broken("P4", f"a second run would change {left[0].resource} again: {left[0].op} {pointer(left[0].path)}")
    return Checked(after, done.dropped, tuple(proofs))


def _refused(manifest: Manifest, changes: Changes, edits: Mapping[int, list[Edit]]) -> Culprits | None:
    """Which documents cannot be edited; None where that does not tell more than is known."""
    failed: Failed = []
    for document, wanted in edits.items() if len(edits) > 1 else ():
        try:
            _edited(manifest, {document: wanted})
        except Refused as e:
            failed.append((frozenset(n for n, (_, c) in enumerate(changes) if c.document == document), e))
    return Culprits(failed) if failed else None


def _of_each_resource(changes: Changes, old: list[Any], new: list[Any], target: Target, context: PromiseContext) -> list[str]:
    """P5, P6 and P8, which hold or break for each resource alone. Raises Culprits, or Broken where there is one resource only."""
    failed: Failed = []
    proofs: list[str] = []
    cited: dict[int, list[str]] = {}
    for r, f in context.findings:
        cited.setdefault(id(r), []).append(f.source)
    for numbers, resource, mine in _by_resource(changes):
        try:
            _loses_no_field(resource, mine)
            if resource.role is Role.PATCH:  # a part of an object is neither valid nor a Pod
                continue
            _is_valid(resource, mine, old, new, target)
            proofs += _runs_the_same_pod(resource, mine, new, target, cited.get(id(resource), []), context)
        except Broken as e:
            failed.append((numbers, e))
    if len(failed) == 1 and len(failed[0][0]) == len(changes):
        raise failed[0][1]
    if failed:
        raise Culprits(failed)
    return proofs


def _by_resource(changes: Changes) -> Iterator[tuple[frozenset[int], Resource, list[Change]]]:
    held: dict[int, list[int]] = {}
    for n, (r, _) in enumerate(changes):
        held.setdefault(id(r), []).append(n)
    for numbers in held.values():
        yield frozenset(numbers), changes[numbers[0]][0], [changes[n][1] for n in numbers]


def check_added(manifest: Manifest, additions: Sequence[Addition], target: Target) -> Manifest:
    """The file with whole documents behind its last one. Raises Broken, or Refused where the text takes none."""
    text = manifest.text
    expected = deepcopy(_loaded(manifest)) if any(a.within for a in additions) else list(_loaded(manifest))
    objects = [load(a.text, manifest.limits)[0] for a in additions]
    for addition, data in zip(additions, objects, strict=True):
        text = _with(text, addition)
        _list_of(expected, addition).append(data)
    after = manifest.with_text(text)
    new = _after(after)
    if len(new) != len(expected) or not all(map(same, expected, new)):
        raise Broken("P2", "the new text does not hold the old documents and the new ones")
    from transformer.promises.validity import faults_of

    for addition, data in zip(additions, objects, strict=True):
        for fault in faults_of(data, target):
            raise Broken("VAL001", f"{addition.resource}: {fault.message}", fault=True, remedy=fault.remedy)
    return after


def _with(text: str, addition: Addition) -> str:
    if addition.within is None:
        return append_document(text, addition.text)
    document, path = addition.within
    return append_item(text, parse_text(text).documents[document], path, addition.text)


def _list_of(documents: list[Any], addition: Addition) -> list[Any]:
    """What the addition becomes the last one of."""
    here: Any = documents
    if addition.within is not None:
        document, path = addition.within
        for step in (document, *path):
            here = here[step]
    assert isinstance(here, list)  # noqa: S101 - append_item has refused what is none
    return here


def not_there(manifest: Manifest, additions: Sequence[Addition]) -> list[Addition]:
    """The additions whose object the text does not hold yet."""
    there = {r.id for r in manifest.resources()} if additions else set()
    return [a for a in additions if a.resource not in there]


def _edited(manifest: Manifest, edits: Mapping[int, list[Edit]]) -> Edited:
    if manifest.env:
        return Edited(env_file.edit(manifest.text, edits.get(0, [])))
    try:
        return edit_text(manifest.text, edits, manifest.numbered(edits))
    except ParseError as e:
        raise Refused(f"another part of the file does not parse: {e.problem}") from None


def _loaded(manifest: Manifest) -> list[Any]:
    try:
        return manifest.data()
    except ParseError as e:
        raise Refused(f"another part of the file does not parse: {e.problem}") from None


def _after(after: Manifest) -> list[Any]:
    try:
        return after.data()
    except ParseError as e:
        if e.alias:
            raise Refused(f"alias *{e.alias} would lose its anchor, or stand before it") from None
        raise Broken("P2", f"the new text does not parse: {e.problem} (line {e.line})") from None


def _placed(new: list[Any], old: list[Any], gone: set[int]) -> list[Any]:
    """The new documents by the numbers of the old ones; None where one was taken out."""
    if len(new) != len(old) - len(gone):
        raise Broken("P2", f"{len(old)} documents became {len(new)}")
    left = iter(new)
    return [None if n in gone else next(left) for n in range(len(old))]


def _means_what_it_says(old: list[Any], new: list[Any], edits: Mapping[int, list[Edit]], gone: set[int]) -> None:
    for n, (a, b) in enumerate(zip(old, new, strict=True)):
        if n in gone:
            continue
        expected = apply_plain(a, edits[n]) if n in edits else a
        if not same(expected, b):
            from transformer.diff import explain

            raise Broken("P2", f"the new text does not say what the changes say: {explain(expected, b)}")


def _keeps_comments(manifest: Manifest, after: Manifest, done: Edited, changed: set[int]) -> None:
    if "#" not in manifest.text:
        return
    was = Counter(c.text for d in manifest.numbered(changed) for c in comments(d))
    now = Counter(c.text for d in after.numbered(changed) for c in comments(d))
    lost = was - now - Counter(d.text for d in done.dropped)
    if lost:
        raise Broken("P3", f"a comment would be lost: {next(iter(lost))}")


def _loses_no_field(resource: Resource, mine: Sequence[Change]) -> None:
    """P5: where the kind changes, every leaf under a removed node is named by a change of its own."""
    if not _is_converted(resource, mine):
        return
    paths = {c.path for c in mine if c.op is not Op.INSERT}
    above = {p[:n] for p in paths for n in range(len(p))}
    structural = {c.path for c in mine if c.op is Op.REMOVE and c.path in above}
    named = paths - structural
    for leaf in _leaves(resource.data, resource.at):
        starts = [leaf[:n] for n in range(len(leaf) + 1)]
        if not structural.isdisjoint(starts) and named.isdisjoint(starts[1:]):
            raise Broken("P5", f"{pointer(leaf)} would be lost: no change names it")


def _is_converted(resource: Resource, mine: Sequence[Change]) -> bool:
    return any(c.op is Op.SET and c.path == (*resource.at, "kind") for c in mine)


def _leaves(data: Any, at: Path) -> Iterator[Path]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, (*at, key))
    elif isinstance(data, list) and data:
        for n, value in enumerate(data):
            yield from _leaves(value, (*at, n))
    else:
        yield at


def _is_valid(resource: Resource, mine: Sequence[Change], old: list[Any], new: list[Any], target: Target) -> None:
    from transformer.promises.validity import new_faults

    faults = new_faults([(resource, c) for c in mine], old, new, target)
    if faults:
        raise Broken("VAL001", faults[0].message, fault=True, remedy=faults[0].remedy)


def _runs_the_same_pod(
    resource: Resource, mine: Sequence[Change], new: list[Any], target: Target, cited: Sequence[str], context: PromiseContext
) -> list[str]:
    """P6: why it could not be seen, where the object became a CronWorkflow."""
    if not _is_converted(resource, mine) or target.argo is None:
        return []
    data = new[resource.document.index]
    for step in resource.at:
        data = data[step]
    if data.get("kind") != "CronWorkflow":
        return []
    from transformer.promises.pod_proof import Conversion, OtherPodError, prove

    sources = [c.source for c in mine] + list(cited)
    try:
        return [prove(Conversion(resource.data, data, resource.at, mine, sources), target.argo, _whole(context.controllers()))]
    except OtherPodError as e:
        raise Broken("POD001" if e.fault else "P6", str(e), fault=e.fault, remedy=e.remedy) from None


def _whole(controllers: Sequence[Controller]) -> Sequence[Controller]:
    """Patches count only where no whole configuration is there."""
    return [c for c in controllers if not c.patch] or controllers
