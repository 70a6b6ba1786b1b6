"""The controller's configuration: a ConfigMap in either form, or the same keys elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from transformer.model import Op
from transformer.passes.executor.decision import EXECUTOR, Decision, cite
from transformer.passes.executor.items import Item, Note, Step, nested, without_empty
from transformer.passes.executor.labels import default_labels
from transformer.passes.executor.strict import flat_and_nested, strict_items
from transformer.passkit import Path, Severity, table
from transformer.yamltext import ParseError, load

CHOICE, SELECTORS = "containerRuntimeExecutor", "containerRuntimeExecutors"
_PLACEHOLDER = re.compile(r"\$[({]|\{\{|#\{")
_HASH_PLACEHOLDER = re.compile(rf"{CHOICE}:[ \t]*(#\{{[^}}\n]*\}})")
_KUSTOMIZE_VAR = re.compile(r"\$\([^)]*\)")


def config_map_items(data: Any, decision: Decision, *, patch: bool, complete: bool, text: str = "") -> Iterator[Item]:
    """A ConfigMap's `data`; `text` is how it is written. `complete`: it is the whole configuration, so a missing choice
    means the default."""
    data = data if isinstance(data, Mapping) else {}
    yield from flat_and_nested(data, decision)
    if "config" in data:
        yield from _config_form(data["config"], decision, patch=patch, complete=complete)
        return
    config: dict[str, Any] = {}
    for key, value in data.items():
        config[key], trouble = (value, "") if key == CHOICE else _read(value)
        if trouble and (_interesting(key) or "container-runtime-executor" in str(value)):
            yield _unreadable(("data", key), trouble)
    yield from _flat_form(data, config_items(_marked(config, text), decision, patch=patch, complete=complete))


def _flat_form(data: Mapping[str, Any], items: Iterable[Item]) -> Iterator[Item]:
    inner: dict[Any, list[Item]] = {}
    for item in items:
        if len(item.path) == 1:
            yield replace(item, path=("data", *item.path))
        else:
            inner.setdefault(item.path[0], []).append(replace(item, path=item.path[1:]))
    for key, found in inner.items():
        if isinstance(data[key], str):
            yield from nested(("data", key), data[key], found, "EXE004")


def _config_form(text: Any, decision: Decision, *, patch: bool, complete: bool) -> Iterator[Item]:
    config, trouble = _read(text)
    if not isinstance(text, str) or trouble or not isinstance(config, (Mapping, type(None))):
        if any(word in str(text) for word in (CHOICE, "container-runtime-executor")):
            yield _unreadable(("data", "config"), trouble or "expected a mapping")
        return
    found = config_items(_marked(config or {}, text), decision, patch=patch, complete=complete)
    yield from nested(("data", "config"), text, found, "EXE004")


def _marked(config: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """The configuration with the placeholder `#{NAME}`, which YAML reads as a comment, as the executor's value."""
    mark = _HASH_PLACEHOLDER.search(text) if CHOICE in config and config[CHOICE] is None else None
    return {**config, CHOICE: mark[1]} if mark else config


def config_items(config: Mapping[str, Any], decision: Decision, *, patch: bool = False, complete: bool = False) -> Iterator[Item]:
    """The configuration as one mapping, paths from it."""
    yield from without_empty(config, _all_items(config, decision, patch, complete), 1)


def _all_items(config: Mapping[str, Any], decision: Decision, patch: bool, complete: bool) -> Iterator[Item]:
    yield from _choice(config, decision, patch, complete)
    for row in table("executor").rows:
        if row["what"] == "key" and row["key"] in config and not (patch and config[row["key"]] is None):
            yield from _other_key(row, decision)
    yield from strict_items(config, decision)
    yield from executor_items(config.get("executor"), ("executor",))
    yield from default_labels(config.get("workflowDefaults"), ("workflowDefaults",))


def _choice(config: Mapping[str, Any], decision: Decision, patch: bool, complete: bool) -> Iterator[Item]:
    has = {key for key in (CHOICE, SELECTORS) if key in config and not (patch and config[key] is None)}
    keep_selectors = decision.action == "edit" and all(n == EXECUTOR for n in selected(config.get(SELECTORS)))
    if CHOICE in has:
        yield from _one(config[CHOICE], decision)
    elif decision.absent_is_docker and (complete or (SELECTORS in has and not keep_selectors)) and decision.action != "delete":
        yield Step(Op.INSERT, (CHOICE,), f"Without this key, {decision.by} runs docker.", decision.source, EXECUTOR)
    if SELECTORS in has and not keep_selectors:
        yield Step(Op.REMOVE, (SELECTORS,), _why_gone(decision, "A selector overrides every other setting."), decision.source)


def _one(value: Any, decision: Decision) -> Iterator[Item]:
    if decision.action == "delete" and (not placeholder(value) or _KUSTOMIZE_VAR.fullmatch(str(value))):
        yield Step(Op.REMOVE, (CHOICE,), _why_gone(decision, ""), decision.source)
    elif placeholder(value):
        yield filled_elsewhere((CHOICE,), value, decision)
    elif value != EXECUTOR or decision.action in ("refuse", "wait"):
        yield Step(Op.SET, (CHOICE,), why_set(value, decision), decision.source, EXECUTOR)


def _other_key(row: Any, decision: Decision) -> Iterator[Item]:
    if row["role"] == "dead":
        yield Step(Op.REMOVE, (row["key"],), f"{row['why']} {_after(decision)}", cite(row))
    elif row["role"] == "gone" and any(v.at_least(row["since"]) for v in decision.versions):
        effect = "The controller does not start with it." if decision.action == "delete" else "The controller ignores it."
        message = f"Argo does not know {row['key']} since {row['since']}. {effect}"
        severity = Severity.ERROR if decision.action == "delete" else Severity.WARNING
        yield Note("EXE006", (row["key"],), message, f"Write it as {row['use']}.", cite(row), severity)


def executor_items(executor: Any, path: Path) -> Iterator[Item]:
    """Dead settings of the executor container's template."""
    if not isinstance(executor, Mapping):
        return
    for row in table("executor").rows:
        if row["what"] == "env" and row["of"] == "executor":
            yield from env_items(executor.get("env"), (*path, "env"), row)
    context = executor.get("securityContext")
    if isinstance(context, Mapping):
        yield from _security(context, (*path, "securityContext"))


def env_items(env: Any, path: Path, row: Any) -> Iterator[Item]:
    for i, entry in enumerate(env if isinstance(env, list) else []):
        if isinstance(entry, Mapping) and entry.get("name") == row["key"] and "$patch" not in entry:
            yield Step(Op.REMOVE, (*path, i), f"{row['key']}: {row['why']}", cite(row))


def _security(context: Mapping[str, Any], path: Path) -> Iterator[Item]:
    rows = {r["key"]: r for r in table("executor").rows if r["what"] == "security"}
    if context.get("privileged") is True:
        yield Step(Op.REMOVE, (*path, "privileged"), f"privileged: {rows['privileged']['why']}", cite(rows["privileged"]))
    capabilities = context.get("capabilities")
    added = capabilities.get("add") if isinstance(capabilities, Mapping) else None
    for i, name in enumerate(added if isinstance(added, list) else []):
        row = rows.get(str(name).removeprefix("CAP_"))
        if row is not None:
            yield Step(Op.REMOVE, (*path, "capabilities", "add", i), f"{name}: {row['why']}", cite(row))


def selected(selectors: Any) -> list[Any]:
    """The executors that a list of selectors names. [None] where the list cannot be read."""
    selectors, trouble = _read(selectors)
    if trouble or not isinstance(selectors, list):
        return [None]
    return [s.get("name") if isinstance(s, Mapping) else None for s in selectors]


def placeholder(value: Any) -> bool:
    """Another tool fills the value in before Argo reads it."""
    return isinstance(value, str) and bool(_PLACEHOLDER.search(value))


def filled_elsewhere(path: Path, value: Any, decision: Decision) -> Note:
    kustomize = _KUSTOMIZE_VAR.fullmatch(str(value))
    what = "a Kustomize variable" if kustomize else "another tool"
    want = "remove this line there" if decision.action == "delete" else f"set it to {EXECUTOR} there"
    return Note(
        "EXE004",
        path,
        f"The executor is not chosen here: {what} fills in {value}.",
        f"Find the place that fills it in, and {want}.",
        cite(table("executor")["key-executor"]),
    )


def why_set(value: Any, decision: Decision) -> str:
    what = f"The executor {value}" if value else "An empty value"
    return f"{what} does not work on Autopilot, and emissary does. {decision.by} still reads this setting."


def _why_gone(decision: Decision, reason: str) -> str:
    if decision.action == "delete":
        return f"{decision.by} has emissary only, and its controller does not start with a key that it does not know."
    return f"{reason} Only emissary works on Autopilot."


def _after(decision: Decision) -> str:
    return "The controller does not start with it." if decision.action == "delete" else "Emissary does not read it."


def dead_keys() -> list[Any]:
    """Rows of the keys that emissary does not read, or that newer controllers do not know."""
    return [r for r in table("executor").rows if r["what"] == "key" and r["role"] in ("dead", "gone")]


def _interesting(key: str) -> bool:
    return any(r["what"] == "key" and r["key"] == key for r in table("executor").rows)


def _unreadable(path: Path, trouble: str) -> Note:
    return Note(
        "EXE004",
        path,
        f"This text names an executor, but it is not valid YAML: {trouble}.",
        f"Check {CHOICE} in this text by hand.",
        "argo.md 1.1",
    )


def _read(value: Any) -> tuple[Any, str]:
    if not isinstance(value, str):
        return value, ""
    try:
        documents = load(value)
    except ParseError as e:
        return value, f"{e.problem} (line {e.line} of the text)"
    return (documents[0] if documents else None), ""
