"""Edits and findings for one object, with paths that start at the object.

The object may be a document, a part of one, or a YAML text inside a string: the controller's `config`, a patch inside a
kustomization, `helm.values`. `nested` turns the edits of such a text into one edit of the string.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from transformer.kubernetes.pod_templates import with_emptied
from transformer.model import Op
from transformer.passkit import Change, Edit, Finding, Path, Refused, Resource, Severity, edit_text
from transformer.yamltext import ParseError


@dataclass(frozen=True, slots=True)
class Step:
    """One edit and its reason."""

    op: Op
    path: Path
    why: str
    source: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Note:
    """One finding."""

    code: str
    path: Path
    message: str
    remedy: str
    source: str
    severity: Severity = Severity.WARNING
    blocks: bool = False
    subject: str = ""
    inside: Path = ()  # the place in the YAML text at `path`, where that is meant


Item = Step | Note


def at(prefix: Path, items: Iterable[Item]) -> Iterator[Item]:
    """The same items for an object that stands at `prefix` of another."""
    for item in items:
        yield replace(item, path=prefix + item.path)


def without_empty(data: Any, items: Iterable[Item], floor: int) -> Iterator[Item]:
    """Removals that would leave an empty collection remove that, too, down to `floor` steps from the root."""
    items = list(items)
    gone = {i.path: i for i in items if isinstance(i, Step) and i.op is Op.REMOVE}
    added = {i.path[:-1] for i in items if isinstance(i, Step) and i.op is Op.INSERT}
    places = with_emptied(data, gone, floor)
    if any(p in added for p in places):
        places = sorted(gone, key=str)
    for place in places:
        inside = [i for p, i in gone.items() if p[: len(place)] == place]
        yield replace(inside[0], path=place, why=" ".join(dict.fromkeys(i.why for i in inside)))
    yield from (i for i in items if i.path not in gone or isinstance(i, Note) or i.op is not Op.REMOVE)


def nested(path: Path, text: str, items: Iterable[Item], unreadable: str) -> Iterator[Item]:
    """Lift items out of a string at `path` that holds one YAML document: the steps become one `set` of the string."""
    items = list(items)
    steps = [i for i in items if isinstance(i, Step)]
    yield from (replace(i, path=path, inside=i.path) for i in items if isinstance(i, Note))
    if not steps:
        return
    try:
        new = edit_text(text, {0: [_edit(s) for s in steps]}).text
    except (Refused, ParseError) as e:
        yield Note(unreadable, path, f"This text cannot be edited safely: {e}.", f"By hand: {wording(steps)}.", steps[0].source)
        return
    yield Step(Op.SET, path, " ".join(dict.fromkeys(s.why for s in steps)), steps[0].source, new)


def _edit(step: Step) -> Edit:
    if step.op is Op.RENAME:
        return Edit(step.op, step.path, to=(*step.path[:-1], step.value))
    return Edit(step.op, step.path, step.value)


def wording(steps: Iterable[Step]) -> str:
    """The steps as a person would do them."""
    return ", ".join(_words(s) for s in steps)


def _words(step: Step) -> str:
    place = ".".join(map(str, step.path))
    if step.op is Op.RENAME:
        return f"write {step.value} for {place}"
    return f"remove {place}" if step.op is Op.REMOVE else f"set {place}: {step.value}"


def emit(resource: Resource, items: Iterable[Item]) -> Iterator[Change | Finding]:
    """The items as what a pass yields."""
    for item in items:
        if isinstance(item, Step):
            yield _change(resource, item)
        elif item.blocks:
            yield resource.block(item.code, item.message, remedy=item.remedy, source=item.source, path=item.path, subject=item.subject)
        else:
            told = resource.finding(
                item.code,
                item.message,
                remedy=item.remedy,
                source=item.source,
                path=item.path,
                severity=item.severity,
                subject=item.subject,
            )
            line, column = resource.place_inside(item.path, item.inside) if item.inside else (told.line, told.column)
            yield replace(told, line=line, column=column)


def _change(resource: Resource, step: Step) -> Change:
    if step.op is Op.SET:
        return resource.set(step.path, step.value, why=step.why, source=step.source)
    if step.op is Op.RENAME:
        return resource.rename(step.path, step.value, why=step.why, source=step.source)
    if step.op is Op.INSERT:
        return resource.insert(step.path, step.value, why=step.why, source=step.source)
    return resource.remove(step.path, why=step.why, source=step.source)
