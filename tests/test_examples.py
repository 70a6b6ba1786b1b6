"""Every pass's examples are its tests: before, after, and a second run that finds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import pytest

from tests.engine import followed
from transformer.config import discovery
from transformer.config.settings import params_of
from transformer.model import Target, Verdict, Version
from transformer.passkit import Blocks, Example, Keeps, Pass, Rewrites
from transformer.repository.index import Index
from transformer.run.record import Record

CASES = [
    pytest.param(name, example, id=f"{name}: {example.name}") for name in discovery.names() for example in discovery.load(name).examples
]


def target_of(example: Example) -> Target:
    """The example's target, or the one that most readers have."""
    named = dict(example.target)
    argo = named.get("argoWorkflows") or named.get("argo") or "3.6"
    return Target(
        named.get("mode", "autopilot"), Version.parse(named.get("gke", "1.33")), "", Version.parse(argo), crds=named.get("crds", "")
    )


def run(pass_: Pass, example: Example, files: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
    """What was found, and the texts that changed."""
    passes = [(pass_, params_of(pass_, dict(example.params)))]
    record = followed(Index({k: v.encode() for k, v in files.items()}), target_of(example), [example.file], passes)
    assert not record.bugs, record.bugs
    return record, {path: raw.decode() for path, raw in record.passes[0].texts.items()}


@pytest.mark.parametrize(("name", "example"), CASES)
def test_example(name: str, example: Example) -> None:
    """An example does what it says, and a second run leaves the result alone."""
    pass_ = discovery.load(name)
    before = example.before if isinstance(example, Rewrites) else example.text
    files = {example.file: before, **example.files}
    record, new = run(pass_, example, files)
    text = new.pop(example.file, before)
    codes = {f.code for f in record.findings}
    verdicts = {o.verdict for o in record.outcomes}
    assert text == (example.after if isinstance(example, Rewrites) else before)
    if example.finding:
        assert example.finding in codes
    if isinstance(example, Blocks):
        assert verdicts == {Verdict.BLOCKED}
    if isinstance(example, Keeps):
        assert Verdict.BLOCKED not in verdicts
        assert not example.skip or example.skip in " ".join(o.reason for o in record.outcomes)
    assert not isinstance(example, Rewrites) or not example.also or new == example.also
    _, again = run(pass_, example, {**files, **new, example.file: text})
    assert again == {}


@pytest.mark.parametrize("name", discovery.names())
def test_a_pass_explains_itself(name: str) -> None:
    """It has a page, documented parameters, documented codes, and leaves alone at least as often as it changes."""
    pass_ = discovery.load(name)
    assert pass_.doc
    assert all(f.metadata.get("doc") for f in fields(pass_.params))
    changing = sum(isinstance(e, Rewrites) for e in pass_.examples)
    assert 0 < changing <= len(pass_.examples) - changing
    assert {e.finding for e in pass_.examples if e.finding} <= set(pass_.codes)
    assert all(pass_.codes.values())
