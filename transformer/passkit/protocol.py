"""Everything that the author of a pass imports.

A pass is a module or package in `passes/` with a constant `PASS`. Its docstring is the page for users, its parameters are the
reference, and its examples are both tests and part of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import field as _field
from typing import TYPE_CHECKING, Any, TypeVar

from transformer.knowledge import Table, table
from transformer.model import KEEP, Addition, Change, Finding, Path, ResourceId, Severity, Skip, Target, Version, Who
from transformer.repository.resource import Resource, Role
from transformer.templating import render
from transformer.yamltext import Edit, Refused, edit_text, parse_text, plain

if TYPE_CHECKING:
    from transformer.repository.index import Index

__all__ = [
    "KEEP",
    "Addition",
    "Blocks",
    "Change",
    "ConsentParams",
    "Context",
    "Copy",
    "Done",
    "Edit",
    "Finding",
    "Keeps",
    "Params",
    "Pass",
    "Path",
    "Refused",
    "Resource",
    "ResourceId",
    "Rewrites",
    "Role",
    "Severity",
    "Skip",
    "Step",
    "Table",
    "Target",
    "Used",
    "Version",
    "Who",
    "Yielded",
    "edit_text",
    "needed_by",
    "param",
    "parse_text",
    "plain",
    "render",
    "table",
]


@dataclass(frozen=True, slots=True)
class Copy:
    """A resource once more, behind the last one of its file or of its List, with changes made in the copy alone.

    `text` is the resource as it is, as a document of its own (`Document.alone`); the changes name places in that. They are
    checked as if the resource itself were changed. `resource`: who the copy is.
    """

    resource: ResourceId
    text: str
    changes: tuple[Change, ...]
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """The changes to this resource are one step of a plan that makes one step a run: a second run may find the next one."""

    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Used:
    """An entry of the pass's parameters that was for this resource: `images/NAME`, or `rules/N` with N from 0. One that is for
    nothing in the whole repository is told."""

    entry: str


Yielded = Change | Finding | Skip | Addition | Copy | Step | Used
Item = TypeVar("Item", bound=Change | Addition | Finding)


def param(doc: str, *, default: Any = None, factory: Callable[[], Any] | None = None) -> Any:
    """A documented parameter. Its type hint is checked against the configuration: str, int, bool, Literal, list[...],
    dict[str, ...], `X | None`, or another dataclass of params; `key` in metadata where the YAML key is no Python name."""
    if factory is not None:
        return _field(default_factory=factory, metadata={"doc": doc})
    return _field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class Params:
    """Base of every pass's parameters: a frozen dataclass whose fields are made with `param`. Field `ephemeral_storage`
    is written `ephemeral-storage`, `onEviction` stays `onEviction`: an underscore stands for a dash."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do with these parameters, whatever the resource: then the pass is not run."""
        return False


@dataclass(frozen=True, slots=True)
class ConsentParams(Params):
    """Parameters of a pass that has rows whose `consent` is `accept`: it does what such a row says only where the row's id is
    in `accept`. The ids come from `accept:` in the configuration and from `--accept ROW`; one that no table has is an error."""

    accept: list[str] = param("rows of the tables whose change of behaviour you accept", factory=list)


@dataclass(frozen=True, slots=True)
class Context:
    """What a pass may know beyond the resource: the target, the rest of the repository, and the names of the passes that come later."""

    target: Target
    index: Index
    later: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Done:
    """A resource that a pass changed: as it stands in the base, and as the run leaves it (`gone`: removed, and `after` is what it was)."""

    before: Resource
    after: Resource
    gone: bool = False

    @property
    def who(self) -> Who:
        """Who it is to `needed_by` of what must change with it."""
        return Who(self.before.pass_id, self.before.file, self.before.id.namespace, self.before.id.name)


def needed_by(items: Iterable[Item], resources: Iterable[Resource]) -> Iterator[Item]:
    """What must change elsewhere, marked as belonging to these resources: all of it is done, or none."""
    whose = tuple(dict.fromkeys(Who(r.pass_id, r.file, r.id.namespace, r.id.name) for r in resources))
    for item in items:
        yield item if isinstance(item, Finding) else replace(item, needed_by=whose)


@dataclass(frozen=True, slots=True)
class Rewrites:
    """An example that changes: whole documents, before and after, byte for byte."""

    name: str
    before: str
    after: str
    params: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # what else is in the repository
    file: str = "manifest.yaml"
    finding: str | None = None  # a code that must be reported as well
    also: Mapping[str, str] = field(default_factory=dict)  # what else is changed then, or new, where the example shows it


@dataclass(frozen=True, slots=True)
class Keeps:
    """An example that is left alone, without a blocking finding."""

    name: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    file: str = "manifest.yaml"
    finding: str | None = None
    skip: str | None = None  # words of the reason, where it is Skipped


@dataclass(frozen=True, slots=True)
class Blocks:
    """An example that is refused with this finding, and left alone."""

    name: str
    text: str
    finding: str
    params: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    file: str = "manifest.yaml"


Example = Rewrites | Keeps | Blocks
Run = Callable[[Resource, Any, Context], Iterator[Yielded] | Iterable[Yielded]]
Consequences = Callable[[Sequence[Done], Any, Context], Iterable[Change | Finding | Addition]]


@dataclass(frozen=True, slots=True)
class Pass:
    """`prefilter`: a document is parsed for this pass only where its raw text holds one of these words. `kinds`: empty means any.

    `consequences` is asked once, when every file is done, with what the pass changed: it yields what the rest of the repository
    needs then (whole documents, changes to other resources of the base, findings)."""

    id: str
    run: Run
    prefilter: tuple[str, ...]
    params: type[Params] = Params
    kinds: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset({Role.RESOURCE})
    needs: frozenset[str] = frozenset()  # target keys that the configuration must name: "gke", "argoWorkflows"
    after: frozenset[str] = frozenset()  # passes that stand before this one where both are used
    consequences: Consequences | None = None
    layered: bool = False  # gives resources another kind, so that kustomizations that speak of them must follow
    ready: Callable[[Any, Target], None] | None = None  # what concerns the run, before the first file; raises UsageError
    examples: tuple[Example, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)  # finding code -> what it means and what to do
    doc: str = ""
