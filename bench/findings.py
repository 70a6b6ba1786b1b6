"""`python -m bench.findings CORPUS [--seed N] [--count N]`: findings drawn at random, each with its lines and its remedy, to be judged.

Each folder of CORPUS is converted with each pipeline, in memory; nothing is stratified. A person says of each: true? right line? does
the remedy work?
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from transformer.cli import main as transformer

AROUND = 2  # lines before and after the one that a finding names


def main() -> int:
    ap = argparse.ArgumentParser(description="findings drawn at random")
    ap.add_argument("corpus", type=Path)
    ap.add_argument("--pipeline", type=Path, action="append", default=[])
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--count", type=int, default=200)
    args = ap.parse_args()
    found = [f for folder in sorted(args.corpus.iterdir()) if folder.is_dir() for f in _findings(folder, args.pipeline)]
    drawn = Random(args.seed).sample(found, min(args.count, len(found)))  # noqa: S311 - nothing here is secret
    for number, (folder, finding) in enumerate(drawn, 1):
        what = " ".join(finding[key] or "-" for key in ("severity", "code", "source"))
        print(f"=== {number}. {folder.name}: {what}  {finding['file']}:{finding['line']}")
        print(_lines(folder / finding["file"], finding["line"]))
        print(f"  {finding['message']}\n  -> {finding['remedy']}")
    print(f"{len(drawn)} of {len(found)} findings, seed {args.seed}")
    return 0


def _findings(folder: Path, pipelines: list[Path]) -> list[tuple[Path, dict[str, Any]]]:
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        for pipeline in pipelines or [None]:
            options = ["--config", str(pipeline)] if pipeline else []
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                code = transformer(["check", str(folder), "--quiet", "--report", str(report), *options])
            assert code in (0, 1), (folder, code)
            found += [(folder, f) for f in json.loads(report.read_text(encoding="utf-8"))["findings"]]
    return found


def _lines(file: Path, line: int) -> str:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        return f"  ({error})"
    first = max(0, line - 1 - AROUND)
    return "\n".join(f"  {n:5}{'>' if n == line else ' '} {text[:160]}" for n, text in enumerate(lines[first : line + AROUND], first + 1))


if __name__ == "__main__":
    sys.exit(main())
