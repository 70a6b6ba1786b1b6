"""Replace the annotations `prometheus.io/scrape` by a PodMonitoring.

A Deployment whose Pods ask to be scraped gets a PodMonitoring of the same name behind it, and the annotations go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transformer.passkit import (
    Addition,
    Blocks,
    Change,
    ConsentParams,
    Context,
    Finding,
    Keeps,
    Pass,
    Resource,
    ResourceId,
    Rewrites,
    param,
    render,
    table,
)

ROWS = table("scrape_annotations", package=__package__)
NOTES = ("spec", "template", "metadata", "annotations")


@dataclass(frozen=True, slots=True)
class Scraping(ConsentParams):
    interval: str | None = param("how often the Pods are asked, such as 30s; without it the pass does nothing")

    @property
    def idle(self) -> bool:
        return self.interval is None


def run(resource: Resource, params: Scraping, _context: Context) -> Iterator[Change | Finding | Addition]:
    notes = resource.get(*NOTES)
    if not isinstance(notes, Mapping) or notes.get("prometheus.io/scrape") != "true":
        return
    port = notes.get("prometheus.io/port") or first_port(resource)
    row = ROWS["first-port"]
    if port is None:
        yield resource.block(
            "SCRAPE001",
            "No container declares a port, and no annotation names one.",
            remedy="Add the annotation prometheus.io/port to the Pods.",
            source=ROWS.cite("port"),
            path=NOTES,
        )
    elif "prometheus.io/port" not in notes and row.id not in params.accept:
        yield resource.block(
            "SCRAPE002",
            f"Only port {port} would be scraped: {row['why']}.",
            remedy=f"Name the port in the annotation prometheus.io/port, or run with `--accept {row.id}`.",
            source=ROWS.cite(row.id),
            path=NOTES,
        )
    else:
        yield from without_annotations(resource, notes)
        yield pod_monitoring(resource, notes, port, params)


def first_port(resource: Resource) -> Any:
    for container in resource.get("spec", "template", "spec", "containers", default=()):
        for port in container.get("ports", ()):
            return port.get("name") or port.get("containerPort")
    return None


def without_annotations(resource: Resource, notes: Mapping[str, Any]) -> Iterator[Change]:
    """Each goes with its own reason; where none is left, the map around them goes."""
    gone = [row for row in ROWS.rows if row.get("annotation") in notes]
    if len(gone) == len(notes):
        yield resource.remove(NOTES, why=ROWS["scrape"]["why"], source=ROWS.cite("scrape"))
        return
    for row in gone:
        yield resource.remove((*NOTES, row["annotation"]), why=row["why"], source=ROWS.cite(row.id))


def pod_monitoring(resource: Resource, notes: Mapping[str, Any], port: Any, params: Scraping) -> Addition:
    text = render(
        "pod_monitoring.yaml.j2",
        package=__package__,
        name=resource.id.name,
        namespace=resource.id.namespace,
        labels=resource.get("spec", "selector", "matchLabels"),
        port=int(port) if str(port).isdigit() else port,
        path=notes.get("prometheus.io/path", "/metrics"),
        interval=params.interval,
    )
    who = ResourceId("monitoring.googleapis.com/v1", "PodMonitoring", resource.id.namespace, resource.id.name)
    return Addition(resource.pass_id, resource.file, who, text, ROWS["pod-monitoring"]["why"], ROWS.cite("pod-monitoring"))


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
      annotations:
        team: web   # who is asked
        prometheus.io/scrape: "true"
        prometheus.io/port: "9090"
    spec:
      containers:
      - name: shop
        image: example.com/shop:1.4
"""
DONE = """\
---
apiVersion: monitoring.googleapis.com/v1
kind: PodMonitoring
metadata:
  name: "shop"
spec:
  selector:
    matchLabels: {"app": "shop"}
  endpoints:
  - port: 9090
    path: "/metrics"
    interval: "30s"
"""
PORT = '        prometheus.io/port: "9090"\n'
SCRAPE = '        prometheus.io/scrape: "true"\n'
DECLARED = "        ports: [{containerPort: 9090}, {containerPort: 8080}]\n"
EVERY = {"interval": "30s"}

PASS = Pass(
    id="managed-scraping",
    params=Scraping,
    run=run,
    prefilter=("prometheus.io/scrape",),
    kinds=frozenset({"Deployment"}),
    codes={
        "SCRAPE001": "Nothing says which port is scraped. Add the annotation prometheus.io/port to the Pods.",
        "SCRAPE002": "Fewer ports would be scraped than before. Name the port, or accept the row `first-port`.",
    },
    examples=(
        Rewrites("the port is named", DEPLOYMENT, DEPLOYMENT.replace(SCRAPE + PORT, "") + DONE, params=EVERY),
        Rewrites(
            "the first port is fine",
            DEPLOYMENT.replace(PORT, "") + DECLARED,
            DEPLOYMENT.replace(SCRAPE + PORT, "") + DECLARED + DONE,
            params={**EVERY, "accept": ["first-port"]},
        ),
        Keeps("no scraping is wanted", DEPLOYMENT.replace('"true"', '"false"'), params=EVERY),
        Keeps("no interval is given", DEPLOYMENT),
        Blocks("no port is known", DEPLOYMENT.replace(PORT, ""), "SCRAPE001", params=EVERY),
        Blocks("several ports are declared", DEPLOYMENT.replace(PORT, "") + DECLARED, "SCRAPE002", params=EVERY),
    ),
)
