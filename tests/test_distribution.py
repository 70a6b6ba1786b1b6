"""What `pip install` and `uvx` get: a source distribution, the wheel built from it, and the program in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import GitRepo
from tests.test_hooks import FILES
from transformer import __version__

ROOT = Path(__file__).parent.parent


def python(*arguments: str | Path, cwd: Path, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source distribution, not from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    python("-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (source,) = folder.glob("*.tar.gz")
    with tarfile.open(source) as packed:
        packed.extractall(folder, filter="data")
    python("-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=folder / source.name.removesuffix(".tar.gz"))
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z", "transformer", "templates"], cwd=ROOT, capture_output=True, check=True)
    wanted = {os.fsdecode(name).replace("templates/", "transformer/_templates/", 1) if name.startswith(b"templates/") else os.fsdecode(name)
              for name in tracked.stdout.split(b"\0") if name}  # fmt: skip
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert wanted - held == set()
    assert {name.partition("/")[0] for name in held} == {"transformer"}


def test_it_converts_a_repository_away_from_the_checkout(wheel: Path, git_repo: Callable[..., GitRepo], tmp_path: Path) -> None:
    """With the templates and tables that it brings along."""
    site = tmp_path / "site"
    offline = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    python("-m", "pip", "install", *offline, "--target", site, wheel, cwd=tmp_path)
    alone = {"PYTHONPATH": str(site)}
    assert Path(python("-c", "import transformer; print(transformer.__file__)", cwd=tmp_path, **alone).strip()).is_relative_to(site)
    repo = git_repo(FILES)
    told = python("-m", "transformer", "convert", repo.path, "--report", tmp_path / "plan.md", cwd=tmp_path, **alone)
    assert "1 converted" in told and "CronWorkflow" in (tmp_path / "plan.md").read_text()
    assert "kind: CronWorkflow" in repo.git("show", "transformer/tests:deploy/job.yaml")
    script = next((site / "bin").glob("transformer"))
    assert python(script, "--version", cwd=tmp_path, **alone) == f"transformer {__version__}\n"
