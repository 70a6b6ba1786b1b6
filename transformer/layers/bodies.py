"""The texts that hold patches: files, and texts or mappings inside of a kustomization."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.nodes import NAMES, Kustomization, resolve
from transformer.layers.conversion import NotCarried, at
from transformer.layers.json_patch import is_json_patch
from transformer.model import Path
from transformer.repository.index import Index
from transformer.yamltext import Edit, ParseError, Refused, apply_plain, comments, edit_text, load, parse_text, same

_INLINE = ("patch", "patchesStrategicMerge")


@dataclass(frozen=True, slots=True, order=True)
class Body:
    """A text with patches: a whole file, or the scalar at a path of one of its documents. `nested`: the mapping there is the patch."""

    file: str
    document: int = 0
    path: Path = ()
    inline: bool = False
    nested: bool = False

    @property
    def name(self) -> str:
        return "the inline patch" if self.inline or self.nested else self.file


@dataclass(frozen=True, slots=True)
class Part:
    """One patch of a body: document `document` of its text, at a path (in a List)."""

    document: int
    at: Path
    data: Any

    @property
    def is_json(self) -> bool:
        return is_json_patch(self.data)


def may_write(path: str, index: Index) -> bool:
    """Whether a run may write a file: a kustomization, which need not end as YAML does, where it may write YAML beside it."""
    folder, name = posixpath.split(path)
    return index.selects(posixpath.join(folder, "kustomization.yaml") if name in NAMES else path)


def body_of(node: Kustomization, entry: FieldRef, index: Index) -> Body:
    """Where the patch of an entry stands. Raises NotCarried."""
    if isinstance(entry.value, Mapping) and entry.child("patch").value is not None:
        held = entry.child("patch")
        return Body(held.file, held.document, held.path, inline=True)
    if isinstance(entry.value, Mapping) and not entry.text("path"):
        return Body(entry.file, entry.document, entry.path, nested=True)
    path = entry.text("path") or scalar(entry.value)
    if "\n" in path or path.lstrip().startswith("{"):
        return Body(entry.file, entry.document, entry.path, inline=True)
    found = resolve(node.directory, path)
    if found is None or index.text(found) is None:
        raise NotCarried(f"{path} cannot be read")
    if not may_write(found, index):
        raise NotCarried(f"this run may not write {found}")
    return Body(found)


def parts(body: Body, index: Index) -> tuple[Part, ...]:
    """The patches of a body. Raises NotCarried."""
    if body.nested:
        return (Part(body.document, body.path, _node(body, index)),)
    documents = _inline(body, index) if body.inline else documents_of(body.file, index)
    return tuple(part for n, data in enumerate(documents) if data is not None for part in _unfolded(n, data))


def _unfolded(document: int, data: Any) -> Iterator[Part]:
    if isinstance(data, Mapping) and str(data.get("kind", "")).endswith("List") and isinstance(data.get("items"), list):
        yield from (Part(document, ("items", n), item) for n, item in enumerate(data["items"]))
    else:
        yield Part(document, (), data)


def _text(body: Body, index: Index) -> str:
    if body.inline:
        return str(_node(body, index))
    text = index.text(body.file)
    if text is None:
        raise NotCarried(f"{body.file} cannot be read")
    return text


def _node(body: Body, index: Index) -> Any:
    return at(documents_of(body.file, index)[body.document], body.path)


def _inline(body: Body, index: Index) -> list[Any]:
    try:
        return load(_text(body, index))
    except ParseError as e:
        raise NotCarried(f"{body.name} does not parse: {e.problem}") from None


def documents_of(path: str, index: Index) -> list[Any]:
    """The documents of a file as plain data; read only. Raises NotCarried."""
    if index.text(path) is None:
        raise NotCarried(f"{path} cannot be read")
    try:
        return index.manifest(path).data()
    except ParseError as e:
        raise NotCarried(f"{path} does not parse: {e.problem}") from None


def new_text(body: Body, edits: Mapping[int, Sequence[Edit]], index: Index) -> str:
    """The text of an inline body after the edits, by document; each promise of a file holds for it too. Raises NotCarried."""
    text = _text(body, index)
    try:
        done = edit_text(text, {n: list(held) for n, held in edits.items()})
        old, new = load(text), load(done.text)
        wanted = [apply_plain(data, edits[n]) if n in edits else data for n, data in enumerate(old)]
        lost = _comments(text) - _comments(done.text)
    except (Refused, ParseError) as e:
        raise NotCarried(f"its text cannot be edited safely: {e}") from None
    if len(new) != len(wanted) or not all(map(same, wanted, new)):
        raise NotCarried("its text cannot be edited safely")
    if lost > len(done.dropped):
        raise NotCarried("a comment in it would be lost")
    return done.text


def _comments(text: str) -> int:
    return sum(len(list(comments(d))) for d in parse_text(text).documents)
