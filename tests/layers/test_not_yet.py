"""Families of layers that still break."""

from __future__ import annotations

import pytest

from tests.layers.building import NOT_CHECKED, renderer
from tests.layers.random_layers import NOT_YET, batch, judged


@pytest.mark.skipif(not renderer(), reason=NOT_CHECKED)
@pytest.mark.parametrize("seed", [pytest.param(n, marks=pytest.mark.xfail(reason=why, strict=True)) for n, why in NOT_YET.items()])
def test_a_family_that_breaks(seed: int) -> None:
    """One that holds fails here: take it off NOT_YET."""
    (verdict,) = judged(batch(seed, 1)).values()
    assert verdict.state != "broken"
