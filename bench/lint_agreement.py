"""How far the rules of argo_rules agree with a real `argo lint`, file by file.

    python bench/lint_agreement.py FOLDER [--argo 3.6] [--show]

Every file with an Argo object is linted alone, offline, and judged by the rules for the same version; each line of the
result is a figure. Exit 1 where a rule blames a file that lint accepts, but for the rules that lint is known to miss.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from transformer.argo import rules
from transformer.model import Target, Version
from transformer.run import lint
from transformer.yamltext import ParseError, load

# What lint accepts and the controller does not, or runs differently (argo.md 6.1).
MISSED_BY_LINT = re.compile(
    r"retries for ever|tz database|TZ= prefix|collides with Argo's own|needs executor.serviceAccountName|podSpecPatch|exclude each other"
    r"|full CRDs|required property|two containers are called|mounts its own volume"
)
KINDS = ("CronWorkflow", "Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--argo", default="3.6")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    target = Target(argo=Version.parse(args.argo), crds="minimal")
    program = lint.lint_program(target)
    if program is None:
        print(f"not checked: no argo {args.argo} on PATH")
        return 0
    texts = {str(p.relative_to(args.folder)): p.read_bytes() for p in sorted(args.folder.rglob("*")) if p.suffix in (".yaml", ".yml")}
    mine = {path: found for path, raw in texts.items() if (found := judged(raw, target)) is not None}
    linted = {p: found[p] for p in mine if (found := lint.lint(program, {p: texts[p]}, 60))}
    figures: Counter[str] = Counter()
    wrong = 0
    for path, found in mine.items():
        said = linted.get(path, Counter())
        real = [m for m in found if not MISSED_BY_LINT.search(m)]
        key = f"lint {'faults' if said else 'accepts'}, rules {'fault' if real else 'accept'}"
        figures[key] += 1
        figures["rules beyond lint"] += len(found) - len(real) > 0
        wrong += bool(real and not said)
        if args.show and bool(real) != bool(said):
            print(f"--- {path}\n    lint:  {list(said)[:3]}\n    rules: {real[:3]}")
    print(f"argo {args.argo}: {len(mine)} files with Argo objects")
    for key, count in sorted(figures.items()):
        print(f"  {count:5}  {key}")
    return int(wrong > 0)


def judged(raw: bytes, target: Target) -> list[str] | None:
    """None for files without an Argo object, or that do not parse."""
    if b"argoproj.io" not in raw:
        return None
    try:
        documents = load(raw.decode().removeprefix("﻿"))
    except (ParseError, UnicodeDecodeError):
        return None
    objects = [d for d in documents if isinstance(d, dict) and d.get("kind") in KINDS]
    return [m for d in objects for m in rules.faults(d, target)] if objects else None


if __name__ == "__main__":
    sys.exit(main())
