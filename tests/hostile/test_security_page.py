"""docs/security.md: each promise names a test, and that test exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
PROMISES = PAGE[PAGE.index("## What we promise") : PAGE.index("## What the user says")]


def rows() -> list[tuple[str, str]]:
    """Promise and tests, of every row of the tables."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PROMISES.splitlines() if line.startswith("| ")]
    return [(promise, tests) for promise, tests in cells if (promise, tests) != ("promise", "test")]


def test_each_promise_has_a_test_that_exists() -> None:
    assert len(rows()) > 20
    for promise, tests in rows():
        named = re.findall(r"`(tests/\S+?\.py)::(test_\w+)`", tests)
        assert named, promise
        for file, name in named:
            functions = {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)}
            assert name in functions, (promise, file, name)


def test_each_attack_is_a_promise() -> None:
    """A new file of attacks on git, files and addresses is told here too."""
    for file in ("test_push.py", "test_branches.py", "test_reports.py", "test_templates.py", "test_limits.py", "test_urls.py"):
        assert f"tests/hostile/{file}::" in PROMISES
