"""The only door to other programs: found on PATH, run with a time limit in a clean environment, never inside the source.

What is not found is reported as not checked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from transformer.model import Target

if TYPE_CHECKING:
    from transformer.config import Settings
    from transformer.engine import Engine, Record

# A template that no file of the repository has may be in the cluster: its pass says so.
_ELSEWHERE = re.compile(r"couldn't find (?:cluster )?workflow template")
ARGO_KINDS = "cronworkflows,workflows,workflowtemplates,clusterworkflowtemplates"
_KINDS = (b"argoproj.io",)


def check(engine: Engine, record: Record, settings: Settings, files: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Lint what changed with the target's own `argo`; a file with a new fault goes back to the base.

    Returns (what, how it went) for the report."""
    changed = {path: raw for result in record.passes for path, raw in result.texts.items()}
    after = {path: raw for path, raw in changed.items() if any(k in raw for k in _KINDS) and path.endswith((".yaml", ".yml"))}
    if not after or settings.target.argo is None:
        return ()
    argo = lint_program(settings.target)
    name = f"argo lint --offline ({settings.target.argo})"
    if argo is None:
        return ((name, "not checked: no argo of that version on PATH"),)
    seconds = int(settings.limits.program_seconds)
    beside = _referred(after, files)
    was = lint(argo, {path: files[path] for path in {*after, *beside} if path in files}, seconds)
    now = lint(argo, {**beside, **after}, seconds)
    if was is None or now is None:
        return ((name, f"not checked: no answer within {seconds} s"),)
    worse = {path: faults - was.get(path, Counter()) for path, faults in now.items() if path in after}
    for path, faults in sorted(worse.items()):
        if faults:
            message = f"argo lint finds a fault that was not there before: {next(iter(faults))}"
            engine.revert(path, "VAL001", message, record.passes[-1].pass_id)
    bad = sum(bool(f) for f in worse.values())
    return (
        (
            name,
            f"{len(after)} files, no new fault" if not bad else f"new faults in {bad} of {len(after)} files, which were left as they are",
        ),
    )


def _referred(after: Mapping[str, bytes], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is linted beside: where a changed file refers to templates, every unchanged file that has some."""
    if not any(b"emplateRef" in raw for raw in after.values()):
        return {}
    held = {path: raw for path, raw in files.items() if path.endswith((".yaml", ".yml")) and path not in after}
    return {path: raw for path, raw in held.items() if b"WorkflowTemplate" in raw and any(k in raw for k in _KINDS)}


@cache
def lint_program(target: Target) -> str | None:
    """The `argo` of the target's minor version: `argo-3.6`, or an `argo` that says it is one."""
    if target.argo is None:
        return None
    wanted = f"{target.argo.major}.{target.argo.minor}"
    for name in (f"argo-{wanted}", "argo"):
        found = shutil.which(name)
        if found and re.search(rf"\bv?{re.escape(wanted)}\.", _run([found, "version", "--short"], 20) or ""):
            return found
    return None


def lint(argo: str, texts: Mapping[str, bytes], seconds: int) -> dict[str, Counter[str]] | None:
    """Faults by file, or None where the program gives no answer in time."""
    with tempfile.TemporaryDirectory(prefix="transformer-lint-") as folder:
        names = {f"f{n}.yaml": path for n, path in enumerate(sorted(texts))}
        for name, path in names.items():
            Path(folder, name).write_bytes(texts[path])
        out = _run([argo, "lint", "--offline", "--no-color", f"--kinds={ARGO_KINDS}", "-o", "simple", folder], seconds)
        if out is None:
            return None
        faults: dict[str, Counter[str]] = {}
        for line in out.splitlines():
            m = re.search(r"(?:^|/)(f\d+\.yaml):\s*(.*)", line)
            if m and not _ELSEWHERE.search(m[2]):
                faults.setdefault(names[m[1]], Counter())[m[2].replace(folder, "")] += 1
        return faults


def _run(argv: list[str], seconds: int) -> str | None:
    with tempfile.TemporaryDirectory(prefix="transformer-home-") as home:
        env = {"PATH": os.environ.get("PATH", ""), "HOME": home, "LANG": "C.UTF-8", "KUBECONFIG": "/dev/null"}
        try:
            r = subprocess.run(argv, capture_output=True, timeout=seconds, env=env, cwd=home, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            return None
    return (r.stdout + r.stderr).decode("utf-8", "replace")
