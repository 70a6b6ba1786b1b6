"""ARCHITECTURE.md names every room, and the contracts on imports notice what they are there for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "transformer"
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# One import that breaks it, for each contract, and the module in which it stands.
BAD = {
    "data flows one way": ("model/records.py", "from transformer.report import frame"),
    "no circles, in any room": ("yamltext/cuts.py", "from transformer.yamltext import splice"),
    "the harness of a pass's author is for tests": ("report/frame.py", "from transformer.passkit.testing import convert"),
    "passes are strangers to each other": ("passes/command/__init__.py", "from transformer.passes import eviction"),
    "passes do no I/O": ("passes/executor/config.py", "import socket"),
    "ruamel.yaml enters by yamltext": ("redaction.py", "import ruamel.yaml"),
    "git enters by vcs": ("repository/manifest.py", "import git"),
    "Jinja2 enters by templating": ("report/terminal.py", "import jinja2"),
    "deepdiff enters by diff": ("run/record.py", "import deepdiff"),
    "tree-sitter enters by shell": ("argo/tags.py", "import tree_sitter"),
    "other programs are run by programs and by git's door": ("report/files.py", "import subprocess"),
}


def rooms() -> list[str]:
    """The packages and modules at the top, as `ARCHITECTURE.md` writes them."""
    found = [p.name + "/" for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()]
    return sorted(found + [p.name for p in PACKAGE.glob("*.py") if p.name != "__init__.py"])


@pytest.mark.parametrize("room", rooms())
def test_a_room_has_its_line_and_its_layer(room: str) -> None:
    """One row of the table, and one place in the order."""
    lines = [line for line in (ROOT / "ARCHITECTURE.md").read_text().splitlines() if line.startswith("| `")]
    assert len([line for line in lines if f"`{room}`" in line.split("|")[1]]) == 1
    (layers,) = [c for c in CONTRACTS if c["type"] == "layers"]
    units = [unit.strip() for layer in layers["layers"] for unit in layer.split("|")]
    assert units.count(room.removesuffix("/").removesuffix(".py")) == 1 and layers["exhaustive"] is True


def test_no_line_is_about_a_room_that_is_gone() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    table = text[text.index("| where |") : text.index("\n\n", text.index("| where |"))]
    named = [name for line in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", line.split("|")[1])]
    outside = {"templates/", "fixtures/", "tests/", "docs/", "bench/"}
    assert [name for name in named if not (PACKAGE / name).exists() and name not in outside] == []


def lint_imports(scratch: Path) -> tuple[int, str]:
    """What import-linter says of the package as it stands there."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(program), "--no-cache"], cwd=scratch, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The package and its contracts once more, for breaking."""
    shutil.copytree(PACKAGE, tmp_path / "transformer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_bad_import_breaks_its_contract(scratch: Path) -> None:
    """Every contract once, on purpose; each names the module that did it."""
    assert set(BAD) == {c["name"] for c in CONTRACTS}
    for file, line in BAD.values():
        place = scratch / "transformer" / file
        assert place.is_file()
        place.write_text(f"{place.read_text()}\n{line}\n")
    code, said = lint_imports(scratch)
    assert code != 0
    for name, (file, _) in BAD.items():
        assert f"{name} BROKEN" in said
        (told,) = re.findall(rf"^{re.escape(name)}\n-+\n(.*?)(?=^\S[^\n]*\n---|\Z)", said, re.M | re.S)
        module = "transformer." + file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert module in told or name == "no circles, in any room"


def test_a_room_without_a_place_breaks_the_order(scratch: Path) -> None:
    """The order of the layers is exhaustive."""
    (scratch / "transformer" / "attic.py").write_text('"""What nobody has a place for."""\n')
    code, said = lint_imports(scratch)
    assert code != 0
    assert "attic" in said
