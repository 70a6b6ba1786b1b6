"""What is checked on every run before a change counts (architecture §4).

P1 nothing to do: the same bytes. P2 the new text means exactly what the changes declare. P3 no comment is lost in
silence. P4 a second run changes nothing. P5 a resource of another kind has lost no field. P6 the Pod that would run is the
same Pod. P8 no new fault for the target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transformer.model import Addition, Change, Finding, Op, Path, Target, pointer
from transformer.repository import env_file
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource
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


def check(
    manifest: Manifest, changes: Sequence[tuple[Resource, Change]], again: Again, target: Target, beside: PromiseContext | None = None
) -> Checked:
    """The new text of a file, with every promise kept. Raises Broken, or Refused where the text cannot be edited."""
    edits: dict[int, list[Edit]] = {}
    for _, c in changes:
        edits.setdefault(c.document, []).append(Edit(c.op, c.path, c.value, c.to, c.after))
    done = _edited(manifest, edits)
    old = _loaded(manifest)
    gone = {n for n, held in edits.items() if takes_all(held)}
    loaded = _after(manifest, done.text)
    new = _placed(loaded, old, gone)
    _means_what_it_says(old, new, edits, gone)
    touched = set(range(len(old))) if gone else set(edits)
    after = Manifest(manifest.path, (manifest.bom + done.text).encode(), manifest.limits, manifest.env, loaded=loaded)
    if not manifest.env:
        _keeps_comments(manifest, after, done, touched)
    _loses_no_field(changes)
    if left := again(after, touched):
        raise Broken("P4", f"a second run would change {left[0].resource} again: {left[0].op} {pointer(left[0].path)}")
    _is_valid(changes, old, new, target)
    return Checked(after, done.dropped, tuple(_runs_the_same_pod(changes, new, target, beside or PromiseContext())))


def check_added(manifest: Manifest, additions: Sequence[Addition], target: Target) -> Manifest:
    """The file with whole documents behind its last one. Raises Broken, or Refused where the text takes none."""
    text = manifest.text
    expected = list(_loaded(manifest))
    objects = [load(a.text, manifest.limits)[0] for a in additions]
    for addition, data in zip(additions, objects, strict=True):
        text = _with(text, addition)
        _list_of(expected, addition).append(data)
    new = _after(manifest, text)
    if len(new) != len(expected) or not all(map(same, expected, new)):
        raise Broken("P2", "the new text does not hold the old documents and the new ones")
    from transformer.promises.validity import faults_of

    for addition, data in zip(additions, objects, strict=True):
        for fault in faults_of(data, target):
            raise Broken("VAL001", f"{addition.resource}: {fault.message}", fault=True, remedy=fault.remedy)
    return Manifest(manifest.path, (manifest.bom + text).encode(), manifest.limits)


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


def _edited(manifest: Manifest, edits: dict[int, list[Edit]]) -> Edited:
    if manifest.env:
        return Edited(env_file.edit(manifest.text, edits.get(0, [])))
    return edit_text(manifest.text, edits, manifest.numbered(edits))


def _loaded(manifest: Manifest) -> list[Any]:
    if manifest.env:
        return [env_file.load(manifest.text)]
    if manifest.loaded is not None:
        return manifest.loaded
    try:
        return load(manifest.text, manifest.limits)
    except ParseError as e:
        raise Refused(f"another part of the file does not parse: {e.problem}") from None


def _after(manifest: Manifest, text: str) -> list[Any]:
    try:
        return [env_file.load(text)] if manifest.env else load(text, manifest.limits)
    except ParseError as e:
        if e.problem.startswith("undefined alias"):
            raise Refused(f"{e.problem.removeprefix('undefined ')} would lose its anchor, or stand before it") from None
        raise Broken("P2", f"the new text does not parse: {e.problem} (line {e.line})") from None


def _placed(new: list[Any], old: list[Any], gone: set[int]) -> list[Any]:
    """The new documents by the numbers of the old ones; None where one was taken out."""
    if len(new) != len(old) - len(gone):
        raise Broken("P2", f"{len(old)} documents became {len(new)}")
    left = iter(new)
    return [None if n in gone else next(left) for n in range(len(old))]


def _means_what_it_says(old: list[Any], new: list[Any], edits: dict[int, list[Edit]], gone: set[int]) -> None:
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


def _loses_no_field(changes: Sequence[tuple[Resource, Change]]) -> None:
    """P5: where the kind changes, every leaf under a removed node is named by a change of its own."""
    for key, resource in _converted(changes).items():
        mine = [c for r, c in changes if id(r) == key]
        paths = [c.path for c in mine if c.op is not Op.INSERT]
        structural = [c.path for c in mine if c.op is Op.REMOVE and any(p != c.path and p[: len(c.path)] == c.path for p in paths)]
        named = {c.path for c in mine if c.op is not Op.INSERT and c.path not in structural}
        for leaf in _leaves(resource.data, resource.at):
            if any(leaf[: len(s)] == s for s in structural) and not any(leaf[:n] in named for n in range(1, len(leaf) + 1)):
                raise Broken("P5", f"{pointer(leaf)} would be lost: no change names it")


def _converted(changes: Sequence[tuple[Resource, Change]]) -> dict[int, Resource]:
    return {id(r): r for r, c in changes if c.op is Op.SET and c.path == (*r.at, "kind")}


def _leaves(data: Any, at: Path) -> Iterator[Path]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, (*at, key))
    elif isinstance(data, list) and data:
        for n, value in enumerate(data):
            yield from _leaves(value, (*at, n))
    else:
        yield at


def _is_valid(changes: Sequence[tuple[Resource, Change]], old: list[Any], new: list[Any], target: Target) -> None:
    from transformer.promises.validity import new_faults

    faults = new_faults(changes, old, new, target)
    if faults:
        raise Broken("VAL001", faults[0].message, fault=True, remedy=faults[0].remedy)


def _runs_the_same_pod(changes: Sequence[tuple[Resource, Change]], new: list[Any], target: Target, beside: PromiseContext) -> Iterator[str]:
    """P6: why it could not be seen, by each object that became a CronWorkflow."""
    for key, resource in _converted(changes).items():
        data = new[resource.document.index]
        for step in resource.at:
            data = data[step]
        if data.get("kind") == "CronWorkflow" and target.argo is not None:
            from transformer.promises.pod_proof import Conversion, OtherPodError, prove

            mine = [c for r, c in changes if id(r) == key]
            cited = [c.source for c in mine] + [f.source for r, f in beside.findings if r is resource]
            try:
                yield prove(Conversion(resource.data, data, resource.at, mine, cited), target.argo, _whole(beside.controllers()))
            except OtherPodError as e:
                raise Broken("POD001" if e.fault else "P6", str(e), fault=e.fault, remedy=e.remedy) from None


def _whole(controllers: Sequence[Controller]) -> Sequence[Controller]:
    """Patches count only where no whole configuration is there."""
    return [c for c in controllers if not c.patch] or controllers
