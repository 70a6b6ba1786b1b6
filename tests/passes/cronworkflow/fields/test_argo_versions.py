"""Fields of the Pod that Argo's release does not know."""

from __future__ import annotations

import pytest

from tests.passes.cronjobs import convert, with_field

GATED = ("schedulingGates: [{name: a}]", "volumes: [{name: v, secret: {secretName: a, defaultUser: 5}}]")


@pytest.mark.parametrize(
    ("pod", "argo", "row", "remedy"),
    [(GATED[0], "3.3", "dropped-by-argo", "raise the target"), (GATED[1], "3.6", "unknown-to-argo", "leave this job a CronJob")],
)
def test_raising_the_target_is_said_where_it_helps(pod: str, argo: str, row: str, remedy: str) -> None:
    told = [f for f in convert(with_field("pod", pod), argo=argo).findings if f.source == f"cronjob_rules/{row}"]
    assert len(told) == 1 and remedy in told[0].remedy
