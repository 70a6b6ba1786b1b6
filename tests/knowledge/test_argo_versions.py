"""What each release of Argo knows of a Pod, against Kubernetes' own schemas of that release and of all later ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.knowledge import schemas
from tests.passes.cronjobs import WHOLE, convert
from transformer.argo.releases import dropped
from transformer.knowledge import table
from transformer.model import Version
from transformer.yamltext import load

# The oldest schema at hand is 1.25; releases of Argo before 3.6 are built with 0.24 or older.
OLDEST = "1.25"
# What came with 0.25, which those releases do not know either (argo.md 4.6).
IN_OLDEST = {"hostUsers", *(f"topologySpreadConstraints/0/{f}" for f in ("matchLabelKeys", "nodeAffinityPolicy", "nodeTaintsPolicy"))}
RELEASES = ["3.5", "3.6", "3.6.6", "3.7", "4.0", "4.1"]


def api(argo: str) -> str:
    """The Kubernetes release whose API an Argo release is built with, or the oldest at hand."""
    rows = [r for r in table("argo_versions").rows if r["kind"] == "api" and Version.parse(argo).at_least(r["since"])]
    minor = Version.parse(rows[-1]["api"]).minor
    return f"1.{max(minor, int(OLDEST.partition('.')[2]))}"


def unknown(argo: str) -> set[str]:
    """What some Kubernetes knows and the API of this Argo does not: the outermost fields only."""
    everything = frozenset().union(*map(schemas.paths, schemas.versions()))
    missing = {p for p in everything - schemas.paths(api(argo)) if not p.startswith("ephemeralContainers")}
    return {p for p in missing if not any("/".join(p.split("/")[:n]) in missing for n in range(1, p.count("/") + 1))}


def built(path: str, value: Any) -> Any:
    for step in reversed(path.split("/")):
        value = [value] if step == "0" else {step: value}
    return value


def sample(path: str) -> Any:
    """A value of the field's type, from the newest schema that has it."""
    version = next(v for v in reversed(schemas.versions()) if path in schemas.paths(v))
    schema = schemas.kind_at(version, path)
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    return {"string": "x", "integer": 1, "boolean": True, "array": [{"name": "x"}], "object": {"x": "y"}}[kind]


@pytest.mark.parametrize("argo", RELEASES)
def test_every_field_that_a_release_lacks_is_in_the_table(argo: str) -> None:
    """And nothing else is: the allow-list of a release is the schema of its Kubernetes."""
    lacks = {p for p in unknown(argo) if not list(dropped(built(p, "x"), Version.parse(argo)))}
    assert lacks == set()
    known = schemas.paths(api(argo)) - (IN_OLDEST if api(argo) == OLDEST else set())
    too_many = {p for p in known if any("/".join(map(str, d)) == p for d in dropped(built(p, "x"), Version.parse(argo)))}
    assert too_many == set()


@pytest.mark.parametrize("argo", ["3.5", "3.6", "4.0", "4.1"])
def test_a_cronjob_with_such_a_field_stays_as_it_is(argo: str) -> None:
    """Never dropped without a word: refused by the gate, or by the row of the field itself."""
    for path in sorted(unknown(argo)):
        data = load(WHOLE)[0]
        spec = data["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        _merge(spec, built(path, sample(path)))
        result = convert(json.dumps(data, indent=1), argo=argo, accept=["run-as-non-root"])
        assert result.outcome == "Blocked", (path, result.text)
        assert {f.code for f in result.findings if f.blocks} <= {"CRON001", "CRON002"}, path


def _merge(old: Any, new: Any) -> None:
    for key, value in new.items():
        if isinstance(old.get(key), dict) and isinstance(value, dict):
            _merge(old[key], value)
        elif isinstance(old.get(key), list) and old[key] and isinstance(old[key][0], dict):
            _merge(old[key][0], value[0])
        else:
            old[key] = value


def test_every_path_ends_with_a_name() -> None:
    """A path in a Pod is looked up by its last name first (argo/releases.py)."""
    paths = [path for row in table("argo_versions").rows if row["kind"] == "field" for path in row["paths"]]
    assert paths and not [path for path in paths if "*" in path.rpartition("/")[2]]
