"""Helm values of the chart argo-workflows, wherever they are written, and parameters of other installers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transformer.model import Op
from transformer.passes.executor.config import CHOICE, SELECTORS, config_items, filled_elsewhere, placeholder, why_set
from transformer.passes.executor.decision import EXECUTOR, Decision, cite
from transformer.passes.executor.items import Item, Note, Step, at, nested
from transformer.passkit import Path, Severity, table
from transformer.yamltext import ParseError, load

_DEPTH = 6  # how deep umbrella charts nest the values of their dependencies


def values_items(values: Any, decision: Decision) -> Iterator[Item]:
    """A chart's values. The keys are below `controller`; in an umbrella chart, that is below the dependency's name."""
    for path, block in _blocks(values, (), 0):
        controller = block["controller"]
        config = {key: controller[key] for key in (CHOICE, SELECTORS, "workflowDefaults") if controller.get(key) is not None}
        if isinstance(block.get("executor"), Mapping):
            config["executor"] = block["executor"]
        for item in config_items(config, decision):
            inside = () if item.path[0] == "executor" else ("controller",)
            yield from at((*path, *inside), (item,))


def _blocks(node: Any, path: Path, depth: int) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if not isinstance(node, Mapping) or depth > _DEPTH:
        return
    if isinstance(node.get("controller"), Mapping):
        yield path, node
    for key, child in node.items():
        if key != "controller":
            yield from _blocks(child, (*path, key), depth + 1)


def embedded_items(data: Mapping[str, Any], decision: Decision) -> Iterator[Item]:
    """Values inside an Argo CD Application, a Flux HelmRelease, or Kustomize's `helmCharts`."""
    spec = data.get("spec")
    if data.get("kind") == "HelmRelease" and isinstance(spec, Mapping):
        yield from at(("spec", "values"), values_items(spec.get("values"), decision))
    elif data.get("kind") == "Application" and isinstance(spec, Mapping):
        yield from at(("spec",), _application(spec, decision))
    elif data.get("kind") == "ApplicationSet" and isinstance(spec, Mapping):
        template = spec.get("template")
        inner = template.get("spec") if isinstance(template, Mapping) else None
        yield from at(("spec", "template", "spec"), _application(inner if isinstance(inner, Mapping) else {}, decision))
    for i, chart in enumerate(_list(data.get("helmCharts"))):
        if isinstance(chart, Mapping):
            yield from at(("helmCharts", i, "valuesInline"), values_items(chart.get("valuesInline"), decision))


def _application(spec: Mapping[str, Any], decision: Decision) -> Iterator[Item]:
    sources: list[tuple[Path, Any]] = [(("source",), spec.get("source"))]
    sources += [(("sources", i), source) for i, source in enumerate(_list(spec.get("sources")))]
    for path, source in sources:
        helm = source.get("helm") if isinstance(source, Mapping) else None
        if isinstance(helm, Mapping):
            yield from at((*path, "helm"), _helm(helm, decision))


def _helm(helm: Mapping[str, Any], decision: Decision) -> Iterator[Item]:
    yield from at(("valuesObject",), values_items(helm.get("valuesObject"), decision))
    text = helm.get("values")
    if isinstance(text, str) and CHOICE in text:
        yield from _text(text, decision)
    for i, parameter in enumerate(_list(helm.get("parameters"))):
        if isinstance(parameter, Mapping):
            yield from _parameter(parameter, ("parameters", i), decision)


def _text(text: str, decision: Decision) -> Iterator[Item]:
    try:
        documents = load(text)
    except ParseError as e:
        yield Note(
            "EXE004",
            ("values",),
            f"These values name an executor, but they are not valid YAML: {e.problem}.",
            f"Check {CHOICE} in these values by hand.",
            "argo.md 1.1",
        )
        return
    yield from nested(("values",), text, values_items(documents[0] if documents else None, decision), "EXE004")


def _parameter(parameter: Mapping[str, Any], path: Path, decision: Decision) -> Iterator[Item]:
    """`helm.parameters` wins over every other source of values."""
    name, value = str(parameter.get("name", "")), parameter.get("value")
    if name.endswith(f"controller.{CHOICE}"):
        if decision.action == "delete":
            yield Step(Op.REMOVE, path, f"The chart of {decision.by} does not have this value.", decision.source)
        elif placeholder(value):
            yield filled_elsewhere((*path, "value"), value, decision)
        elif "value" in parameter and (value != EXECUTOR or decision.action in ("refuse", "wait")):
            yield Step(Op.SET, (*path, "value"), why_set(value, decision), decision.source, EXECUTOR)
    elif f"controller.{SELECTORS}" in name:
        yield Note(
            "EXE005",
            path,
            f"The parameter {name} selects another executor for some workflows.",
            f"Remove every parameter whose name starts with {name.partition('[')[0]}.",
            cite(table("executor")["key-executors"]),
        )


def other_parameters(data: Any) -> Iterator[Item]:
    """A name and value of another installer: parameters of a KfDef, values of an unknown chart."""
    for path, node in _walk(data, ()):
        if node.get("name") == CHOICE and "value" in node:
            yield _parameter_note((*path, "value"), node["value"])
        for key in (CHOICE, SELECTORS):
            if isinstance(node.get(key), (str, list)) and path[-1:] != ("controller",):
                yield _parameter_note((*path, key), node[key])


def _parameter_note(path: Path, value: Any) -> Note:
    told = f" ({value})" if isinstance(value, str) else ""
    return Note(
        "EXE005",
        path,
        f"This names an executor{told}, and the tool that reads it is not known. It was not changed.",
        f"If it ends up in the controller's configuration, set it to {EXECUTOR} up to Argo 3.3, and remove it from 3.4 on.",
        "argo.md 1.1",
        Severity.INFO if value == EXECUTOR else Severity.WARNING,
    )


def _walk(node: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        yield path, node
        for key, child in node.items():
            yield from _walk(child, (*path, key))
    elif isinstance(node, list):
        for i, child in enumerate(node):
            yield from _walk(child, (*path, i))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
