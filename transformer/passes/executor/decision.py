"""What to do about the executor for a version of Argo: refuse, edit or delete, by the version rows of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from transformer.argo.controllers import Deployed, unknown_for, versions_for
from transformer.passkit import Context, Version, table

EXECUTOR = "emissary"


@dataclass(frozen=True, slots=True)
class Decision:
    """`absent_is_docker`: docker runs where no key names an executor (up to 3.2). `pins` are the places in the repository
    that give the version; without any, the target version decided. `problem`: code, message and remedy of a refusal. `unknown`: the
    installs whose version cannot be known; then nothing is deleted on the strength of the target (`wait`)."""

    action: Literal["refuse", "edit", "delete", "wait"]
    versions: tuple[Version, ...]
    absent_is_docker: bool
    source: str
    pins: tuple[Deployed, ...] = ()
    problem: tuple[str, str, str] = ("", "", "")
    unknown: tuple[Deployed, ...] = ()

    @property
    def by(self) -> str:
        """The version with its origin: `Argo 3.6 (the target version)`, `Argo 3.3.10 (argo/controller.yaml:28)`."""
        told = ", ".join(dict.fromkeys(f"Argo {v}" for v in map(str, self.versions)))
        return f"{told} ({', '.join(dict.fromkeys(f'{p.file}:{p.line}' for p in self.pins)) or 'the target version'})"


def decide(target: Version, pins: Sequence[Deployed]) -> Decision:
    """The decision for files that run under all of `pins`, or under the target version where there is none."""
    versions = tuple(dict.fromkeys(p.version for p in pins if p.version)) or (target,)
    rows = [row_of(v) for v in versions]
    made = Decision(rows[0]["action"], versions, any(r["absent"] == "docker" for r in rows), cite(rows[0]), tuple(pins))
    actions = {r["action"] for r in rows}
    if "refuse" in actions:
        return _refused(made, "EXE001", f"{made.by} has no emissary executor.", "Upgrade Argo Workflows to 3.1 or newer first.")
    if len(actions) == 1:
        return made
    if made.absent_is_docker:
        return _refused(
            made,
            "EXE008",
            f"Controllers of different versions read this file: {made.by}. Up to 3.2 it must name emissary, and from 3.4 on it must not.",
            "Give each install its own file, or upgrade the older one to 3.3 first.",
        )
    return Decision("delete", versions, False, cite(table("executor")["version-3.4"]), tuple(pins))


def row_of(version: Version) -> Any:
    """The row of a version. Rows begin and end with minor releases, so a missing patch number makes no difference."""
    for row in table("executor").rows:
        if row["what"] == "version" and version.at_least(row["since"]) and version.below(row["below"]):
            return row
    raise LookupError(f"no row for {version}")


def decision_for(file: str, context: Context) -> Decision:
    target = context.target.argo
    if target is None:
        raise LookupError("the pass asks for target.argoWorkflows.version")
    made = decide(target, versions_for(context.index, file))
    unknown = unknown_for(context.index, file)
    return replace(made, action="wait", unknown=unknown) if unknown and made.action == "delete" else made


def cite(row: Any) -> str:
    return table("executor").cite(row.id)


def _refused(made: Decision, code: str, message: str, remedy: str) -> Decision:
    return Decision("refuse", made.versions, made.absent_is_docker, made.source, made.pins, (code, message, remedy))
