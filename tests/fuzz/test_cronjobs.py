"""2,000 random CronJobs on every run, other ones each time; `make fuzz` does more, and finds the least one that breaks a law."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.fuzz import __main__ as program
from tests.fuzz.cases import ARGO, LAYOUTS, MENU, Case, case, replay
from tests.fuzz.laws import hold
from transformer.yamltext import load

CASES = st.builds(
    Case,
    fields=st.lists(st.sampled_from(sorted(set(MENU))) | st.sampled_from(MENU), unique=True, max_size=7).map(tuple),
    seed=st.integers(0, 2**32),
    style=st.integers(0, 2**32),
    argo=st.sampled_from(ARGO),
    crds=st.sampled_from(["", "minimal", "full"]),
    retry=st.booleans(),
    accept=st.booleans(),
    layout=st.sampled_from(LAYOUTS),
)


@pytest.mark.parametrize("part", range(8))
@settings(max_examples=250, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(CASES)
def test_all_laws_hold(part: int, found: Case) -> None:
    """No bug, every promise kept, every CronJob converted or explained, no comment lost, a second run that finds nothing."""
    note(f"{found}\n\nto see it again: {replay(found)}")
    hold(found)


def test_the_generator_is_worth_its_time() -> None:
    """It writes what it means, and a good share converts."""
    found = [case(n) for n in range(120)]
    assert all(load(c.text)[-1] == c.data for c in found)
    verdicts = Counter(str(hold(c)) for c in found)
    assert verdicts["Changed"] >= 30
    assert verdicts["Blocked"] >= 20


def test_a_failure_can_be_seen_again(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """From the word that is printed the very same case is made, in another process too; and the program says what broke."""
    found = case(7)
    word = replay(found).split()[-1]
    assert Case.from_blob(word) == found
    assert program.again(word) == 0
    assert str(found) in capsys.readouterr().out

    def breaks(_case: Case) -> None:
        raise AssertionError("the law of the test")

    monkeypatch.setattr(program, "hold", breaks)
    assert program.main(1, 7) == 1
    said = capsys.readouterr().out
    assert "make fuzz SEED=7 N=1: AssertionError: the law of the test" in said
    least = Case.from_blob(said.split("--case ")[1].split()[0])
    assert program.again(replay(least).split()[-1]) == 1
    assert "the law of the test" in capsys.readouterr().out
