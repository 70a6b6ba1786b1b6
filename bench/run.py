"""Figures beside their goals, measured in one run; ratios count, the machine is noisy. Not a test.

    bench/run.py [--beside FOLDER]

FOLDER: another checkout with its .venv. Then every figure of the tool is measured for both in turn, and their ratio is told.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.measure import Cost, Tool, least, manifests, repository  # noqa: E402
from bench.noise import carried, noise  # noqa: E402

SHARED = next((p / "shared" for p in ROOT.parents if (p / "shared" / "corpus").is_dir()), None)
CORPUS = SHARED / "corpus" if SHARED else ROOT / "fixtures"
CONFIG = SHARED / "conformance" / "pipeline.yaml" if SHARED else ROOT / "fixtures/standard-to-autopilot/transformer.yaml"
OLD = SHARED / "conformance" / "pipeline-old.yaml" if SHARED else CONFIG
SMALL_CHANGES = "argoproj__argo-workflows"  # a project of the corpus where hundreds of small files change
HERE = Tool(ROOT)


def row(what: str, goal: str, measured: str) -> None:
    print(f"{what:<58} {goal:>16}   {measured}", flush=True)


class Bench:
    """Every figure for this checkout, and for another one where it is given."""

    def __init__(self, beside: Tool | None) -> None:
        self.tools = [HERE, *([beside] if beside else [])]

    def tell(self, what: str, goal: str, unit: str, measure: Callable[[Tool], float], note: str = "") -> None:
        """One figure of each tool; less is better, but for units a second."""
        figures = [measure(tool) for tool in self.tools]
        text = f"{figures[0]:.3g} {unit}"
        if len(figures) > 1:
            text += f" (beside: {figures[1]:.3g}, ratio {figures[0] / figures[1]:.2f})"
        row(what, goal, text + note)

    # --- start

    def start(self) -> None:
        bare = least([sys.executable, "-c", ""], 5).processor
        for words, goal in ((("--version",), 75), (("passes",), 150), (("explain", "CRON001"), 200), (("explain", "completions"), 200)):
            name = f"transformer {' '.join(words)}"
            self.tell(
                name, f"<= {goal} ms", "ms", lambda t, w=words: 1000 * t.run(*w, times=5).processor, f"; bare Python {1000 * bare:.0f} ms"
            )  # type: ignore[misc]

    # --- one CronJob, many small changes, large changes

    def one(self, scratch: Path) -> None:
        from tests.growth import job

        none = repository(scratch / "none", {"a.yaml": b"kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n"})
        one = repository(scratch / "one", {"a.yaml": job(0).encode()})
        many = repository(scratch / "many", {f"{n}.yaml": job(n).encode() for n in range(51)})

        def first(tool: Tool) -> float:
            return 1000 * (tool.convert(one, CONFIG, times=5).processor - tool.convert(none, CONFIG, times=5).processor)

        def further(tool: Tool) -> float:
            return 1000 * (tool.convert(many, CONFIG, times=3).processor - tool.convert(one, CONFIG, times=5).processor) / 50

        self.tell("converting a CronJob, one of 51 (processor)", "<= 12 ms", "ms", further)
        self.tell("converting the first CronJob, with all that it loads", "-", "ms", first)

    def changing(self, scratch: Path) -> None:
        project = CORPUS / SMALL_CHANGES
        if not project.is_dir():
            return
        repo = repository(scratch / "small", manifests(project))
        count = len(changed(repo, OLD, scratch))
        note = f"; {count} files change"
        self.tell(
            f"{SMALL_CHANGES}: processor time a changed file",
            "<= 5 ms",
            "ms",
            lambda t: 1000 * t.convert(repo, OLD, *ONE, times=3).processor / count,
            note,
        )

    def rendered(self, scratch: Path) -> None:
        """P7, and `argo lint`, with the programs that are on PATH."""
        project = CORPUS / SMALL_CHANGES
        found = [name for name in ("kustomize", "kubectl", "argo") if shutil.which(name)]
        if project.is_dir() and found:
            repo = repository(scratch / "rendered", manifests(project))
            alone = HERE.convert(repo, OLD, *ONE, times=2).processor
            together = HERE.convert(repo, OLD, *ONE, programs=True).processor
            row(f"{SMALL_CHANGES}, with {', '.join(found)}", "-", f"{together:.1f} s, {alone:.1f} s without")

    def large(self, scratch: Path, files: dict[str, bytes]) -> None:
        whole = repository(scratch / "whole", {p: r for p, r in files.items() if len(r) > 4096})
        found = {p: files[p] for p in changed(whole, OLD, scratch)}
        repo, size = repository(scratch / "large", found), sum(map(len, found.values())) / 1e6
        note = f"; {len(found)} files, {size:.1f} MB"
        self.tell(
            "files over 4 KB that all change, one process",
            ">= 0.8 MB/s",
            "MB/s",
            lambda t: size / t.convert(repo, OLD, *ONE, times=2).processor,
            note,
        )
        one, two = (HERE.convert(repo, OLD, "--jobs", jobs).clock for jobs in ("1", "2"))
        row("the same, --jobs 2 against --jobs 1 (clock)", ">= 1.7 x", f"{one / two:.2f} x; {os.cpu_count()} processors")

    # --- all of it

    def cold(self, scratch: Path, files: dict[str, bytes]) -> None:
        repo = repository(scratch / "corpus", files)
        size = sum(map(len, files.values())) / 1e6
        runs: dict[Path, Cost] = {t.folder: t.convert(repo, CONFIG, *ONE, times=2) for t in self.tools}
        self.tell(f"whole corpus cold ({size:.1f} MB), one process", ">= 3 x yq", "s", lambda t: runs[t.folder].processor)
        self.tell("its peak memory", "<= 200 MB", "MB", lambda t: runs[t.folder].peak)
        if yq := yq_program():
            read = list(readable(yq, [str(repo / p) for p in files]))
            plain = sum(least([yq, ".", *names], 2, env={**os.environ, "GOMAXPROCS": "1"}).processor for names in read)
            left = len(files) - sum(map(len, read))
            note = f"; {left} files left out, at which it stops" if left else ""
            row("the same files through `yq .`", "-", f"{plain:.3g} s: {plain / runs[ROOT].processor:.2f} x our time{note}")

    def nothing(self, scratch: Path) -> None:
        repo = repository(scratch / "thousand", {f"apps/{n:04}.yaml": (DEPLOYMENT % n).encode() for n in range(1000)})
        shell = "git ls-tree -r HEAD | cut -d' ' -f3 | cut -f1 | git cat-file --batch >/dev/null"
        plain = least(["sh", "-c", shell], cwd=repo).processor
        self.tell(
            "nothing to do on 1,000 manifests, beyond plain git",
            "<= 0.5 s",
            "s",
            lambda t: t.convert(repo, CONFIG, times=3).processor - plain,
        )

    # --- growth

    def growth(self, scratch: Path) -> None:
        from tests.growth import PIPELINE, WAYS

        config = scratch / "growth.yaml"
        config.write_text(PIPELINE)
        for way in ("documents a file", "items a List"):
            repo = repository(scratch / f"400 {way}", {p: t.encode() for p, t in WAYS[way][0](400).items()})
            got = HERE.convert(repo, config, *ONE)
            row(f"400 CronJobs as {way}", "<= 6 s, 150 MB", f"{got.processor:.2f} s, peak {got.peak:.0f} MB")
        print(
            f"\n{'processor time, by what grows':<30} {'n':>6} {'1 x':>8} {'2 x':>8} {'4 x':>8}   growth, the start left out (2 is linear)"
        )
        start = HERE.run(
            "convert", str(repository(scratch / "empty", {"a.txt": b"a"})), "--config", str(config), "--dry-run", times=3
        ).processor
        for way, (make, least_n) in WAYS.items():
            n = least_n * 16
            took = [
                HERE.convert(
                    repository(scratch / f"{way} {k}", {p: t.encode() for p, t in make(n * k).items()}), config, *ONE, times=2
                ).processor
                for k in (1, 2, 4)
            ]
            grown = [(b - start) / max(a - start, 0.001) for a, b in pairwise(took)]
            print(f"{way:<30} {n:>6} " + " ".join(f"{t:>7.2f}s" for t in took) + f"   {grown[0]:.2f}, {grown[1]:.2f}", flush=True)


ONE = ("--jobs", "1")
DEPLOYMENT = """apiVersion: apps/v1
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


def changed(repo: Path, config: Path, scratch: Path) -> set[str]:
    """The files that a run changes."""
    report = scratch / "changed.json"
    HERE.convert(repo, config, "--report", str(report))
    return {c["file"] for c in json.loads(report.read_text("utf-8"))["changes"]} & set(manifests(repo))


def readable(yq: str, names: list[str]) -> Iterator[list[str]]:
    """Five hundred files a time, without those at which it stops: what stands behind one would cost it nothing."""
    for n in range(0, len(names), 500):
        some = names[n : n + 500]
        while some and (done := subprocess.run([yq, ".", *some], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)).returncode:
            bad = [name for name in some if name in done.stderr]
            if not bad:
                raise SystemExit(f"yq stops, and does not say where: {done.stderr}")
            some = [name for name in some if name not in bad]
        yield some


def yq_program() -> str | None:
    found = shutil.which("yq")
    if found is None and SHARED:
        done = subprocess.run([str(SHARED / "tools" / "build"), "yq"], capture_output=True, text=True, check=False)
        found = shutil.which("yq", path=done.stdout.strip().rpartition("\n")[2])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout, measured in turn")
    parser.add_argument(
        "--only", action="append", metavar="PART", help="start, one, changing, rendered, large, cold, nothing, growth, noise"
    )
    args = parser.parse_args()
    bench, files = Bench(Tool(args.beside.resolve()) if args.beside else None), manifests(CORPUS)
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place)
        parts: dict[str, Callable[[], None]] = {
            "start": bench.start,
            "one": lambda: bench.one(scratch),
            "changing": lambda: bench.changing(scratch),
            "rendered": lambda: bench.rendered(scratch),
            "large": lambda: bench.large(scratch, files),
            "cold": lambda: bench.cold(scratch, files),
            "nothing": lambda: bench.nothing(scratch),
            "growth": lambda: bench.growth(scratch),
            "noise": lambda: (carried(HERE, CONFIG, scratch, files, row), noise(files, row))[0],
        }
        for name in args.only or parts:
            parts[name]()


if __name__ == "__main__":
    main()
