"""Twice the work may cost twice as much. Counted in calls, which do not depend on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.growth import WAYS, calls, write

MOST = 2.1  # times as much for a doubling, where what every run costs is taken out: that would hide a beginning square


@pytest.mark.parametrize("way", WAYS)
def test_growth(way: str, tmp_path: Path) -> None:
    make, n = WAYS[way]
    calls(write(make(n), tmp_path / "first"))  # what is loaded once is not counted
    once, twice, four = (calls(write(make(n * k), tmp_path / str(k))) for k in (1, 2, 4))
    grown, grown_again = twice - once, four - twice
    assert 0 < grown_again < MOST * grown, f"{n}, {2 * n}, {4 * n} of {way}: {once}, {twice}, {four} calls"
