"""Features of random layers: patches, by strategic merge and by JSON 6902, and how they select."""

# ruff: noqa: ARG005 - parts and operations have one signature
from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.layers.family import Layer, Map, Tree, feature, pod_of
from tests.random_cronjobs import text

# --- strategic merge: what a patch may say of a CronJob, as parts of its spec

Part = Callable[[Random, Map], Map]


def _cron(**fields: Any) -> Map:
    return fields


def _pod(**fields: Any) -> Map:
    return {"jobTemplate": {"spec": {"template": {"spec": fields}}}}


def _main(**fields: Any) -> Map:
    return _pod(containers=[{"name": "main", **fields}])


NODES = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]}
PARTS: dict[str, Part] = {
    "schedule": lambda r, _: _cron(schedule=r.choice(("@daily", "15 4 * * *"))),
    "suspend": lambda r, _: _cron(suspend=r.random() < 0.7),
    "policy": lambda r, _: _cron(concurrencyPolicy=r.choice(("Replace", "Forbid"))),
    "history": lambda r, _: _cron(successfulJobsHistoryLimit=1, failedJobsHistoryLimit=r.choice((1, 5))),
    "deadline": lambda r, _: _cron(startingDeadlineSeconds=r.choice((60, 3600))),
    "zone": lambda r, _: _cron(timeZone="Europe/Berlin"),
    "no policy": lambda r, _: _cron(concurrencyPolicy=None),
    "image": lambda r, _: _main(image="registry.example/other:2"),
    "args": lambda r, _: _main(args=["--only", "N"]),
    "command": lambda r, _: _main(command=["other"]),
    "env": lambda r, _: _main(env=[{"name": "EXTRA", "value": "yes"}, {"name": "LEVEL", "value": "debug"}]),
    "env deleted": lambda r, _: _main(env=[{"name": "LEVEL", "$patch": "delete"}]),
    "env from": lambda r, _: _main(env=[{"name": "LEVEL", "value": None, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
    "resources": lambda r, _: _main(resources={"limits": {"memory": "128Mi"}}),
    "resources replaced": lambda r, _: _main(resources={"$patch": "replace", "requests": {"cpu": "1"}}),
    "no resources": lambda r, _: _main(resources=None),
    "security": lambda r, _: _main(securityContext={"runAsNonRoot": True}),
    "volume": lambda r, _: _pod(
        volumes=[{"name": "tmp", "emptyDir": {}}], containers=[{"name": "main", "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]}]
    ),
    "account": lambda r, _: _pod(serviceAccountName="robot"),
    "pull secret": lambda r, _: _pod(imagePullSecrets=[{"name": "pull"}]),
    "node": lambda r, _: _pod(nodeSelector={"disk": "ssd"}),
    "tolerations": lambda r, _: _pod(tolerations=[{"key": "batch", "operator": "Exists"}]),
    "priority": lambda r, _: _pod(priorityClassName="low"),
    "grace": lambda r, _: _pod(terminationGracePeriodSeconds=10),
    "init": lambda r, _: _pod(initContainers=[{"name": "wait", "image": "busybox:1", "command": ["true"]}]),
    "second": lambda r, _: _pod(containers=[{"name": "proxy", "image": "registry.example/proxy:1", "command": ["proxy"]}]),
    "retries": lambda r, _: {"jobTemplate": {"spec": {"backoffLimit": r.choice((0, 4))}}},
    "job deadline": lambda r, _: {"jobTemplate": {"spec": {"activeDeadlineSeconds": 600}}},
    "ttl": lambda r, _: {"jobTemplate": {"spec": {"ttlSecondsAfterFinished": 300}}},
    "pod labels": lambda r, _: {"jobTemplate": {"spec": {"template": {"metadata": {"labels": {"tier": "back"}}}}}},
    "pod notes": lambda r, _: {"jobTemplate": {"spec": {"template": {"metadata": {"annotations": {"a/b": "c"}}}}}},
    "job labels": lambda r, _: {"jobTemplate": {"metadata": {"labels": {"kept": "1"}}}},
    "parallelism": lambda r, _: {"jobTemplate": {"spec": {"parallelism": r.choice((1, 3))}}},
    "indexed": lambda r, _: {"jobTemplate": {"spec": {"completions": 2, "completionMode": "Indexed"}}},
    "host network": lambda r, _: _pod(hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet"),
    "affinity": lambda r, _: _pod(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": NODES}}),
    "pod security": lambda r, _: _pod(securityContext={"fsGroup": 1000}),
    "aliases": lambda r, _: _pod(hostAliases=[{"ip": "192.0.2.1", "hostnames": ["a.example"]}]),
    "ports": lambda r, _: _main(ports=[{"containerPort": 80, "protocol": "TCP"}]),
    "folder": lambda r, _: _main(workingDir="/work", imagePullPolicy="Always"),
    "braces": lambda r, _: _main(args=["{{.Names}}", "$(LEVEL)", "${X}"]),
    "variables": lambda r, _: _main(envFrom=[{"secretRef": {"name": "more", "optional": True}}]),
    "unknown": lambda r, _: _pod(someday="x"),
    "restart": lambda r, _: _pod(restartPolicy="OnFailure"),
}


def merged(one: Any, other: Any) -> Any:
    """Two patches as one: containers of one name are one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {k: merged(one[k], other[k]) if k in one and k in other else one.get(k, other.get(k)) for k in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list) and one and isinstance(one[0], dict) and "name" in one[0]:
        known = {i["name"]: i for i in one}
        return [merged(known[n], o) if (n := o["name"]) in known else o for o in other] + [
            i for i in one if i["name"] not in {o["name"] for o in other}
        ]
    return other


def partial(r: Random, job: Map, parts: int = 0) -> Map:
    """A patch of a CronJob with one to three parts."""
    spec: Map = {}
    for name in r.sample(sorted(PARTS), parts or r.choice((1, 1, 2, 3))):
        spec = merged(spec, PARTS[name](r, job))
    return _named(job, {"spec": spec})


def _named(job: Map, more: Map) -> Map:
    return {"apiVersion": job["apiVersion"], "kind": "CronJob", "metadata": {"name": job["metadata"]["name"]}, **more}


def _deployment(**more: Any) -> Map:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, **more}


def with_web(t: Tree) -> None:
    if any(o["metadata"]["name"] == "web" for o in t.others):
        return
    pod = {"containers": [{"name": "main", "image": "registry.example/web:1", "env": [{"name": "LEVEL", "value": "info"}]}]}
    template = {"metadata": {"labels": {"run": "web"}}, "spec": pod}
    t.others.append(_deployment(spec={"selector": {"matchLabels": {"run": "web"}}, "template": template}))


@feature("smp-file")
def _(t: Tree, r: Random) -> None:
    layer, job = t.layer(r), t.job(r)
    name = t.file(layer, "patch", partial(r, job))
    layer.add(*r.choice((("patches", {"path": name}), ("patchesStrategicMerge", name))))


@feature("smp-inline")
def _(t: Tree, r: Random) -> None:
    t.layer(r).add("patches", {"patch": text(partial(r, t.job(r)))})


@feature("smp-legacy-inline")
def _(t: Tree, r: Random) -> None:
    t.layer(r).add("patchesStrategicMerge", text(partial(r, t.job(r))))


@feature("smp-one-part-each")
def _(t: Tree, r: Random) -> None:
    """Two patches of one CronJob in two layers."""
    job = t.job(r)
    for _ in range(2):
        t.layer(r).add("patches", {"patch": text(partial(r, job, 1))})


@feature("smp-several-documents")
def _(t: Tree, r: Random) -> None:
    with_web(t)
    layer = t.layer(r)
    web = _deployment(spec={"replicas": 2, "template": {"spec": {"containers": [{"name": "main", "args": ["x"]}]}}})
    found = [web, *(partial(r, job) for job in t.jobs.values())]
    layer.add("patchesStrategicMerge" if r.random() < 0.5 else "patches", *_entries(t, layer, r.sample(found, len(found))))


def _entries(t: Tree, layer: Layer, documents: list[Map]) -> list[Any]:
    name = t.file(layer, "patches", documents)
    return [{"path": name}] if "patches" in layer.data else [name] if "patchesStrategicMerge" in layer.data else [{"path": name}]


@feature("smp-with-target")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    t.layer(r).add("patches", {"target": target(r, job), "patch": text(partial(r, job))})


@feature("smp-full-copy")
def _(t: Tree, r: Random) -> None:
    """The whole CronJob again, with one thing changed, as many overlays have it."""
    job = t.job(r)
    copy = json.loads(json.dumps(job))
    copy["spec"] = merged(copy["spec"], PARTS[r.choice(("schedule", "suspend", "env", "resources", "args", "image"))](r, job))
    layer = t.layer(r, base=False)
    layer.add("patchesStrategicMerge", t.file(layer, "cronjob", copy))


@feature("smp-with-comments")
def _(t: Tree, r: Random) -> None:
    """Comments, and flow style."""
    job = t.job(r)
    name = json.dumps(job["metadata"]["name"])
    head = f"# why it is so\napiVersion: {job['apiVersion']}\nkind: CronJob # ours\nmetadata: {{name: {name}}}\n"
    body = "spec:\n  # later\n  schedule: '7 7 * * *' # in UTC\n"
    body += "  jobTemplate: {spec: {template: {spec: {containers: [{name: main, image: 'a:9'}]}}}}\n"
    layer = t.layer(r)
    t.count += 1
    t.texts[f"{layer.folder}/commented-{t.count}.yaml"] = head + body
    layer.add("patches", {"path": f"commented-{t.count}.yaml"})


@feature("smp-options")
def _(t: Tree, r: Random) -> None:
    """A patch that may change the name."""
    job = t.job(r)
    patch = partial(r, job, 1)
    patch["metadata"]["name"] = "renamed"
    options = {"allowNameChange": True}
    t.layer(r).add("patches", {"target": {"kind": "CronJob", "name": job["metadata"]["name"]}, "patch": text(patch), "options": options})


@feature("smp-metadata")
def _(t: Tree, r: Random) -> None:
    """Labels and annotations alone."""
    metadata = {"labels": {"owner": "me"}, "annotations": {"note": r.choice(("other", None))}}
    job = t.job(r)
    patch = _named(job, {})
    t.layer(r).add("patches", {"patch": text({**patch, "metadata": {**patch["metadata"], **metadata}})})


@feature("delete")
def _(t: Tree, r: Random) -> None:
    """A layer does without one of the CronJobs."""
    patch = _named(t.job(r), {"$patch": "delete"})
    entry: Map = {"patch": text(patch)}
    if r.random() < 0.5:
        entry["target"] = {"kind": "CronJob", "name": patch["metadata"]["name"]}
    t.layer(r, base=False).add("patches", entry)


@feature("container-deleted")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    pod_of(job)["initContainers"] = [
        {"name": "gone", "image": "busybox:1", "command": ["true"]},
        {"name": "kept", "image": "busybox:1", "command": ["true"]},
    ]
    t.layer(r).add("patches", {"patch": text(_named(job, {"spec": _pod(initContainers=[{"name": "gone", "$patch": "delete"}])}))})


@feature("containers-replaced")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    only = [{"$patch": "replace"}, {"name": "main", "image": "registry.example/new:3", "command": ["new"]}]
    t.layer(r).add("patches", {"patch": text(_named(job, {"spec": _pod(containers=only)}))})


@feature("two-containers")
def _(t: Tree, r: Random) -> None:
    """A patch of the second puts it first."""
    job = t.job(r)
    pod_of(job)["containers"].append({"name": "proxy", "image": "registry.example/proxy:1", "command": ["proxy"]})
    patch = _pod(containers=[{"name": "proxy", "image": "registry.example/proxy:2", "env": [{"name": "PORT", "value": "80"}]}])
    t.layer(r).add("patches", {"patch": text(_named(job, {"spec": patch}))})


@feature("init-container")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    pod_of(job)["initContainers"] = [{"name": "wait", "image": "busybox:1", "command": ["true"]}]
    patch = _pod(initContainers=[{"name": "wait", "env": [{"name": "A", "value": "1"}], "image": "busybox:2"}])
    t.layer(r).add("patches", {"patch": text(_named(job, {"spec": patch}))})


@feature("suspend-per-env")
def _(t: Tree, r: Random) -> None:
    for name, layer in t.layers.items():
        if name in ("dev", "prod"):
            layer.add("patches", {"patch": text(_named(t.job(r), {"spec": {"suspend": name == "dev"}}))})


@feature("component")
def _(t: Tree, r: Random) -> None:
    t.component().add("patches", {"patch": text(partial(r, t.job(r)))})


# --- JSON 6902

POD = "/spec/jobTemplate/spec/template/spec"
MAIN = f"{POD}/containers/0"


def _op(op: str, path: str, *value: Any, **more: Any) -> Map:
    return {"op": op, "path": path, **({"value": value[0]} if value else {}), **more}


OPS: dict[str, Callable[[Map], list[Map]]] = {
    "schedule": lambda job: [_op("replace", "/spec/schedule", "1 2 * * *")],
    "suspend": lambda job: [_op("add", "/spec/suspend", True)],
    "guarded": lambda job: [_op("test", "/spec/schedule", job["spec"]["schedule"]), _op("replace", "/spec/schedule", "1 2 * * *")],
    "policy removed": lambda job: [_op("remove", "/spec/concurrencyPolicy")],
    "zone": lambda job: [_op("add", "/spec/timeZone", "Europe/Berlin")],
    "image": lambda job: [_op("replace", f"{MAIN}/image", "registry.example/other:2")],
    "image guarded": lambda job: [
        _op("test", f"{MAIN}/name", "main"),
        _op("replace", f"{MAIN}/image", "registry.example/other:2"),
    ],
    "env all": lambda job: [_op("add", f"{MAIN}/env", [{"name": "ONLY", "value": "N"}])],
    "env last": lambda job: [_op("add", f"{MAIN}/env/-", {"name": "EXTRA", "value": "on"})],
    "env first": lambda job: [_op("add", f"{MAIN}/env/0", {"name": "EXTRA", "value": "on"})],
    "env -1": lambda job: [_op("add", f"{MAIN}/env/-1", {"name": "EXTRA", "value": "1"})],
    "env value": lambda job: [_op("replace", f"{MAIN}/env/0/value", "debug")],
    "env removed": lambda job: [_op("remove", f"{MAIN}/env/0")],
    "env copied": lambda job: [{"op": "copy", "from": f"{MAIN}/env/0", "path": f"{MAIN}/env/-"}],
    "args": lambda job: [_op("add", f"{MAIN}/args", ["--x"])],
    "command": lambda job: [_op("replace", f"{MAIN}/command/0", "other")],
    "account": lambda job: [_op("add", f"{POD}/serviceAccountName", "robot")],
    "node": lambda job: [_op("add", f"{POD}/nodeSelector", {"disk": "ssd"})],
    "volume": lambda job: [_op("add", f"{POD}/volumes", [{"name": "tmp", "emptyDir": {}}])],
    "retries": lambda job: [_op("replace", "/spec/jobTemplate/spec/backoffLimit", 5)],
    "limit": lambda job: [_op("add", "/spec/jobTemplate/spec/activeDeadlineSeconds", 300)],
    "label": lambda job: [_op("add", "/metadata/labels/extra", "1")],
    "label moved": lambda job: [{"op": "move", "from": "/metadata/labels/team", "path": "/metadata/labels/group"}],
    "note": lambda job: [_op("add", "/metadata/annotations", {"a.example~b": "c"})],
    "escaped": lambda job: [_op("add", "/metadata/labels/a.example~1b", "c")],
    "resources": lambda job: [_op("add", f"{MAIN}/resources", {"limits": {"memory": "1Gi"}})],
    "container": lambda job: [_op("add", f"{POD}/containers/-", {"name": "proxy", "image": "registry.example/proxy:1", "command": ["p"]})],
    "template": lambda job: [_op("add", "/spec/jobTemplate/spec/template/metadata", {"labels": {"x": "y"}})],
    "whole pod": lambda job: [
        _op("replace", POD, {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a:1", "command": ["x"]}]})
    ],
}


def target(r: Random, job: Map) -> Map:
    """One that takes this CronJob, or all of them."""
    name = job["metadata"]["name"]
    return r.choice(
        (
            {"kind": "CronJob", "name": name},
            {"kind": "CronJob"},
            {"group": "batch", "kind": "CronJob", "name": name},
            {"group": "batch", "version": job["apiVersion"].partition("/")[2], "kind": "CronJob", "name": name},
            {"name": name},
            {"name": "job-.*"},
            {"kind": "Cron.*", "name": name},
            {"kind": "(CronJob|StatefulSet)"},
            {"labelSelector": f"app={name}"},
            {"kind": "CronJob", "labelSelector": "team=data"},
            {"kind": "CronJob", "annotationSelector": "note=nightly"},
        )
    )


def _json_patch(t: Tree, r: Random, ops: list[Map], select: Map) -> None:
    layer = t.layer(r)
    body = {"path": t.file(layer, "ops", ops)} if r.random() < 0.4 else {"patch": text(ops) if r.random() < 0.7 else json.dumps(ops)}
    exact = {"version", "kind", "name"} <= set(select) or (set(select) >= {"kind", "name"} and "*" not in select["kind"])
    if exact and r.random() < 0.2:
        layer.add("patchesJson6902", {"target": {"version": "v1", "group": "batch", **select}, **body})
    else:
        layer.add("patches", {"target": select, **body})


@feature("json6902")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    name = job["metadata"]["name"]
    _json_patch(t, r, _ops(r, job), r.choice(({"kind": "CronJob", "name": name}, {"kind": "CronJob"})))


@feature("json6902-selectors")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    _json_patch(t, r, _ops(r, job), target(r, job))


@feature("json6902-neutral-of-many-kinds")
def _(t: Tree, r: Random) -> None:
    with_web(t)
    select: Map = r.choice(({"kind": "(CronJob|Deployment)"}, {"kind": "CronJob|Deployment"}, {"name": ".*"}))
    _json_patch(t, r, [_op("add", "/metadata/annotations", {"seen": "1"})], select)


@feature("json6902-spec-of-many-kinds")
def _(t: Tree, r: Random) -> None:
    """The same field of two kinds."""
    with_web(t)
    _json_patch(t, r, [_op("add", "/spec/paused", True)], {"kind": "Deployment|StatefulSet"})


@feature("no-match")
def _(t: Tree, r: Random) -> None:
    """A target that takes nothing."""
    _json_patch(t, r, _ops(r, t.job(r)), {"kind": "CronJob", "name": "nobody"})


def _ops(r: Random, job: Map) -> list[Map]:
    found: list[Map] = []
    for name in r.sample(sorted(OPS), r.choice((1, 1, 2))):
        found += OPS[name](job)
    return found
