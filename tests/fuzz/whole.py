"""`python -m tests.fuzz.whole [FILES] [SEED]`: whole runs over broken files beside healthy jobs, in all modes.

Random bytes, random YAML, and mutations of the fixtures and of CORPUS (an environment variable: a folder). A run must end
with 0, 1, 2 or 4, within the limit of time, and the healthy jobs become what they become alone.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from tests.conftest import GitRepo
from tests.fuzz import mutations
from transformer.cli import main as transformer

FIXTURES: Final = Path(__file__).parents[2] / "fixtures"
SECONDS: Final = 60  # of processor time, a run
FILES: Final = 24  # broken ones, a run
NAMES: Final = ("x.yaml", "y.yml", "kustomization.yaml", "Chart.yaml", "values.yaml", "templates/t.yaml", "a.env", "p.json", "run.sh")
HEALTHY: Final = {
    f"healthy/{name}.yaml": f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: healthy-{name}  # stays
  namespace: healthy
spec:
  schedule: "{n} 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: registry.example/{name}@sha256:{"0" * 64}
              command: [python, -m, {name}]
"""
    for n, name in enumerate(("one", "two"))
}


class Hang(BaseException):
    """No exception that a program would catch."""


def main(files: int, seed: int) -> int:
    started, done, broken = time.monotonic(), 0, Counter[str]()
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="whole-") as scratch:
        os.environ["XDG_CACHE_HOME"] = str(Path(scratch) / "cache")
        for run in range(seed, seed + -(-files // FILES)):
            mode, code, said = one_run(Path(scratch), run)
            ended[f"{mode} {code}"] += 1
            done += FILES
            if said:
                cause = _cause(said)
                broken[cause] += 1
                if broken[cause] == 1:
                    print(f"\nrun {run} ({mode}), {cause}\n{said[-1500:]}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    summary = f"{ended.total()} runs, {time.monotonic() - started:.0f} s, peak {peak} MiB; {dict(sorted(ended.items()))}"
    print(f"\n{done} broken files in {summary}")
    for cause, times in broken.most_common():
        print(f"  {times} times: {cause}")
    return 1 if broken else 0


def _cause(said: str) -> str:
    frames = re.findall(r'File "[^"]*?(transformer/[^"]*)", line (\d+)', said)
    error = re.findall(r"(\w+(?:Error|Exception)\b[^\\\n]{0,80})", said)
    return f"{':'.join(frames[-1]) if frames else ''} {error[-1] if error else said.splitlines()[0][:120]}"


def one_run(scratch: Path, seed: int) -> tuple[str, int, str]:
    """The mode, the exit code, and what is wrong ("" where nothing is)."""
    random = Random(seed)  # noqa: S311 - nothing here is secret
    root = scratch / "root"
    shutil.rmtree(root, ignore_errors=True)
    _write(root, {name: text.encode() for name, text in HEALTHY.items()})
    _write(root, {f"{random.choice('abc')}{n}/{random.choice(NAMES)}": text for n, text in enumerate(_texts(random))})
    mode = random.choices(("check", "in-place", "dry-run", "branch"), (6, 2, 1, 1))[0]
    arguments = ["check"] if mode == "check" else ["convert", *(["--in-place", "--force"] if mode == "in-place" else [])]
    if mode in ("dry-run", "branch"):
        GitRepo(root).git("init", "--quiet", "--initial-branch=main")
        GitRepo(root).commit()
        arguments += ["--dry-run"] * (mode == "dry-run")
    if random.random() < 0.1:
        (root / "transformer.yaml").write_bytes(mutations.configuration(random))
        arguments += ["--config", str(root / "transformer.yaml")]
    report = scratch / "report"
    code, said = _run([*arguments, str(root), "--verbose", "--jobs", "1", "--report", f"{report}.json", "--report", f"{report}.md"])
    return mode, code, _wrong(root, mode, code, said)


def _texts(random: Random) -> Iterator[bytes]:
    for _ in range(FILES):
        yield mutations.text(random, sources())


@cache
def sources() -> tuple[bytes, ...]:
    folders = [FIXTURES, *([Path(os.environ["CORPUS"])] if os.environ.get("CORPUS") else [])]
    found = (p for folder in folders for p in sorted(folder.rglob("*.y*ml")) if p.is_file() and p.stat().st_size < 40_000)
    return tuple(p.read_bytes() for p in found)


def _write(root: Path, texts: dict[str, bytes]) -> None:
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text)


def _run(arguments: list[str]) -> tuple[int, str]:
    def end(*_: object) -> None:
        raise Hang

    out = io.StringIO()
    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = transformer(arguments)
    except Hang:
        import traceback

        return -1, f"a hang: {traceback.format_exc()}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what we look for
        import traceback

        return -2, f"{error}: {traceback.format_exc()}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return code, out.getvalue()


def _wrong(root: Path, mode: str, code: int, said: str) -> str:
    if code not in (0, 1, 2, 4):
        at = said.find("bug")
        return said if code < 0 else said[max(at - 200, 0) : at + 6000].replace("\\n", "\n")
    if code in (0, 1) and mode in ("in-place", "branch") and not (root / "transformer.yaml").exists():
        return _sick(root, mode)
    return "" if mode != "check" or code != 0 or (root / "transformer.yaml").exists() else "check found nothing to do beside healthy jobs"


def _sick(root: Path, mode: str) -> str:
    """A healthy job must be converted; or not for a reason that lies in another file, such as the controller's configuration."""
    blocked = {
        o["file"]: o["reason"] for o in json.loads((root.parent / "report.json").read_text())["outcomes"] if o["outcome"] == "Blocked"
    }
    for name, text in alone().items():
        found = (root / name).read_bytes() if mode == "in-place" else GitRepo(root).git("show", f"transformer/autopilot:{name}").encode()
        if found.rstrip() != text.rstrip() and b"kind: CronWorkflow" not in found and name not in blocked:
            return f"healthy job became something else: {name}"
    return ""


@cache
def alone() -> dict[str, bytes]:
    """What the healthy jobs become without any other file."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), {name: text.encode() for name, text in HEALTHY.items()})
        _run(["convert", "--in-place", folder])
        return {name: (Path(folder) / name).read_bytes() for name in HEALTHY}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0))
