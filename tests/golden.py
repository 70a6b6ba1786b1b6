"""Scenarios in fixtures/: what `transformer convert` makes of `before`. `python -m tests.golden` writes `after` and `plan.json` anew."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from transformer import templating
from transformer.cli import main

FIXTURES = Path(__file__).parent.parent / "fixtures"
NEXT = {"rollout-1-expand": "rollout-2-switch", "rollout-2-switch": "rollout-3-contract"}  # a scenario that begins where another ends


def scenarios() -> list[Path]:
    return sorted(p.parent for p in FIXTURES.glob("*/transformer.yaml"))


def git(repo: Path, *argv: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"]
    return subprocess.run(["git", *identity, *argv], cwd=repo, check=True, capture_output=True, text=True).stdout


def prepared(scenario: Path, place: Path) -> Path:
    """A git repository that holds the scenario's `before`."""
    shutil.copytree(scenario / "before", place)
    git(place, "init", "-q", "-b", "main")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "before")
    return place


def convert(scenario: Path, repo: Path, *argv: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON report, without what differs from machine to machine."""
    report = repo.parent / f"{repo.name}-report.json"
    own = scenario / "templates"
    given = ["--config", str(scenario / "transformer.yaml"), *(["--templates", str(own)] if own.is_dir() else [])]
    code = main(["convert", str(repo), *given, "--report", str(report), "--quiet", *argv])
    templating.use(None)
    told = json.loads(report.read_text(encoding="utf-8"))
    told["summary"]["seconds"] = 0
    return code, {**told, "base": None, "digest": ""}


def texts(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and ".git" not in p.parts}


def regenerate() -> None:
    for scenario in scenarios():
        with tempfile.TemporaryDirectory() as scratch:
            repo = prepared(scenario, Path(scratch, "repo"))
            _, told = convert(scenario, repo, "--in-place")
            for place in (scenario / "after", *((FIXTURES / NEXT[scenario.name] / "before",) if scenario.name in NEXT else ())):
                shutil.rmtree(place, ignore_errors=True)
                for path, raw in texts(repo).items():
                    (place / path).parent.mkdir(parents=True, exist_ok=True)
                    (place / path).write_bytes(raw)
            plan = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
            (scenario / "plan.json").write_text(plan, encoding="utf-8")


if __name__ == "__main__":
    regenerate()
