"""A pass in a distribution of its own, with a table and a template of its own: installed, tested by its own tests, and run.

It is the example of docs/passes.md, which says nothing else than its files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import GitRepo

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "example-pass"
PIPELINE = "apiVersion: transformer.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: scraping}\npasses: [managed-scraping: {interval: 30s}]\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `python -m ...` where the distribution is installed, as a user would install it, but without a network."""
    source, place = tmp_path / "source", tmp_path / "site"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", "build", "dist"))
    environment = {**os.environ, "PYTHONPATH": str(place), "NO_COLOR": "1"}

    def started(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", *arguments], env=environment, cwd=source, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    offline = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    started("pip", "install", *offline, "--target", str(place), str(source))
    shutil.rmtree(source / "managed_scraping")
    return started


def test_it_is_installed_tested_and_run(run: Run, git_repo: Callable[..., GitRepo], tmp_path: Path) -> None:
    from_example = (EXAMPLE / "managed_scraping/__init__.py").read_text()
    text = from_example.split('DEPLOYMENT = """\\\n')[1].split('"""')[0]
    two_ports = (
        text.replace('        prometheus.io/port: "9090"\n', "").replace("shop", "cart") + "        ports: [{name: web}, {name: admin}]\n"
    )
    repo = git_repo({"transformer.yaml": PIPELINE, "shop.yaml": text, "cart.yaml": two_ports})

    run("pytest", "-q", "-p", "no:cacheprovider", "test_managed_scraping.py")
    assert "managed-scraping  Replace the annotations" in run("transformer", "passes").stdout
    explained = run("transformer", "explain", "managed-scraping", "SCRAPE002", "first-port", "scrape_annotations/pod-monitoring").stdout
    assert "several ports are declared" in explained and "--accept first-port" in explained
    assert "https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed" in explained

    told = run("transformer", "convert", str(repo.path), code=1).stdout
    assert "Only port web would be scraped" in told
    made = repo.git("show", "transformer/scraping:shop.yaml")
    assert "kind: PodMonitoring" in made and "prometheus.io" not in made and "team: web   # who is asked" in made
    assert repo.git("show", "transformer/scraping:cart.yaml") + "\n" == two_ports

    own = tmp_path / "templates"
    own.mkdir()
    given = (EXAMPLE / "managed_scraping/templates/pod_monitoring.yaml.j2").read_text()
    (own / "pod_monitoring.yaml.j2").write_text(given.replace("metadata:\n", "metadata:\n  labels: {by: us}\n"))
    run("transformer", "convert", str(repo.path), "--accept", "first-port", "--templates", str(own))
    for file in ("shop.yaml", "cart.yaml"):
        assert "  labels: {by: us}\n" in repo.git("show", f"transformer/scraping:{file}")
    assert '  - port: "web"' in repo.git("show", "transformer/scraping:cart.yaml")

    for broken, says in (("raise KeyError('x')\n", "cannot import managed_scraping"), ("PASS = 1\n", "has no constant PASS")):
        (tmp_path / "site/managed_scraping/__init__.py").write_text(broken)
        assert says in run("transformer", "explain", "managed-scraping", code=2).stderr


def test_the_page_shows_the_files() -> None:
    """Every file of the distribution, whole, in the page; and no other."""
    shown = dict(re.findall(r"^`([^`\n]+)`\n\n```\w+\n(.*?)^```$", (DOCS / "passes.md").read_text(), re.M | re.S))
    files = [p for p in sorted(EXAMPLE.rglob("*")) if p.is_file() and "__pycache__" not in p.parts]
    assert shown == {p.relative_to(EXAMPLE).as_posix(): p.read_text() for p in files}
