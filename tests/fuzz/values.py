"""Values for the fields of a CronJob: typed by Kubernetes' schema, mostly sensible, sometimes nonsense."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any, Final

from tests.knowledge import schemas

TEXTS: Final = (
    "a",
    "report",
    "team-a",
    "yes",
    "0777",
    "1e3",
    "null",
    "~",
    "12:30",
    "on",
    "",
    "a b",
    "- a",
    "a: b",
    "a # b",
    "'a'",
    '"a"',
    "a\\b",
    "日本語",
    "é\u2028x",
    "line one\nline two\n",
    "  two\n  spaces\n\nand more",
    "tab\there",
    "{a: b}",
    "[a]",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "$(A)",
    "$$(A)",
    "${A}",
    "{{.Names}}",
    "{{ ds }}",
    "{{workflow.name}}",
    "{{inputs.x}}",
    "{{= 1 + 1 }}",
    "{{ never closed",
    "}}",
    "{{=<% %>=}}",
    "{{retries}}",
    '#!/bin/sh\nset -eu\necho "$A" # not a comment\n',
    "x" * 200,
)
# What a field usually holds; the rest comes from its type.
KNOWN: Final[dict[str, tuple[Any, ...]]] = {
    "schedule": (
        "0 2 * * *",
        "*/5 * * * *",
        "0 5 * * MON-FRI",
        "@daily",
        "@every 1h",
        " 0 2 * * * ",
        "0 0 31 2 *",
        "TZ=Asia/Tokyo 0 2 * * *",
        "0 24 * * *",
    ),
    "timeZone": ("Asia/Tokyo", "Etc/UTC", "Europe/Paris", "Mars/X"),
    "concurrencyPolicy": ("Forbid", "Forbid", "Allow", "Replace"),
    "restartPolicy": ("Always", "Never", "OnFailure"),
    "backoffLimit": (0, 0, 1, 2, 6, 10),
    "parallelism": (1, 1, 2),
    "completions": (1, 1, 3),
    "completionMode": ("NonIndexed", "NonIndexed", "Indexed"),
    "podReplacementPolicy": ("Failed", "TerminatingOrFailed"),
    "imagePullPolicy": ("Always", "IfNotPresent"),
    "image": ("a:1", "registry.example/a/b:2", "debian:latest"),
    "dnsPolicy": ("Default", "ClusterFirst"),
    "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    "mountPath": ("/data", "/var/run", "/tmp", "/var/run/argo"),
    "successfulJobsHistoryLimit": (0, 1, 3),
    "failedJobsHistoryLimit": (0, 1),
    "startingDeadlineSeconds": (0, 60, 600),
    "ttlSecondsAfterFinished": (0, 600),
    "terminationGracePeriodSeconds": (0, 30, 60),
    "fieldPath": ("metadata.name", "metadata.namespace", "metadata.labels['job-name']", "status.podIP"),
    "command": (["a"], ["sh", "-c", "a | b"], []),
    "labels": ({"team": "a"}, {"app.kubernetes.io/name": "x", "job-name": "y"}, {}),
    "nodeSelector": ({"pool": "a"},),
    "annotations": (
        {"team": "a"},
        {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        {"note": "line\nline\n"},
        {"argocd.argoproj.io/sync-wave": "1"},
    ),
    "limits": ({"cpu": "1"}, {"memory": "1Gi", "cpu": 1}),
    "requests": ({"cpu": "250m"}, {"memory": "512Mi"}),
    "overhead": ({"cpu": "1m"},),
    "serviceAccountName": ("default", "runner"),
    "suspend": (False, True),
    "kind": ("ConfigMap",),
    "apiVersion": ("v1",),
    "creationTimestamp": (None,),
}
NONSENSE: Final[tuple[Any, ...]] = (None, 5, -1, 1.5, True, "x", "", [], {}, ["x"], {"x": "y"}, [None], {"x": None}, [[]])


def chance(seed: int | str) -> Random:
    """The same for the same seed, on every machine."""
    return Random(seed)  # noqa: S311 - nothing here is secret


def value(rng: Random, type_name: str, field: str) -> Any:
    """A value of the field, or rarely something else."""
    if rng.random() < 0.03:
        return rng.choice(NONSENSE)
    return _value(rng, _schema(type_name, field), field, 0)


@cache
def _schema(type_name: str, field: str) -> Any:
    """From the newest schema that has the field."""
    for version in reversed(schemas.versions()):
        found = schemas.definitions(version)[type_name]["properties"].get(field)
        if found is not None:
            return found | {"version": version}
    return {"type": "string", "version": schemas.versions()[-1]}


def _value(rng: Random, schema: Any, field: str, depth: int) -> Any:
    if field in KNOWN and rng.random() < 0.95:
        return rng.choice(KNOWN[field])
    version = schema.get("version") or schemas.versions()[-1]
    while "$ref" in schema:
        schema = schemas.definitions(version)[schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object" and "properties" in schema:
        return _mapping(rng, schema, version, depth)
    if kind == "array":
        return [_value(rng, schema["items"] | {"version": version}, field, depth + 1) for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))]
    if kind == "object":
        inner = schema.get("additionalProperties")
        return {
            rng.choice(("a", "b", "c/d")): _value(rng, inner or {"type": "string"}, "", depth + 1) for _ in range(rng.choice((0, 1, 2)))
        }
    return _scalar(rng, kind, field)


def _mapping(rng: Random, schema: Any, version: str, depth: int) -> dict[str, Any]:
    names = list(schema["properties"])
    wanted = [n for n in names if n in schema.get("required", ())]
    if depth < 4:
        wanted += rng.sample(names, min(len(names), rng.choice((0, 1, 1, 2)) + (not wanted)))
    return {n: _value(rng, schema["properties"][n] | {"version": version}, n, depth + 1) for n in dict.fromkeys(wanted)}


def _scalar(rng: Random, kind: str, field: str) -> Any:
    if kind == "boolean":
        return rng.random() < 0.5
    if kind in ("integer", "number"):
        return rng.choice((0, 1, 5, 80, 3600))
    if field in ("name", "containerName", "claimName", "secretName", "key"):
        return rng.choice(("a", "b", "main", "work", "init", "A", "B"))
    return rng.choice(TEXTS) if rng.random() < 0.6 else rng.choice(TEXTS[:3])
