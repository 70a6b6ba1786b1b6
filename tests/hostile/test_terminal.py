"""What a target says cannot steer a terminal, on any path; and nobody writes to one but by its door."""

from __future__ import annotations

import ast
import os
import pty
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from transformer.output import on_one_line, pasteable, visible

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
PACKAGE: Final = Path(__file__).parents[2] / "transformer"
TOOL: Final = (sys.executable, "-P", "-m", "transformer")
EVIL: Final = "\x1b[2J\x1b]0;title\x07\r\x08\x9b\u202e\u200b\u2066\ufeff\U000e0041\x7f"
JOB: Final = """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: "{0}", namespace: "{0}"}}
spec:
  schedule: "0 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never  # {1}
          containers: [{{name: main, image: "debian:12", command: [date, "{0}"]}}]
"""


def test_only_the_door_writes() -> None:
    """`print`, the standard streams and the descriptors 1 and 2 are used nowhere else."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            stream = isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr", "__stdout__", "__stderr__")
            of_sys = stream and isinstance(node.value, ast.Name) and node.value.id == "sys"  # type: ignore[attr-defined]
            prints = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            os_write = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "os.write"
            if of_sys or prints or os_write:
                found.append(f"{path.relative_to(PACKAGE)}: {ast.unparse(node)[:60]}")
    allowed = {"output.py", "__main__.py", "commands/progress.py"}  # one constant line; one line of our own words
    assert [line for line in found if line.partition(":")[0] not in allowed] in ([], ["arguments.py: sys.stderr"])


def on_terminal(*words: str, cwd: Path) -> str:
    """What a terminal gets from the program, both streams."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    running = subprocess.Popen([*TOOL, *words], cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    got = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        got += part
    running.wait(60)
    os.close(ours)
    return got.decode("utf-8", "surrogateescape")


def is_calm(got: str) -> bool:
    """No control character but those of a terminal's own lines, of colour, and of the line of progress."""
    import re

    rest = re.sub(r"\x1b\[[0-9;]*m|\r\x1b\[K|\r\n|\n", "", got)
    return all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co") for c in rest)


@pytest.fixture
def repo(git_repo: Make) -> GitRepo:
    """Every place of a repository that a message may quote says something evil."""
    spelled = "".join(f"\\U{ord(c):08x}" for c in EVIL)
    name = f"a{EVIL}b.yaml".replace("/", "")
    repo = git_repo({
        name: JOB.format(f"x{spelled}", "comment\u202e\u200b\u2066"),
        "plain.yaml": JOB.format("plain", "comment \u202e"),
        "broken.yaml": f"kind: CronJob\n{EVIL}: [\n",
        f"k{EVIL}/kustomization.yaml": f'resources: ["{spelled}"]\nnamePrefix: "{spelled}"\n',
        "odd.yaml": f'apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: "{spelled}"}}\nspec: "{spelled}"\n',
    })  # fmt: skip
    repo.git("branch", "evil\u202ebranch")
    return repo


@pytest.mark.parametrize(
    "words",
    [
        ["check"], ["check", "--verbose"], ["convert", "--dry-run"], ["convert"], ["convert", "--in-place"], ["convert", "--ref",
        f"x{EVIL}"],
        ["convert", f"./no{EVIL}"], ["check", "--path", EVIL], ["check", f"--set=x.{EVIL}=1"], ["check", f"--{EVIL}"], [EVIL],
        ["explain", EVIL],
        ["check", "--config", f"no{EVIL}"], ["convert", f"https://127.0.0.1:1/{EVIL}", "--dry-run"], ["check", "--report",
        f"{EVIL}/x.json"],
    ],
    ids=lambda words: visible(" ".join(words))[:40],
)  # fmt: skip
def test_nothing_steers_the_terminal(repo: GitRepo, words: list[str]) -> None:
    got = on_terminal(*(word.replace("\0", "") for word in words), cwd=repo.path)
    assert got
    assert is_calm(got), ascii(got)


def test_a_configuration(repo: GitRepo) -> None:
    """Its errors quote keys and values."""
    spelled = "".join(f"\\U{ord(c):08x}" for c in EVIL)
    for text in (
        f'"{spelled}": 1\n',
        f'kind: "{spelled}"\n',
        f"{EVIL}\n",
        f'metadata: {{name: "{spelled}"}}\npasses: [{{"{spelled}": 1}}]\n',
    ):
        (repo.path / "transformer.yaml").write_text(text)
        got = on_terminal("check", cwd=repo.path)
        assert is_calm(got), ascii(got)


def test_what_git_says(repo: GitRepo) -> None:
    """A hook and a server may say anything."""
    server = repo.path.parent / "server.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(server)], check=True)
    hook = server / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\nprintf '{EVIL}' >&2\nexit 1\n")
    hook.chmod(0o755)
    got = on_terminal("convert", "--push", "--remote", str(server), cwd=repo.path)
    assert is_calm(got), ascii(got)


def test_a_file_gets_the_diff_as_it_is(git_repo: Make) -> None:
    """So that it can be applied."""
    repo = git_repo({"job.yaml": JOB.format("plain", "comment \u202e\u200b\r")})
    got = subprocess.run([*TOOL, "convert", "--dry-run"], cwd=repo.path, capture_output=True, check=True).stdout
    repo.git("apply", "-", data=got)
    assert "CronWorkflow" in (repo.path / "job.yaml").read_text()


def test_visible() -> None:
    """Every character of the categories that steer or hide, and no other."""
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number)) in ("Cc", "Cs", "Zl", "Zp"):
            assert visible(chr(number)) != chr(number) or chr(number) in "\n\t", hex(number)
    for text in ("日本語", "é", "😀", "a\nb\tc\r\n", "ABC"):
        assert visible(text) == text
    assert visible("a\rb") == "a\\rb"
    assert on_one_line("a\nb") == "a\\nb"


@pytest.mark.parametrize("word", ["a b", "it's", EVIL, "a\nb", "\\x41", os.fsdecode(b"\xe9"), "日本", "'\x1b'"])
def test_a_command_can_be_pasted(word: str) -> None:
    """The shell makes of it what it stood for."""
    done = subprocess.run(["bash", "-c", f"printf %s {pasteable(word)}"], capture_output=True, check=True)
    assert done.stdout == os.fsencode(word)
    assert on_one_line(pasteable(word)) == pasteable(word)
