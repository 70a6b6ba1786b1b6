"""Lists a new file in every kustomization that lists the CronWorkflow beside it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from transformer.kustomize.namespaces import Listing
from transformer.passkit import Change, Finding, Path, Resource, ResourceId, Severity, needed_by
from transformer.repository.classify import left_alone
from transformer.repository.index import Index

BY_HAND: Final = "CRON011"
_SOURCE: Final = "gitops.md 1.7"

_List = tuple[str, int, Path]  # file, document, path of a list of resources


def apply_as_well(files: Mapping[str, Sequence[Resource]], index: Index) -> Iterator[Change | Finding]:
    """`files`: each new file, with the resources beside it that need it."""
    wanted: dict[_List, list[tuple[int, str, Listing]]] = {}
    for file, jobs in sorted(files.items()):
        elders: list[str] = []
        for listing in _lists(file, jobs, index):
            if reason := _kept_out(listing, elders, index):
                yield _by_hand(file, listing, jobs[0], reason)
                continue
            elders.append(listing.file)
            wanted.setdefault((listing.file, listing.document, listing.path[:-1]), []).append((int(listing.path[-1]), file, listing))
    for entries in wanted.values():
        for shift, (n, file, listing) in enumerate(sorted(entries, key=lambda e: e[:2])):
            entry = _entry(n + 1 + shift, file, listing, files[file][0].pass_id, index)
            yield from needed_by([entry], files[file])


def _lists(file: str, jobs: Sequence[Resource], index: Index) -> list[Listing]:
    """The first entry of each kustomization that lists a resource but not yet the file."""
    there = {listing.file for listing in index.kustomize.listings(file)}
    found: dict[str, Listing] = {}
    for listing in (x for job in jobs for x in index.kustomize.listings(job.file)):
        if listing.file not in there:
            found.setdefault(listing.file, listing)
    return [found[name] for name in sorted(found)]


def _kept_out(listing: Listing, elders: Sequence[str], index: Index) -> str:
    """Why the entry cannot be written. Empty if it can."""
    if not index.selects(listing.file):
        return "this run may not write that file"
    resource = _kustomization(listing, index)
    if resource is None:
        return "the kustomization is not a plain mapping"
    if reason := left_alone(resource, index, "cronworkflow"):
        return reason
    builders = index.kustomize.builders(listing.file)
    if other := next((e for e in elders if index.kustomize.builders(e) & builders), ""):
        return f"{other} lists the file, and a build with both would have it twice"
    return ""


def _kustomization(listing: Listing, index: Index) -> Resource | None:
    held = index.manifest(listing.file).resources()
    return next((r for r in held if r.document.index == listing.document and not r.at), None)


def _entry(n: int, file: str, listing: Listing, pass_id: str, index: Index) -> Change:
    found = _kustomization(listing, index)
    assert found is not None  # noqa: S101 - asked in _kept_out
    name = _relative(file, listing)
    name = f"./{name}" if str(found.get(*listing.path, default="")).startswith("./") else name
    why = "The new file must be applied together with the CronWorkflow beside it."
    return replace(found, pass_id=pass_id).insert((*listing.path[:-1], n), name, why=why, source=_SOURCE)


def _relative(file: str, listing: Listing) -> str:
    return posixpath.relpath(file, posixpath.dirname(listing.file) or ".")


def _by_hand(file: str, listing: Listing, job: Resource, reason: str) -> Finding:
    return Finding(
        BY_HAND,
        Severity.WARNING,
        listing.file,
        listing.line,
        ResourceId(kind="Kustomization"),
        f"This kustomization lists `{posixpath.basename(job.file)}`, but not the new file that it needs.",
        f"Add `{_relative(file, listing)}` to `resources`, unless something else applies it.",
        _SOURCE,
        job.pass_id,
        subject=f"{file}: {reason}",
    )
