"""Every remedy that a finding can print, with the commands and snippets that it holds; and `python -m tests.remedies`, which runs the
commands on a throw-away cluster (KUBECONFIG, or ../shared/tools/cluster where it is there).

Remedies stand in the tables, in the code (of passes: any text; else a `remedy=`, or a variable or function of that name), and in the
plans of the fixtures, where they are as a user reads them. Nothing is listed here by hand: a new remedy is tried because it is there.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.live import cluster
from transformer.config.consent import tables

ROOT: Final = Path(__file__).parents[1]
PROGRAMS: Final = ("kubectl", "argo", "transformer", "git", "kustomize")
_SPAN: Final = re.compile(r"(?:```\n|\n(?=(?:#[^\n]*\n)*apiVersion: ))(.*?)(?:```|\Z)|`([^`\n]+)`", re.S)
_COMMAND: Final = re.compile(rf"(?:{'|'.join(PROGRAMS)}) ")
_HOLE: Final = "HOLE"  # a value of the code that stands in a remedy


@dataclass(frozen=True, order=True)
class Piece:
    """A part in backticks. `where`: of the first remedy that holds it."""

    text: str
    where: str
    block: bool = False

    @property
    def is_command(self) -> bool:
        return not self.block and _COMMAND.match(self.text) is not None

    @property
    def is_option(self) -> bool:
        return not self.block and self.text.startswith("--")

    @property
    def is_snippet(self) -> bool:
        return not self.is_command and (self.block or re.match(r"[\w./-]+: ?\S", self.text) is not None)


def pieces() -> list[Piece]:
    found: dict[str, Piece] = {}
    for where, remedy in remedies():
        for block, span in _SPAN.findall(remedy):
            found.setdefault(block or span, Piece(block or span, where, bool(block)))
    return sorted(found.values())


def remedies() -> Iterator[tuple[str, str]]:
    """(where it stands, text)"""
    for table in tables():
        for row in table.rows:
            if row.get("remedy"):
                yield f"{table.name}/{row.id}", row["remedy"]
    for path in sorted((ROOT / "transformer").rglob("*.py")):
        tree, where = ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(ROOT))
        yield from ((where, text) for text in (_written(tree) if "passes" in path.parts else _in_code(tree)))
    for plan in sorted((ROOT / "fixtures").glob("*/plan.json")):
        for found in json.loads(plan.read_text(encoding="utf-8"))["findings"]:
            yield plan.parent.name, found["remedy"]


def _written(tree: ast.AST) -> Iterator[str]:
    """Every text of a pass that is no docstring: what it prints about a fact may hold a remedy, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    yield from _texts(tree)


def _in_code(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        found = _remedy(node)
        if found is not None:
            yield from _texts(found)


def _remedy(node: ast.AST) -> ast.AST | None:
    """What an argument, a variable or a function called `remedy` holds."""
    match node:
        case ast.keyword(arg="remedy"):
            return node.value
        case ast.Assign() if "remedy" in "".join(map(ast.unparse, node.targets)).lower():
            return node.value
        case ast.AnnAssign() if "remedy" in ast.unparse(node.target).lower():
            return node.value
        case ast.FunctionDef() if "remedy" in node.name or node.name == "_ask":
            return node
    return None


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts below a node, each whole: f-strings with a placeholder for what the code fills in."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else _HOLE for v in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


# --- on a cluster

_OBJECTS: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: report, namespace: shop}
spec:
  schedules: ["0 5 1 1 *"]
  timezone: Etc/UTC
  workflowSpec:
    entrypoint: main
    activeDeadlineSeconds: 2
    templates:
    - {name: main, metadata: {annotations: {exit-code: "0"}}, container: {image: "registry.example/report:1", command: [report]}}
"""


def main() -> int:
    ap = argparse.ArgumentParser(description="runs the commands of remedies on a cluster")
    ap.add_argument("--argo", default="3.6")
    ap.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    args = ap.parse_args()
    with cluster(args.shared / "tools" / "cluster", args.argo) as config:
        if config is None:
            print("not checked: no cluster")
            return 0
        environment = {**os.environ, "KUBECONFIG": config}
        _run("kubectl create namespace shop", environment)
        told = _run("kubectl apply -f -", environment, _OBJECTS)
        wrong = [f"the objects: {told}"] if told else []
        commands = [p for p in pieces() if p.is_command and p.text.startswith(("kubectl ", "argo ")) and "NAME" in p.text]
        for piece in sorted(commands, key=lambda p: (" wait " in p.text, " get workflows" in p.text)):
            if not shutil.which(piece.text.split()[0]):
                print(f"not checked: no {piece.text.split()[0]} on PATH: {piece.text}")
                continue
            said = _run(filled(piece.text), environment)
            print(f"{'FAILED' if said else 'works'}  {piece.text}  {said}")
            wrong += [piece.text] if said else []
        print(f"{len(commands)} commands, {len(wrong)} failed")
        return 1 if wrong else 0


def filled(command: str) -> str:
    """With names for the placeholders."""
    for placeholder, value in (("NAMESPACE", "shop"), ("NAME", "report"), ("IMAGE", "registry.example/report:2"), ("SHELL", "bash")):
        command = re.sub(rf"\b{placeholder}\b", value, command)
    return re.sub(r"\b(?:FILE|DIR|ROW|X)\b", "x", command)


def _run(command: str, environment: dict[str, str], stdin: str = "") -> str:
    """What it says when it fails."""
    words = shlex.split(command)
    if words[1] == "wait":
        time.sleep(5)
        words.append("--timeout=20s")
    ran = subprocess.run(words, input=stdin, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return (ran.stderr or "it failed").strip() if ran.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
