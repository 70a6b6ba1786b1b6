"""`python -m tests.fuzz.foreign [FILES] [SEED]`: foreign objects, mutated, beside healthy jobs that they cannot reach.

The sources are one object of every kind that is looked at, and CORPUS (an environment variable: a folder). Each file stands in a
folder of its own. A run must end with 0 or 1, and the healthy jobs and what is added for them are the same, byte for byte, as alone.
A difference is traced to the one file that makes it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from tests.cases.test_junk_anywhere import KEYS, KUSTOMIZATION, OBJECTS, SCALARS, _flow, _paths, _reaches_all, _with
from tests.fuzz import mutations
from tests.fuzz.whole import FILES, HEALTHY, _run, _write
from transformer.yamltext import load

# What may reach any job of a repository: Argo's controller, and what deploys whole folders.
_REACHING: Final = (b"workflow-controller", b"kustomize.toolkit.fluxcd.io", b"kind: Application", b"healthy")


def main(files: int, seed: int) -> int:
    started, done = time.monotonic(), 0
    wrong: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="foreign-") as scratch:
        os.environ["XDG_CACHE_HOME"] = str(Path(scratch) / "cache")
        for run in range(seed, seed + -(-files // FILES)):
            found = _foreign(Random(run))  # noqa: S311 - nothing here is secret
            done += len(found)
            said = _differs(Path(scratch), found)
            if said:
                guilty = next((name for name, text in found.items() if _differs(Path(scratch), {name: text})), "only together")
                wrong[said[:100]] += 1
                print(f"\nrun {run}: {said[:1500]}\n{guilty}: {found.get(guilty, b'')[:3000]!r}", flush=True)
    print(f"\n{done} mutated files, {time.monotonic() - started:.0f} s, {wrong.total()} differences")
    return 1 if wrong else 0


def _foreign(random: Random) -> Mapping[str, bytes]:
    return {f"{random.choice('abc')}{n}/{name}": text for n, (name, text) in enumerate(_mutated(random) for _ in range(FILES))}


def _mutated(random: Random) -> tuple[str, bytes]:
    """(name, text) of a file that cannot reach the healthy jobs."""
    while True:
        name, text = ("kustomization.yaml", KUSTOMIZATION) if random.random() < 0.25 else ("x.yaml", OBJECTS)
        corpus = _corpus()
        if corpus and name == "x.yaml" and random.random() < 0.5:
            found = mutations.text(random, corpus)
            if not any(word in found for word in _REACHING):
                return name, found
        elif random.random() < 0.3:
            return name, mutations.text(random, [_flow(d, None).encode() for d in load(text) if not _reaches_all(_flow(d, None))])
        else:
            junk = _junk(random, text)
            if not _reaches_all(junk) and not _reads_all(junk):
                return name, junk.encode()


def _reads_all(text: str) -> bool:
    """An ApplicationSet whose pattern takes files of every folder as parameters: a new file beside the jobs would be one."""
    return '"files": [{"path": "*"' in text


def _junk(random: Random, text: str) -> str:
    found = random.choice(load(text))
    path = random.choice(_paths(found))
    if random.random() < 0.3:
        return _flow(found, (path, random.choice(KEYS)))
    values = [*SCALARS, {}, [], [None], {"x": None}, [[]], {"name": {}}]
    return _flow(_with(found, path, random.choice(values)), None)


@cache
def _corpus() -> tuple[bytes, ...]:
    folder = os.environ.get("CORPUS")
    found = (p for p in sorted(Path(folder).rglob("*.y*ml")) if p.is_file() and p.stat().st_size < 40_000) if folder else ()
    texts = (p.read_bytes() for p in found)
    return tuple(t for t in texts if not any(word in t for word in _REACHING))


def _differs(scratch: Path, files: Mapping[str, bytes]) -> str:
    """What is wrong. Empty if nothing is."""
    root, report = scratch / "root", scratch / "report.json"
    shutil.rmtree(root, ignore_errors=True)
    report.unlink(missing_ok=True)
    _write(root, {name: text.encode() for name, text in HEALTHY.items()})
    _write(root, dict(files))
    code, said = _run(["convert", "--in-place", "--force", str(root), "--quiet", "--jobs", "1", "--report", str(report)])
    if code not in (0, 1):
        return f"exit {code}: {said[-1200:]}"
    found = {p.name: p.read_bytes() for p in sorted((root / "healthy").iterdir())}
    if found == _alone():
        return ""
    told = json.loads(report.read_text())["outcomes"]
    blocked = [f"{o['file']}: {o['reason']}" for o in told if o["file"].startswith("healthy/") and o["outcome"] == "Blocked"]
    return f"differs: {[n for n in {**found, **_alone()} if found.get(n) != _alone().get(n)]} {blocked}"


@cache
def _alone() -> Mapping[str, bytes]:
    """What the healthy jobs become without any other file."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), {name: text.encode() for name, text in HEALTHY.items()})
        _run(["convert", "--in-place", folder])
        return {p.name: p.read_bytes() for p in sorted((Path(folder) / "healthy").iterdir())}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0))
