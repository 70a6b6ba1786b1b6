"""`python -m tests.fuzz.killed [RUNS]`: `convert --in-place`, killed by strace at every system call that writes.

After one more run the tree must be the same as without the kill. Needs strace; the short form, with faults injected in
Python, is tests/hostile/test_killed_in_place.py.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from tests.conftest import GitRepo

CALLS: Final = (
    "write", "pwrite64", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
    "fsync", "fchmod", "fchown",
)  # fmt: skip
FIXTURES: Final = Path(__file__).parents[2] / "fixtures"
SCENARIOS: Final = ("cronworkflow-permissions", "native-submit", "standard-to-autopilot", "cronworkflow-references")
TOOL: Final = (sys.executable, "-c", "import sys; from transformer.cli import main; sys.exit(main())")


def main(runs: int) -> int:
    with tempfile.TemporaryDirectory(prefix="killed-") as scratch:
        cases = [Case(Path(scratch), name, in_git) for name in SCENARIOS for in_git in (True, False)]
        places = [(case, call, number) for case in cases for call, most in case.calls.items() for number in range(1, most + 1)]
        print(f"{len(places)} calls that write, in {len(cases)} runs", flush=True)
        done = bad = killed = 0
        for case, call, number in (places[n * len(places) // runs] for n in range(runs)):
            ended, same = case.killed_at(call, number)
            killed += ended == -9
            done, bad = done + 1, bad + (not same)
            if not same:
                print(f"NOT THE SAME: {case.name} killed at {call} number {number}", flush=True)
        print(f"{done - bad} of {done} the same after one more run ({killed} were killed)")
    return 1 if bad else 0


class Case:
    """One scenario, as it was and as it is when a run ended well."""

    def __init__(self, scratch: Path, name: str, in_git: bool) -> None:
        self.name = f"{name}{'-git' if in_git else ''}"
        self.root, self.before, self.scratch = scratch / "run", scratch / f"{self.name}-before", scratch
        shutil.copytree(FIXTURES / name / "before", self.before)
        for extra in ("transformer.yaml",):
            if (FIXTURES / name / extra).exists():
                shutil.copy(FIXTURES / name / extra, self.before / extra)
        if in_git:
            repo = GitRepo(self.before)
            repo.git("init", "--quiet", "--initial-branch=main")
            repo.commit()
        log = self.scratch / "strace.log"
        self._fresh()
        self._run("strace", "-o", str(log), "-e", f"trace={','.join(CALLS)}")
        self.calls = Counter(re.findall(r"^(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))
        self.expected = self._tree()

    def killed_at(self, call: str, number: int) -> tuple[int, bool]:
        self._fresh()
        ended = self._run("strace", "-o", os.devnull, "-e", f"inject={call}:signal=KILL:when={number}")
        self._run()
        return ended, self._tree() == self.expected

    def _fresh(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.scratch / "cache", ignore_errors=True)
        shutil.copytree(self.before, self.root)

    def _run(self, *before: str) -> int:
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.scratch / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [*before, *TOOL, "convert", "--in-place", "--quiet", str(self.root)]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode

    def _tree(self) -> dict[str, tuple[bytes, int]]:
        files = (p for p in self.root.rglob("*") if ".git" not in p.relative_to(self.root).parts)
        return {str(p.relative_to(self.root)): (p.read_bytes() if p.is_file() else b"/", p.stat().st_mode) for p in files}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
