"""`argo lint` of the target's version on what changed. Where it is not on PATH, the report says that it was not checked."""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from transformer import executables
from transformer.model import Check, CheckState, PassResult, Target
from transformer.run.programs import run

ARGO_KINDS = "cronworkflows,workflows,workflowtemplates,clusterworkflowtemplates"
_KINDS = (b"argoproj.io",)
_YAML = (".yaml", ".yml")
# A template that is not in this repository may be in the cluster.
_ELSEWHERE = re.compile(r"couldn't find (cluster )?workflow template")
_GAVE_UP = re.compile(r"^Error: duplicate \w+ found", re.M)


@dataclass(frozen=True, slots=True)
class Linted:
    """`faults`: by file, the first new one."""

    faults: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


def check(
    passes: Sequence[PassResult], target: Target, seconds: float, files: Mapping[str, bytes], is_patch: Callable[[str], bool]
) -> Linted:
    """Lint what changed, consequences and all, with the target's own `argo`. `files`: the base. A patch is no whole object."""
    changed = {path: raw for result in passes for path, raw in result.texts.items()}
    after = {path: raw for path, raw in changed.items() if path.endswith(_YAML) and any(k in raw for k in _KINDS) and not is_patch(path)}
    if not after or target.argo is None:
        return Linted()
    argo = lint_program(target)
    name = f"argo lint --offline ({target.argo})"
    if argo is None:
        return Linted(checks=(Check(name, CheckState.NOT_CHECKED, "no argo of that version on PATH"),))
    beside = _referred(after, files)
    was = lint(argo, {path: files[path] for path in after if path in files}, int(seconds), beside)
    now = lint(argo, after, int(seconds), beside)
    if was is None or now is None:
        return Linted(checks=(Check(name, CheckState.NOT_CHECKED, f"no answer within {int(seconds)} s"),))
    worse = {path: faults for path in after if (faults := now.get(path, Counter()) - was.get(path, Counter()))}
    held = Check(name, CheckState.HELD, f"{len(after)} files, no new fault")
    return Linted({path: next(iter(faults)) for path, faults in sorted(worse.items())}, (held,))


def _referred(after: Mapping[str, bytes], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is linted beside: where a changed file refers to templates, every unchanged file that has some."""
    if not any(b"emplateRef" in raw for raw in after.values()):
        return {}
    held = {path: raw for path, raw in files.items() if path.endswith(_YAML) and path not in after}
    return {path: raw for path, raw in held.items() if b"WorkflowTemplate" in raw and any(k in raw for k in _KINDS)}


@cache
def lint_program(target: Target) -> str | None:
    """The `argo` of the target's minor version: `argo-3.6`, or an `argo` that says it is one."""
    if target.argo is None:
        return None
    wanted = f"{target.argo.major}.{target.argo.minor}"
    for name in (f"argo-{wanted}", "argo"):
        found = executables.find(name, (executables.holding_repository(Path.cwd()),))
        if found and re.search(rf"\bv?{re.escape(wanted)}\.", _run([found, "version", "--short"], 20) or ""):
            return found
    return None


def lint(argo: str, texts: Mapping[str, bytes], seconds: int, beside: Mapping[str, bytes] | None = None) -> dict[str, Counter[str]] | None:
    """Faults by file, or None where the program gives no answer in time. `beside`: files whose templates may be referred to.

    Argo gives up where one template stands twice, as in two overlays: then each file is linted alone.
    """
    until = time.monotonic() + seconds
    found = _lint(argo, texts, seconds, beside or {})
    if found is not None and found.gave_up:
        alone: dict[str, Counter[str]] = {}
        for path, raw in texts.items():
            one = _lint(argo, {path: raw}, max(int(until - time.monotonic()), 1), {})
            if one is None or time.monotonic() > until:
                return None
            alone |= one.faults
        return alone
    return found.faults if found is not None else None


@dataclass(frozen=True, slots=True)
class _Answer:
    faults: dict[str, Counter[str]]
    gave_up: bool


def _lint(argo: str, texts: Mapping[str, bytes], seconds: int, beside: Mapping[str, bytes]) -> _Answer | None:
    with tempfile.TemporaryDirectory(prefix="transformer-lint-") as folder:
        names = {f"f{n}.yaml": path for n, path in enumerate(sorted(texts))}
        for name, path in names.items():
            Path(folder, name).write_bytes(texts[path])
        for n, path in enumerate(sorted(beside)):
            Path(folder, f"b{n}.yaml").write_bytes(beside[path])
        out = _run([argo, "lint", "--offline", "--no-color", f"--kinds={ARGO_KINDS}", "-o", "simple", folder], seconds)
        if out is None:
            return None
        faults: dict[str, Counter[str]] = {}
        for line in out.splitlines():
            if (m := re.search(r"(?:^|/)(f[0-9]+\.yaml):\s*(.*)", line)) and not _ELSEWHERE.search(m[2]):
                faults.setdefault(names[m[1]], Counter())[m[2].replace(folder, "")] += 1
        return _Answer(faults, bool(_GAVE_UP.search(out)))


def _run(argv: list[str], seconds: int) -> str | None:
    answer = run(argv, seconds)
    return None if answer.code is None else answer.out + answer.err
