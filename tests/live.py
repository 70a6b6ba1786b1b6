"""`make live`: two real controllers and an API server judge what promise P6 says. Not part of `make test`.

Random CronJobs are converted with the product's own code. Kubernetes' Job controller makes one Pod of each, Argo's controller the
other, and the API server completes (dry run) the one that P6 rebuilt. Without what Argo adds to every Pod,

  rebuilt    the Pod that P6 rebuilt is the Pod that Argo made,
             also in shapes that the conversion does not write, and under workflowDefaults and mainContainer of the controller,
  same       the Pod of the Workflow is the Pod of the Job, but for what the rows of the conversion declare,
  merges     random patches merge as `kubectl patch --type=strategic` merges them.

KUBECONFIG names a throw-away cluster with Argo (and ARGO its version); without one, `../shared/tools/cluster` starts it where it
is there. What cannot be checked is said.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from tests.passes.cronjobs import convert
from tests.random_cronjobs import cron_job, parameters, text
from tests.random_patches import patch, plain, pod_spec
from tests.random_workflows import DEFAULTS, MAIN, reshaped
from transformer.argo.pod import pods
from transformer.argo.reserved import reserved
from transformer.argo.templates import NoPodError
from transformer.kubernetes.strategic_merge import NotMergedError, merged
from transformer.model import Version
from transformer.promises.pod_differences import Difference, differences
from transformer.promises.pod_proof import declared_by

Map = dict[str, Any]
NAMESPACE = "transformer-live"
BESIDE: list[Map] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
    *({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": n, "namespace": NAMESPACE}} for n in ("runner", "reporter")),
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "batch-low"}, "value": 10},
]
# What Argo adds to every Pod (argo-verified.md 1.2), and what the Job controller does.
ARGO_VOLUMES = ("var-run-argo", "tmp-dir-argo", "exec-sa-token")
ARGO_ENV = frozenset(reserved("variables"))
ARGO_KEYS = ("workflows.argoproj.io/", "kubectl.kubernetes.io/default-container")
JOB_KEYS = ("controller-uid", "job-name", "batch.kubernetes.io/")


@dataclass(frozen=True)
class Pair:
    name: str
    cron_job: Map
    cron_workflow: Map
    cited: frozenset[str] | None  # None: its Pod need not be the Job's


def main() -> int:
    ap = argparse.ArgumentParser(description="two real controllers judge promise P6")
    ap.add_argument("--count", type=int, default=200)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--argo", nargs="*", default=os.environ.get("ARGO", "3.6 4.0").split())
    ap.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    args = ap.parse_args()
    if shutil.which("kubectl") is None:
        print("not checked: no kubectl on PATH")
        return 0
    bad = not merges(args.seed, args.count)
    for argo in args.argo[:1] if os.environ.get("KUBECONFIG") else args.argo:
        with cluster(args.shared / "tools" / "cluster", argo) as config:
            if config is None:
                print(f"Argo {argo}: not checked: no KUBECONFIG, and {args.shared}/tools/cluster starts none")
                continue
            bad |= not judge(Kubectl(config), argo, args.seed, args.count)
    return int(bad)


@contextmanager
def cluster(program: Path, argo: str) -> Iterator[str | None]:
    """The user's own, or one that is started for this and taken down."""
    if given := os.environ.get("KUBECONFIG"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="transformer-live-") as folder:
        try:
            done = program.is_file() and subprocess.run([str(program), "up", folder, "--argo", argo], capture_output=True, timeout=1200)
            yield f"{folder}/kubeconfig" if done and done.returncode == 0 else None
        finally:
            if program.is_file():
                subprocess.run([str(program), "down", folder], capture_output=True, timeout=60, check=False)


class Kubectl:
    def __init__(self, config: str) -> None:
        self.own = "KUBECONFIG" not in os.environ or "OWN" in os.environ  # started for this: its controller may be configured
        self.env = {**os.environ, "KUBECONFIG": config}

    def __call__(self, *argv: str, stdin: str = "") -> str:
        return subprocess.run(
            ["kubectl", *argv], input=stdin, capture_output=True, text=True, env=self.env, timeout=300, check=False
        ).stdout

    def create(self, objects: list[Map], *options: str) -> str:
        return self("create", "-f", "-", *options, stdin="\n---\n".join(map(json.dumps, objects)))

    @contextmanager
    def configured(self, config: Map) -> Iterator[None]:
        """Argo's controller with more in its configuration, which it reads again by itself."""
        place = ("configmap", "workflow-controller-configmap", "-n", "argo", "--type=merge", "-p")
        self("patch", *place, json.dumps({"data": {k: json.dumps(v) for k, v in config.items()}}))
        time.sleep(5)
        try:
            yield
        finally:
            self("patch", *place, json.dumps({"data": dict.fromkeys(config)}))
            time.sleep(5)

    def pods(self) -> list[Map]:
        return list(json.loads(self("get", "pods", "-n", NAMESPACE, "-o", "json") or '{"items": []}')["items"])


# --- the two Pods, and the rebuilt one


def judge(kubectl: Kubectl, argo: str, seed: int, count: int) -> bool:
    """As the conversion writes them, against the Job's Pods; then in other shapes; then under a configuration of the controller."""
    pairs = list(converted(argo, seed, count))
    kubectl.create(BESIDE)
    good = compared(kubectl, argo, pairs, f"Argo {argo}, seed {seed}: {count} random CronJobs")
    others = [replace(p, cron_workflow=reshaped(Random(p.name), p.cron_workflow), cited=None) for p in pairs]  # noqa: S311
    good &= compared(kubectl, argo, others, f"Argo {argo}, seed {seed}: in other shapes")
    if kubectl.own:
        with kubectl.configured({"workflowDefaults": {"spec": DEFAULTS}, "mainContainer": MAIN}):
            said = f"Argo {argo}, seed {seed}: under workflowDefaults and mainContainer"
            good &= compared(kubectl, argo, others, said, defaults=DEFAULTS, main=MAIN)
    return good


def compared(kubectl: Kubectl, argo: str, pairs: list[Pair], said: str, **config: Map) -> bool:
    kubectl("delete", "jobs,workflows.argoproj.io,pods", "--all", "-n", NAMESPACE, "--wait=true")
    kubectl.create([o for p in pairs for o in started(p)], "--validate=false")
    rebuilt = completed(kubectl, pairs, argo, config)
    jobs, flows = made(kubectl, pairs)
    lines: list[str] = []
    both = [p for p in pairs if p.name in flows and p.name in (rebuilt if p.cited is None else jobs)]
    for p in both:
        ours, theirs = pod_of(rebuilt.get(p.name, {})), without_argo(flows[p.name])
        lines += [f"  {p.name}: rebuilt: {d}" for d in differences(ours, theirs) if not later(d)]
        if p.cited is not None:
            lines += [f"  {p.name}: {d}" for d in differences(pod_of(jobs[p.name]), theirs) if not declared_by(p.cited, d)]
    missing = [p for p in pairs if p not in both]
    refused = [p for p in missing if p.cited is None and p.name not in rebuilt]  # by P6 or by the API server
    print(f"{said}: {len(both)} Pods of each; differences: {len(lines)}" + (f"; {len(refused)} refused" if refused else ""))
    lines += [f"  {p.name}: no Pod" for p in missing if p not in refused]
    print("\n".join(lines[:40]), end="\n" if lines else "")
    return bool(both) and not lines


def converted(argo: str, seed: int, count: int) -> Iterator[Pair]:
    """As many random CronJobs as the product converts."""
    n = 0
    while n < count:
        seed, name = seed + 1, f"r-{seed}"
        r = Random(seed)  # noqa: S311 - the same ones every time
        data = cron_job(r, name)
        result = convert(text(data), argo, **parameters(r, data))
        if result.outcome == "Changed":
            n += 1
            yield Pair(name, data, result.data, result.cited)


def started(pair: Pair) -> Iterator[Map]:
    """The Job and the Workflow, as `kubectl create job --from` and `argo submit --from` make them."""
    meta = {"name": pair.name, "namespace": NAMESPACE}
    template, spec = pair.cron_job["spec"]["jobTemplate"], pair.cron_workflow["spec"]
    if pair.cited is not None:
        yield {"apiVersion": "batch/v1", "kind": "Job", "metadata": {**template.get("metadata", {}), **meta}, "spec": template["spec"]}
    carried = {**spec.get("workflowMetadata", {}), **meta}
    yield {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": carried, "spec": spec["workflowSpec"]}


def completed(kubectl: Kubectl, pairs: list[Pair], argo: str, config: Map) -> dict[str, Map]:
    """What P6 rebuilt, with what the API server writes into a Pod."""
    objects = []
    for p in pairs:
        with suppress(NoPodError):
            [pod] = pods(p.cron_workflow, Version.parse(argo), **config)
            meta = {"name": f"rebuilt-{p.name}", "namespace": NAMESPACE, **{k: v for k, v in pod["metadata"].items() if v}}
            objects.append({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": pod["spec"]})
    said = kubectl.create(objects, "--dry-run=server", "-o", "json")
    return {pod["metadata"]["name"].removeprefix("rebuilt-"): pod for pod in _documents(said)}


def _documents(said: str) -> Iterator[Map]:
    """kubectl writes one object after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(said):
        value, at = decoder.raw_decode(said, at)
        yield from value.get("items", [value])
        at += len(said[at:]) - len(said[at:].lstrip())


def made(kubectl: Kubectl, pairs: list[Pair]) -> tuple[dict[str, Map], dict[str, Map]]:
    """By name: the Pod of the Job, the Pod of the Workflow."""
    started, last, count = time.monotonic(), time.monotonic(), -1
    while True:
        found = kubectl.pods()
        if len(found) > count:
            last, count = time.monotonic(), len(found)
        jobs = {p["metadata"]["labels"]["job-name"]: p for p in found if "job-name" in p["metadata"].get("labels", {})}
        flows = {name: p for p in found if (name := p["metadata"].get("labels", {}).get("workflows.argoproj.io/workflow"))}
        wanted = sum(1 if p.cited is None else 2 for p in pairs)
        if len(jobs) + len(flows) >= wanted or time.monotonic() > min(last + 30, started + 300):
            return jobs, flows
        time.sleep(2)


def pod_of(pod: Map) -> Map:
    meta = pod.get("metadata", {})
    kept = {k: {n: v for n, v in meta.get(k, {}).items() if not n.startswith((*ARGO_KEYS, *JOB_KEYS))} for k in ("labels", "annotations")}
    return {"metadata": kept, "spec": {k: v for k, v in pod.get("spec", {}).items() if k != "nodeName"}}


def without_argo(pod: Map) -> Map:
    out = pod_of(pod)
    spec = out["spec"]
    spec["initContainers"] = [_unwrapped(c) for c in spec.get("initContainers", []) if c["name"] != "init"]
    spec["containers"] = [_unwrapped(c) for c in spec["containers"] if c["name"] != "wait"]
    spec["volumes"] = [v for v in spec.get("volumes", []) if v["name"] not in ARGO_VOLUMES]
    return out


def _unwrapped(container: Map) -> Map:
    command = container.get("command", [])
    if command[:1] and command[0].endswith("/argoexec") and "--" in command:
        command = command[command.index("--") + 1 :]
    return {
        **container,
        "command": command,
        "env": [e for e in container.get("env", []) if e["name"] not in ARGO_ENV],
        "volumeMounts": [m for m in container.get("volumeMounts", []) if m["name"] not in ARGO_VOLUMES],
    }


def later(d: Difference) -> bool:
    """The Workflow's deadline is what is left of it when the Pod is made."""
    return d.where == "spec/activeDeadlineSeconds" and isinstance(d.after, int) and 0 <= d.before - d.after < 120


# --- strategic merge


def merges(seed: int, count: int) -> bool:
    equal = refused = 0
    for n in range(count):
        r = Random(seed + n)  # noqa: S311 - the same ones every time
        old, change = plain(pod_spec(r)), patch(r)
        try:
            ours = merged(old, change, "PodSpec")
        except NotMergedError:
            refused += 1
            continue
        pod = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": old})
        argv = ["kubectl", "patch", "--local", "--type=strategic", "-f", "-", "-o", "json", "-p", json.dumps({"spec": change})]
        theirs = json.loads(subprocess.run(argv, input=pod, capture_output=True, text=True, check=True, timeout=60).stdout)["spec"]
        if plain(ours) != plain(theirs):
            print(f"  merge, seed {seed + n}: {json.dumps(plain(ours))} where kubectl has {json.dumps(plain(theirs))}")
        else:
            equal += 1
    print(f"strategic merge: {equal} of {count - refused} patches as kubectl merges them; {refused} refused")
    return equal + refused == count


if __name__ == "__main__":
    sys.exit(main())
