"""Every field of the schema through the pass: carried, patched, dropped or refused, exactly as the row about it says.

The fields come from the newest schema, the expectation from the row's `how`; a field without a row, and a row that no
field reaches, fail here.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.knowledge import schemas
from tests.passes.cronjobs import ALONE, FILE, WHOLE
from transformer.knowledge import Row
from transformer.model import Target, Version
from transformer.passes.cronworkflow.rows import LEVELS, row_for
from transformer.passkit import table, testing
from transformer.passkit.testing import Result
from transformer.yamltext import load

META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
TYPES: Final = {
    "object": "io.k8s.api.batch.v1.CronJob",
    "metadata": META,
    "cron": "io.k8s.api.batch.v1.CronJobSpec",
    "job-template": "io.k8s.api.batch.v1.JobTemplateSpec",
    "job-metadata": META,
    "job": "io.k8s.api.batch.v1.JobSpec",
    "pod-template": "io.k8s.api.core.v1.PodTemplateSpec",
    "pod-metadata": META,
    "pod": schemas.POD,
    "container": "io.k8s.api.core.v1.Container",
    "init-container": "io.k8s.api.core.v1.Container",
    "named-container": "io.k8s.api.core.v1.Container",
}
VERSIONS: Final = ("3.6", "4.1", "3.6.6", "3.7", "4.0", "3.5", "3.4", "3.3", "3.2", "3.1")
ROWS: Final = table("cronjob_fields").rows
PLACES: Final = {
    **LEVELS,
    "container": (*LEVELS["pod"], "containers", 0),
    "init-container": (*LEVELS["pod"], "initContainers", 0),
    "named-container": (*LEVELS["pod"], "containers", 1),
}
# What the pass must be told before it does what a row says.
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "named-container": {"containers": [{"layout": "containerSet"}]},
    "no-service-account-token": {"executorServiceAccount": "runner"},
}
# What must stand beside a field before Kubernetes takes it.
SIBLINGS: Final[dict[str, dict[str, Any]]] = {
    "parallelism": {"completions": 5},
    "completions-indexed": {"completions": 5},
}
SLOTS: Final = {"cron": ("spec",), "workflow": ("spec", "workflowSpec"), "template": ("spec", "workflowSpec", "templates", 0)}
# Only 4.1 knows them (argo.md 4.6); test_argo_versions.py tests the gate.
TOO_NEW: Final = {v: ("hostnameOverride",) for v in VERSIONS if v != "4.1"}
# Where any value of the right type would mean something else, or nothing.
SAMPLES: Final[dict[str, Any]] = {
    "apiVersion": "batch/v1", "kind": "CronJob", "schedule": "0 2 * * *", "timeZone": "Asia/Tokyo", "concurrency-unknown": "Never",
    "labels": {"team": "a"}, "annotations": {"team": "a"}, "nodeSelector": {"pool": "a"}, "limits": {"cpu": "1"},
    "env": [{"name": "A", "value": "b"}], "volumeMounts": [{"name": "v", "mountPath": "/v"}], "dnsPolicy": "Default",
    "containers": [{"name": "work", "image": "a:1", "command": ["a"]}], "initContainers": [{"name": "x", "image": "a:1"}],
    "overhead": {"cpu": "1m"}, "backoffLimit": 2, "workloadRef": {"name": "x", "podGroup": "y"},
    "restartPolicyRules": [{"action": "Restart"}],
    "podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [3]}}]},
}  # fmt: skip


def fields_of(level: str) -> list[str]:
    gone = [f for r in ROWS if r["at"] == level for f in r.get("fields") or ()]
    return sorted({*schemas.definitions(schemas.versions()[-1])[TYPES[level]]["properties"], *gone})


def about(level: str, field: str) -> list[Row]:
    rows = [r for r in ROWS if r["at"] == level and field in (r.get("fields") or ())]
    return rows or (
        [r for r in ROWS if r["at"] == "container" and field in (r.get("fields") or ())]
        if level in ("init-container", "named-container")
        else []
    )


def sample(row: Row, level: str, field: str) -> Any:
    if row.get("values"):
        return row["values"][0]
    if row.id in SAMPLES or field in SAMPLES:
        return SAMPLES.get(row.id, SAMPLES.get(field))
    version = next((v for v in reversed(schemas.versions()) if field in schemas.definitions(v)[TYPES[level]]["properties"]), "")
    found = made(version, schemas.definitions(version)[TYPES[level]]["properties"][field])
    taken = [v for r in about(level, field) if r.id != row.id for v in r.get("values") or ()] + [row.get("default")]
    return not found if isinstance(found, bool) and found in taken else found


def made(version: str, schema: Any) -> Any:
    """The least value that the schema takes."""
    while "$ref" in schema:
        schema = schemas.definitions(version)[schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object" and "properties" in schema:
        return {k: made(version, schema["properties"][k]) for k in schema.get("required") or list(schema["properties"])[:1]}
    if kind == "array":
        return [made(version, schema["items"])]
    simple: dict[str, Any] = {"object": {"key": "x"}, "string": "x", "boolean": True, "integer": 5, "number": 5}
    return simple[kind]


def holding(row: Row, level: str, field: str) -> Any:
    """A whole CronJob with the field in it."""
    data = load(WHOLE)[0]
    here = data
    for step in PLACES[level]:
        if step == "initContainers":
            here.setdefault(step, [{"name": "x", "image": "a:1"}])
        if step == "containers" and level == "named-container":
            here[step].append({"name": "side", "image": "a:1", "command": ["a"]})
        here = here.setdefault(step, {}) if isinstance(here, dict) else here[step]
    if field not in ("spec", "template", "jobTemplate", "metadata") or (level in ("job-template", "pod-template") and field == "metadata"):
        here[field] = sample(row, level, field)
    here |= SIBLINGS.get(row.id, {})
    if row.get("beside"):
        here[row["beside"]] = here.get(row["beside"]) or "x"
    return data


CASES: Final = [
    pytest.param(row, level, field, id=f"{level}.{field}-{row.id}")
    for level in TYPES
    for field in fields_of(level)
    for row in about(level, field)
]


def convert(data: Any, argo: str, told: dict[str, Any]) -> tuple[Result, Any]:
    target = Target(argo=Version.parse(argo), gke=Version.parse("1.33"), crds="minimal")
    params = {"accept": [r.id for r in ROWS], "onEviction": "retry", **told}
    result = testing.convert({FILE: json.dumps(data, indent=1)}, (ALONE, params), target)
    return result, load(result.texts[FILE])[0]


@pytest.mark.parametrize(("row", "level", "field"), CASES)
def test_a_field_goes_where_its_row_says(row: Row, level: str, field: str) -> None:
    """On the first version that the row is about."""
    data = holding(row, level, field)
    here = data
    for step in PLACES[level]:
        here = here[step]
    argo = next(v for v in VERSIONS if row_for(level, field, here, Version.parse(v)) is row and field not in TOO_NEW.get(v, ()))
    record, after = convert(data, argo, PARAMETERS.get(level, {}) | PARAMETERS.get(row.id, {}))
    assert not record.bugs
    if row["how"] == "refuse":
        assert f"cronjob_fields/{row.id}" in {f.source for f in record.findings if f.blocks}
    elif after["kind"] == "CronWorkflow":
        arrived(row, level, field, here[field], after)
    else:
        pytest.fail(str([f.full_message for f in record.findings if f.blocks]))


def arrived(row: Row, level: str, field: str, value: Any, after: Any) -> None:
    template = after["spec"]["workflowSpec"]["templates"][0]
    if row["how"] == "move":
        slot, *steps = (row["to"] + (field if row["to"].endswith("/") else "")).split("/")
        assert at(after, (*SLOTS[slot], *steps)) == value
    elif row["how"] == "patch":
        assert load(template["podSpecPatch"])[0][field] == value
    elif row["how"] == "keep" and level == "named-container":
        assert template["containerSet"]["containers"][1][field] == value
    elif row["how"] == "keep" and level in ("container", "init-container"):
        assert (template["container"] if level == "container" else template["initContainers"][0])[field] == value
    elif row["how"] == "keep" and level != "object":
        assert at(after, (*PLACES[level], field)) == value
    elif row["how"] == "drop":
        assert field not in (at(after, PLACES[level]) if level in ("object", "metadata") else {})


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data
