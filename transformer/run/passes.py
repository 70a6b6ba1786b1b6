"""The passes over all files, what follows from them, and the checks of other programs: until every group is whole.

What cannot be done whole is refused where it started, and the files concerned go through the passes once more without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from transformer.argo.controllers import controllers
from transformer.model import Check, Outcome, Verdict, Who
from transformer.run import lint, rendering
from transformer.run.consequences import Consequences, consequences
from transformer.run.engine import Engine
from transformer.run.record import FileResult, Record, Refusal
from transformer.run.workers import USUAL, Effort, Progress, convert_all

T = TypeVar("T")


def run_passes(engine: Engine, paths: Sequence[str], effort: Effort = USUAL, progress: Progress | None = None) -> Record:
    """Every file of `paths` through every pass."""
    results = {r.path: r for r in convert_all(engine, paths, effort, progress)}
    while True:
        held = list(results.values())
        followed = consequences(engine, held)
        checked = _Checked() if followed.refused or not effort.program_seconds else _checked(engine, held, followed, effort)
        refused = {**followed.refused, **checked.refused}
        new = {who: why for who, why in refused.items() if who not in engine.refused}
        if not new:
            return _record(engine, held, followed, checked)
        engine = replace(engine, refused={**engine.refused, **new})
        concerned = list(dict.fromkeys(who.file for who in new))
        results |= {r.path: r for r in convert_all(engine, concerned, effort)}


@dataclass(frozen=True, slots=True)
class _Checked:
    """What other programs said."""

    refused: Mapping[Who, Refusal] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


def _checked(engine: Engine, results: Sequence[FileResult], followed: Consequences, effort: Effort) -> _Checked:
    linted = lint.check(followed.passes, engine.target, effort.program_seconds, engine.index.files, engine.index.is_patch)
    if refused := _at_fault(linted, {r.path: r for r in results}, followed):
        return _Checked(refused, linted.checks)
    rendered = rendering.check(engine, results, followed, effort.program_seconds, effort.jobs)
    return _Checked(rendered.refused, (*linted.checks, *rendered.checks))


def _at_fault(linted: lint.Linted, results: dict[str, FileResult], followed: Consequences) -> dict[Who, Refusal]:
    """Everything that changed in a file with a new fault goes back, with its groups."""
    refused: dict[Who, Refusal] = {}
    for file, fault in linted.faults.items():
        refusal = Refusal("VAL001", f"argo lint finds a fault that was not there before: {fault}")
        whose = [w for g in followed.groups if file in g.files for w in g.resources]
        if file in results:
            changed = (o for o in results[file].outcomes if o.verdict is Verdict.CHANGED)
            whose += [Who(o.pass_id, o.file, o.resource.namespace, o.resource.name) for o in changed]
        refused |= dict.fromkeys(whose, refusal)
    return refused


def _record(engine: Engine, results: Sequence[FileResult], followed: Consequences, checked: _Checked) -> Record:
    def each(of: Callable[[FileResult], tuple[T, ...]]) -> tuple[T, ...]:
        return tuple(item for result in results for item in of(result))

    proofs = {r.path: r.proofs for r in results if r.proofs and r.texts}
    return Record(
        passes=followed.passes,
        changes=(*each(lambda r: r.changes), *followed.changes),
        findings=(*each(lambda r: r.findings), *followed.findings),
        outcomes=(*_last(each(lambda r: r.outcomes), followed.outcomes), *followed.outcomes),
        dropped=(*each(lambda r: r.dropped), *followed.dropped),
        proofs=proofs,
        groups=followed.groups,
        checks=(*_proved(engine, proofs), *checked.checks),
        bugs=(*each(lambda r: r.bugs), *followed.bugs),
        documents=sum(r.documents for r in results),
        objects=sum(r.objects for r in results),
        used=frozenset().union(*(r.used for r in results)),
    )


def _last(held: Sequence[Outcome], followed: Sequence[Outcome]) -> Iterator[Outcome]:
    """Without what was left alone, as a patch is, until something that it belongs to changed."""
    changed = {(o.file, o.document, o.resource, o.pass_id) for o in followed}
    for o in held:
        if o.verdict is not Verdict.SKIPPED or (o.file, o.document, o.resource, o.pass_id) not in changed:
            yield o


def _proved(engine: Engine, proofs: dict[str, tuple[str, ...]]) -> tuple[Check, ...]:
    if not proofs:
        return ()
    from transformer.promises.pod_proof import told

    return told(proofs, engine.target.argo, bool(controllers(engine.index)))
