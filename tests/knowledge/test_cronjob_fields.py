"""The field table is complete: every field of the newest schema has a row, and every row has a function."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from transformer.knowledge import Row, table
from transformer.passes.cronworkflow import rows
from transformer.passes.cronworkflow.fields import carried
from transformer.passkit import Version

SCHEMAS = Path(str(files("kubernetes_validate"))) / "kubernetes-json-schema"
OBJECTS = {
    "metadata": ("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", 15),
    "cron": ("io.k8s.api.batch.v1.CronJobSpec", 8),
    "job-template": ("io.k8s.api.batch.v1.JobTemplateSpec", 2),
    "job-metadata": ("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", 15),
    "job": ("io.k8s.api.batch.v1.JobSpec", 17),
    "pod-template": ("io.k8s.api.core.v1.PodTemplateSpec", 2),
    "pod-metadata": ("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", 15),
    "pod": ("io.k8s.api.core.v1.PodSpec", 43),
    "container": ("io.k8s.api.core.v1.Container", 25),
    "object": ("io.k8s.api.batch.v1.CronJob", 5),
}
TYPES = {
    "text": "string",
    "texts": "array",
    "list": "array",
    "flag": "boolean",
    "number": "integer",
    "count": "integer",
    "map": "object",
    "text-map": "object",
}
ROWS = table("cronjob_fields").rows
RULES = table("cronjob_rules").rows


@cache
def definitions() -> dict[str, Any]:
    """The newest schemas that kubernetes-validate ships."""
    newest = max(
        (p for p in SCHEMAS.iterdir() if p.name.endswith("-local")),
        key=lambda p: [int(n) for n in p.name.split("-")[0].lstrip("v").split(".")],
    )
    found = json.loads((newest / "_definitions.json").read_text())
    return dict(found.get("$defs") or found.get("definitions") or found)


def properties(level: str) -> dict[str, Any]:
    return dict(definitions()[OBJECTS[level][0]]["properties"])


def about(level: str, field: str) -> list[Row]:
    return [r for r in ROWS if r["at"] == level and field in r["fields"]]


@pytest.mark.parametrize("level", OBJECTS)
def test_every_field_of_the_newest_schema_has_a_row(level: str) -> None:
    """None is forgotten; one that is not built yet says `refuse`."""
    assert len(properties(level)) >= OBJECTS[level][1]
    assert [f for f in properties(level) if not about(level, f)] == []


@pytest.mark.parametrize("level", [*OBJECTS, "init-container"])
def test_the_last_row_about_a_field_has_no_condition(level: str) -> None:
    """So that a field that no row fits is an unknown field, never a known one with an unforeseen value."""
    for field in {f for r in ROWS if r["at"] == level for f in r["fields"]}:
        last = about(level, field)[-1]
        assert not any(last.get(k) for k in ("values", "beside", "since", "below")), last.id


def test_rows_name_no_field_that_never_was() -> None:
    """A misspelt field would be a row without effect. workloadRef was there in 1.35 only."""
    for row in ROWS:
        if row["at"] in OBJECTS:
            assert set(row["fields"]) <= {*properties(row["at"]), "workloadRef"}, row.id


@pytest.mark.parametrize("row", [r for r in ROWS if r.get("type") and r["at"] in OBJECTS], ids=lambda r: r.id)
def test_types_are_those_of_the_schema(row: Row) -> None:
    """What the table says about a field's type, Kubernetes says too."""
    for field in row["fields"]:
        schema = properties(row["at"]).get(field, {})
        assert "$ref" in schema or TYPES[row["type"]] in schema["type"], field
        assert "$ref" not in schema or row["type"] == "map"


def test_every_row_can_be_carried_out() -> None:
    """`how` has its function, `to` is a place that exists, a refusal says what to do."""
    assert {row["how"] for row in ROWS} <= set(carried.HOW)
    for row in (*ROWS, *RULES):
        if row["how"] in ("move", "labels", "timezone", "volumes", "retries", "init-containers"):
            assert row["to"].split("/")[0] in ("cron", "workflow", "template"), row.id
        if row["how"] == "descend":
            assert row["to"] in rows.LEVELS, row.id
        if row["how"] == "refuse":
            assert row.get("remedy"), row.id


def test_an_id_is_in_one_table_only() -> None:
    """A consent names a row without its table."""
    ids = [r.id for name in ("cronjob_fields", "cronjob_rules", "argo_submit") for r in table(name).rows]
    assert len(ids) == len(set(ids))


def test_every_rule_is_asked_for_somewhere() -> None:
    """A rule that no code looks up is a fact that nobody keeps."""
    package = Path(str(carried.__file__)).parents[2]
    code = "".join(p.read_text() for p in package.rglob("*.py"))
    assert [r.id for r in RULES if f'"{r.id}"' not in code] == []


@pytest.mark.parametrize(
    ("argo", "api"),
    [
        ("3.1", "0.21.5"),
        ("3.3", "0.23.3"),
        ("3.3.9", "0.24.3"),
        ("3.5", "0.24.3"),
        ("3.6", "0.30.3"),
        ("3.6.6", "0.32.2"),
        ("4.0", "0.33.1"),
        ("4.1", "0.35.4"),
    ],
)
def test_the_api_that_a_release_is_built_with(argo: str, api: str) -> None:
    """A target `3.6` stands for all its patches, so the oldest one counts."""
    found = [r for r in table("argo_versions").rows if r["kind"] == "api" and Version.parse(argo).at_least(r["since"])]
    assert found[-1]["api"] == api
