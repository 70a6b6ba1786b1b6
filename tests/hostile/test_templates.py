"""Templates decide what is written, so they never come from the target; and Python imports nothing of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.hostile.traps import FILES, Make, run
from transformer import templating

OWN = Path(templating.__file__).parents[2] / "templates"
TEMPLATE = "cronworkflow.yaml.j2"


def tools(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(OWN / TEMPLATE, folder)
    return folder


@pytest.mark.parametrize(
    "source",
    [
        ".",
        "jobs",
        ".git",
        "{repo}",
        "{repo}/jobs",
        "{repo}/.git",
        "file://{repo}",
        "file://{repo}/.git",
        "{linked}",
        "{linked}/jobs",
        "{link}",
    ],
)
@pytest.mark.parametrize(
    "given", ["templates", "{repo}/templates", "../repo/templates", "{link}/templates", "{into}", "{files}", "jobs/../templates"]
)
def test_inside_the_target(
    git_repo: Make, tmp_path: Path, source: str, given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever part of it SOURCE names, and however the folder is reached."""
    repo = git_repo(FILES)
    tools(repo.path / "templates")
    repo.git("worktree", "add", "--quiet", "--detach", tmp_path / "linked")
    (tmp_path / "link").symlink_to(repo.path)
    (tmp_path / "into").symlink_to(repo.path / "templates")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / TEMPLATE).symlink_to(repo.path / "templates" / TEMPLATE)
    monkeypatch.chdir(repo.path)
    names = {name: tmp_path / name for name in ("repo", "linked", "link", "into", "files")}
    assert run("convert", source.format(**names), "--dry-run", "--templates", given.format(**names)) == 2
    assert "is inside the repository" in capsys.readouterr().err


def test_inside_a_bare_repository(git_repo: Make, tmp_path: Path) -> None:
    repo, bare = git_repo(FILES), git_repo(name="hub.git", bare=True)
    repo.git("push", "--quiet", str(bare.path), "main")
    tools(bare.path / "templates")
    for source in (str(bare.path), bare.path.as_uri()):
        assert run("convert", source, "--dry-run", "--templates", bare.path / "templates") == 2
    assert run("convert", bare.path, "--dry-run", "--templates", tools(tmp_path / "mine")) == 0


def test_in_place_and_check(git_repo: Make, tmp_path: Path) -> None:
    """Also above the folder that is named."""
    repo = git_repo(FILES)
    tools(repo.path / "templates")
    for words in (["check", str(repo.path / "jobs")], ["convert", "--in-place", str(repo.path / "jobs")]):
        assert run(*words, "--templates", repo.path / "templates") == 2
    assert run("check", repo.path, "--templates", tools(tmp_path / "mine")) == 1


# --- Python


MODULES = (
    "argparse",
    "gc",
    "shlex",
    "json",
    "yaml",
    "git",
    "jinja2",
    "ruamel",
    "rich",
    "deepdiff",
    "tree_sitter",
    "kubernetes_validate",
    "typing",
)
HOW = {
    "module": [sys.executable, "-m", "transformer"],
    "console script": [str(Path(sysconfig.get_path("scripts"), "transformer"))],
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("path", [None, "", "{repo}"])
def test_modules_of_the_target(git_repo: Make, tmp_path: Path, how: str, path: str | None) -> None:
    """Python looks in the current folder first, and an empty entry of PYTHONPATH is the current folder too."""
    if path is not None and how == "console script":
        pytest.skip("its own first lines import before we can say anything")
    repo, marker = git_repo(FILES), tmp_path / "marker"
    for name in MODULES if path is None else ("git", "jinja2", "rich", "kubernetes_validate"):
        (repo.path / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name!r})\nraise SystemExit(7)\n")
    (repo.path / "sitecustomize.py").write_text("")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if path is not None:
        environment["PYTHONPATH"] = os.pathsep.join((path.format(repo=repo.path), str(tmp_path / "none")))
    for words in (["convert", "."], ["init", "--force"]) if path is None else (["convert", "."],):
        done = subprocess.run([*HOW[how], *words], cwd=repo.path, env=environment, capture_output=True, check=False, timeout=60)
        assert done.returncode in (0, 1), done.stderr.decode()
    assert not marker.exists(), marker.read_text()
