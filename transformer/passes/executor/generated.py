"""What a kustomization generates or patches: env files, literals, and patches written inside it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from transformer.model import Op
from transformer.passes.executor.config import CHOICE, SELECTORS, config_items, config_map_items, filled_elsewhere, placeholder, why_set
from transformer.passes.executor.decision import EXECUTOR, Decision, cite
from transformer.passes.executor.items import Item, Note, Step, nested, wording
from transformer.passes.executor.labels import LABEL
from transformer.passes.executor.workload import FLAG
from transformer.passkit import Path, Severity, table
from transformer.yamltext import ParseError, load

ObjectItems = Callable[[Mapping[str, Any]], Iterable[Item]]
_PATCHES = ("patches", "patchesJson6902", "patchesStrategicMerge")


def env_file_items(data: Mapping[str, Any], decision: Decision, *, direct: bool) -> Iterator[Item]:
    """`direct`: a generator makes the controller's ConfigMap of it; else a Kustomize variable reads the value."""
    if CHOICE in data:
        yield from _named_value((CHOICE,), str(data[CHOICE]), decision, direct, lambda value: value)


def literal_items(data: Mapping[str, Any], decision: Decision, direct: Callable[[str], bool]) -> Iterator[Item]:
    """The literals of every configMapGenerator."""
    for i, generator in enumerate(_list(data.get("configMapGenerator"))):
        if not isinstance(generator, Mapping):
            continue
        literals = [str(x).partition("=") for x in _list(generator.get("literals"))]
        own = direct(str(generator.get("name", "")))
        for j, (name, _, value) in enumerate(literals):
            path = ("configMapGenerator", i, "literals", j)
            if name == CHOICE:
                yield from _named_value(path, value.strip("\"'"), decision, own, lambda v: f"{CHOICE}={v}")
            elif own:
                yield from _other_literal(path, name, value, decision)


def _named_value(path: Path, value: str, decision: Decision, direct: bool, written: Callable[[str], str]) -> Iterator[Item]:
    if decision.action == "delete":
        if direct:
            yield Step(Op.REMOVE, path, f"The controller of {decision.by} does not start with this key.", decision.source)
        else:
            yield _unused(path, decision)
    elif placeholder(value):
        yield filled_elsewhere(path, value, decision)
    elif value != EXECUTOR or decision.action in ("refuse", "wait"):
        yield Step(Op.SET, path, why_set(value, decision), decision.source, written(EXECUTOR))


def _unused(path: Path, decision: Decision) -> Note:
    return Note(
        "EXE009",
        path,
        f"{decision.by} does not read an executor from its configuration, so this value has no use. A Kustomize variable or "
        "replacement may still refer to it.",
        "Remove this value and the reference to it together.",
        decision.source,
        Severity.INFO,
    )


def _other_literal(path: Path, name: str, value: str, decision: Decision) -> Iterator[Item]:
    for item in config_items({name: value}, decision):
        if item.path == (name,) and not (isinstance(item, Step) and item.op is Op.INSERT):
            yield replace(item, path=path)


def patch_items(data: Mapping[str, Any], decision: Decision, objects: ObjectItems) -> Iterator[Item]:
    """Patches written inside the kustomization; `objects` says what is to be done about a whole or partial object."""
    for key in _PATCHES:
        for i, entry in enumerate(_list(data.get(key))):
            path: Path = (key, i) if isinstance(entry, str) else (key, i, "patch")
            text = entry if isinstance(entry, str) else entry.get("patch") if isinstance(entry, Mapping) else None
            if isinstance(text, str) and "\n" in text.strip() and any(word in text for word in (CHOICE, FLAG, LABEL)):
                yield from _patch(path, text, decision, objects)


def _patch(path: Path, text: str, decision: Decision, objects: ObjectItems) -> Iterator[Item]:
    try:
        documents = load(text)
    except ParseError as e:
        yield Note(
            "EXE004",
            path,
            f"This patch names an executor, but it is not valid YAML: {e.problem}.",
            f"Check {CHOICE} in this patch by hand.",
            "argo.md 1.1",
        )
        return
    found = [_document(d, decision, objects) for d in documents]
    if len(documents) == 1:
        yield from nested(path, text, found[0], "EXE004")
    elif steps := [i for items in found for i in items if isinstance(i, Step)]:
        yield Note(
            "EXE005", path, "This patch holds several documents, so it was not changed.", f"By hand: {wording(steps)}.", steps[0].source
        )


def _document(data: Any, decision: Decision, objects: ObjectItems) -> list[Item]:
    if isinstance(data, list):
        return list(json_items(data, decision))
    return list(objects(data)) if isinstance(data, Mapping) else []


def patch_files(data: Mapping[str, Any], file: str) -> Iterator[tuple[Path, str]]:
    """(place in the kustomization, file) of each patch that has a file of its own."""
    folder = posixpath.dirname(file)
    for key in ("patches", "patchesJson6902"):
        for i, entry in enumerate(_list(data.get(key))):
            if isinstance(entry, Mapping) and isinstance(entry.get("path"), str):
                yield (key, i, "path"), posixpath.normpath(posixpath.join(folder, entry["path"]))


def file_notes(text: str, decision: Decision) -> Iterator[tuple[int, Note]]:
    """(line, what to do by hand) for a text that is a JSON6902 patch."""
    words = [word for word in (CHOICE, FLAG) if word in text]
    try:
        documents = load(text) if words else []
    except ParseError:
        return
    for operations in documents:
        for item in json_items(operations, decision) if isinstance(operations, list) else ():
            line = text[: text.index(words[0])].count("\n") + 1
            if isinstance(item, Note):
                yield line, item
            else:
                yield (
                    line,
                    Note(
                        "EXE005",
                        item.path,
                        f"This JSON patch chooses the executor. {item.why}",
                        f"By hand: {wording([item])}.",
                        item.source,
                    ),
                )


def json_items(operations: list[Any], decision: Decision) -> Iterator[Item]:
    """The operations of a JSON6902 patch. The only operation of a patch is never removed: an empty patch is an error."""
    for i, operation in enumerate(operations):
        if isinstance(operation, Mapping) and isinstance(operation.get("path"), str):
            yield from _operation(operation, i, decision, alone=len(operations) == 1)


def _operation(operation: Mapping[str, Any], i: int, decision: Decision, *, alone: bool) -> Iterator[Item]:
    target, value, removes = operation["path"], operation.get("value"), operation.get("op") == "remove"
    if target == f"/data/{CHOICE}" and not (removes and decision.action != "delete"):
        yield from _choice(i, value, decision, alone)
    elif target == f"/data/{SELECTORS}":
        yield _dropped(i, f"Argo does not need {SELECTORS} any more.", decision, alone)
    elif target == "/data/config" and isinstance(value, str):
        for item in config_map_items({"config": value}, decision, patch=True, complete=False):
            yield replace(item, path=(i, "value"))
    elif FLAG in str(value) and not removes:
        yield Note(
            "EXE005",
            (i,),
            f"This operation passes the flag {FLAG} to the controller.",
            f"Remove the operations that add {FLAG} and its value.",
            cite(table("executor")["flag"]),
        )


def _choice(i: int, value: Any, decision: Decision, alone: bool) -> Iterator[Item]:
    if decision.action == "delete":
        yield _dropped(i, f"{decision.by} does not know this key.", decision, alone)
    elif placeholder(value):
        yield filled_elsewhere((i, "value"), value, decision)
    elif value != EXECUTOR or decision.action in ("refuse", "wait"):
        yield Step(Op.SET, (i, "value"), why_set(value, decision), decision.source, EXECUTOR)


def _dropped(i: int, why: str, decision: Decision, alone: bool) -> Item:
    if alone:
        return Note(
            "EXE005",
            (i,),
            f"This operation must be removed, and it is the only one of its patch. {why}",
            "Remove the patch, and the entry in the kustomization that names it.",
            decision.source,
        )
    return Step(Op.REMOVE, (i,), why, decision.source)


def readers(kustomizations: Iterable[tuple[str, Mapping[str, Any]]], file: str) -> set[str]:
    """The names of the ConfigMaps that generators make of a file's lines."""
    found = set()
    for where, data in kustomizations:
        for generator in _list(data.get("configMapGenerator")):
            if isinstance(generator, Mapping) and file in {
                posixpath.normpath(posixpath.join(posixpath.dirname(where), f)) for f in _files(generator)
            }:
                found.add(str(generator.get("name", "")))
    return found


def _files(generator: Mapping[str, Any]) -> Iterator[str]:
    for entry in (generator.get("env"), *_list(generator.get("envs")), *(str(f).rpartition("=")[2] for f in _list(generator.get("files")))):
        if isinstance(entry, str):
            yield entry


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
