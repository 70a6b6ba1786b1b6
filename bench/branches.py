"""Whether two checkouts of this tool write the same branches: every commit's tree, for every project and pipeline.

    bench/branches.py OLD NEW [PROJECT...]

OLD and NEW are folders that hold .venv/bin/transformer. The prose of commit messages does not count. Exit 1: some tree differs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHARED = next((p / "shared" for p in ROOT.parents if (p / "shared" / "corpus").is_dir()), ROOT.parent / "shared")
CORPUS, PIPELINES = SHARED / "corpus", SHARED / "conformance"
IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "core.autocrlf=false")


def git(repo: Path, *argv: str) -> str:
    done = subprocess.run(["git", *IDENTITY, "-C", str(repo), *argv], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace").strip()


def repository(project: Path, place: Path) -> Path:
    subprocess.run(["cp", "-r", str(project), str(place)], check=True)
    git(place, "init", "-q", "-b", "main")
    git(place, "add", "-A", "-f")
    git(place, "commit", "-q", "-m", "as it is")
    return place


def trees(checkout: Path, repo: Path, config: Path, branch: str) -> tuple[int, list[str]]:
    """The exit code, and the tree of each commit that was written."""
    tool = checkout / ".venv" / "bin" / "transformer"
    argv = [str(tool), "convert", str(repo), "--config", str(config), "--branch", branch, "--quiet"]
    env = {**os.environ, "PYTHONPATH": str(checkout)}
    code = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, check=False).returncode
    known = git(repo, "for-each-ref", "--format=%(refname:short)", f"refs/heads/{branch}")
    return code, git(repo, "log", "--reverse", "--format=%T", f"main..{branch}").split() if known else []


def compare(old: Path, new: Path, repo: Path, config: Path) -> list[str]:
    """What differs, in words."""
    (code, before), (other, after) = trees(old, repo, config, "old"), trees(new, repo, config, "new")
    said = [f"exit {code} became {other}"] if code != other else []
    if before != after:
        last = [trees_[-1] if trees_ else git(repo, "rev-parse", "main^{tree}") for trees_ in (before, after)]
        said.append(f"{len(before)} commits became {len(after)}; at the end:\n{git(repo, 'diff', '--stat=120', *last) or '  the same'}")
    for branch in ("old", "new"):
        subprocess.run(["git", "-C", str(repo), "branch", "-q", "-D", branch], capture_output=True, check=False)
    return said


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("projects", nargs="*", metavar="PROJECT")
    args = parser.parse_args(argv)
    pipelines = [p for p in sorted(PIPELINES.glob("*.yaml")) if "kind: Pipeline" in p.read_text("utf-8")]
    projects = [p for p in sorted(CORPUS.iterdir()) if p.is_dir() and (not args.projects or p.name in args.projects)]
    different = 0
    with tempfile.TemporaryDirectory() as scratch:
        for project in projects:
            repo = repository(project, Path(scratch) / project.name)
            for config in pipelines:
                said = compare(args.old.resolve(), args.new.resolve(), repo, config)
                different += bool(said)
                print(f"{project.name:<45} {config.name:<20} {'; '.join(said) or 'the same trees'}", flush=True)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
