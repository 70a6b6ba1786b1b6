"""Edits as changes of a file, whatever its documents are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from transformer.layers.conversion import NotCarried
from transformer.layers.merge_patch import Reasoned
from transformer.model import Change, Op, ResourceId
from transformer.repository.index import Index
from transformer.repository.resource import Resource, Role


def written(file: str, document: int, edits: Sequence[Reasoned], pass_id: str, index: Index) -> Iterator[Change]:
    patch = resource_at(file, document, index, pass_id)
    for r in edits:
        e = r.edit
        lines = patch.lines(e.path if e.op is not Op.INSERT else e.path[:-1])
        yield Change(pass_id, file, document, patch.id, e.op, e.path, r.why, r.source, lines, None, e.value, e.to, e.after)


def resource_at(file: str, document: int, index: Index, pass_id: str) -> Resource:
    """A document of a file as a resource; one that names no kind too."""
    manifest = index.manifest(file)
    found = next((r for r in manifest.resources() if r.document.index == document and not r.at), None)
    if found is not None:
        return replace(found, pass_id=pass_id)
    held = next((d for d in manifest.documents() if d.index == document), None)
    if held is None or held.root is None:
        raise NotCarried(f"{file} cannot be read")
    return Resource(pass_id, file, held, (), ResourceId(kind="patch"), Role.PATCH, held.root)
