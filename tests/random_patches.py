"""Random Pod specs, and random strategic merge patches of them with nulls and directives."""

from __future__ import annotations

from random import Random
from typing import Any

Map = dict[str, Any]
_KEYS = ("name", "containerPort", "mountPath", "topologyKey", "ip")


def pod_spec(r: Random) -> Map:
    spec: Map = {"containers": [_container(r, n) for n in r.sample("abcd", r.randint(1, 3))]}
    fields = {
        "initContainers": [_container(r, n) for n in r.sample("abcd", 2)],
        "nodeSelector": {k: r.choice("xy") for k in r.sample("abcd", 2)},
        "tolerations": [{"key": k, "operator": "Exists"} for k in r.sample("abcd", 2)],
        "hostAliases": [{"ip": f"192.0.2.{k}", "hostnames": [r.choice("uv")]} for k in r.sample("123", 2)],
        "imagePullSecrets": [{"name": k} for k in r.sample("abcd", 2)],
        "topologySpreadConstraints": [{"topologyKey": k, "maxSkew": r.randint(1, 3)} for k in r.sample("abcd", 2)],
        "volumes": [{"name": k, "emptyDir": r.choice(({}, {"medium": "Memory"}))} for k in r.sample("abcd", 2)],
        "securityContext": {"runAsUser": r.randint(1, 9), "supplementalGroups": [r.randint(1, 3)]},
        "terminationGracePeriodSeconds": r.randint(1, 60),
    }
    return spec | {k: v for k, v in fields.items() if r.random() < 0.5}


def patch(r: Random) -> Map:
    found = pod_spec(r)
    if r.random() < 0.5:
        del found["containers"]
    _spoil(found, r, 0)
    return found


def plain(value: Any) -> Any:
    """Without what says nothing: null and empty lists."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None and v != []}
    return [plain(v) for v in value] if isinstance(value, list) else value


def _container(r: Random, name: str) -> Map:
    fields = {
        "env": [{"name": n, "value": r.choice("xyz")} for n in r.sample("abcd", r.randint(0, 4))],
        "args": [r.choice("pq") for _ in range(r.randint(0, 2))],
        "ports": [{"containerPort": p, "name": r.choice("st")} for p in r.sample((80, 81, 82), 2)],
        "volumeMounts": [{"mountPath": m, "name": r.choice("st")} for m in r.sample(("/a", "/b", "/c"), 2)],
        "resources": {"limits": {"cpu": r.choice("12")}, **r.choice(({}, {"requests": {"memory": "1Gi"}}))},
        "livenessProbe": {"periodSeconds": r.randint(1, 9), "exec": {"command": ["a"]}},
    }
    return {"name": name, "image": r.choice(("i:1", "i:2")), **{k: v for k, v in fields.items() if r.random() < 0.5}}


def _spoil(node: Any, r: Random, depth: int) -> None:
    """Puts in nulls and directives."""
    if isinstance(node, dict):
        for key in [k for k in node if k not in _KEYS]:
            if r.random() < 0.08:
                node[key] = None
            else:
                _spoil(node[key], r, depth + 1)
        if depth and r.random() < 0.04:
            node["$patch"] = r.choice(("replace", "delete"))
    elif isinstance(node, list):
        for item in node:
            _spoil(item, r, depth + 1)
        if node and all(isinstance(i, dict) for i in node) and r.random() < 0.05:
            node.insert(r.randint(0, len(node)), {"$patch": "replace"})
