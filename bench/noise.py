"""Bytes that change without a reason, and lines that are lost: ours beside a load-and-dump."""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.measure import Tool, repository

POD = ("spec", "jobTemplate", "spec", "template")
Row = Callable[[str, str, str], None]


def noise(files: dict[str, bytes], print_row: Row) -> None:
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
    print_row(
        f"ruamel load-and-dump of {seen} files",
        "for comparison",
        f"{100 * same / max(seen, 1):.0f} % byte-equal, {lines} noise lines, {took:.0f} s",
    )
    print_row(
        "transformer, the same files, nothing to do",
        "all byte-equal",
        f"{100 * (seen - ours) / max(seen, 1):.0f} % byte-equal, 0 noise lines",
    )


def carried(tool: Tool, config: Path, scratch: Path, files: dict[str, bytes], print_row: Row) -> None:
    """Lines of a converted CronJob's Pod template that stand again in the CronWorkflow, but for their indentation."""
    from transformer.yamltext import ParseError, parse_text

    repo = repository(scratch / "carried", files)
    before = {p: p.read_text("utf-8", "replace") for p in repo.rglob("*.y*ml")}
    report = scratch / "carried.json"
    only = ("--only", "cronworkflow", "--accept", "controller-defaults", "--in-place", "--quiet", "--report", str(report))
    tool.run("convert", str(repo), "--config", str(config), *only)
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
    print_row("lines of Pod templates carried (without what a row drops)", "at least 97 %", share)


def bare(line: str) -> str:
    return line.strip().removeprefix("- ").lstrip()
