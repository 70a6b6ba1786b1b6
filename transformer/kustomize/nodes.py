"""Kustomizations, and what acts like one: the Kustomize options of an Argo CD Application or a Flux Kustomization."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from transformer.kustomize.field_refs import FieldRef, scalar
from transformer.kustomize.source import Source, UnreadableError

NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
FLUX = "kustomize.toolkit.fluxcd.io/"
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|(?:www\.)?(?:github|gitlab|bitbucket)\.[\w.]+[/:]|.*[?&]ref=", re.I)
_INSIDE_REPOSITORY = re.compile(r"(?://|\.git/)([^?]*)\Z")
_REMOTE_FILE = re.compile(r"https?://(?:(?!//)[^?])*\.(?:ya?ml|json)(?:\?|\Z)", re.I)


@dataclass(frozen=True, slots=True, eq=False)
class Kustomization:
    """`directory` is where its relative paths start. `problem` says why its body could not be read, `text` is then its
    text. `owner` names the controller's object where it is no kustomization file; `folder` is a directory whose YAML
    files Flux collects by itself, for want of a kustomization there."""

    file: str
    directory: str
    body: tuple[FieldRef, ...] = ()
    problem: str = ""
    line: int = 1
    text: str = ""
    owner: str = ""
    folder: str | None = None
    outside: bool = False  # who acts like one looks only at kinds that it knows, whatever Kustomize is told

    def each(self, *names: str) -> Iterator[FieldRef]:
        """The items of the lists under these keys."""
        for name in names:
            for ref in self.body:
                yield from ref.child(name).each()

    def values(self, *names: str) -> Iterator[FieldRef]:
        """What stands under these keys, where something does."""
        for name in names:
            for ref in self.body:
                if (found := ref.child(name)).value not in (None, "", [], {}):
                    yield found

    def truth(self, *names: str) -> bool:
        return any(scalar(body.down(*names).value).lower() == "true" for body in self.body)

    @property
    def component(self) -> bool:
        return any(ref.text("kind") == "Component" for ref in self.body)


def read(source: Source, file: str) -> Kustomization | None:
    """A kustomization file; None where the file is a Flux object that only bears the name (gitops.md 1.7)."""
    directory = posixpath.dirname(file)
    try:
        documents = source.documents(file)
    except UnreadableError as e:
        return Kustomization(file, directory, problem=f"it does not parse: {e.problem}", line=e.line, text=source.text(file) or "")
    body = tuple(d for d in documents if isinstance(d.value, dict))
    if len(body) < sum(d.value is not None for d in documents):
        return Kustomization(file, directory, problem="it is no mapping", text=source.text(file) or "")
    if body and all(d.text("apiVersion").startswith(FLUX) for d in body):
        return None
    return Kustomization(file, directory, body)


def resolve(directory: str, path: str) -> str | None:
    """A path relative to a directory of the repository, as a path from its root ("" is the root); None outside it."""
    if posixpath.isabs(path) or "\0" in path:
        return None
    whole = posixpath.normpath(posixpath.join(directory or ".", path))
    if whole == ".." or whole.startswith("../"):
        return None
    return "" if whole == "." else whole


def is_remote(text: str) -> bool:
    return _REMOTE.match(text) is not None


def remote_directory(text: str) -> str | None:
    """The folder that a URL names inside its repository, which may be this one; None where it names none."""
    address = text.split("?")[0].partition("://")[2] or text.split("?")[0]
    marked = _INSIDE_REPOSITORY.search(address)
    inner = marked[1] if marked else "/".join(address.split("/")[3:])
    return resolve("", inner.strip("/")) if inner.strip("/") else None


def is_remote_file(text: str) -> bool:
    """A URL of one manifest, which Kustomize reads as it is; other URLs are kustomizations of their own."""
    return _REMOTE_FILE.match(text) is not None
