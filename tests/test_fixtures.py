"""Every scenario in fixtures/, byte for byte, on a branch and in place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden import FIXTURES, NEXT, convert, git, prepared, scenarios, texts


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda p: p.name)
def test_scenario(scenario: Path, tmp_path: Path) -> None:
    """In place and on a branch the same bytes come out, and the report says the same; a second run has nothing to do, or the next step."""
    in_place = prepared(scenario, tmp_path / "in-place")
    code, told = convert(scenario, in_place, "--in-place")
    assert code in (0, 1)
    assert texts(in_place) == texts(scenario / "after")
    assert told == json.loads((scenario / "plan.json").read_text(encoding="utf-8"))
    git(in_place, "commit", "-q", "-a", "--allow-empty", "-m", "after")
    _, again = convert(scenario, in_place, "--in-place")
    if scenario.name in NEXT:
        assert texts(in_place) == texts(FIXTURES / NEXT[scenario.name] / "after")
        assert texts(scenario / "after") == texts(FIXTURES / NEXT[scenario.name] / "before")
    else:
        assert again["changes"] == []

    on_branch = prepared(scenario, tmp_path / "branch")
    convert(scenario, on_branch)
    assert texts(on_branch) == texts(scenario / "before")
    if told["changes"]:
        git(on_branch, "checkout", "-q", "transformer/autopilot")
        assert texts(on_branch) == texts(scenario / "after")
        assert "Transformer-Plan: " in git(on_branch, "log", "-1", "--format=%B")


def test_the_story_is_told() -> None:
    """The article's scenario exercises every built-in pass."""
    (story,) = [s for s in scenarios() if s.name == "standard-to-autopilot"]
    plan = json.loads((story / "plan.json").read_text(encoding="utf-8"))
    assert {c["pass"] for c in plan["changes"]} == {"executor", "resources", "eviction", "cronworkflow", "command"}
