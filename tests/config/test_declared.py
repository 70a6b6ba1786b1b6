"""What is read from the source of a pass is what the pass says when it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from transformer.config import declared, discovery
from transformer.config.built_in import usual_order
from transformer.config.settings import built_in

BUILT_IN = [name for name in discovery.names() if declared.is_built_in(name)]


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_first_line_and_every_code(name: str) -> None:
    loaded = discovery.load(name)
    assert declared.first_line(name) == loaded.doc.strip().split("\n", 1)[0].strip()
    assert loaded.codes
    assert {code: declared.meaning(name, code) for code in loaded.codes} == dict(loaded.codes)


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_code_of_another_pass(name: str) -> None:
    others = {code for other in BUILT_IN if other != name for code in discovery.load(other).codes} - set(discovery.load(name).codes)
    assert {code for code in others if declared.meaning(name, code) is not None} == set()


def test_the_usual_order() -> None:
    assert usual_order() == [found.id for found, _ in built_in().passes]


@pytest.mark.parametrize("words", [["--version"], ["passes"], ["explain", "CRON001"], ["explain", "YAML001"]])
def test_what_takes_long_to_import_is_left_out(words: list[str]) -> None:
    code = f"import sys, transformer.cli\ntry: transformer.cli.main({words!r})\nexcept SystemExit: pass\nprint('\\nMODULES', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = done.stdout.rpartition("MODULES")[2].split()
    heavy = ("ruamel", "git", "jinja2", "deepdiff", "rich", "jsonschema", "jsonschema_rs", "tree_sitter", "transformer.yamltext")
    assert [m for m in loaded if m.split(".")[0] in heavy or m in heavy] == []
