"""Random families of layers: a base with CronJobs, and overlays, Components and roots above it. What makes a family odd is a list of
features, each drawn with a random of its own, so that one can be taken away and the others stay as they are."""

# ruff: noqa: S311 - chance, not secrets
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from tests.layers.building import NAMES, Files, Repository, roots
from tests.random_cronjobs import text

Map: TypeAlias = dict[str, Any]
OVERLAYS = ("dev", "prod")


@dataclass
class Layer:
    """A kustomization in the making."""

    folder: str
    data: Map = field(default_factory=dict)
    name: str = "kustomization.yaml"

    def add(self, key: str, *items: Any) -> None:
        self.data.setdefault(key, []).extend(items)


@dataclass
class Tree:
    """A repository in the making. `jobs`: the CronJobs of the base, by name; `others`: what else stands in it."""

    jobs: dict[str, Map]
    layers: dict[str, Layer]
    others: list[Map] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    together: bool = False  # all CronJobs in one file
    count: int = 0

    @property
    def base(self) -> Layer:
        return self.layers["base"]

    def layer(self, r: Random, *, base: bool = True) -> Layer:
        """One where a feature may stand."""
        known = [name for name in self.layers if name not in ("all", "top") and (base or name != "base")]
        return self.layers[r.choice(known)]

    def job(self, r: Random) -> Map:
        return self.jobs[r.choice(sorted(self.jobs))]

    def file(self, layer: Layer, stem: str, data: Any) -> str:
        """A new file beside a layer: its name. Several documents where `data` is a list of objects."""
        self.count += 1
        name = f"{stem}-{self.count}.yaml"
        documents = data if isinstance(data, list) and data and "kind" in data[0] else [data]
        self.texts[f"{layer.folder}/{name}"] = "---\n".join(text(d) for d in documents)
        return name

    def component(self) -> Layer:
        """One that the overlays share."""
        if "parts" not in self.layers:
            self.layers["parts"] = Layer("parts", {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"})
            for name in OVERLAYS:
                if name in self.layers:
                    self.layers[name].add("components", "../parts")
        return self.layers["parts"]

    def files(self) -> dict[str, str]:
        found = dict(self.texts)
        named = []
        if self.together:
            found["base/jobs.yaml"] = "---\n".join(text(job) for job in self.jobs.values())
            named.append("jobs.yaml")
        else:
            for name, job in self.jobs.items():
                found[f"base/{name}.yaml"] = f"# {name}: who it is for\n{text(job)}"
                named.append(f"{name}.yaml")
        for n, other in enumerate(self.others):
            found[f"base/other-{n}.yaml"] = text(other)
            named.append(f"other-{n}.yaml")
        self.base.data = {"resources": [*named, *self.base.data.get("resources", [])]} | {
            k: v for k, v in self.base.data.items() if k != "resources"
        }
        for layer in self.layers.values():
            found[f"{layer.folder}/{layer.name}"] = text(layer.data)
        return found


Feature: TypeAlias = Callable[[Tree, Random], None]
FEATURES: dict[str, Feature] = {}


def feature(name: str) -> Callable[[Feature], Feature]:
    def take(make: Feature) -> Feature:
        FEATURES[name] = make
        return make

    return take


@dataclass(frozen=True)
class Family:
    """`seed` and features say everything."""

    seed: int
    features: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"f{self.seed}"

    def without(self, name: str) -> Family:
        return Family(self.seed, tuple(f for f in self.features if f != name))

    def repository(self) -> Repository:
        """In a folder of its name. All roots of three families in ten, else those above which there is no other."""
        files = {f"{self.name}/{path}": text.replace("HERE/", f"{self.name}/") for path, text in self.files().items()}
        found = roots(files)
        if self.seed % 10 > 2:
            named = "".join(text for path, text in files.items() if path.rpartition("/")[2] in NAMES)
            found = [root for root in found if f'../{root.folder.rpartition("/")[2]}"' not in named]
        return Repository(files, found)

    def files(self) -> dict[str, str]:
        tree = _start(Random(self.seed))
        for name in FEATURES:  # in one order, so that one less is one less
            if name in self.features:
                FEATURES[name](tree, Random(f"{self.seed} {name}"))
        return tree.files()


def drawn(seed: int, names: Sequence[str] = ()) -> Family:
    r = Random(f"{seed} features")
    names = names or list(FEATURES)
    return Family(seed, tuple(sorted(r.sample(list(names), min(len(names), r.choice((1, 1, 2, 2, 3, 4, 6)))))))


def _start(r: Random) -> Tree:
    jobs = {f"job-{c}": _job(r, f"job-{c}") for c in "abc"[: r.choice((1, 1, 1, 2, 3))]}
    layers = {"base": Layer("base")}
    for name in OVERLAYS[: r.choice((1, 1, 2))]:
        layers[name] = Layer(name, {"resources": ["../base"]})
    return Tree(jobs, layers, together=r.random() < 0.3)


def _job(r: Random, name: str) -> Map:
    container: Map = {"name": "main", "image": f"registry.example/{name}:1", "command": ["run"]}
    if r.random() < 0.7:
        container["args"] = ["--all", r.choice(("x", "N", "0777", "a: b"))]
    if r.random() < 0.7:
        container["env"] = [{"name": "LEVEL", "value": "info"}, {"name": "MODE", "value": "full"}][: r.choice((1, 2))]
    if r.random() < 0.4:
        container["resources"] = {"requests": {"cpu": "250m", "memory": "64Mi"}}
    pod: Map = {"restartPolicy": "Never", "containers": [container]}
    template: Map = {"spec": pod}
    if r.random() < 0.4:
        template["metadata"] = {"labels": {"app": name}}
    spec: Map = {"schedule": r.choice(("*/5 * * * *", "0 3 * * *")), "concurrencyPolicy": r.choice(("Allow", "Forbid"))}
    if r.random() < 0.2:
        spec["suspend"] = False
    metadata: Map = {"name": name, "labels": {"app": name, "team": "data"}}
    if r.random() < 0.4:
        metadata["annotations"] = {"note": "nightly"}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata,
        "spec": {**spec, "jobTemplate": {"spec": {"backoffLimit": 2, "template": template}}},
    }


def pod_of(job: Map) -> Map:
    pod: Map = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return pod


def shown(files: Files) -> str:
    return "\n".join(f"===== {path}\n{held}" for path, held in sorted(files.items()))


def as_json(data: Any) -> str:
    return json.dumps(data, indent=1)
