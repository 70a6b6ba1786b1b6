"""Random layers: what is converted means the same in every root, whatever overlays, components and generators say of it."""

from __future__ import annotations

import os

import pytest

from tests.layers.building import NOT_CHECKED, renderer
from tests.layers.random_layers import BATCH, Tally, batch, judged, least, told

BATCHES = int(os.environ.get("LAYERS", "200")) // BATCH


@pytest.mark.parametrize("n", range(BATCHES))
def test_every_root_means_the_same(n: int) -> None:
    tally = Tally()
    for family, verdict in judged(batch(n * BATCH)).items():
        tally.take(family, verdict)
    bad = tally.broken or tally.halves
    assert not bad, f"python -m tests.layers.random_layers 1 {bad[0][0].seed}\n{told(*least(bad[0][0]))}"
    if not renderer():
        pytest.skip(NOT_CHECKED)


@pytest.mark.skipif(not renderer(), reason=NOT_CHECKED)
def test_a_root_is_one_group() -> None:
    """Seed 5: an overlay patches one of three CronJobs of its base with what nothing can carry."""
    (verdict,) = judged(batch(5, 1)).values()
    assert verdict.state != "broken"
