"""Settings from the text of transformer.yaml (architecture §8), or errors with file:line:column. Reads no files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from transformer.argo.existing import Doubt, Product, doubt
from transformer.config.built_in import BUILT_IN, BUILT_IN_TEXT
from transformer.config.ceilings import limits_of
from transformer.config.limits import Limits
from transformer.config.located import read
from transformer.config.passes import AS_WRITTEN, Overrides, passes_of
from transformer.config.typed import Place, Problems, Value, build, located
from transformer.errors import UsageError
from transformer.knowledge import table
from transformer.model import Finding, ResourceId, Severity, Target, Version
from transformer.repository.globs import glob_matcher

if TYPE_CHECKING:
    from transformer.passkit import Params, Pass

FILE: Final = "transformer.yaml"
T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """The settings of a run. `origin` is where they came from, for messages and reports."""

    name: str
    target: Target
    passes: tuple[tuple[Pass, Params], ...]
    include: tuple[str, ...] = ("**/*.yaml", "**/*.yml")
    exclude: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()  # --path: narrows, empty means everything
    limits: Limits = field(default_factory=Limits)
    namespaces: tuple[tuple[str, str], ...] = ()  # (glob, the namespace of what names none there); the first that matches
    accept: tuple[str, ...] = ()  # the rows that the user consents to, of all passes
    origin: str = BUILT_IN
    lines: Mapping[str, int] = field(default_factory=dict)  # place of an entry, such as `include/0` or `command/images/NAME` -> line
    doubts: tuple[Finding, ...] = ()  # what is odd about the configuration, and stops nothing

    @cached_property
    def _tests(self) -> tuple[Callable[[str], bool], ...]:
        return glob_matcher(self.include), glob_matcher(self.exclude), glob_matcher(self.paths or ("**",))

    def selects(self, path: str) -> bool:
        """Whether a file, by its path below the source's root, may be read for changes."""
        included, excluded, narrowed = self._tests
        return included(path) and narrowed(path) and not excluded(path)

    def namespace_of(self, path: str) -> str:
        """The namespace of objects that name none, in a file; "" where nothing is said about it."""
        return next((namespace for glob, namespace in self.namespaces if glob_matcher((glob,))(path)), "")

    def fingerprint(self) -> str:
        """The settings on which a plan depends, as canonical JSON: the same on every machine."""
        content = {
            "name": self.name,
            "target": asdict(self.target),
            "passes": [[p.id, asdict(params)] for p, params in self.passes],
            "files": [self.include, self.exclude, self.paths],
            "limits": asdict(self.limits),
        } | ({"namespaces": self.namespaces} if self.namespaces else {})
        return json.dumps(content, sort_keys=True, default=_canonical, separators=(",", ":"))

    def about_target(self) -> str:
        """`GKE 1.33 autopilot, asia-northeast1; Argo Workflows 3.6`. Empty if no pass needs the target."""
        t = self.target
        gke = [f"GKE {t.gke} {t.gke_mode}", t.region] if t.gke else []
        argo = [f"Argo Workflows {t.argo}", t.crds and f"{t.crds} CRDs", t.template_referencing] if t.argo else []
        return "; ".join(", ".join(filter(None, part)) for part in (gke, argo) if part)


def _canonical(value: Any) -> Any:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)


# --- the shape of the file


_NAME: Final = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}


def _about(doc: str, key: str = "") -> dict[str, str]:
    return {"doc": doc, "key": key}


@dataclass(frozen=True)
class _Metadata:
    name: Value = field(metadata={"doc": "the name of the pipeline; the review branch is transformer/NAME", "schema": _NAME})
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Gke:
    mode: Literal["autopilot", "standard"] = field(default="autopilot", metadata=_about("how the cluster manages its nodes"))
    version: Version | None = field(default=None, metadata=_about("the version of GKE, such as 1.33"))
    region: str = field(default="", metadata=_about("the region of the cluster, such as asia-northeast1"))


@dataclass(frozen=True)
class _Argo:
    version: Version | None = field(default=None, metadata=_about("the version of Argo Workflows; 3.6 stands for every patch of it"))
    crds: Literal["full", "minimal", ""] = field(default="", metadata=_about("which of Argo's CRDs are installed"))
    template_referencing: Literal["Strict", "Secure", ""] = field(
        default="", metadata=_about("the controller's workflowRestrictions.templateReferencing", "templateReferencing")
    )
    instance_id: str = field(default="", metadata=_about("the controller's instance ID", "instanceID"))


@dataclass(frozen=True)
class _Target:
    gke: _Gke | None = field(default=None, metadata=_about("the GKE cluster"))
    argo: _Argo | None = field(default=None, metadata=_about("Argo Workflows on it", "argoWorkflows"))


@dataclass(frozen=True)
class File:
    """The keys of transformer.yaml."""

    version: Literal["transformer.dev/v1alpha1"] = field(metadata={"key": "apiVersion", "doc": "write transformer.dev/v1alpha1"})
    kind: Literal["Pipeline"] = field(metadata={"doc": "write Pipeline"})
    metadata: _Metadata = field(metadata={"doc": "write {name: ...}"})
    passes: list[Value] = field(metadata={"doc": "the list of passes, in order"})
    target: _Target = field(default_factory=_Target, metadata=_about("what the manifests run on"))
    include: tuple[str, ...] = field(
        default=("**/*.yaml", "**/*.yml"), metadata=_about("globs of the files that may be changed, from the folder that is converted")
    )
    exclude: tuple[str, ...] = field(default=(), metadata=_about("globs of files that are left alone; this counts before `include`"))
    namespaces: dict[str, Value] = field(
        default_factory=dict,
        metadata=_about("glob of files -> the namespace of objects that name none") | {"schema": {"additionalProperties": _NAME}},
    )
    limits: Limits = field(default_factory=Limits, metadata=_about("what a run may read and change at most"))


# --- reading


def built_in(overrides: Overrides = AS_WRITTEN) -> Settings:
    """The pipeline of a repository without a configuration."""
    return parse(BUILT_IN_TEXT, BUILT_IN, overrides)


def choose(*, named: tuple[str, str] | None, base: str | None, worktree: str | None, in_place: bool, file: str = FILE) -> tuple[str, str]:
    """(name, text) of the configuration to use.

    `named` is the file of `--config`; `base` and `worktree` are the texts of transformer.yaml (`file`) in the base commit
    and in the working tree, None where there is none. Raises UsageError where the working tree's copy is not the base's.
    """
    if named is not None:
        return named
    text = worktree if in_place else base
    if not in_place and worktree is not None and _lines(worktree) != _lines(base):
        state = "differs from the one in the base commit" if base is not None else "is not in the base commit"
        raise UsageError(
            f"{file}: the copy in the working tree {state}, so it is not clear which one to use.\n"
            f"Commit it, or use the copy in the working tree with --config {file}."
        )
    return (BUILT_IN, BUILT_IN_TEXT) if text is None else (file, text)


def _lines(text: str | None) -> list[str] | None:
    """The lines without line endings, which git may change at checkout."""
    return None if text is None else text.removeprefix("\ufeff").splitlines()


def parse(text: str, name: str, overrides: Overrides = AS_WRITTEN, *, trusted: bool = False) -> Settings:
    """Settings from the text of a configuration. `trusted`: it is the user's, not the target's, so it may raise limits.
    Raises UsageError with every problem and its place."""
    problems = Problems()
    given = read(text, name, problems)
    content: File = build(File, given, problems)
    problems.raise_if_any()
    target = _target(content.target)
    doubts = tuple(_doubts(target, given, name, problems))
    passes = passes_of(content.passes, target, overrides, problems)
    settings = Settings(
        name=_name(content.metadata.name, problems),
        target=target,
        passes=tuple(passes),
        include=content.include,
        exclude=content.exclude,
        paths=overrides.paths,
        namespaces=tuple((glob, _namespace(value, problems)) for glob, value in content.namespaces.items()),
        limits=limits_of(content.limits, given, overrides, problems, trusted=trusted),
        accept=_accepted(params for _, params in passes),
        origin=name,
        doubts=doubts,
        lines=dict(_lines_of(given)),
    )
    problems.raise_if_any()
    return settings


def _doubts(target: Target, given: Value, name: str, problems: Problems) -> Iterator[Finding]:
    """A version that was never released is an error; one that is newer than what is known is said."""
    asked: tuple[tuple[Product, str, Version | None], ...] = (("gke", "gke", target.gke), ("argo-workflows", "argoWorkflows", target.argo))
    for product, key, version in asked:
        found = doubt(product, version) if version else None
        if found and found.impossible:
            problems.add(_place(given, "target", key, "version"), f"{found.message} {found.remedy}")
        elif found:
            yield _told(found, _place(given, "target", key, "version"), name)


def _told(found: Doubt, place: Place, name: str) -> Finding:
    return Finding(
        "CFG001", Severity.WARNING, name, place.line, ResourceId(), found.message, found.remedy,
        table("releases").cite(found.row.id), column=place.column,
    )  # fmt: skip


def _place(value: Value, *path: str) -> Place:
    for step in path:
        value = value.raw[step] if isinstance(value.raw, dict) and step in value.raw else value
    return value.place


def _name(value: Value, problems: Problems) -> str:
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", value.text):
        problems.add(value.place, f'"{value.text}" cannot name a pipeline and its branch: use a-z, 0-9 and dashes, at most 63.')
    return value.text


def _lines_of(value: Value, at: str = "") -> Iterator[tuple[str, int]]:
    """The line of every entry; what stands under `passes` is named by the pass, and an item of a list of words by the word."""
    if isinstance(value.raw, dict):
        for key, inner in value.raw.items():
            place = value.keys.get(key, inner.place)
            yield f"{at}{key}", place.line
            yield from _lines_of(inner, "" if key == "passes" else f"{at}{key}/")
    elif isinstance(value.raw, list):
        for n, inner in enumerate(value.raw):
            yield f"{at}{n}", inner.place.line
            yield f"{at}{inner.text}", inner.place.line
            yield from _lines_of(inner, at if not at else f"{at}{n}/")


def _namespace(value: Value, problems: Problems) -> str:
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", value.text):
        problems.add(value.place, f'"{value.text}" cannot be a namespace: use a-z, 0-9 and dashes, at most 63.')
    return value.text


def _target(given: _Target) -> Target:
    gke, argo = given.gke or _Gke(), given.argo or _Argo()
    return Target(gke.mode, gke.version, gke.region, argo.version, argo.crds, argo.template_referencing, argo.instance_id)


def _accepted(params: Iterable[Any]) -> tuple[str, ...]:
    from transformer.passkit import ConsentParams

    found: set[str] = set()
    for p in params:
        found |= set(p.accept if isinstance(p, ConsentParams) else ())
    return tuple(sorted(found))


def params_of(found: Pass, data: Mapping[str, Any], name: str = "params") -> Params:
    """Parameters from plain data, as a configuration would give them (examples and tests). Raises UsageError."""
    problems = Problems()
    built = build(found.params, located(data, Place(0, 0, name)), problems)
    problems.raise_if_any()
    return built  # type: ignore[no-any-return]
