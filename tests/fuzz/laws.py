"""What must hold for every CronJob, whatever it says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any, Final

from tests.fuzz.cases import ACCEPTABLE, Case
from transformer.config import discovery
from transformer.config.settings import params_of
from transformer.model import Target, Verdict, Version
from transformer.passkit import Params, Pass
from transformer.passkit.testing import Result, convert

FILE: Final = "job.yaml"
CONVERTS: Final = "cronworkflow"
_NOTE: Final = re.compile(r"# note \d+ by hand")


class LawError(AssertionError):
    """A law does not hold; says which one, and for what."""


def hold(case: Case) -> Verdict:
    """Convert it with the whole pipeline, and look at what comes out. Raises LawError."""
    text = case.text
    record = _run(text, case)
    new = record.texts[FILE]
    if record.bugs:
        raise LawError(record.bugs[0])
    if bad := [f for f in record.findings if f.code.startswith("BUG")]:
        raise LawError(bad[0].message)
    verdict = _explained(record, text)
    lost = Counter(_NOTE.findall(text)) - Counter(_NOTE.findall(new)) - Counter(d.text for d in record.dropped)
    if lost:
        raise LawError(f"a comment is gone and not listed: {next(iter(lost))}")
    if new == text:
        return verdict
    again = _run(new, case)
    if again.bugs or again.new:
        raise LawError(f"a second run changes something: {again.bugs or [str(c) for c in again.changes[:2]]}")
    return verdict


def _run(text: str, case: Case) -> Result:
    target = Target(argo=Version.parse(case.argo), gke=Version.parse("1.33"), crds=case.crds)
    return convert({FILE: text}, _passes(case.retry, case.accept, case.layout), target)


@cache
def _passes(retry: bool, accept: bool, layout: str) -> list[tuple[Pass, Params]]:
    told: dict[str, Any] = {"containerName": "keep", "executorServiceAccount": "runner"} if layout == "keep" else {}
    if layout in ("containerSet", "sidecars"):
        told = {"containers": [{"layout": layout} | ({"main": "work"} if layout == "sidecars" else {})]}
    settings: dict[str, dict[str, Any]] = {
        "executor": {},
        "resources": {"defaults": {"requests": {"cpu": "250m", "memory": "512Mi"}}},
        "eviction": {},
        "cronworkflow": {"onEviction": "retry" if retry else "fail", "accept": list(ACCEPTABLE) if accept else []} | told,
        "command": {"fallback": ["echo"]},
    }
    passes = {name: discovery.load(name) for name in settings}
    return [(replace(pass_, consequences=None), params_of(pass_, settings[name])) for name, pass_ in passes.items()]


def _explained(record: Result, text: str) -> Verdict:
    """The CronJob was converted, or a finding says why not, with its line; or a reason stands in its outcome."""
    mine = [o for o in record.outcomes if o.resource.kind == "CronJob" and o.pass_id == CONVERTS]
    whole = [o for o in record.outcomes if not o.resource.kind]  # the file itself could not be read
    if not mine and not whole:
        raise LawError("nothing is said about the CronJob")
    outcome = (mine or whole)[-1]
    if outcome.verdict is Verdict.BLOCKED:
        lines = [f.line for f in record.findings if f.blocks and f.pass_id in (CONVERTS, outcome.pass_id)]
        if not lines or not all(1 <= line <= text.count("\n") + 1 for line in lines):
            raise LawError(f"blocked without a finding and its line: {outcome.reason}")
    elif outcome.verdict is not Verdict.CHANGED and not outcome.reason:
        raise LawError(f"{outcome.verdict} without a reason")
    return outcome.verdict
