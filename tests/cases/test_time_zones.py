"""Kind 09: a time zone is judged by what the named patch release of Argo can read."""
# ruff: noqa: E501 - manifests in one line

from __future__ import annotations

import pytest

from transformer.model import Severity, Target, Verdict, Version
from transformer.passkit.testing import Result, convert

TEXT = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: eu-close, namespace: books}
spec:
  schedule: "0 18 * * *"
  timeZone: ZONE
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers: [{name: close, image: "books:4", command: [close]}]
"""


def run(zone: str, argo: str, **params: object) -> Result:
    text = TEXT.replace("ZONE", zone) if zone else TEXT.replace("  timeZone: ZONE\n", "")
    return convert({"cj.yaml": text}, ("cronworkflow", params), Target(argo=Version.parse(argo)))


@pytest.mark.parametrize("argo", ["3.7.10", "4.0.1"])
@pytest.mark.parametrize(("zone", "canonical"), [("CET", "Europe/Brussels"), ("EST", "America/Panama"), ("PST8PDT", "America/Los_Angeles"), ("US/Eastern", "America/New_York"), ("Japan", "Asia/Tokyo")])  # fmt: skip
def test_09_an_alias_is_refused_at_a_release_that_does_not_read_it(argo: str, zone: str, canonical: str) -> None:
    """With the canonical name."""
    ran = run(zone, argo)
    assert ran.verdict("cj.yaml") is Verdict.BLOCKED
    assert ran.told("CRON001").source.endswith("time-zone-alias")
    assert (ran.told("CRON001").line, canonical in ran.told("CRON001").remedy) == (6, True)


@pytest.mark.parametrize("argo", ["3.7", "4.0"])
def test_09_a_minor_that_has_such_a_release_is_a_warning(argo: str) -> None:
    """It is converted."""
    ran = run("CET", argo)
    (told,) = [f for f in ran.findings if f.source == "cronjob_rules/time-zone-alias-maybe"]
    assert (ran.verdict("cj.yaml"), told.severity, told.line) == (Verdict.CHANGED, Severity.WARNING, 6)


@pytest.mark.parametrize(("zone", "argo"), [("CET", "3.7.11"), ("CET", "3.6"), ("MET", "4.0.2"), ("Europe/Paris", "3.7.10"), ("UTC", "4.0.1"), ("Etc/UTC", "3.7.10"), ("GMT", "3.7.10")])  # fmt: skip
def test_09_everything_else_goes_as_before(zone: str, argo: str) -> None:
    """Other patch releases, other names, and UTC under all its names."""
    ran = run(zone, argo)
    assert ran.verdict("cj.yaml") is Verdict.CHANGED
    assert not any("alias" in f.source for f in ran.findings)


def test_09_the_zone_that_the_configuration_assumes_counts_too() -> None:
    """`sourceTimezone`."""
    assert run("", "3.7.10", sourceTimezone="CET").verdict("cj.yaml") is Verdict.BLOCKED
