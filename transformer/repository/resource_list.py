"""A stream of objects that another program hands over: a ResourceList (kustomize, kpt), or plain YAML (Helm's post-renderer).

It is looked at as the files of a repository: objects lie where their path annotations say, in the order of their index
annotations, and elsewhere all of them in one file. What has not changed keeps its bytes.
https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from transformer.errors import UsageError
from transformer.kustomize.source import REFERRED
from transformer.model import Change, Op, Path
from transformer.yamltext import (
    Document,
    Edit,
    Limits,
    ParseError,
    Refused,
    alone,
    append_document,
    append_item,
    edit_text,
    parse_text,
    pieces,
    plain,
    with_items,
)  # fmt: skip

RENDERED: Final = "rendered.yaml"
_API: Final = "config.kubernetes.io/"
_VERSIONS: Final = frozenset({f"{_API}v1", f"{_API}v1beta1", f"{_API}v1alpha1"})
_PATHS: Final = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
_INDEXES: Final = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")
_ITEMS: Final = ("items",)
_NOTES: Final = ("metadata", "annotations")
# What belongs to the program that hands the object over, and not to the object: no pass sees it, no copy gets it.
_CARRIED: Final = ("internal.config.kubernetes.io/", "kustomize.config.k8s.io/", "config.k8s.io/id", *_PATHS, *_INDEXES)
# Kustomize's own notes on an object whose final name comes later.
_RENAMED: Final = tuple(f"internal.config.kubernetes.io/{note}" for note in ("needsHashSuffix", "prefixes", "suffixes"))
_BEFORE: Final = "internal.config.kubernetes.io/previousNames"


class Stream(Protocol):
    """What came in. `files`: its objects as files; `placed`: whether these are files that somebody has."""

    @property
    def files(self) -> Mapping[str, bytes]: ...

    @property
    def placed(self) -> bool: ...

    @property
    def config(self) -> Any: ...

    def renamed_later(self) -> frozenset[str]:
        """The names of objects that Kustomize renames only after its functions."""

    def words(self, file: str, document: int) -> frozenset[str]:
        """Every text in an object's spec, as it came."""

    def written(self, new: Mapping[str, bytes], changes: Iterable[Change], results: list[dict[str, Any]]) -> str: ...


def read(raw: bytes, limits: Limits) -> Stream:
    """Raises UsageError for what is neither."""
    try:
        text = raw.decode("utf-8-sig")
        documents = parse_text(text, limits).documents
        data = [plain(d.root) if d.root is not None and _is_list(d) else None for d in documents]
    except UnicodeDecodeError as e:
        raise UsageError(f"standard input is not UTF-8 (byte {e.start}). Nothing was written.") from e
    except ParseError as e:
        raise UsageError(f"standard input:{e.line}:{e.column}: this does not parse as YAML: {e.problem}. Nothing was written.") from e
    found = [(d, held) for d, held in zip(documents, data, strict=True) if isinstance(held, dict)]
    if not found:
        if not any(d.root is not None and d.root.kind == "map" for d in documents):
            raise UsageError("standard input holds no object. Pipe a ResourceList or rendered manifests into this command.")
        return Plain(text)
    if len(found) > 1 or sum(d.root is not None for d in documents) > 1:
        raise UsageError("standard input holds a ResourceList and more. Give one ResourceList, with one functionConfig, alone.")
    return _resource_list(text, *found[0])


def _is_list(document: Document) -> bool:
    kind = document.root.child("kind") if document.root is not None else None
    return kind is not None and kind.value == "ResourceList"


def _resource_list(text: str, document: Document, data: Mapping[str, Any]) -> ResourceList:
    if data.get("apiVersion") not in _VERSIONS:
        raise UsageError(f"the apiVersion of this ResourceList is not known: {data.get('apiVersion')}. Use {_API}v1.")
    if document.duplicate is not None:
        where = document.line(document.duplicate.start)
        raise UsageError(f"standard input:{where}: the key `{document.duplicate.value}` stands twice. Give one functionConfig.")
    items = data.get("items") or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UsageError("`items` of this ResourceList is not a list of objects. Nothing was written.")
    if document.root is not None and document.root.flow:  # as JSON; what changes can stand between dashes only
        block = _in_block(data)
        (document,) = parse_text(block).documents
    return ResourceList(text, document, data, [_Item.of(n, item) for n, item in enumerate(items)])


def _in_block(data: Mapping[str, Any]) -> str:
    """The same with its items behind dashes, each still as JSON."""
    items = "".join(f"- {json.dumps(item)}\n" for item in data.get("items") or [])
    others = "".join(f"{key}: {json.dumps(value)}\n" for key, value in data.items() if key != "items")
    return f"{others}items:\n{items}" if items else others


# --- plain YAML


@dataclass(frozen=True, slots=True)
class Plain:
    """Documents one after the other."""

    text: str
    config: Any = None
    placed: bool = False

    def renamed_later(self) -> frozenset[str]:
        return frozenset()

    def words(self, file: str, document: int) -> frozenset[str]:
        del file, document
        return frozenset()

    @property
    def files(self) -> Mapping[str, bytes]:
        return {RENDERED: self.text.encode()}

    def written(self, new: Mapping[str, bytes], changes: Iterable[Change], results: list[dict[str, Any]]) -> str:
        """Objects that would be files of their own follow behind the others."""
        del changes, results
        text = new.get(RENDERED, self.text.encode()).decode()
        for path in sorted(new.keys() - {RENDERED}):
            for document in _split(new[path].decode()):
                text = append_document(text, document)
        return text


# --- ResourceList


def _annotations(item: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = item.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations if isinstance(annotations, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    path: str
    index: int
    named: bool  # by an annotation

    @classmethod
    def of(cls, number: int, item: Mapping[str, Any]) -> _Item:
        held = _annotations(item)
        path = next((str(held[key]) for key in _PATHS if held.get(key)), "")
        index = next((str(held[key]) for key in _INDEXES if held.get(key) is not None), "")
        inside = bool(path) and not path.startswith(("/", "..")) and posixpath.normpath(path) == path and "\0" not in path
        return cls(number, path if inside else RENDERED, int(index) if inside and index.isdecimal() else number, inside)


@dataclass(slots=True)
class ResourceList:
    """`order`: the numbers of the items in each file, as its documents stand."""

    text: str
    document: Document
    data: Mapping[str, Any]
    items: list[_Item]
    order: dict[str, list[int]] = field(default_factory=dict)
    bare: dict[int, str] = field(default_factory=dict)

    @property
    def config(self) -> Any:
        return self.data.get("functionConfig")

    @property
    def placed(self) -> bool:
        return any(item.named for item in self.items)

    @property
    def files(self) -> Mapping[str, bytes]:
        """Raises UsageError where an item cannot be taken out alone."""
        self.order = {}
        for item in sorted(self.items, key=lambda i: (i.path, i.index, i.number)):
            self.order.setdefault(item.path, []).append(item.number)
        return {path: "---\n".join(map(self._bare, numbers)).encode() for path, numbers in self.order.items()}

    def renamed_later(self) -> frozenset[str]:
        found: set[str] = set()
        for item in self.data.get("items") or []:
            annotations = _annotations(item)
            if item.get("kind") in REFERRED and any(annotations.get(key) for key in _RENAMED):
                before = str(annotations.get(_BEFORE, "")).split(",")
                found |= {*before, str(item["metadata"].get("name"))} - {""}
        return frozenset(found)

    def words(self, file: str, document: int) -> frozenset[str]:
        item = self.data["items"][self.order[file][document]]
        return frozenset(_texts(item.get("spec")))

    def _bare(self, number: int) -> str:
        """The item alone, without the notes of the program that hands it over."""
        if number not in self.bare:
            text, notes = self._alone(number), self._carried(number)
            every = len(notes) == len(_annotations(self.data["items"][number]))
            paths: list[Path] = [_NOTES] if notes and every else [(*_NOTES, key) for key in notes]
            self.bare[number] = edit_text(text, {0: [Edit(Op.REMOVE, path) for path in paths]}).text if paths else text
        return self.bare[number]

    def _carried(self, number: int) -> dict[str, Any]:
        return {k: v for k, v in _annotations(self.data["items"][number]).items() if k.startswith(_CARRIED)}

    def _restored(self, number: int, text: str) -> str:
        edits = [Edit(Op.INSERT, (*_NOTES, key), value) for key, value in self._carried(number).items()]
        return edit_text(text, {0: edits}).text if edits else text

    def _alone(self, number: int) -> str:
        item = self.document.find((*_ITEMS, number))
        if item is not None and item.flow:
            return self.document.text[item.start : item.end].replace("\r\n", "\n") + "\n"
        try:
            text = alone(self.document, (*_ITEMS, number))[0].replace("\r\n", "\n")
            parse_text(text)
        except (Refused, ParseError) as e:
            raise UsageError(f"item {number} of this ResourceList cannot be read alone: {e}. Nothing was written.") from e
        return text if text.endswith("\n") else f"{text}\n"

    def written(self, new: Mapping[str, bytes], changes: Iterable[Change], results: list[dict[str, Any]]) -> str:
        """Changed items where they stood, new ones behind the last one, and the results."""
        gone = {(c.file, c.document) for c in changes if c.op is Op.REMOVE and not c.path}
        changed: dict[int, str | None] = {}
        added: list[tuple[str, int, str]] = []
        for path in sorted(new):
            numbers = self.order.get(path, [])
            kept = [number for n, number in enumerate(numbers) if (path, n) not in gone]
            changed |= dict.fromkeys(set(numbers) - set(kept))
            parts = _split(new[path].decode())
            for number, text in zip(kept, parts, strict=False):
                if text != self._bare(number):
                    changed[number] = self._restored(number, text)
            added += [(path, n, text) for n, text in enumerate(parts) if n >= len(kept)]
        if not changed and not added and not results and "results" not in self.data:
            return self.text
        text = with_items(self.document.text, self.document, _ITEMS, changed) if changed else self.document.text
        for path, n, document in added:
            placed = _placed(document, path, n) if self.placed else document
            text = append_item(text, parse_text(text).documents[0], _ITEMS, placed)
        return _with_results(text, results)


def _placed(document: str, path: str, index: int) -> str:
    """Where a new object belongs, in both spellings."""
    values = dict.fromkeys(_PATHS, path) | {key: str(index) for key in _INDEXES}
    edits = [Edit(Op.INSERT, (*_NOTES, key), value) for key, value in values.items()]
    return edit_text(document, {0: edits}).text


def _with_results(text: str, results: list[dict[str, Any]]) -> str:
    """Those of an earlier function were its own."""
    (document,) = parse_text(text).documents
    old = document.find(("results",))
    if old is None and not results:
        return text
    edit = Edit(Op.INSERT if old is None else Op.SET if results else Op.REMOVE, ("results",), results or None)
    return edit_text(text, {0: [edit]}).text


def _split(text: str) -> list[str]:
    """The documents of a text without their markers; those that hold no object stay with nobody."""
    held = pieces(text)
    parts = [text] if held is None else [text[piece.start : piece.end] for piece in held]
    bare = [part.partition("\n")[2] if part.startswith("---") and not part[3:].partition("\n")[0].strip() else part for part in parts]
    return [part for part in bare if any(line.strip() and not line.lstrip().startswith("#") for line in part.splitlines())]
