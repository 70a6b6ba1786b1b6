"""Random CronJobs that an API server takes: for the proof's property tests, and for `make live`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Map = dict[str, Any]
NAMES = ("alpha", "beta", "gamma", "delta")
TEXTS = ("x", "", "yes", "0777", "a: b", "# no", " lead ", "two\nlines\n", 'say "hi"', "$(A) $$(B)", "{{.Names}}", "${X}", "é", "1e3")

BRACES = (*TEXTS, "say {{workflow.name}}")  # in annotations such a text is refused


def cron_job(r: Random, name: str = "report") -> Map:
    """A whole CronJob. Every field of the PodSpec that the conversion carries comes up."""
    job = {**_some(r, JOB), "template": {**_some(r, {"metadata": _metadata}), "spec": pod(r)}}
    template = {**_some(r, {"metadata": _metadata}, 0.2), "spec": job}
    spec = {"schedule": r.choice(("*/5 * * * *", "0 2 * * 1-5", "@daily", "30 4 1,15 * *")), **_some(r, CRON), "jobTemplate": template}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name, **_some(r, {"labels": _labels})}, "spec": spec}


def parameters(r: Random, data: Map) -> Map:
    """Of the pass, so that it converts the CronJob in one way or another."""
    names = [c["name"] for c in data["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]]
    layout = r.choice(({"layout": "containerSet"}, {"layout": "sidecars", "main": r.choice(names)}))
    chosen = {"containers": [layout], "containerName": r.choice(("main", "main", "keep")), "onEviction": r.choice(("fail", "retry"))}
    return {**chosen, "executorServiceAccount": "reporter", "accept": ["restart-policy-on-failure"]}


def pod(r: Random) -> Map:
    spec: Map = {"restartPolicy": r.choice(("Never", "Never", "OnFailure")), **_some(r, POD, 0.22)}
    if r.random() < 0.15:
        spec |= {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["192.0.2.1"], "searches": ["a.example"]}}
    if r.random() < 0.2:
        spec |= r.choice(
            ({"hostNetwork": True}, {"hostPID": True}, {"shareProcessNamespace": True}, {"hostUsers": False}, {"hostIPC": True})
        )
    if spec.get("hostNetwork") or spec.get("hostIPC"):
        spec.get("securityContext", {}).pop("sysctls", None)
    volumes = [{"name": n, **r.choice(VOLUMES)(r)} for n in _names(r)]
    if any("projected" in v for v in volumes):  # its token is somebody's
        spec.setdefault("serviceAccountName", "runner")
    for field, low, high in (("containers", 1, r.choice((1, 1, 1, 3))), ("initContainers", 0, 2)):
        found = [container(r, f"{n}-{field[0]}", volumes) for n in r.sample(NAMES, r.randint(low, high))]
        spec |= {field: found} if found else {}
    if r.random() < 0.15:
        spec.setdefault("initContainers", []).append({**container(r, "helper", volumes), "restartPolicy": "Always"})
    return {k: spec[k] for k in r.sample(list(spec), len(spec))} | ({"volumes": volumes} if volumes else {})


def container(r: Random, name: str, volumes: list[Map]) -> Map:
    helper = name.endswith("-i")
    fields = {k: v for k, v in CONTAINER.items() if not (helper and k in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"))}
    found: Map = {
        "name": name,
        "image": r.choice(("registry.example/a:1", "busybox")),
        "command": ["run", *_texts(r)],
        **_some(r, fields, 0.25),
    }
    for n, volume in enumerate(volumes):
        if r.random() < 0.7:
            mount: Map = {
                "name": volume["name"],
                "mountPath": f"/mnt/{n}",
                **_some(r, {"readOnly": lambda _: True, "subPath": lambda _: "s"}),
            }
            found.setdefault("volumeMounts", []).append(mount)
    return found


def text(data: Any, depth: int = 0) -> str:
    """As block YAML, texts in double quotes."""
    return "".join(_lines(data, depth))


def _lines(data: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for key, value in data.items() if isinstance(data, dict) else ((None, v) for v in data):
        head = f"{pad}- " if key is None else f"{pad}{json.dumps(key) if any(c in key for c in '{}#: ') else key}:"
        if isinstance(value, (dict, list)) and value:
            inner = text(value, depth + 1)
            yield head + inner[len(pad) + 2 :] if key is None else f"{head}\n{inner}"
        else:
            yield f"{head.rstrip()} {json.dumps(value, ensure_ascii=False)}\n"


# --- the parts

Parts = dict[str, Callable[[Random], Any]]


def _some(r: Random, parts: Parts, chance: float = 0.3) -> Map:
    return {name: make(r) for name, make in parts.items() if r.random() < chance}


def _names(r: Random) -> list[str]:
    return r.sample(NAMES, r.choice((0, 0, 1, 2, 3)))


def _texts(r: Random) -> list[str]:
    return [r.choice(BRACES) for _ in range(r.randint(0, 3))]


def _labels(r: Random) -> Map:
    return {r.choice(("app", "team", "app.kubernetes.io/name", "tier")): r.choice(("web", "1", "true", "")) for _ in range(r.randint(1, 3))}


def _annotations(r: Random) -> Map:
    return {r.choice(("note", "example.com/owner", "a/b")): r.choice(TEXTS) for _ in range(r.randint(1, 2))}


def _metadata(r: Random) -> Map:
    return _some(r, {"labels": _labels, "annotations": _annotations}, 0.7)


def _env(r: Random) -> list[Map]:
    return [{"name": n.upper(), **r.choice(VALUES)(r)} for n in r.sample((*NAMES, "argo_server"), r.randint(1, 4))]


def _security(r: Random) -> Map:
    parts: Parts = {"runAsUser": lambda _: 1000, "runAsGroup": lambda _: 0, "seccompProfile": lambda _: {"type": "RuntimeDefault"}}
    return _some(r, parts, 0.5)


def _pod_security(r: Random) -> Map:
    parts: Parts = {
        "fsGroup": lambda _: 2000,
        "supplementalGroups": lambda _: [1, 2],
        "fsGroupChangePolicy": lambda _: "OnRootMismatch",
        "sysctls": lambda _: [{"name": "net.core.somaxconn", "value": "1024"}],
        "seLinuxOptions": lambda _: {"level": "s0:c1,c2"},
    }
    return {**_security(r), **_some(r, parts, 0.4)}


def _container_security(r: Random) -> Map:
    parts: Parts = {
        "readOnlyRootFilesystem": lambda _: True,
        "allowPrivilegeEscalation": lambda _: False,
        "capabilities": lambda r: {"drop": ["ALL"], **_some(r, {"add": lambda _: ["NET_ADMIN"]})},
    }
    return {**_security(r), **_some(r, parts, 0.5)}


def _resources(r: Random) -> Map:
    parts: Parts = {"requests": lambda _: {"cpu": "250m", "memory": "1Gi"}, "limits": lambda _: {"cpu": "1", "memory": "2Gi"}}
    return _some(r, parts, 0.7)


def _probe(r: Random) -> Map:
    kinds: tuple[Map, ...] = (
        {"exec": {"command": ["true"]}},
        {"tcpSocket": {"port": 8080}},
        {"httpGet": {"path": "/", "port": "http"}},
        {"grpc": {"port": 9}},
    )
    return {**r.choice(kinds), **_some(r, {"periodSeconds": lambda _: 7, "initialDelaySeconds": lambda _: 3})}


def _affinity(r: Random) -> Map:
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}
    node = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["batch"]}]}]}
    parts: Parts = {
        "nodeAffinity": lambda _: {"requiredDuringSchedulingIgnoredDuringExecution": node},
        "podAntiAffinity": lambda _: {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "podAffinityTerm": term}]},
    }
    return _some(r, parts, 0.6)


def _spread(r: Random) -> list[Map]:
    keys = r.sample(("topology.kubernetes.io/zone", "kubernetes.io/hostname"), r.randint(1, 2))
    return [
        {"maxSkew": 1, "topologyKey": k, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"a": "b"}}} for k in keys
    ]


def _tolerations(r: Random) -> list[Map]:
    known: tuple[Map, ...] = ({"operator": "Exists"}, {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"})
    return r.sample(known, r.randint(1, 2))


CRON: Parts = {
    "timeZone": lambda r: r.choice(("Europe/Paris", "Etc/UTC")),
    "concurrencyPolicy": lambda r: r.choice(("Allow", "Forbid")),
    "startingDeadlineSeconds": lambda _: 300,
    "successfulJobsHistoryLimit": lambda _: 2,
    "failedJobsHistoryLimit": lambda _: 0,
}
JOB: Parts = {
    "backoffLimit": lambda r: r.choice((0, 2)),
    "activeDeadlineSeconds": lambda _: 3600,
    "ttlSecondsAfterFinished": lambda _: 600,
    "podReplacementPolicy": lambda _: "Failed",
    "completions": lambda _: 1,
    "parallelism": lambda _: 1,
    "completionMode": lambda _: "NonIndexed",
}
POD: Parts = {
    "activeDeadlineSeconds": lambda _: 1800,
    "affinity": _affinity,
    "automountServiceAccountToken": lambda r: r.random() < 0.5,
    "enableServiceLinks": lambda r: r.random() < 0.3,
    "hostAliases": lambda _: [{"ip": "192.0.2.7", "hostnames": ["a.example"]}, {"ip": "192.0.2.8", "hostnames": ["b.example"]}],
    "hostname": lambda _: "box",
    "imagePullSecrets": lambda r: [{"name": n} for n in r.sample(NAMES, 2)],
    "nodeSelector": lambda _: {"pool": "batch"},
    "os": lambda _: {"name": "linux"},
    "priorityClassName": lambda _: "batch-low",
    "readinessGates": lambda _: [{"conditionType": "example.com/ready"}],
    "schedulerName": lambda r: r.choice(("default-scheduler", "other")),
    "schedulingGates": lambda _: [{"name": "example.com/wait"}],
    "securityContext": _pod_security,
    "serviceAccountName": lambda _: "runner",
    "subdomain": lambda _: "boxes",
    "terminationGracePeriodSeconds": lambda r: r.choice((0, 30, 120)),
    "tolerations": _tolerations,
    "topologySpreadConstraints": _spread,
}
CONTAINER: Parts = {
    "args": _texts,
    "env": _env,
    "envFrom": lambda _: [{"configMapRef": {"name": "c"}}, {"prefix": "P_", "secretRef": {"name": "s", "optional": True}}],
    "imagePullPolicy": lambda r: r.choice(("Always", "IfNotPresent")),
    "lifecycle": lambda _: {"preStop": {"exec": {"command": ["stop"]}}},
    "livenessProbe": _probe,
    "readinessProbe": _probe,
    "startupProbe": _probe,
    "ports": lambda _: [{"name": "http", "containerPort": 8080}, {"containerPort": 9090, "protocol": "UDP"}],
    "resources": _resources,
    "securityContext": _container_security,
    "terminationMessagePath": lambda _: "/dev/out",
    "terminationMessagePolicy": lambda _: "FallbackToLogsOnError",
    "workingDir": lambda _: "/work",
}
VALUES: tuple[Callable[[Random], Map], ...] = (
    lambda r: {"value": r.choice(TEXTS)},
    lambda _: {},
    lambda _: {"valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    lambda _: {"valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}},
    lambda _: {"valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
)
VOLUMES: tuple[Callable[[Random], Map], ...] = (
    lambda r: {"emptyDir": _some(r, {"medium": lambda _: "Memory", "sizeLimit": lambda _: "1Gi"})},
    lambda _: {"configMap": {"name": "c", "items": [{"key": "k", "path": "p"}], "defaultMode": 292}},
    lambda _: {"secret": {"secretName": "s", "optional": True}},
    lambda _: {"persistentVolumeClaim": {"claimName": "data"}},
    lambda _: {"hostPath": {"path": "/data"}},
    lambda _: {"projected": {"sources": [{"serviceAccountToken": {"path": "t", "audience": "a"}}, {"configMap": {"name": "c"}}]}},
    lambda _: {"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
)
