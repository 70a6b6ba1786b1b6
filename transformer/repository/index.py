"""Every file of the source, read once, and the references between resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from transformer.model import ResourceId
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource
from transformer.yamltext import Limits, ParseError

if TYPE_CHECKING:
    from transformer.kustomize.graph import Graph
    from transformer.kustomize.records import GeneratorInput


YAML_NAMES = (".yaml", ".yml", ".json")
_KEPT = 50_000  # characters
_CONFIG = "config"  # the key of a controller's ConfigMap that holds YAML
_KIND = re.compile(r"""^[ -]*["']?kind["']?[ \t]*:[ \t]*["']?(\w+)""", re.M)
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unread:
    """An object that cannot be read, or a file that does not parse (then `resource` has no name); `line` from 1."""

    file: str
    line: int
    document: int
    resource: ResourceId
    problem: str


class Index:
    """The files of the source by path. Files that do not parse are left out of what is found.

    `selects`: whether a file may be written. `exists`: whether something is at a path that was not read. `other_texts`:
    scripts, documents and the like, read when they are asked for. `pass_ids`: the names that an opt-out may use; empty:
    any. `named`: files that are left out, and that Kustomize reads since a kustomization names them. `namespace_of`: what the
    user says about a path. `read`: further files of the source, of any kind.

    Nothing of it is assigned after it is made; what is worked out from it is kept by `once`.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        limits: Limits | None = None,
        *,
        selects: Callable[[str], bool] = lambda _: True,
        exists: Callable[[str], bool] = lambda _: False,
        other_texts: Callable[[], Iterable[tuple[str, bytes]]] = tuple,
        pass_ids: Collection[str] = (),
        named: Mapping[str, bytes] | None = None,
        namespace_of: Callable[[str], str] = lambda _: "",
        read: Callable[[Iterable[str]], Mapping[str, bytes]] = lambda _: {},
    ) -> None:
        self.limits = limits or Limits()
        self.files = files
        self.selects, self.exists, self.other_texts = selects, exists, other_texts
        self.pass_ids = frozenset(pass_ids)
        self.named = named or {}
        self.namespace_of = namespace_of
        self.read = read
        self._manifests: dict[str, Manifest] = {}
        self._kept: dict[tuple[str, bytes], Manifest] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._once: dict[tuple[Hashable, ...], Any] = {}

    def with_files(self, files: Mapping[str, bytes], named: Mapping[str, bytes] | None = None) -> Index:
        """The same questions about other files."""
        asked = {
            "selects": self.selects,
            "exists": self.exists,
            "other_texts": self.other_texts,
            "pass_ids": self.pass_ids,
            "namespace_of": self.namespace_of,
            "read": self.read,
        }
        return Index(files, self.limits, **asked, named=self.named if named is None else named)  # type: ignore[arg-type]

    def built(self, files: Mapping[str, bytes]) -> Index:
        """The same repository with these files in the place of its own, for objects that Kustomize has built."""
        from transformer.kustomize.graph import Built

        index = self.with_files(files)
        index.__dict__["kustomize"] = Built(self.kustomize)
        return index

    def assuming(self, fn: Callable[[Index], T], found: T) -> Index:
        """Itself, with an answer of `once` that is known already."""
        self._once[fn, (), ()] = found
        return self

    def prepare(self) -> None:
        """Work out now what every process would work out for itself."""
        if self._speaks_of_kustomize:
            _ = self.kustomize, self.env_files

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_manifests": {}, "_kept": {}, "_words": {}, "_once": {}}

    def once(self, fn: Callable[Concatenate[Index, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(index, *args)`, worked out the first time that it is asked for. Arguments are hashable."""
        key = (fn, args, tuple(kwargs.items()))
        if key not in self._once:
            self._once[key] = fn(self, *args, **kwargs)
        found: T = self._once[key]
        return found

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def manifest(self, path: str) -> Manifest:
        if path not in self._manifests:
            raw = self.files[path]
            self._manifests[path] = self._kept.get((path, raw)) or Manifest(path, raw, self.limits)
        return self._manifests[path]

    def text(self, path: str) -> str | None:
        """The text of a file; None where there is none, or it is not UTF-8."""
        if path not in self.files or self.manifest(path).problem:
            return None
        return self.manifest(path).text

    def find(self, *words: str, kinds: Collection[str] = ()) -> Iterator[Resource]:
        """Every object of the documents whose raw text holds one of the words; what cannot be read is left out (see `unread`)."""
        for path in sorted(set().union(*(self._holding(word) for word in words))):
            try:
                found = list(self.manifest(path).resources(words, kinds))
            except ParseError:
                continue
            yield from (r for r in found if r.problem is None)

    def unread(self, *words: str, kinds: Collection[str]) -> Iterator[Unread]:
        """What `find` leaves out: objects of these kinds that cannot be read, and files that do not parse and speak of such a kind."""
        for path in sorted(set().union(*(self._holding(word) for word in words))):
            try:
                found = list(self.manifest(path).resources(words, kinds))
            except ParseError as e:
                yield from _speaks_of(self.manifest(path), kinds, e)
                continue
            for r in found:
                if (odd := r.problem) is not None:
                    yield Unread(path, odd.line, r.document.index, r.id, odd.problem)

    def _holding(self, word: str) -> tuple[str, ...]:
        """The YAML files, by their ending or as a kustomization, whose text holds a word; every file is searched once for it."""
        if word not in self._words:
            raw = word.encode()
            self._words[word] = tuple(p for p in self.paths if _is_yaml(p) and raw in self.files[p])
        return self._words[word]

    def version(self, path: str, raw: bytes) -> Manifest:
        """A text of a file, its own or a later one: read already, if it was looked into or kept."""
        known = self._kept.get((path, raw)) or self._manifests.get(path)
        return known if known is not None and known.raw == raw else Manifest(path, raw, self.limits)

    def keep(self, *manifests: Manifest) -> None:
        """For `version`. What was kept first goes when they get long: their nodes take a hundred times the memory of their texts."""
        self._kept |= {(m.path, m.raw): m for m in manifests}
        self._manifests |= {m.path: m for m in manifests if m.path in self._manifests and self.files[m.path] == m.raw}
        long = sum(len(raw) for _, raw in self._kept) - _KEPT
        while long > 0:
            path, raw = next(iter(self._kept))
            long -= len(raw)
            del self._kept[path, raw]

    def is_patch(self, path: str) -> bool:
        """Whether kustomizations use the file as a patch or as settings, and as nothing else."""
        return self._speaks_of_kustomize and self.kustomize.role(path) == "patch"

    @cached_property
    def _speaks_of_kustomize(self) -> bool:
        return any("ustomiz" in path or b"ustomiz" in raw for path, raw in self.files.items())

    @cached_property
    def generator_inputs(self) -> Mapping[str, GeneratorInput]:
        """The files that kustomizations make ConfigMaps of, read or not."""
        return self.kustomize.generator_inputs() if self._has_generators else {}

    @cached_property
    def env_files(self) -> frozenset[str]:
        """Those among the files that hold NAME=value lines."""
        inputs = self.generator_inputs.items()
        return frozenset(p for p, i in inputs if p in self.files and not p.endswith(YAML_NAMES) and i.key != _CONFIG)

    @property
    def _has_generators(self) -> bool:
        return any(
            b"generator" in (low := raw.lower()) and (b"env" in low or b"files" in low)
            for path, raw in self.files.items()
            if path.rsplit("/", 1)[-1] in ("kustomization.yaml", "kustomization.yml", "Kustomization")
        )

    @cached_property
    def kustomize(self) -> Graph:
        from transformer.kustomize.graph import Graph

        return Graph(_KustomizeTexts(self))


@dataclass(frozen=True)
class _KustomizeTexts:
    """What Kustomize reads: the files of the index, and those that its kustomizations name."""

    index: Index

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({*self.index.files, *self.index.named}))

    def text(self, path: str) -> str | None:
        if path in self.index.files or path not in self.index.named:
            return self.index.text(path)
        held = Manifest(path, self.index.named[path], self.index.limits)
        return None if held.problem else held.text


def _speaks_of(manifest: Manifest, kinds: Collection[str], e: ParseError) -> Iterator[Unread]:
    named = [m[1] for m in _KIND.finditer(manifest.text) if m[1] in kinds]
    if named:
        yield Unread(manifest.path, e.line, 0, ResourceId(kind=named[0]), e.problem)


def _is_yaml(path: str) -> bool:
    return path.endswith(YAML_NAMES) or path.rpartition("/")[2] == "Kustomization"
