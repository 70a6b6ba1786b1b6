"""Passes over files in memory: one whole run, with every promise, and what came out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from transformer.config import discovery
from transformer.config.limits import Count, Limits
from transformer.config.settings import Settings, params_of
from transformer.diff import unified
from transformer.model import Change, DroppedComment, Finding, Outcome, Plan, Target, Verdict, Version
from transformer.passkit.protocol import Params, Pass
from transformer.repository.in_memory import MemorySnapshot
from transformer.run.pipeline import plan_run
from transformer.run.workers import Effort

Files: TypeAlias = Mapping[str, str]
Used: TypeAlias = str | Pass | tuple[str | Pass, Mapping[str, Any] | Params]

# What most readers have.
USUAL_TARGET: Final = Target(gke=Version.parse("1.33"), argo=Version.parse("3.6"))


class PassError(AssertionError):
    """A pass that breaks a rule: which one, what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run makes of some files. `new`: the texts that it changed or added; `texts`: all, as it leaves them."""

    plan: Plan
    texts: Files
    new: Files

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.plan.changes

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.plan.findings

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return self.plan.outcomes

    @property
    def dropped(self) -> tuple[DroppedComment, ...]:
        return self.plan.dropped

    @property
    def bugs(self) -> tuple[str, ...]:
        return self.plan.bugs

    def codes(self, file: str | None = None) -> list[str]:
        """The codes of all findings, or of those about one file, in alphabetical order."""
        return sorted(f.code for f in self.findings if file in (None, f.file))

    def told(self, code: str) -> Finding:
        """The first finding with this code. Raises AssertionError where there is none."""
        found = next((f for f in self.findings if f.code == code), None)
        assert found is not None, f"no finding {code}; there is: {', '.join(self.codes()) or 'none'}"  # noqa: S101 - it is for tests
        return found

    def verdict(self, file: str) -> Verdict:
        """What became of a file by the last pass that had something to say of it; Unchanged where none had."""
        return next((o.verdict for o in reversed(self.outcomes) if o.file == file), Verdict.UNCHANGED)

    @property
    def cited(self) -> frozenset[str]:
        """The sources that changes and findings name."""
        return frozenset([*(c.source for c in self.changes), *(f.source for f in self.findings)])


def convert(files: Files, passes: Used | Sequence[Used], target: Target = USUAL_TARGET, *, include: Sequence[str] = ("**",)) -> Result:
    """One run over these files, by path. It reads nothing else and writes nothing; no other program is started.

    `passes`: a Pass or the name of one, alone or with its parameters (`(PASS, {"old": "gcr.io"})`), or several of these in
    their order. `include`: globs; the run may change only what matches. Raises UsageError where the parameters do not fit.
    """
    settings = Settings("test", target, _used(passes), tuple(include), limits=Limits(program_seconds=Count(0)))
    plan = plan_run(settings, MemorySnapshot({path: text.encode() for path, text in files.items()}), effort=Effort(jobs=1))
    new = {path: raw.decode() for path, raw in plan.new.items()}
    return Result(plan, {**files, **new}, new)


def converted(files: Files, passes: Used | Sequence[Used], target: Target = USUAL_TARGET, *, include: Sequence[str] = ("**",)) -> Result:
    """The same, where no promise may break and a second run may change nothing. Raises PassError."""
    result = convert(files, passes, target, include=include)
    names = ", ".join(p.id for p, _ in _used(passes))
    if result.bugs:
        raise PassError(f"{names}: the pass failed, or a promise did not hold:\n" + "\n".join(result.bugs))
    again = convert(result.texts, passes, target, include=include)
    if again.new:
        raise PassError(f"{names}: a second run changes what the first one left:\n{differences(result.texts, again.new)}")
    return result


def left_alone(files: Files, passes: Used | Sequence[Used], target: Target = USUAL_TARGET, *, include: Sequence[str] = ("**",)) -> Result:
    """The same, where no text may change at all. What was found and refused is in the result. Raises PassError."""
    result = converted(files, passes, target, include=include)
    if result.new:
        names = ", ".join(p.id for p, _ in _used(passes))
        raise PassError(f"{names}: these files should have been left alone:\n{differences(files, result.new)}")
    return result


def differences(old: Files, new: Files) -> str:
    """Hunks of every text that is not as it was."""
    return "".join(unified(path, old.get(path, ""), text) for path, text in sorted(new.items()))


def _used(passes: Used | Sequence[Used]) -> tuple[tuple[Pass, Params], ...]:
    several: Sequence[Any] = [passes] if isinstance(passes, (str, Pass)) or _is_pair(passes) else passes
    return tuple(_one(used) for used in several)


def _is_pair(used: Any) -> bool:
    return isinstance(used, tuple) and len(used) == 2 and isinstance(used[0], (str, Pass)) and isinstance(used[1], (Mapping, Params))


def _one(used: Used) -> tuple[Pass, Params]:
    named, given = used if isinstance(used, tuple) else (used, {})
    pass_ = discovery.load(named) if isinstance(named, str) else named
    return pass_, given if isinstance(given, Params) else params_of(pass_, given, pass_.id)
