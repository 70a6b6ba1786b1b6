"""transformer.yaml -> Settings (architecture §8). Pure: it is given texts, and says with file:line:column what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from transformer import discovery
from transformer.catalogue import acceptable, takes_rows
from transformer.errors import UsageError
from transformer.limits import Limits
from transformer.model import Target, Version
from transformer.repository.snapshot import glob_matcher
from transformer.typed import BAD, Place, Problems, Value, build, located, suggestion
from transformer.yamlvalues import read, read_fragment

if TYPE_CHECKING:
    from transformer.passkit import Params, Pass

FILE: Final = "transformer.yaml"
BUILT_IN: Final = "the built-in autopilot pipeline"

# What most clusters run: the target is printed in every report, because a guess must be seen.
BUILT_IN_TEXT: Final = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: autopilot}
target:
  gke: {mode: autopilot, version: "1.33"}
  argoWorkflows: {version: "3.6"}
passes:
  - executor: {}
  - resources: {}
  - eviction: {}
  - cronworkflow: {}
  - command: {}
"""

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """All that a run is told. `origin` is where it came from, for messages and reports."""

    name: str
    target: Target
    passes: tuple[tuple[Pass, Params], ...]
    include: tuple[str, ...] = ("**/*.yaml", "**/*.yml")
    exclude: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()  # --path: narrows, empty means everything
    limits: Limits = field(default_factory=Limits)
    accept: tuple[str, ...] = ()  # the rows that the user consents to, of all passes
    origin: str = BUILT_IN

    @cached_property
    def _tests(self) -> tuple[Callable[[str], bool], ...]:
        return glob_matcher(self.include), glob_matcher(self.exclude), glob_matcher(self.paths or ("**",))

    def selects(self, path: str) -> bool:
        """Whether a file, by its path below the source's root, may be read for changes."""
        included, excluded, narrowed = self._tests
        return included(path) and narrowed(path) and not excluded(path)

    def fingerprint(self) -> str:
        """What a plan depends on, as canonical JSON: the same pipeline gives the same text on every machine."""
        content = {
            "name": self.name,
            "target": asdict(self.target),
            "passes": [[p.id, asdict(params)] for p, params in self.passes],
            "files": [self.include, self.exclude, self.paths],
            "limits": asdict(self.limits),
        }
        return json.dumps(content, sort_keys=True, default=_canonical, separators=(",", ":"))

    def about_target(self) -> str:
        """`GKE 1.33 autopilot, asia-northeast1; Argo Workflows 3.6`, or nothing where no pass asks."""
        t = self.target
        gke = [f"GKE {t.gke} {t.gke_mode}", t.region] if t.gke else []
        argo = [f"Argo Workflows {t.argo}", t.crds and f"{t.crds} CRDs", t.template_referencing] if t.argo else []
        return "; ".join(", ".join(filter(None, part)) for part in (gke, argo) if part)


def _canonical(value: Any) -> Any:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)


@dataclass(frozen=True)
class Overrides:
    """What the command line changes: `--set`, `--accept`, `--only`, `--path`."""

    values: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


# --- the shape of the file


@dataclass(frozen=True)
class _Metadata:
    name: Value
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Gke:
    mode: Literal["autopilot", "standard"] = "autopilot"
    version: Version | None = None
    region: str = ""


@dataclass(frozen=True)
class _Argo:
    version: Version | None = None
    crds: Literal["full", "minimal", ""] = ""
    template_referencing: Literal["Strict", "Secure", ""] = field(default="", metadata={"key": "templateReferencing"})


@dataclass(frozen=True)
class _Target:
    gke: _Gke | None = None
    argo: _Argo | None = field(default=None, metadata={"key": "argoWorkflows"})


@dataclass(frozen=True)
class _File:
    version: Literal["transformer.dev/v1alpha1"] = field(metadata={"key": "apiVersion", "doc": "write transformer.dev/v1alpha1"})
    kind: Literal["Pipeline"] = field(metadata={"doc": "write Pipeline"})
    metadata: _Metadata = field(metadata={"doc": "write {name: ...}"})
    passes: list[Value] = field(metadata={"doc": "the list of passes, in order"})
    target: _Target = field(default_factory=_Target)
    include: tuple[str, ...] = ("**/*.yaml", "**/*.yml")
    exclude: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


# --- reading


def built_in(overrides: Overrides = Overrides()) -> Settings:
    """The pipeline of a repository without a configuration."""
    return parse(BUILT_IN_TEXT, BUILT_IN, overrides)


def choose(*, named: tuple[str, str] | None, base: str | None, worktree: str | None, in_place: bool) -> tuple[str, str]:
    """(name, text) of the configuration that holds.

    `named` is the file of `--config`; `base` and `worktree` are the texts of transformer.yaml in the base commit and in
    the working tree, None where there is none. Raises UsageError where the working tree's copy is not the base's.
    """
    if named is not None:
        return named
    text = worktree if in_place else base
    if not in_place and worktree is not None and _lines(worktree) != _lines(base):
        state = "differs from the one in the base commit" if base is not None else "is not in the base commit"
        raise UsageError(
            f"{FILE}: the copy in the working tree {state}, so it is not clear which one you mean.\n"
            f"Commit it, or say --config {FILE} to use the copy in the working tree."
        )
    return (BUILT_IN, BUILT_IN_TEXT) if text is None else (FILE, text)


def _lines(text: str | None) -> list[str] | None:
    """Git may have changed line ends at checkout."""
    return None if text is None else text.removeprefix("\ufeff").splitlines()


def parse(text: str, name: str, overrides: Overrides = Overrides()) -> Settings:
    """Settings from the text of a configuration. Raises UsageError with every problem and its place."""
    problems = Problems()
    content: _File = build(_File, read(text, name, problems), problems)
    problems.raise_if_any()
    target = _target(content.target)
    passes = _passes(content, target, overrides, problems)
    settings = Settings(
        name=_name(content.metadata.name, problems),
        target=target,
        passes=tuple(passes),
        include=content.include,
        exclude=content.exclude,
        paths=overrides.paths,
        limits=content.limits,
        accept=_accepted(params for _, params in passes),
        origin=name,
    )
    problems.raise_if_any()
    return settings


def _name(value: Value, problems: Problems) -> str:
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", value.text):
        problems.add(value.place, f'"{value.text}" cannot name a pipeline and its branch: use a-z, 0-9 and dashes, at most 63.')
    return value.text


def _target(given: _Target) -> Target:
    gke, argo = given.gke or _Gke(), given.argo or _Argo()
    return Target(gke.mode, gke.version, gke.region, argo.version, argo.crds, argo.template_referencing)


@dataclass(frozen=True)
class _Entry:
    """One item of `passes:`."""

    found: Pass
    place: Place
    params: Value


def _passes(content: _File, target: Target, overrides: Overrides, problems: Problems) -> list[tuple[Pass, Params]]:
    entries = [e for item in content.passes if (e := _entry(item, problems))]
    entries = _unique(entries, problems)
    _in_order(entries, problems)
    _satisfied(entries, target, problems)
    entries = _set_values(entries, overrides.values, problems)
    entries = _accept_rows(entries, overrides.accept, problems)
    kept = _only(entries, overrides.only, problems)
    built = [(e.found, build(e.found.params, e.params, problems)) for e in kept]
    for entry in kept:
        _known_rows(entry, problems)
    return [(p, params) for p, params in built if params is not BAD]


def _entry(item: Value, problems: Problems) -> _Entry | None:
    """`- executor`, `- executor: {...}`."""
    if isinstance(item.raw, str):
        name, place, params = item.raw, item.place, Value(item.place, None)
    elif isinstance(item.raw, dict) and len(item.raw) == 1:
        ((name, params),) = item.raw.items()
        place = item.keys.get(name, item.place)
    else:
        problems.add(item.place, "an item of passes is one pass with its parameters, such as `- executor: {}`.")
        return None
    if name not in discovery.names():
        problems.add(place, f'unknown pass "{name}". {suggestion(name, discovery.names())}')
        return None
    return _Entry(discovery.load(name), place, params if params.raw is not None else Value(place, {}))


def _unique(entries: list[_Entry], problems: Problems) -> list[_Entry]:
    first: dict[str, _Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.found.id, entry)
        if other is not entry:
            problems.add(entry.place, f'"{entry.found.id}" stands twice; it is already in line {other.place.line}. Remove one.')
    return list(first.values())


def _in_order(entries: list[_Entry], problems: Problems) -> None:
    for n, entry in enumerate(entries):
        for later in entries[n + 1 :]:
            if later.found.id in entry.found.after:
                name, first = entry.found.id, later.found.id
                problems.add(
                    entry.place,
                    f'"{name}" stands before "{first}" (line {later.place.line}), but must stand after it, to see what that '
                    f"pass makes. Move {name} below {first}.",
                )


_NEEDS: Final = {"gke": ("gke", "1.33"), "argoWorkflows": ("argo", "3.6")}


def _satisfied(entries: list[_Entry], target: Target, problems: Problems) -> None:
    for entry in entries:
        for need in sorted(entry.found.needs):
            attribute, example = _NEEDS.get(need, (need, "1.0"))
            if getattr(target, attribute, None) is None:
                problems.add(
                    entry.place,
                    f'"{entry.found.id}" needs target.{need}.version, which is missing. '
                    f'Add under target: {need}: {{version: "{example}"}}, with the version that you run.',
                )


def _set_values(entries: list[_Entry], values: Iterable[str], problems: Problems) -> list[_Entry]:
    """`--set pass.key=value`, where value is YAML: a scalar, or flow style for more."""
    by_id = {e.found.id: e for e in entries}
    for text in values:
        place = Place(0, 0, f"--set {text}")
        left, equals, right = text.partition("=")
        name, *keys = left.split(".")
        if not equals or not keys or not all(keys):
            problems.add(place, "write it as pass.key=value, such as cronworkflow.onEviction=retry.")
        elif name not in by_id:
            problems.add(place, f'the pipeline has no pass "{name}". {suggestion(name, by_id)}'.rstrip())
        else:
            entry = by_id[name]
            by_id[name] = replace(entry, params=_put(entry.params, keys, read_fragment(right, place, problems)))
    return list(by_id.values())


def _put(into: Value, keys: list[str], value: Value) -> Value:
    """`into` with one value replaced; maps on the way are made."""
    if not keys:
        return value
    old = into.raw if isinstance(into.raw, dict) else {}
    inner = _put(old.get(keys[0], Value(value.place, None)), keys[1:], value)
    return Value(into.place, {**old, keys[0]: inner}, keys={**into.keys, keys[0]: value.place})


def _only(entries: list[_Entry], only: Iterable[str], problems: Problems) -> list[_Entry]:
    wanted = set(only)
    here = {e.found.id for e in entries}
    for name in sorted(wanted - here):
        problems.add(Place(0, 0, "--only"), f'the pipeline has no pass "{name}". {suggestion(name, here)}'.rstrip())
    return [e for e in entries if not wanted or e.found.id in wanted]


# --- consent


def _accept_rows(entries: list[_Entry], rows: Iterable[str], problems: Problems) -> list[_Entry]:
    """`--accept ROW`: added to the parameters of each pass that knows the row."""
    for row in rows:
        place = Place(0, 0, f"--accept {row}")
        takers = [e for e in entries if row in acceptable(e.found)]
        if not takers:
            known = {r for e in entries for r in acceptable(e.found)}
            problems.add(place, f'no pass of the pipeline has a row "{row}" that needs consent. {suggestion(row, known)}'.rstrip())
        for taker in takers:
            entries = [replace(e, params=_with_row(e.params, row, place)) if e is taker else e for e in entries]
    return entries


def _with_row(params: Value, row: str, place: Place) -> Value:
    old = params.raw.get("accept") if isinstance(params.raw, dict) else None
    rows = list(old.raw) if old is not None and isinstance(old.raw, list) else []
    if row not in [r.data for r in rows]:
        rows.append(located(row, place))
    return _put(params, ["accept"], Value(old.place if old else place, rows))


def _known_rows(entry: _Entry, problems: Problems) -> None:
    """A row of `accept:` that does not exist would be silently without effect."""
    given = entry.params.raw.get("accept") if isinstance(entry.params.raw, dict) else None
    if given is None or not isinstance(given.raw, list) or not takes_rows(entry.found):
        return
    known = acceptable(entry.found)
    for row in given.raw:
        if row.text not in known:
            problems.add(row.place, f'"{row.text}" is no row that needs consent. {suggestion(row.text, known)}')


def _accepted(params: Iterable[Any]) -> tuple[str, ...]:
    found: set[str] = set()
    for p in params:
        found |= set(getattr(p, "accept", ()) or ())
    return tuple(sorted(found))


def params_of(found: Pass, data: Mapping[str, Any], name: str = "params") -> Params:
    """Parameters from plain data, as a configuration would give them (examples and tests). Raises UsageError."""
    problems = Problems()
    built = build(found.params, located(data, Place(0, 0, name)), problems)
    problems.raise_if_any()
    return built  # type: ignore[no-any-return]
