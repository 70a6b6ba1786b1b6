"""What is asked of every pass: its page, its examples, and how it behaves while they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, cast, get_args

from transformer.config.codes import RUN as CODES
from transformer.config.settings import params_of
from transformer.model import Target, Verdict, Version
from transformer.passkit.protocol import (
    Addition,
    Blocks,
    Change,
    Context,
    Copy,
    Done,
    Example,
    Finding,
    Keeps,
    Pass,
    Resource,
    Rewrites,
    Severity,
    Skip,
    Step,
    Yielded,
)
from transformer.passkit.testing.conversion import PassError, Result, convert, differences

_YIELDED: Final[tuple[type, ...]] = get_args(Yielded)
_BEHIND: Final = (Change, Finding, Addition)


def check_pass(pass_: Pass) -> None:
    """All that our own passes are asked: the page, then every example. Raises PassError with everything that is wrong."""
    _raise(_page_faults(pass_) + [fault for example in pass_.examples for fault in _example_faults(pass_, example)])


def check_page(pass_: Pass) -> None:
    """Docstring, parameters, codes, and whether the examples show what they must. Raises PassError."""
    _raise(_page_faults(pass_))


def check_example(pass_: Pass, example: Example) -> None:
    """It does what it says, byte for byte, keeps every promise, and a second run leaves the result alone. Raises PassError."""
    _raise(_example_faults(pass_, example))


def example_target(example: Example) -> Target:
    """The example's target, or the one that most readers have."""
    named = dict(example.target)
    argo = named.get("argoWorkflows") or named.get("argo") or "3.6"
    return Target(
        named.get("mode", "autopilot"), Version.parse(named.get("gke", "1.33")), "", Version.parse(argo), crds=named.get("crds", "")
    )


def _raise(faults: Sequence[str]) -> None:
    if faults:
        raise PassError("\n".join(dict.fromkeys(faults)))


# --- the page


def _page_faults(pass_: Pass) -> list[str]:
    found = []
    if not pass_.doc.strip():
        found.append("it has no page. Write a docstring at the top of its module, and load the pass by its name, or set `doc`.")
    found += [f"its parameter {f.name} has no words. Make it with `param(...)`." for f in fields(pass_.params) if not f.metadata.get("doc")]
    found += [
        f"its code {code} has no words. Say in `codes` what it means and what to do." for code, t in pass_.codes.items() if not t.strip()
    ]
    named = sorted({e.finding for e in pass_.examples if e.finding} - {*pass_.codes, *CODES})
    found += [f"its examples name the code {code}, which is not documented. Add it to `codes`." for code in named]
    changing = [e for e in pass_.examples if isinstance(e, Rewrites)]
    if not changing:
        found.append("none of its examples changes anything. Add one that does (`Rewrites`).")
    if len(changing) * 2 > len(pass_.examples):
        found.append(
            f"{len(changing)} of its {len(pass_.examples)} examples change something. "
            "Show at least as often what is left alone (`Keeps`, `Blocks`)."
        )
    telling = [e.text for e in pass_.examples if not isinstance(e, Rewrites) and e.finding]
    shown = [*telling, *(text for e in changing for text in (e.before, *e.files.values()))]
    for word in pass_.prefilter:
        if not any(word in text for text in shown):
            found.append(
                f"its prefilter word {word!r} stands in no example that changes or tells something. Add one, or take the word out."
            )
    return [f'pass "{pass_.id}": {fault}' for fault in found]


# --- an example


@dataclass(slots=True)
class _Watch:
    """Stands in for a pass while an example runs, and sees what it does."""

    pass_: Pass
    faults: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)  # the files whose objects it was asked about
    steps: bool = False

    def watched(self) -> Pass:
        behind = self.pass_.consequences
        return replace(self.pass_, run=self.run, consequences=behind and self.consequences)

    def run(self, resource: Resource, params: Any, context: Context) -> Iterator[Yielded]:
        self.reached.add(resource.file)
        held = deepcopy(resource.data)
        yield from self._seen("run", self.pass_.run(resource, params, context), _YIELDED)
        if resource.data != held:
            self.faults.append(
                f"run has changed resource.data of {resource.id}. Yield a change instead: resource.set, .insert, .remove, .move."
            )

    def consequences(self, done: Sequence[Done], params: Any, context: Context) -> Iterator[Change | Finding | Addition]:
        assert self.pass_.consequences is not None  # noqa: S101 - only then it stands in
        yield from self._seen("consequences", self.pass_.consequences(done, params, context), _BEHIND)

    def _seen(self, where: str, items: Iterable[Any] | None, known: tuple[type, ...]) -> Iterator[Any]:
        if items is None:
            self.faults.append(f"{where} gives None. Yield what there is to say, or return a list.")
            return
        for item in items:
            if not isinstance(item, known):
                names = ", ".join(t.__name__ for t in known)
                self.faults.append(f"{where} yields a {type(item).__name__}, which is dropped. Yield one of: {names}.")
                continue
            self.steps |= isinstance(item, Step)
            self.faults += (f"{where} yields {fault}" for fault in _unsaid(cast(Yielded, item), self.pass_))
            yield item


def _unsaid(item: Yielded, pass_: Pass) -> Iterator[str]:
    """What a reviewer would miss."""
    match item:
        case Change() | Addition() | Copy():
            told = {"why": item.why, "source": item.source}
        case Finding():
            told = {"message": item.message, "source": item.source}
            told |= {"remedy": item.remedy} if item.severity is not Severity.INFO else {}
            if item.code not in pass_.codes and item.code not in CODES:
                yield f"a finding {item.code}, which is not documented. Add it to `codes` of the pass, with what it means and what to do."
        case Skip():
            told = {"reason": item.reason}
        case _:
            told = {}
    what = f"a finding {item.code}" if isinstance(item, Finding) else f"a {type(item).__name__}"
    for name, text in told.items():
        if not text.strip():
            yield f"{what} with an empty `{name}`. Write it: a reviewer reads it."


def _example_faults(pass_: Pass, example: Example) -> list[str]:
    watch = _Watch(pass_)
    before = example.before if isinstance(example, Rewrites) else example.text
    files = {**example.files, example.file: before}
    result = _run(watch, example, files)
    found = [*watch.faults, *_promise_faults(result), *_result_faults(example, result, files)]
    if isinstance(example, Keeps):
        found += _kept_faults(pass_, example, result, reached=example.file in watch.reached, idle=_idle(pass_, example))
    again = _run(_Watch(pass_), example, result.texts)
    if again.new and not watch.steps:
        found.append(
            f"a second run changes what the first one left. Let run find nothing to do there:\n{differences(result.texts, again.new)}"
        )
    return [f'pass "{pass_.id}", example "{example.name}": {fault}' for fault in found]


def _run(watch: _Watch, example: Example, files: dict[str, str] | Any) -> Result:
    return convert(files, (watch.watched(), dict(example.params)), example_target(example))


def _idle(pass_: Pass, example: Example) -> bool:
    return params_of(pass_, dict(example.params), pass_.id).idle


def _promise_faults(result: Result) -> list[str]:
    return [f"the pass failed, or a promise did not hold (see architecture, promises). Mend the pass:\n{bug}" for bug in result.bugs]


def _result_faults(example: Example, result: Result, files: dict[str, str]) -> Iterator[str]:
    wanted = example.after if isinstance(example, Rewrites) else files[example.file]
    if result.texts[example.file] != wanted:
        told = "\n".join(f"{f.code}: {f.message}" for f in result.findings)
        hunks = differences({example.file: wanted}, {example.file: result.texts[example.file]})
        yield f"the result is not the one shown. Mend the pass or the example; - is what the example says, + what came out:\n{hunks}{told}"
    if example.finding and example.finding not in result.codes():
        yield f"no finding {example.finding}; there is: {', '.join(result.codes()) or 'none'}. Mend the pass or the example."
    if isinstance(example, Blocks) and {o.verdict for o in result.outcomes} != {Verdict.BLOCKED}:
        yield "nothing is blocked. Yield a finding by resource.block(...), or show it as Keeps."
    if isinstance(example, Rewrites) and example.also:
        beside = {path: text for path, text in result.new.items() if path != example.file}
        if beside != dict(example.also):
            hunks = differences(example.also, beside)
            yield f"other files are not as shown in `also`; - is what the example says, + what came out:\n{hunks}"


def _kept_faults(pass_: Pass, example: Keeps, result: Result, *, reached: bool, idle: bool) -> Iterator[str]:
    if any(o.verdict is Verdict.BLOCKED for o in result.outcomes):
        told = "; ".join(f.message for f in result.findings if f.blocks)
        yield f"it is blocked: {told}. Show it as Blocks, or let run leave it alone."
    reasons = " ".join(o.reason for o in result.outcomes)
    if example.skip and example.skip not in reasons:
        yield f"it is not skipped because of {example.skip!r}, but: {reasons or 'not at all'}. Mend the pass or the example."
    if not reached and not example.skip and not idle:
        words, kinds = ", ".join(pass_.prefilter), ", ".join(sorted(pass_.kinds)) or "any"
        yield (
            f"it never reaches run, so it shows nothing: run sees only a document that holds one of the prefilter words ({words}), "
            f"of the pass's kinds ({kinds}) and roles. Show something that run must decide about, or say in `skip` why it is skipped."
        )
