"""What one pass wants for one resource, and what a copy of a resource becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from transformer.config.codes import RUN as CODES
from transformer.model import Addition, Change, Finding, Op, Path, Skip, Target, Who
from transformer.passkit import Copy, Step, Used, Yielded
from transformer.promises.check import Broken, PromiseContext, check
from transformer.repository.manifest import Manifest
from transformer.repository.resource import Resource
from transformer.yamltext import Limits, Refused

if TYPE_CHECKING:
    from transformer.argo.controllers import Controller


@dataclass(frozen=True, slots=True)
class Why:
    """Why what a pass wants for a resource cannot be done. `line`: of the base's text, where it is known."""

    code: str
    message: str
    remedy: str = ""
    line: int | None = None
    detail: str = ""
    places: tuple[str, ...] = ("",)

    @property
    def is_bug(self) -> bool:
        return self.code.startswith("BUG")

    @classmethod
    def of(cls, e: Broken | Refused, manifest: Manifest) -> Why:
        if isinstance(e, Refused):
            return cls("YAML002", f"this text cannot be edited safely: {e}", line=manifest.base_line(e.line) if e.line else None)
        return cls(e.code, str(e), e.remedy) if e.fault else cls("BUG002", f"{e.code}: {e}")


@dataclass(slots=True)
class Proposal:
    """What one pass wants for one resource. `made`: what its copies became, and what a report tells of them."""

    resource: Resource
    changes: list[Change] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    step: Step | None = None
    skip: str = ""
    blocked: bool = False
    made: list[Change] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def take(self, item: Yielded) -> None:
        match item:
            case Change():
                self.changes.append(item)
            case Addition():
                self.additions.append(item)
            case Copy():
                self.copies.append(item)
            case Used():
                self.used.add(item.entry)
            case Step():
                self.step = item
            case Skip():
                self.skip = item.reason
            case Finding():
                self.findings.append(item)
                self.blocked |= item.blocks
            case _:  # an author's slip, which the type checker would have found
                raise TypeError(f"it yields a {type(item).__name__}, which is no change, finding or the like")

    def block(self, why: Why) -> None:
        """Nothing is done for the resource, and what was told as done is not told."""
        self.blocked = True
        self.forget()
        self.findings = [f for f in self.findings if f.blocks]
        source = "gitops.md 1.2" if why.code == "KUS001" else "architecture §4" if why.is_bug or why.code == "GRP001" else "architecture §3"
        remedy = why.remedy or CODES.get(why.code, "")
        for place in why.places:
            finding = self.resource.block(why.code, why.message, subject=place, remedy=remedy, source=source)
            self.findings.append(replace(finding, line=why.line, column=1) if why.line else finding)

    def forget(self) -> None:
        self.changes, self.additions, self.copies, self.made, self.step = [], [], [], [], None

    @property
    def wants(self) -> bool:
        return bool(self.changes or self.additions or self.copies)

    @property
    def who(self) -> Who:
        r = self.resource
        return Who(r.pass_id, r.file, r.id.namespace, r.id.name)

    def goes_on(self, steps: Mapping[Who, int]) -> bool:
        """Whether this is the step behind the one that was made."""
        return self.step is not None and self.who in steps and self.step.number > steps[self.who]


def owner(manifest: Manifest, resource: Resource, change: Change) -> Resource:
    """The object that a change is about: the resource itself, or another one of its file."""

    def holds(r: Resource) -> bool:
        return r.document.index == change.document and change.path[: len(r.at)] == r.at

    return resource if holds(resource) else next(filter(holds, manifest.resources()), resource)


@dataclass(slots=True)
class Copies:
    """Makes the copies of one file. `taken_out`: the documents that go in the same go."""

    manifest: Manifest
    target: Target
    limits: Limits
    controllers: Callable[[], Sequence[Controller]]
    taken_out: set[int]
    proofs: list[str] = field(default_factory=list)
    made: int = 0

    def make(self, proposal: Proposal) -> list[Addition]:
        """Every promise is checked on the copy as if the resource were changed. Raises Broken, Refused."""
        proposal.made = []
        return [self._one(proposal, copy) for copy in proposal.copies]

    def _one(self, p: Proposal, copy: Copy) -> Addition:
        r = p.resource
        alone = Manifest(r.file, copy.text.encode(), self.limits)
        (single,) = alone.resources()
        beside = PromiseContext([(single, f) for f in p.findings], self.controllers)
        done = check(alone, [(single, c) for c in copy.changes], lambda *_: [], self.target, beside)
        self.proofs += done.proofs
        document, at = self._place(r)
        p.made.append(Change(r.pass_id, r.file, document, copy.resource, Op.INSERT, at, copy.why, copy.source, r.lines(())))
        p.made += [_moved(c, copy, document, at) for c in copy.changes]
        within = (r.document.index - sum(n < r.document.index for n in self.taken_out), r.at[:-1]) if r.at else None
        return Addition(r.pass_id, r.file, copy.resource, done.manifest.text, copy.why, copy.source, within)

    def _place(self, r: Resource) -> tuple[int, Path]:
        """Where a report says that the copy stands: behind all that the file held."""
        self.made += 1
        if not r.at:
            return self.manifest.count() + self.made - 1, ()
        items = r.document.find(r.at[:-1])
        return r.document.index, (*r.at[:-1], len(items.items if items else ()) + self.made - 1)


def _moved(change: Change, copy: Copy, document: int, at: Path) -> Change:
    to = (*at, *change.to) if change.to else ()
    return replace(change, document=document, resource=copy.resource, path=(*at, *change.path), to=to)
