"""P7: rendering and converting commute. Each Kustomize root that a change reaches is built before and after, and what is built
after must be what the passes make of what was built before (gitops.md 2)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from transformer.kustomize import Root
from transformer.model import Check, CheckState, Group, Outcome, Who
from transformer.run.engine import Engine
from transformer.run.kustomize_build import Build, Builder, build_all, builder
from transformer.run.oracle import Changed, expected
from transformer.run.programs import Answer
from transformer.run.record import FileResult, Refusal
from transformer.run.rendered_objects import Difference, differences, parts
from transformer.yamltext import ParseError

if TYPE_CHECKING:
    from transformer.run.consequences import Consequences

NAME = "Kustomize roots: rendering and converting commute"


@dataclass(frozen=True, slots=True)
class Rendered:
    refused: Mapping[Who, Refusal] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class _Root:
    folder: str
    before: Answer
    after: Answer


def check(engine: Engine, results: Sequence[FileResult], followed: Consequences, seconds: float, jobs: int | None) -> Rendered:
    """Builds nothing where no root is reached, or no kustomize is there."""
    changed = {path: raw for result in followed.passes for path, raw in result.texts.items()}
    reached = engine.index.kustomize.roots(changed) if changed else {}
    if not reached:
        return Rendered()
    program = builder()
    if program is None:
        return Rendered(checks=(Check(NAME, CheckState.NOT_CHECKED, f"no kustomize on PATH; {len(reached)} roots are reached"),))
    built = _built(engine, program, reached, changed, seconds, jobs)
    unseen = [root for root in built if not root.before.fine]
    refused: dict[Who, Refusal] = {}
    for root in built:
        mine = [o for r in results if r.path in reached[root.folder].files and not engine.index.is_patch(r.path) for o in r.outcomes]
        if faults := _faults(engine, root, mine):
            message = f"the Kustomize root {root.folder or '.'} would not build what it should: {faults[0].what}"
            for who in _concerned(faults, reached[root.folder].files, results, followed.groups):
                refused.setdefault(who, Refusal("GRP001", message, _REMEDY))
    return Rendered(refused, tuple(_told(len(built) - len(unseen), unseen)))


_REMEDY = "Convert by hand what this root adds, or leave the root out with `exclude`. Nothing was done by halves."


def _built(
    engine: Engine, program: Builder, reached: Mapping[str, Root], changed: Mapping[str, bytes], seconds: float, jobs: int | None
) -> list[_Root]:
    """A root that names something elsewhere is not built: nothing is fetched for a repository."""
    index, cores = engine.index, jobs or os.cpu_count() or 1
    named = {f for root in reached.values() for f in root.files}
    known = {**index.named, **index.files}
    old = {**{f: known[f] for f in named if f in known}, **index.read(f for f in named if f not in known)}
    after = index.with_files({**index.files, **changed}).kustomize.roots(changed)
    here = [folder for folder, root in sorted(reached.items()) if not root.address]
    before = build_all(program, [Build(folder, reached[folder].files) for folder in here], old, seconds, cores)
    before |= {f: Answer(None, err=f"it names {root.address}, and nothing is fetched") for f, root in reached.items() if root.address}
    fine = [folder for folder in here if before[folder].fine]
    new = build_all(program, [Build(f, after.get(f, reached[f]).files) for f in fine], {**old, **changed}, seconds, cores)
    return [_Root(folder, before[folder], new.get(folder, Answer(None))) for folder in sorted(reached)]


def _faults(engine: Engine, root: _Root, outcomes: Sequence[Outcome]) -> list[Difference]:
    """Where the root is another one after converting; nowhere where it cannot be built before."""
    if not root.before.fine:
        return []
    if not root.after.fine:
        return [Difference("", f"it can no longer be built: {_last(root.after.err)}")]
    try:
        changed = Changed.between(parts(root.before.out), parts(root.after.out), engine.limits)
        return list(differences(expected(engine, changed, outcomes), changed.after, changed.before))
    except ParseError as e:
        return [Difference("", f"it cannot be read: {e.problem}")]


def _concerned(faults: Sequence[Difference], files: Iterable[str], results: Sequence[FileResult], groups: Sequence[Group]) -> Iterator[Who]:
    """The resources that differ, by what their names hold; else everything that changed in the files of the root."""
    held = set(files)
    changed = {Who(c.pass_id, c.file, c.resource.namespace, c.resource.name) for r in results if r.path in held for c in r.changes}
    named = {who for who in changed if any(who.name and who.name in fault.name for fault in faults)}
    if all(fault.name for fault in faults) and named:
        yield from sorted(named)
        return
    yield from sorted(changed)
    for group in groups:
        if held & set(group.files):
            yield from group.resources


def _told(proved: int, unseen: Sequence[_Root]) -> Iterator[Check]:
    if proved:
        yield Check(NAME, CheckState.HELD, f"{proved} roots, the same before and after")
    for root in unseen:
        yield Check(NAME, CheckState.NOT_CHECKED, f"{root.folder or '.'} cannot be built here: {_last(root.before.err)}")


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no answer"
