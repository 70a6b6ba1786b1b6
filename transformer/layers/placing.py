"""Where the Component stands, and who lists it (gitops.md 1.7)."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from transformer.kustomize.namespaces import Listing
from transformer.layers.bodies import may_write
from transformer.layers.component import FOLDER, SCHEMA, Need, file_of, files, is_ours
from transformer.layers.conversion import NotCarried
from transformer.model import Addition, Change, ResourceId
from transformer.passkit import needed_by
from transformer.repository.index import Index
from transformer.repository.resource import Resource

_KUSTOMIZATION: Final = "kustomization.yaml"
_SOURCE: Final = "gitops.md 1.4"
_WHY: Final = "Kustomize knows CronJob, and must be told about CronWorkflow."
Wanted = Sequence[tuple[Resource, set[Need]]]


def place_component(wanted: Wanted, index: Index) -> Iterator[Change | Addition]:
    """The files of the Component, and an entry in each kustomization that lists one of the resources. Raises NotCarried."""
    wanted = [(resource, needs - {Need.SETTINGS}) for resource, needs in wanted if needs - {Need.SETTINGS}]
    listings = {listing.file: listing for resource, _ in wanted for listing in _listed(resource, index)}
    resources = [resource for resource, _ in wanted]
    if not wanted:
        return
    for resource, mine in wanted:
        for file, line in index.kustomize.schemas(resource.file) if Need.MERGE in mine else ():
            if not is_ours(file):
                remedy = f"Take the `openapi` out of {file}, or leave these jobs out with `exclude`."
                raise NotCarried(f"{file}:{line} has an `openapi` of its own, and Kustomize takes the first one only", remedy)
    folders = sorted({posixpath.dirname(file) for file in listings})
    folder = _folder(folders, index)
    needs = frozenset[Need]().union(*(found for _, found in wanted))
    for name, text in files(needs):
        path, pass_id = f"{folder}/{name}", resources[0].pass_id
        if name == _KUSTOMIZATION and index.text(path) is not None:
            yield from needed_by(_extended(path, needs, pass_id, index), resources)
        else:
            yield from needed_by(_file(path, text, pass_id, index), resources)
    for _, listing in sorted(listings.items()):
        using = [r for r in resources if any(x.file == listing.file for x in index.kustomize.listings(r.file))]
        yield from needed_by(_entry(listing, folder, resources[0].pass_id, index), using)


def _listed(resource: Resource, index: Index) -> tuple[Listing, ...]:
    found = index.kustomize.listings(resource.file)
    if not found:
        raise NotCarried("no kustomization lists its file", "Add a kustomization.yaml that lists it.")
    return found


def _folder(folders: Sequence[str], index: Index) -> str:
    """Below the only owner; else below what the owners have in common, hidden where something reads the whole folder."""
    common = posixpath.commonpath(folders) if all(folders) else ""
    owned = common in folders or any(posixpath.dirname(k) == common for k in index.kustomize.kustomizations)
    return posixpath.join(common, FOLDER if owned else f".{FOLDER}")


def _extended(path: str, needs: Collection[Need], pass_id: str, index: Index) -> Iterator[Change]:
    """What the Component of an earlier run says besides. Raises NotCarried where it is none of ours."""
    resource = next((replace(r, pass_id=pass_id) for r in index.manifest(path).resources() if not r.at), None)
    settings = [file_of(need) for need in Need if need is not Need.MERGE]
    listed = resource.get("configurations", default=[]) if resource is not None else None
    schema = resource.get("openapi") if resource is not None else None
    if resource is None or resource.id.kind != "Component" or not isinstance(listed, list) or not {*listed} <= {*settings}:
        raise NotCarried(f"{path} is there already, and holds something else", f"Give {path} another name, and run again.")
    missing = [name for name in settings if name in map(file_of, needs) and name not in listed]
    if missing and not listed:
        yield resource.insert(("configurations",), missing, why=_WHY, source=_SOURCE)
    for n, name in enumerate(missing if listed else ()):
        yield resource.insert(("configurations", len(listed) + n), name, why=_WHY, source=_SOURCE)
    if Need.MERGE in needs and schema is None:
        yield resource.insert(("openapi",), {"path": SCHEMA}, why=_WHY, source=_SOURCE)


def _file(path: str, text: str, pass_id: str, index: Index) -> Iterator[Addition]:
    there = index.text(path)
    if there == text:
        return
    if there is not None or index.exists(path):
        raise NotCarried(f"{path} is there already, and holds something else", f"Remove {path}, or give it another name, and run again.")
    if not index.selects(path):
        raise NotCarried(f"this run may not write {path}")
    whole = posixpath.basename(path) == _KUSTOMIZATION
    resource = ResourceId("kustomize.config.k8s.io/v1alpha1", "Component", "", FOLDER) if whole else ResourceId()
    yield Addition(pass_id, path, resource, text, _WHY, _SOURCE)


def _entry(listing: Listing, folder: str, pass_id: str, index: Index) -> Iterator[Change]:
    if not may_write(listing.file, index):
        raise NotCarried(f"this run may not write {listing.file}")
    held = (r for r in index.manifest(listing.file).resources() if r.document.index == listing.document and not r.at)
    resource = next(held, None)
    if resource is None:
        raise NotCarried(f"{listing.file} is no plain mapping")
    resource = replace(resource, pass_id=pass_id)
    name = posixpath.relpath(folder, posixpath.dirname(listing.file) or ".")
    key = next((k for k in resource.data if k.lower() == "components"), None)
    components = resource.data.get(key) if key else None
    if isinstance(components, list) and components:
        if name not in components:
            yield resource.insert((str(key), len(components)), name, why=_WHY, source=_SOURCE)
    elif key:
        yield resource.set((str(key),), [name], why=_WHY, source=_SOURCE)
    else:
        yield resource.insert(("components",), [name], why=_WHY, source=_SOURCE, after=str(listing.path[0]))
