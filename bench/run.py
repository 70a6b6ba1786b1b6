"""Figures beside their goals, measured in one run; ratios count, the machine is noisy. Not a test."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
CLI = [sys.executable, "-m", "transformer"]
SHARED = ROOT.parent / "shared"
CORPUS = SHARED / "corpus" if (SHARED / "corpus").is_dir() else ROOT / "fixtures"
CONFIG = (
    SHARED / "conformance" / "pipeline.yaml" if CORPUS != ROOT / "fixtures" else ROOT / "fixtures/standard-to-autopilot/transformer.yaml"
)

POD = ("spec", "jobTemplate", "spec", "template")


def run(*argv: str, cwd: Path | None = None) -> float:
    started = time.perf_counter()
    subprocess.run(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def row(what: str, goal: str, measured: str) -> None:
    print(f"{what:<58} {goal:>22}   {measured}", flush=True)


def repository(place: Path, files: dict[str, bytes]) -> Path:
    for name, raw in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(raw)
    git = ["git", "-c", "user.name=b", "-c", "user.email=b@localhost", "-c", "core.autocrlf=false"]
    for argv in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "bench"]):
        subprocess.run([*git, *argv], cwd=place, check=True, stdout=subprocess.DEVNULL)
    return place


def manifests() -> dict[str, bytes]:
    return {p.relative_to(CORPUS).as_posix(): p.read_bytes() for p in sorted(CORPUS.rglob("*.y*ml")) if p.is_file()}


def start() -> None:
    best = min(run(*CLI, "--version") for _ in range(5))
    row(
        "transformer --version",
        "under 0.15 s",
        f"{best:.3f} s, {best / min(run(sys.executable, '-c', '') for _ in range(5)):.1f} x bare Python",
    )


def cold(scratch: Path, files: dict[str, bytes]) -> None:
    repo = repository(scratch / "corpus", files)
    size = sum(map(len, files.values())) / 1e6
    seconds = run(*CLI, "convert", str(repo), "--config", str(CONFIG), "--dry-run", "--quiet")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    row(f"whole corpus cold ({size:.1f} MB of YAML)", "3 MB/s, 200 MB", f"{size / seconds:.2f} MB/s in {seconds:.1f} s, peak {peak:.0f} MB")


def nothing(scratch: Path) -> None:
    text = """apiVersion: apps/v1
kind: Deployment
metadata: {name: app-%d}
spec:
  template:
    spec:
      containers:
      - name: app
        image: registry.example.com/app:1
        resources: {requests: {cpu: 250m, memory: 512Mi}}
"""
    repo = repository(scratch / "thousand", {f"apps/{n:04}.yaml": (text % n).encode() for n in range(1000)})
    shell = "git ls-tree -r HEAD | cut -d' ' -f3 | cut -f1 | git cat-file --batch >/dev/null"
    plain = min(run("sh", "-c", shell, cwd=repo) for _ in range(3))
    ours = min(run(*CLI, "convert", str(repo), "--config", str(CONFIG), "--dry-run", "--quiet") for _ in range(3))
    row("nothing to do on 1,000 manifests, beyond plain git", "under 0.5 s", f"{ours - plain:.2f} s ({ours / plain:.0f} x)")


def noise(files: dict[str, bytes]) -> None:
    """Lines that a load-and-dump changes though nothing was asked for; ours is 0 by construction, and counted all the same."""
    from ruamel.yaml import YAML, YAMLError

    from transformer.yamltext import ParseError, edit_text

    yaml, same, lines, ours, seen = YAML(), 0, 0, 0, 0
    yaml.preserve_quotes, yaml.width = True, 4096
    started = time.perf_counter()
    for raw in [r for r in files.values() if len(r) < 60_000][:: max(1, len(files) // 1000)]:
        text = raw.decode("utf-8", "replace")
        out = io.StringIO()
        try:
            yaml.dump_all(list(yaml.load_all(text)), out)
            ours += edit_text(text, {}).text != text
        except (YAMLError, ParseError, ValueError, AttributeError, TypeError, AssertionError):
            continue
        seen += 1
        same += out.getvalue() == text
        a, b = text.splitlines(), out.getvalue().splitlines()
        lines += len(set(a) ^ set(b))
    took = time.perf_counter() - started
    row(
        f"ruamel load-and-dump of {seen} files",
        "for comparison",
        f"{100 * same / max(seen, 1):.0f} % byte-equal, {lines} noise lines, {took:.0f} s",
    )
    row(
        "transformer, the same files, nothing to do",
        "all byte-equal",
        f"{100 * (seen - ours) / max(seen, 1):.0f} % byte-equal, 0 noise lines",
    )


def carried(scratch: Path) -> None:
    """Lines of a converted CronJob's Pod template that stand again in the CronWorkflow, but for their indentation."""
    from transformer.yamltext import ParseError, parse_text

    repo = repository(scratch / "carried", {p.relative_to(CORPUS).as_posix(): p.read_bytes() for p in CORPUS.rglob("*.y*ml")})
    before = {p: p.read_text("utf-8", "replace") for p in repo.rglob("*.y*ml")}
    report = scratch / "carried.json"
    only = ("--only", "cronworkflow", "--accept", "controller-defaults", "--in-place", "--quiet", "--report", str(report))
    run(*CLI, "convert", str(repo), "--config", str(CONFIG), *only)
    taken = {
        (repo / c["file"], n)
        for c in json.loads(report.read_text())["changes"]
        if c["op"] == "remove" and c["before"] is not None
        for n in range(c["lines"][0], c["lines"][1] + 1)
    }
    total = again = jobs = 0
    for path, old in before.items():
        new = path.read_text("utf-8", "replace")
        if new == old:
            continue
        try:
            documents = parse_text(old).documents
        except ParseError:
            continue
        there = Counter(bare(line) for line in new.split("\n"))
        gone = Counter(bare(line) for line in old.split("\n")) - there
        for pod in (d.find(POD) for d in documents if d.root and (k := d.find(("kind",))) and k.value == "CronJob"):
            if pod is None:
                continue
            first = old.count("\n", 0, pod.start) + 1
            numbered = enumerate(old[pod.start : pod.end].split("\n"), first)
            lines = [bare(text) for n, text in numbered if text.strip() and (path, n) not in taken]
            lines = [x for x in lines if x not in ("metadata:", "spec:", "containers:")]
            lost = sum((Counter(lines) & gone).values())
            total, again, jobs = total + len(lines), again + len(lines) - lost, jobs + 1
    share = f"{100 * again / total:.1f} % of {total} lines of {jobs} CronJobs" if total else "no CronJob was converted"
    row("lines of Pod templates carried (without what a row drops)", "at least 97 %", share)


def bare(line: str) -> str:
    return line.strip().removeprefix("- ").lstrip()


def main() -> None:
    files = manifests()
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        start()
        cold(Path(scratch), files)
        nothing(Path(scratch))
        carried(Path(scratch))
        noise(files)


if __name__ == "__main__":
    main()
