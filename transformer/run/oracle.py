"""What the passes make of a rendered text: the oracle of P7.

A rendered object that a changed resource of the repository became goes through the passes under that resource's file, name
and namespace, so that rules that name it hold; it gets its own back afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from transformer.argo.controllers import assuming
from transformer.model import Op, Outcome, ResourceId, Verdict, Who
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource
from transformer.run.engine import Engine
from transformer.run.record import Refusal
from transformer.run.rendered_objects import Objects, objects, parts, unchanged
from transformer.yamltext import Edit, Limits, edit_text
from transformer.yamltext import alone as text_of

RENDERED = "rendered.yaml"
_BESIDE = "rendered-beside.yaml"
_NAME, _NAMESPACE = ("metadata", "name"), ("metadata", "namespace")


@dataclass(frozen=True, slots=True)
class _Renamed:
    """A rendered object, who it was in the repository, and its file there."""

    rendered: ResourceId
    was: ResourceId
    file: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What a rendering has before and after that is not the same in both, and the documents of it: `texts` of those before,
    `beside` of the others, which are only looked at."""

    before: Objects
    after: Objects
    texts: tuple[str, ...]
    beside: tuple[str, ...]

    @classmethod
    def between(cls, before: Sequence[str], after: Sequence[str], limits: Limits) -> Changed:
        """Most documents are the same text in both, and need not be read. Raises ParseError."""
        both = {*before} & {*after}
        there, have = objects((t for t in before if t not in both), limits), objects((t for t in after if t not in both), limits)
        alone = unchanged(there, have)
        texts = [t for t in before if t not in both and not objects([t], limits).keys() <= alone]
        return cls(there, have, tuple(texts), tuple(t for t in before if t not in texts))


def expected(engine: Engine, changed: Changed, outcomes: Sequence[Outcome]) -> Objects:
    """The objects that changed behind the passes, each of which leaves alone here what it left alone in the repository.
    `outcomes`: of the resources in the root's files. Raises ParseError."""
    manifest = Manifest(RENDERED, "\n---\n".join(changed.texts).encode(), engine.limits)
    renamed = {r.rendered: r for r in _renamed(manifest, outcomes)}
    alone = (o for o in outcomes if o.verdict in (Verdict.BLOCKED, Verdict.SKIPPED))
    refused = {Who(o.pass_id, o.file, o.resource.namespace, o.resource.name): Refusal("GRP001", o.reason) for o in alone}
    found: dict[Any, Any] = {}
    for texts, back in _rounds(manifest, renamed):
        files = {file: "---\n".join(held) for file, held in texts.items()}
        held = {**files, _BESIDE: "\n---\n".join(changed.beside)}
        index = assuming(engine.index.built({file: text.encode() for file, text in held.items()}), engine.index)
        oracle = replace(engine, index=index, refused=refused)
        for file, text in files.items():
            result = oracle.convert(file)
            found |= _named_back(objects(parts(result.texts[-1][1].decode() if result.texts else text), engine.limits), file, back)
    return found


def _renamed(manifest: Manifest, outcomes: Sequence[Outcome]) -> Iterator[_Renamed]:
    first = sorted((o for o in outcomes if o.resource.name), key=lambda o: o.verdict is not Verdict.CHANGED)  # patches have its name too
    wanted: dict[ResourceId, str] = {}
    for o in first:
        wanted.setdefault(o.resource, o.file)
    for resource in manifest.resources():
        alike = [(was, file) for was, file in wanted.items() if was.kind == resource.id.kind and was.name in resource.id.name]
        exact = [(was, file) for was, file in alike if was.name == resource.id.name] or alike
        if len({was.name for was, _ in exact}) == 1:
            yield _Renamed(resource.id, *exact[0])


_Round = tuple[dict[str, list[str]], list[_Renamed]]  # documents by file, and who they are


def _rounds(manifest: Manifest, renamed: Mapping[ResourceId, _Renamed]) -> list[_Round]:
    """A base that stands several times in a root, under several names, comes back once in each round."""
    rounds: list[_Round] = [({}, [])]
    times: Counter[tuple[str, ResourceId]] = Counter()
    for resource in manifest.resources():
        known = renamed.get(resource.id) if not resource.at else None
        text_alone, _ = text_of(resource.document, resource.at)
        if known is None:
            rounds[0][0].setdefault(RENDERED, []).append(text_alone)
            continue
        number = times[known.file, known.was]
        times[known.file, known.was] += 1
        if number == len(rounds):
            rounds.append(({}, []))
        files, who = rounds[number]
        files.setdefault(known.file, []).append(_under(text_alone, resource, known.was))
        who.append(known)
    return rounds


def _under(text: str, resource: Resource, was: ResourceId) -> str:
    edits: list[Edit] = []
    if was.name != resource.id.name:
        edits.append(Edit(Op.SET, _NAME, was.name))
    if was.namespace != resource.id.namespace:
        if not was.namespace:
            edits.append(Edit(Op.REMOVE, _NAMESPACE))
        else:
            edits.append(Edit(Op.SET if resource.id.namespace else Op.INSERT, _NAMESPACE, was.namespace))
    return edit_text(text, {0: edits}).text if edits else text


def _named_back(found: Objects, file: str, renamed: Sequence[_Renamed]) -> dict[Any, Any]:
    back = {(r.was.namespace, r.was.name): r.rendered for r in renamed if r.file == file}
    named: dict[Any, Any] = {}
    for key, data in found.items():
        to = back.get(key[2:])
        if to is None:
            named[key] = data
            continue
        metadata = {**data["metadata"], "name": to.name} | ({"namespace": to.namespace} if to.namespace else {})
        if not to.namespace:
            metadata.pop("namespace", None)
        named[key[0], key[1], to.namespace, to.name] = {**data, "metadata": metadata}
    return named
