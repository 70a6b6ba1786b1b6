"""The judge of layers: does a repository mean the same after a run, whatever its overlays, components and generators say?

It runs the tool as a user does, and knows nothing of how the tool does it. Every root is built before and after with the real
Kustomize: what is built after must be what the tool makes of a plain folder that holds what was built before.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from tests.golden import git, texts
from tests.layers.building import NOT_CHECKED, Built, Files, Repository, Root, build, renderer, roots, write
from tests.layers.objects import Key, Map, differences, half, objects, odd
from transformer.cli import main
from transformer.config.consent import consent_rows
from transformer.config.settings import parse
from transformer.repository.snapshot import FolderSnapshot
from transformer.run.pipeline import plan_run
from transformer.yamltext import ParseError, load

State = Literal["converted", "refused", "untouched", "broken"]
HALF = "half converted"
HEAD = """\
apiVersion: transformer.dev/v1alpha1
kind: Pipeline
metadata: {name: layers}
target: {gke: {mode: autopilot, version: "1.33"}, argoWorkflows: {version: "3.6"}}
passes:
"""
PASSES = "  - cronworkflow: {}\n"
# All that a user may accept, one layout for several containers, and no permissions: as much as can be is converted.
QUIET_PASSES = (
    "  - cronworkflow: {permissions: report, containers: [{layout: sidecars, main: main}], "
    f"accept: [{', '.join(sorted(consent_rows()))}]}}\n"
)


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of the tool: the files as it leaves them, and what it said. `outcomes`: file, kind, name, verdict, reason, pass."""

    files: Files
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[tuple[str, str, str, str, str, str], ...] = ()
    code: int = 0
    told: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`jobs`: the CronJobs that were converted; `why`: what is broken, or why the others were refused; `rendering`: how many roots
    were compared, or that none was; `built`: the objects of each root after the run."""

    state: State
    jobs: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    rendering: str = NOT_CHECKED
    built: Mapping[str, Mapping[Key, Map]] = field(default_factory=dict)
    ran: Ran = Ran({})

    @property
    def half(self) -> bool:
        """Nothing is wrong but that a root holds jobs that were converted beside jobs that were not."""
        return self.state == "broken" and all(HALF in line for line in self.why)

    def __str__(self) -> str:
        return "\n  ".join([f"{self.state} {' '.join(self.jobs)} ({self.rendering})", *self.why])


Tool = Callable[[Files], Ran]


# --- the tool


def planned(passes: str = PASSES, *, unproved: bool = True, head: str = HEAD) -> Tool:
    """A run that only plans, fast. `unproved`: without the tool's own rendering (P7), so that the rewriting alone must be right."""

    def tool(files: Files) -> Ran:
        with tempfile.TemporaryDirectory(prefix="layers-") as scratch, ExitStack() as stack:
            write(Path(scratch), files)
            if unproved:
                stack.enter_context(patch("transformer.run.rendering.builder", lambda: None))
            plan = plan_run(parse(head + passes, "transformer.yaml"), FolderSnapshot(Path(scratch)))
        after = {**files, **{path: raw.decode() for path, raw in plan.new.items()}}
        findings = tuple(Finding(f.code, f.file, f.line, f.full_message) for f in plan.findings)
        outcomes = tuple((o.file, o.resource.kind, o.resource.name, str(o.verdict), o.reason, o.pass_id) for o in plan.outcomes)
        return Ran(after, findings, outcomes, 3 if plan.bugs else 0, "\n".join(plan.bugs))

    return tool


def on_a_branch(passes: str = PASSES, head: str = HEAD) -> Tool:
    """`transformer convert` on a git repository. Raises AssertionError where the working tree did not stay as it was."""

    def tool(files: Files) -> Ran:
        with tempfile.TemporaryDirectory(prefix="layers-") as scratch:
            repo, report, config = (Path(scratch, n) for n in ("repo", "report.json", "pipeline.yaml"))
            write(repo, files)
            config.write_text(head + passes)
            return converted(repo, config, report)

    return tool


def converted(repo: Path, config: Path, report: Path) -> Ran:
    """A run in a folder that is made a git repository, with whatever lies in it."""
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "found")
    before = texts(repo)
    said = io.StringIO()
    with redirect_stdout(said):
        code = main(["convert", str(repo), "--config", str(config), "--report", str(report)])
    print(said.getvalue())
    assert texts(repo) == before and not git(repo, "status", "--porcelain"), "the working tree did not stay as it was"
    told = json.loads(report.read_text(encoding="utf-8"))
    if git(repo, "branch", "--list", "transformer/layers"):
        git(repo, "checkout", "-q", "transformer/layers")
    after = {path: raw.decode("utf-8", "surrogateescape") for path, raw in texts(repo).items()}
    findings = tuple(Finding(f["code"], f["file"], f["line"], f["message"]) for f in told["findings"])
    return Ran(after, findings, tuple(_outcome(o) for o in told["outcomes"]), code, said.getvalue())


def _outcome(o: Map) -> tuple[str, str, str, str, str, str]:
    return o["file"], o["resource"]["kind"], o["resource"]["name"], o["outcome"], o["reason"], o["pass"]


# --- the judge


def judge(files: Files, passes: str = PASSES, tool: Tool | None = None, more: Sequence[Root] = (), *, head: str = HEAD) -> Verdict:
    """One repository. `tool`: another one than the real, to judge what it makes; `more`: roots besides those that the files show."""
    ran = (tool or on_a_branch(passes))(files)
    return _judged([_Case(files, ran, [*roots(files), *more])], planned(passes, head=head))[0]


def judge_families(families: Mapping[str, Repository], passes: str = QUIET_PASSES, *, unproved: bool = True) -> dict[str, Verdict]:
    """Many repositories at the price of one: each lies in a folder of its own name, and they have nothing to do with each other."""
    ran = planned(passes, unproved=unproved)({path: text for held in families.values() for path, text in held.files.items()})
    cases = [_Case(held.files, _part(ran, name, families), held.roots) for name, held in families.items()]
    verdicts = [_spoken(case, verdict) for case, verdict in zip(cases, _judged(cases, planned(passes)), strict=True)]
    return dict(zip(families, verdicts, strict=True))


def _part(ran: Ran, name: str, families: Mapping[str, Repository]) -> Ran:
    """What was done in one folder, with what all may share: files that were added outside of these folders."""
    others = {other for other in families if other != name}
    files = {path: text for path, text in ran.files.items() if path.partition("/")[0] not in others}
    mine = {path for path in files if path.startswith(f"{name}/")}
    findings = tuple(f for f in ran.findings if f.file.startswith(f"{name}/"))
    outcomes = tuple(o for o in ran.outcomes if o[0].startswith(f"{name}/"))
    return Ran(
        files if any(files[p] != families[name].files.get(p) for p in mine) else families[name].files,
        findings,
        outcomes,
        ran.code,
        ran.told,
    )


def _spoken(case: _Case, verdict: Verdict) -> Verdict:
    """A CronJob that is left alone is told of."""
    if verdict.state == "untouched" and _whole(case.files):
        return replace(verdict, state="broken", why=("a CronJob was left alone without a word",))
    return verdict


@dataclass(frozen=True, slots=True)
class _Case:
    files: Files
    ran: Ran
    roots: Sequence[Root]

    @property
    def touched(self) -> bool:
        return self.ran.files != self.files


def _judged(cases: Sequence[_Case], oracle: Tool) -> list[Verdict]:
    if not renderer():
        return [_verdict(case, {}, {}, {}) for case in cases]
    before = build([Repository(case.files, case.roots) for case in cases])
    fine = [[r for r in case.roots if case.touched and before[n][r].text is not None] for n, case in enumerate(cases)]
    now = [_as_after(case, fine[n]) for n, case in enumerate(cases)]
    made = build([Repository(case.ran.files, list(now[n].values())) for n, case in enumerate(cases)])
    after = [{root: made[n][new] for root, new in of.items()} for n, of in enumerate(now)]
    expected = _expected([{r: built.text or "" for r, built in of.items() if r in after[n]} for n, of in enumerate(before)], oracle)
    return [_verdict(case, before[n], after[n], expected[n]) for n, case in enumerate(cases)]


def _as_after(case: _Case, fine: Sequence[Root]) -> dict[Root, Root]:
    """Each root with what its deployer adds after the run, which may have changed the deployer's own file."""
    was, new = (list(dict.fromkeys(r for r in roots(files) if r.layer)) for files in (case.files, case.ran.files))
    same = dict(zip(was, new, strict=True)) if [r.folder for r in was] == [r.folder for r in new] else {}
    return {root: same.get(root, root) for root in fine}


def _expected(rendered: Sequence[Mapping[Root, str]], oracle: Tool) -> list[dict[Root, dict[Key, Map]]]:
    """What the tool makes of each root's objects in a plain folder; one run for the first roots of all cases, one for the second..."""
    found: list[dict[Root, dict[Key, Map]]] = [{} for _ in rendered]
    for k in range(max((len(of) for of in rendered), default=0)):
        turn = {n: list(of.items())[k] for n, of in enumerate(rendered) if k < len(of)}
        after = oracle({f"{n}/rendered.yaml": text for n, (_, text) in turn.items()}).files
        for n, (root, _) in turn.items():
            found[n][root] = {k: o for path, text in after.items() if path.startswith(f"{n}/") for k, o in objects(text).items()}
    return found


def _verdict(case: _Case, before: Mapping[Root, Built], after: Mapping[Root, Built], expected: Mapping[Root, Mapping[Key, Map]]) -> Verdict:
    jobs = tuple(name for _, kind, name, verdict, _, _ in case.ran.outcomes if _became(kind, verdict))
    broken = [*(f"exit 3: {case.ran.told}" for _ in range(case.ran.code == 3)), *_unread(case.ran.files, case.files)]
    built: dict[str, Mapping[Key, Map]] = {}
    for root, now in after.items():
        broken += [f"root {root}: {fault}" for fault in _faults(before[root].text or "", now, expected[root])]
        if now.text is not None:
            built[str(root)] = objects(now.text)
    built |= {str(root): objects(was.text) for root, was in before.items() if was.text is not None and not case.touched}
    rendering = f"{sum(b.text is not None for b in before.values())} of {len(before)} roots compared" if renderer() else NOT_CHECKED
    if broken:
        return Verdict("broken", jobs, tuple(broken), rendering, built, case.ran)
    reasons = tuple(_reasons(case.ran))
    state: State = "converted" if jobs else "refused" if reasons else "untouched"
    return Verdict(state, jobs, reasons, rendering, built, case.ran)


def _became(kind: str, verdict: str) -> bool:
    return kind == "CronJob" and verdict == "Changed"


def _faults(was: str, now: Built, expected: Mapping[Key, Map]) -> Iterator[str]:
    if now.text is None:
        yield f"no longer builds: {now.error}"
        return
    if now.text == was:
        return  # refused as a whole, or not concerned
    have, before = objects(now.text), objects(was)
    if left := half(expected, have, before):
        yield f"{HALF}: {', '.join(left)} is left as it was, and others are converted"
    else:
        yield from differences(expected, have, before)
    yield from odd(o for k, o in have.items() if k not in before)


def _unread(after: Files, before: Files) -> Iterator[str]:
    """A file that parsed and does no longer."""
    for path, text in after.items():
        if text != before.get(path) and path.endswith((".yaml", ".yml", "Kustomization")):
            try:
                load(text)
            except ParseError as e:
                yield f"{path} is no YAML any more: {e}"


def _reasons(ran: Ran) -> Iterator[str]:
    for file, kind, name, verdict, reason, by in ran.outcomes:
        if kind == "CronJob" and (verdict == "Blocked" or (verdict == "Skipped" and by == "cronworkflow")):
            told = [str(f) for f in ran.findings if f.file == file and f.code not in ("CRON006",)] if verdict == "Blocked" else []
            yield f"{file}:{name}: {verdict}: {reason or '; '.join(told)}"


def _whole(files: Files) -> bool:
    return any(_is_job(o) for path, text in files.items() if path.endswith((".yaml", ".yml")) for o in _documents(text))


def _is_job(o: Any) -> bool:
    return isinstance(o, dict) and o.get("kind") == "CronJob" and isinstance(o.get("spec"), dict) and "schedule" in o["spec"]


def _documents(text: str) -> list[Any]:
    try:
        return load(text)
    except ParseError:
        return []
