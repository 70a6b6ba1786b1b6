"""The controller's workload: its flag, and the variables about executors in its environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transformer.argo.controllers import runs_controller
from transformer.model import Op
from transformer.passes.executor.config import env_items
from transformer.passes.executor.decision import EXECUTOR, Decision, cite
from transformer.passes.executor.items import Item, Note, Step, without_empty
from transformer.passkit import Path, Severity, table

FLAG = "--container-runtime-executor"
OTHER = "CONTAINER_RUNTIME_EXECUTOR"


def workload_items(data: Mapping[str, Any], decision: Decision, *, configured: bool, keep_empty: bool) -> Iterator[Item]:
    """`keep_empty`: patches may add to the list of arguments, so it stays.

    `configured`: a ConfigMap of the same install names the executor, so the flag may go where its absence means docker.
    """
    base: Path = ("spec", "template", "spec", "containers")
    for i, container in enumerate(_containers(data)):
        if not isinstance(container, Mapping):
            continue
        if runs_controller(container):
            env = list(_dead_env(container, (*base, i)))
            flags = list(_all_flags(container, (*base, i), decision, configured))
            yield from without_empty(data, env, len(base) + 1)
            yield from without_empty(data, flags, 99 if keep_empty else len(base) + 1)
        else:
            yield from _other(container, (*base, i))


def _containers(data: Mapping[str, Any]) -> list[Any]:
    node: Any = data
    for step in ("spec", "template", "spec", "containers"):
        node = node.get(step) if isinstance(node, Mapping) else None
    return node if isinstance(node, list) else []


def _all_flags(container: Mapping[str, Any], path: Path, decision: Decision, configured: bool) -> Iterator[Item]:
    for key in ("command", "args"):
        words = container.get(key)
        yield from _flags(words if isinstance(words, list) else [], (*path, key), decision, configured)


def _dead_env(container: Mapping[str, Any], path: Path) -> Iterator[Item]:
    for row in table("executor").rows:
        if row["what"] == "env" and row["of"] == "controller":
            yield from env_items(container.get("env"), (*path, "env"), row)


def _flags(words: list[Any], path: Path, decision: Decision, configured: bool) -> Iterator[Item]:
    for i, word in enumerate(words):
        if word == FLAG:
            value = words[i + 1] if i + 1 < len(words) else None
            yield from _one(value, (*path, i), (*path, i + 1) if value is not None else None, decision, configured)
        elif isinstance(word, str) and word.startswith(FLAG + "="):
            yield from _one(word.partition("=")[2], (*path, i), None, decision, configured)
        elif isinstance(word, str) and FLAG in word:
            yield Note(
                "EXE005",
                (*path, i),
                f"A shell line passes {FLAG} to the controller.",
                f"Remove {FLAG} and its value from the line.",
                _cite(),
            )


def _one(value: Any, path: Path, separate: Path | None, decision: Decision, configured: bool) -> Iterator[Item]:
    if decision.action == "edit" and value == EXECUTOR:
        return
    if decision.action == "edit" and decision.absent_is_docker and not configured:
        why = f"No ConfigMap here names an executor, and without the flag {decision.by} runs docker."
        yield Step(Op.SET, separate or path, why, _cite(), EXECUTOR if separate else f"{FLAG}={EXECUTOR}")
        return
    why = (
        f"The controller of {decision.by} does not know this flag, and does not start with it."
        if decision.action == "delete"
        else "The ConfigMap already chooses emissary."
    )
    for place in (path, separate):
        if place is not None:
            yield Step(Op.REMOVE, place, why, _cite())


def _other(container: Mapping[str, Any], path: Path) -> Iterator[Item]:
    """A variable with which another program chooses the executor of an Argo that it installs."""
    env = container.get("env")
    for i, entry in enumerate(env if isinstance(env, list) else []):
        if isinstance(entry, Mapping) and entry.get("name") == OTHER:
            yield others_setting((*path, "env", i), str(entry.get("value", "")))


def others_setting(path: Path, value: str) -> Note:
    told = f"{OTHER} is {value!r}." if value else f"{OTHER} is set elsewhere."
    return Note(
        "EXE010",
        path,
        f"{told} Another program reads it, and chooses the executor of an Argo that it installs.",
        "Look up the values that the program accepts. On Autopilot, only emissary works, and up to 3.3 also k8sapi.",
        "argo.md 1.5",
        Severity.INFO,
    )


def _cite() -> str:
    return cite(table("executor")["flag"])
