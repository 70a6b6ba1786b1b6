"""What stages hand over can go to another process and back."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from tests.golden import FIXTURES, prepared
from transformer.config.settings import Settings, built_in
from transformer.model import KEEP, Op, Plan
from transformer.passkit import Yielded
from transformer.repository.snapshot import CommitSnapshot, FolderSnapshot, Snapshot
from transformer.run.pipeline import plan_run
from transformer.vcs.source import open_path

T = TypeVar("T")
STORY = FIXTURES / "standard-to-autopilot"


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """A process that has inherited nothing."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as held:
        yield held


def planned(settings: Settings, snapshot: Snapshot) -> Plan:
    """A function that another process can find."""
    return plan_run(settings, snapshot)


def same(given: T) -> T:
    return given


@pytest.fixture(params=[CommitSnapshot, FolderSnapshot])
def snapshot(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshot:
    repo = prepared(STORY, tmp_path / "repo")
    return CommitSnapshot(open_path(repo)) if request.param is CommitSnapshot else FolderSnapshot(repo)


def test_settings_and_snapshot_go_and_the_plan_comes_back(pool: ProcessPoolExecutor, snapshot: Snapshot) -> None:
    """The same plan as here, also with settings and a snapshot that were in use before."""
    settings = built_in()
    here = plan_run(settings, snapshot)
    there = pool.submit(planned, settings, snapshot).result()
    assert here.changes and replace(there, seconds=0) == replace(here, seconds=0)
    assert pool.submit(same, here).result() == here


def test_results_of_passes(pool: ProcessPoolExecutor, tmp_path: Path) -> None:
    """Each by itself, as a pass yields it; what a move carries is still known as the source's own value."""
    plan = plan_run(built_in(), FolderSnapshot(prepared(STORY, tmp_path / "repo")))
    yielded: list[Yielded] = [*plan.changes, *plan.findings]
    assert pool.submit(same, yielded).result() == yielded
    assert pool.submit(same, plan.passes).result() == plan.passes
    back = pool.submit(same, plan.changes).result()
    assert [c.value is KEEP for c in back if c.op is Op.MOVE] == [c.value is KEEP for c in plan.changes if c.op is Op.MOVE]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])  # noqa: S301 - our own
def test_there_is_one_keep(again: Callable[[object], object]) -> None:
    assert again(KEEP) is KEEP
    assert again({"value": [KEEP]}) == {"value": [KEEP]}


def test_globs_are_tests_still() -> None:
    """Settings that were in use select as before."""
    settings = built_in()
    assert settings.selects("a/b.yaml")
    there = pickle.loads(pickle.dumps(settings))  # noqa: S301 - our own
    assert there.selects("a/b.yaml") and not there.selects("a/b.txt")
