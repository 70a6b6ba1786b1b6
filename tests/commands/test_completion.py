"""Shell completion: names of this version, and nothing runs when Tab is pressed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from transformer.arguments import SHELLS
from transformer.commands.completion import script

BASH = shutil.which("bash") or ""
ASK = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shtab_transformer; printf "%s\\n" "${COMPREPLY[@]}"'


@pytest.mark.skipif(not BASH, reason="no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["chec"], "check"),
        (["check", "--form"], "--format"),
        (["convert", "--format", "git"], "github gitlab"),
        (["check", "--only", "exec"], "executor"),
        (["check", "--accept", "restart-policy-on"], "restart-policy-on-failure"),
        (["explain", "KUS"], "KUS001"),
        (["completion", "ba"], "bash"),
    ],
)
def test_bash_completes(words: list[str], offered: str, tmp_path: Path) -> None:
    place = tmp_path / "completion.bash"
    place.write_text(script("bash"))
    command = [BASH, "--norc", "-c", ASK, "bash", str(place), "transformer", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)})
    assert done.stdout.split() == offered.split()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script_with_our_commands(shell: str) -> None:
    text = script(shell)
    assert "explain" in text
    assert "executor" in text
