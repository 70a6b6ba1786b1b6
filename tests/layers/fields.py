"""Features of random layers: what kustomizations say of all that they hold, and how they are written."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.layers.family import Layer, Map, Tree, feature, pod_of
from tests.layers.patches import POD, partial, with_web
from tests.random_cronjobs import cron_job, text

WORKFLOW: Map = {
    "entrypoint": "main",
    "volumes": [{"name": "cfg", "configMap": {"name": "settings"}}],
    "templates": [{"name": "main", "container": {"image": "registry.example/job-a:1", "command": ["x"]}}],
}


def _object(api: str, kind: str, name: str, **more: Any) -> Map:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **more}


def _main(job: Map) -> Map:
    return next(c for c in pod_of(job)["containers"] if c["name"] == "main")


@feature("any-cron-job")
def _(t: Tree, r: Random) -> None:
    """One of the base's CronJobs holds whatever a CronJob may hold."""
    name = r.choice(sorted(t.jobs))
    job = cron_job(r, name)
    pod_of(job)["containers"][0]["name"] = "main"
    job["metadata"]["labels"] = {"app": name, "team": "data"}
    t.jobs[name] = job


@feature("images")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    whole = {"digest": "sha256:" + "a" * 64}
    new: Map = r.choice(({"newTag": "9"}, {"newName": "mirror.example/x"}, {"newName": "m.example/y", "newTag": "3"}, whole))
    t.layer(r).add("images", {"name": f"registry.example/{job['metadata']['name']}", **new})
    if r.random() < 0.3:
        pod_of(job)["initContainers"] = [{"name": "first", "image": _main(job)["image"], "command": ["first"]}]


@feature("images-sidecar")
def _(t: Tree, r: Random) -> None:
    pod_of(t.job(r))["containers"].append({"name": "extra", "image": "registry.example/extra:1", "command": ["extra"]})
    t.layer(r).add("images", {"name": "registry.example/extra", "newTag": "2"})


@feature("common-labels")
def _(t: Tree, r: Random) -> None:
    t.layer(r).data.setdefault("commonLabels", {})["env"] = r.choice(("one", "two"))


@feature("labels")
def _(t: Tree, r: Random) -> None:
    more: Map = r.choice(
        ({}, {"includeSelectors": True}, {"includeTemplates": True}, {"includeSelectors": False, "includeTemplates": True})
    )
    t.layer(r).add("labels", {"pairs": {"env": "one", "cost": "42"}, **more})


@feature("labels-own-fields")
def _(t: Tree, r: Random) -> None:
    spec: Map = {"path": "spec/jobTemplate/spec/template/metadata/labels", "create": True, "kind": "CronJob"}
    if r.random() < 0.3:
        spec |= {"group": "batch"}
    t.layer(r).add("labels", {"pairs": {"env": "one"}, "fields": [spec]})


@feature("common-annotations")
def _(t: Tree, r: Random) -> None:
    t.layer(r).data.setdefault("commonAnnotations", {})["contact"] = r.choice(("me", "N", "0777"))


@feature("prefix")
def _(t: Tree, r: Random) -> None:
    t.layer(r).data[r.choice(("namePrefix", "nameSuffix"))] = r.choice(("a-", "-b")).strip("-") + "-"
    layer = t.layer(r)
    if "nameSuffix" in layer.data:
        layer.data["nameSuffix"] = "-z"
    _with_references(t, r)


@feature("suffix")
def _(t: Tree, r: Random) -> None:
    t.layer(r).data["nameSuffix"] = "-next"
    _with_references(t, r)


@feature("patch-above-prefix")
def _(t: Tree, r: Random) -> None:
    """A patch that names what a layer below has renamed; Kustomize takes both names."""
    job = t.job(r)
    t.base.data["namePrefix"] = "x-"
    patch = partial(r, job)
    if r.random() < 0.5:
        patch["metadata"]["name"] = f"x-{job['metadata']['name']}"
    t.layer(r, base=False).add("patches", {"patch": text(patch)})


def _with_references(t: Tree, r: Random) -> None:
    """What Kustomize renames, used by a CronJob."""
    pod = pod_of(t.job(r))
    known = {o["kind"] for o in t.others}
    wanted = {
        "ServiceAccount": _object("v1", "ServiceAccount", "robot"),
        "PersistentVolumeClaim": _object("v1", "PersistentVolumeClaim", "data", spec={"accessModes": ["ReadWriteOnce"]}),
        "Secret": _object("v1", "Secret", "pull", type="kubernetes.io/dockerconfigjson"),
        "ConfigMap": _object("v1", "ConfigMap", "plain", data={"A": "1"}),
    }
    t.others += [o for kind, o in wanted.items() if kind not in known]
    pod["serviceAccountName"] = "robot"
    pod["imagePullSecrets"] = [{"name": "pull"}]
    pod["volumes"] = [
        *[v for v in pod.get("volumes", []) if v["name"] != "data"],
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
    ]
    main = next(c for c in pod["containers"] if c["name"] == "main")
    main.setdefault("env", []).append({"name": "REF", "valueFrom": {"configMapKeyRef": {"name": "plain", "key": "A"}}})


@feature("namespace")
def _(t: Tree, r: Random) -> None:
    t.layer(r).data["namespace"] = r.choice(("shop", "stage"))


@feature("config-map-generator")
def _(t: Tree, r: Random) -> None:
    layer = t.base if r.random() < 0.7 else t.layer(r)
    _generated(t, r, layer)
    if r.random() < 0.2:
        layer.data["generatorOptions"] = {"disableNameSuffixHash": True}


def _generated(t: Tree, r: Random, layer: Layer) -> None:
    main, pod = _main(t.job(r)), pod_of(t.job(r))
    layer.add("configMapGenerator", {"name": "settings", "literals": ["LEVEL=info", "MODE=x"]})
    main["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    if r.random() < 0.5:
        volume = r.choice(
            ({"configMap": {"name": "settings"}}, {"projected": {"sources": [{"configMap": {"name": "settings"}}]}}),
        )
        pod["volumes"] = [*pod.get("volumes", []), {"name": "cfg", **volume}]


@feature("generator-merge")
def _(t: Tree, r: Random) -> None:
    if "configMapGenerator" not in t.base.data:
        _generated(t, r, t.base)
    behavior = r.choice(("merge", "merge", "replace"))
    for name in t.layers:
        if name in ("dev", "prod"):
            t.layers[name].add("configMapGenerator", {"name": "settings", "behavior": behavior, "literals": [f"LEVEL={name}"]})


@feature("secret-generator")
def _(t: Tree, r: Random) -> None:
    layer = t.layer(r)
    layer.add("secretGenerator", {"name": "key", "literals": ["token=x"]})
    ref = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "key", "key": "token"}}}
    main = _main(t.job(r))
    main["env"] = [ref, *main.get("env", [])]


@feature("replacement-into")
def _(t: Tree, r: Random) -> None:
    """From a ConfigMap into CronJobs."""
    job = t.job(r)
    main = _main(job)
    main["env"] = [{"name": "REGION", "value": "none"}, *[e for e in main.get("env", []) if e["name"] != "REGION"]]
    layer = t.base
    if not any(o["metadata"]["name"] == "region" for o in t.others):
        t.others.append(_object("v1", "ConfigMap", "region", data={"region": "eu", "tag": "77"}))
    into = r.choice(
        (
            f"{POD[1:].replace('/', '.')}.containers.[name=main].env.[name=REGION].value",
            f"{POD[1:].replace('/', '.')}.containers.*.env.[name=REGION].value",
            f"{POD[1:].replace('/', '.')}.containers.0.env.0.value",
        )
    )
    select: Map = r.choice(({"kind": "CronJob"}, {"kind": "CronJob", "name": job["metadata"]["name"]}, {"name": job["metadata"]["name"]}))
    if select == {"kind": "CronJob"} and len(t.jobs) > 1:
        select = {"kind": "CronJob", "name": job["metadata"]["name"]}
    layer.add(
        "replacements",
        {
            "source": {"kind": "ConfigMap", "name": "region", "fieldPath": "data.region"},
            "targets": [{"select": select, "fieldPaths": [into]}],
        },
    )


@feature("replacement-creates")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    source = {"kind": "CronJob", "name": job["metadata"]["name"], "fieldPath": "metadata.name"}
    into = r.choice(("spec.jobTemplate.spec.template.metadata.labels.job", "metadata.labels.job", "spec.timeZone"))
    targets = [{"select": {"kind": "CronJob", "name": job["metadata"]["name"]}, "fieldPaths": [into], "options": {"create": True}}]
    if into == "spec.timeZone":
        return
    t.layer(r).add("replacements", {"source": source, "targets": targets})


@feature("replacement-from")
def _(t: Tree, r: Random) -> None:
    """A CronJob is the source."""
    with_web(t)
    job = t.job(r)
    path = r.choice(("spec.schedule", "metadata.name", f"{POD[1:].replace('/', '.')}.containers.0.image"))
    layer = t.layer(r)
    into = {"select": {"kind": "Deployment", "name": "web"}, "fieldPaths": ["metadata.annotations.from"], "options": {"create": True}}
    layer.add("replacements", {"source": {"kind": "CronJob", "name": job["metadata"]["name"], "fieldPath": path}, "targets": [into]})


@feature("vars")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    path = r.choice(("metadata.name", "spec.schedule", "spec.jobTemplate.spec.template.spec.containers[0].image"))
    ref = {"apiVersion": job["apiVersion"], "kind": "CronJob", "name": job["metadata"]["name"]}
    t.base.add("vars", {"name": "SAID", "objref": ref, "fieldref": {"fieldpath": path}})
    _main(job)["args"] = ["--say", "$(SAID)"]


@feature("vars-of-others")
def _(t: Tree, r: Random) -> None:
    t.others.append(_object("v1", "ConfigMap", "said", data={"what": "hello"}))
    t.base.add(
        "vars",
        {"name": "WHAT", "objref": {"apiVersion": "v1", "kind": "ConfigMap", "name": "said"}, "fieldref": {"fieldpath": "data.what"}},
    )
    main = _main(t.job(r))
    main["env"] = [*main.get("env", []), {"name": "WHAT", "value": "$(WHAT)"}]
    if r.random() < 0.5:
        main["args"] = ["$(WHAT)", "$(OTHER)"]


@feature("user-configurations")
def _(t: Tree, r: Random) -> None:
    layer = t.layer(r)
    config_map = {"kind": "ConfigMap", "version": "v1", "fieldSpecs": [{"path": "metadata/annotations/config", "kind": "CronJob"}]}
    configuration: Map = r.choice(
        (
            {"images": [{"path": "spec/jobTemplate/spec/template/spec/containers/image", "kind": "CronJob"}]},
            {"commonAnnotations": [{"path": "spec/jobTemplate/spec/template/metadata/annotations", "create": True, "kind": "CronJob"}]},
            {"varReference": [{"path": "spec/schedule", "kind": "CronJob"}]},
            {"nameReference": [config_map]},
        )
    )
    layer.add("configurations", t.file(layer, "configuration", configuration))


@feature("transformers-images")
def _(t: Tree, r: Random) -> None:
    layer, job = t.layer(r), t.job(r)
    specs = [{"path": "spec/jobTemplate/spec/template/spec/containers[]/image", "kind": "CronJob"}]
    more: Map = {"imageTag": {"name": f"registry.example/{job['metadata']['name']}", "newTag": "5"}, "fieldSpecs": specs}
    if r.random() < 0.4:
        del more["fieldSpecs"]
    layer.add("transformers", t.file(layer, "images", _object("builtin", "ImageTagTransformer", "images", **more)))


@feature("transformers-labels")
def _(t: Tree, r: Random) -> None:
    layer = t.layer(r)
    kind, key = r.choice((("LabelTransformer", "labels"), ("AnnotationsTransformer", "annotations")))
    specs: list[Map] = [{"path": f"metadata/{key}", "create": True}]
    if r.random() < 0.6:
        specs.append({"path": f"spec/jobTemplate/spec/template/metadata/{key}", "create": True, "kind": "CronJob", "group": "batch"})
    layer.add("transformers", t.file(layer, "transform", _object("builtin", kind, "marks", **{key: {"marked": "1"}, "fieldSpecs": specs})))


@feature("transformers-patch")
def _(t: Tree, r: Random) -> None:
    layer, job = t.layer(r), t.job(r)
    patch = text(partial(r, job))
    more: Map = {"patch": patch}
    if r.random() < 0.6:
        more["target"] = {"kind": "CronJob", "name": job["metadata"]["name"]}
    layer.add("transformers", t.file(layer, "patching", _object("builtin", "PatchTransformer", "patch", **more)))


@feature("transformers-names")
def _(t: Tree, r: Random) -> None:
    layer = t.layer(r, base=False)
    specs = [{"path": "metadata/name"}]
    layer.add("transformers", t.file(layer, "prefix", _object("builtin", "PrefixTransformer", "p", prefix="t-", fieldSpecs=specs)))


@feature("open-api")
def _(t: Tree, r: Random) -> None:
    """A schema of the user's own kind, at a base or an overlay."""
    layer = t.layer(r)
    key = {"x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}
    kind = {"group": "shop.example", "kind": "Basket", "version": "v1"}
    schema = {"properties": {"items": {"type": "array", **key}}, "x-kubernetes-group-version-kind": [kind]}
    t.texts[f"{layer.folder}/schema.json"] = text({"definitions": {"v1.Basket": schema}}).replace("\\/", "/")
    layer.data["openapi"] = {"path": "schema.json"}


@feature("argo-before")
def _(t: Tree, r: Random) -> None:
    """A CronWorkflow and a WorkflowTemplate were there before: they render as they did."""
    t.others.append(_object("argoproj.io/v1alpha1", "CronWorkflow", "old", spec={"schedule": "@daily", "workflowSpec": WORKFLOW}))
    t.others.append(_object("argoproj.io/v1alpha1", "WorkflowTemplate", "shared", spec=WORKFLOW))


@feature("web")
def _(t: Tree, r: Random) -> None:
    with_web(t)
    patch = _object(
        "apps/v1", "Deployment", "web", spec={"template": {"spec": {"containers": [{"name": "main", "image": "registry.example/web:2"}]}}}
    )
    t.layer(r).add("patches", {"patch": text(patch)})


@feature("replicas-and-order")
def _(t: Tree, r: Random) -> None:
    with_web(t)
    layer = t.layer(r)
    layer.add("replicas", {"name": "web", "count": 3})
    if layer.folder in ("dev", "prod"):
        layer.data["sortOptions"] = r.choice(({"order": "fifo"}, {"order": "legacy"}))


@feature("aggregate")
def _(t: Tree, r: Random) -> None:
    """A root above an overlay, with what it says itself."""
    above = Layer("all", {"resources": [f"../{r.choice([n for n in t.layers if n in ('dev', 'prod')])}"]})
    if r.random() < 0.5:
        above.data["namePrefix"] = "all-"
    if r.random() < 0.5:
        above.add("patches", {"target": {"kind": "CronJob"}, "patch": text([{"op": "add", "path": "/spec/suspend", "value": True}])})
    t.layers["all"] = above


@feature("v1beta1")
def _(t: Tree, r: Random) -> None:
    t.job(r)["apiVersion"] = "batch/v1beta1"


@feature("legacy-words")
def _(t: Tree, r: Random) -> None:
    """`bases`, other file names, keys in lower case."""
    layer = t.layers["dev"]
    layer.name = r.choice(("kustomization.yml", "Kustomization"))
    if "resources" in layer.data:
        layer.data["bases"] = layer.data.pop("resources")
    if "namePrefix" in layer.data:
        layer.data["nameprefix"] = layer.data.pop("namePrefix")


@feature("component-fields")
def _(t: Tree, r: Random) -> None:
    """A Component that says something of all that its users hold."""
    part, name = t.component(), t.job(r)["metadata"]["name"]
    key, value = r.choice(
        (
            ("images", [{"name": f"registry.example/{name}", "newTag": "component"}]),
            ("commonLabels", {"part": "one"}),
            ("commonAnnotations", {"part": "one"}),
            ("namePrefix", "part-"),
            ("configMapGenerator", [{"name": "of-part", "literals": ["A=1"]}]),
        )
    )
    part.data[key] = value


@feature("stacked")
def _(t: Tree, r: Random) -> None:
    """An overlay above an overlay, which patches again."""
    above = Layer("top", {"resources": [f"../{r.choice([n for n in t.layers if n in ('dev', 'prod')])}"]})
    above.add("patches", {"patch": text(partial(r, t.job(r), 1))})
    if r.random() < 0.5:
        above.data["images"] = [{"name": f"registry.example/{t.job(r)['metadata']['name']}", "newTag": "top"}]
    t.layers["top"] = above


@feature("argo-application")
def _(t: Tree, r: Random) -> None:
    """An Application adds to an overlay what no file says."""
    job = t.job(r)
    target = {"kind": "CronJob", "name": job["metadata"]["name"]}
    adds: Map = r.choice(
        (
            {"images": [f"registry.example/{job['metadata']['name']}=registry.example/by-argo:1"]},
            {"patches": [{"target": target, "patch": text([{"op": "add", "path": "/spec/suspend", "value": True}])}]},
            {"commonAnnotations": {"by": "argo"}},
            {"namePrefix": "argo-"},
        )
    )
    source = {"repoURL": "https://git.example/here", "path": "HERE/dev", "kustomize": adds}
    spec = {"project": "default", "source": source, "destination": {"server": "https://kubernetes.default.svc", "namespace": "x"}}
    t.texts["argo/app.yaml"] = text(_object("argoproj.io/v1alpha1", "Application", "app", spec=spec))


@feature("flux-kustomization")
def _(t: Tree, r: Random) -> None:
    job = t.job(r)
    target = {"kind": "CronJob", "name": job["metadata"]["name"]}
    adds: Map = r.choice(
        (
            {"images": [{"name": f"registry.example/{job['metadata']['name']}", "newTag": "flux"}]},
            {"patches": [{"target": target, "patch": text([{"op": "add", "path": "/spec/suspend", "value": True}])}]},
            {"patches": [{"patch": text(partial(r, job, 1))}]},
            {"targetNamespace": "by-flux"},
        )
    )
    spec = {"interval": "10m", "path": "./HERE/dev", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "here"}, **adds}
    t.texts["flux/ks.yaml"] = text(_object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "ks", spec=spec))
