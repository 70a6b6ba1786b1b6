"""The one way to run another program: with a time limit, in a clean environment, never inside the source."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` is None where the program could not be started, or gave no answer in time: then `err` says so."""

    code: int | None
    out: str = ""
    err: str = ""

    @property
    def fine(self) -> bool:
        return self.code == 0


# Where a program would ask for what is not on this machine: a port of ours that nothing answers on.
_NOWHERE = "http://127.0.0.1:9"


def run(argv: Sequence[str], seconds: float, *, alone: bool = False) -> Answer:
    """What a program says. It sees PATH and nothing else of the environment, and an empty home. `alone`: it finds no other
    program (git, helm), and no way to another machine by HTTP."""
    with tempfile.TemporaryDirectory(prefix="transformer-home-") as home:
        env = {"PATH": home if alone else os.environ.get("PATH", ""), "HOME": home, "LANG": "C.UTF-8", "KUBECONFIG": "/dev/null"}
        env |= {"HTTP_PROXY": _NOWHERE, "HTTPS_PROXY": _NOWHERE} if alone else {}
        try:
            r = subprocess.run(  # noqa: S603 - a program that was found on PATH, with arguments of our own
                list(argv), capture_output=True, timeout=seconds, env=env, cwd=home, check=False, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            return Answer(None, err=f"no answer within {seconds:g} s")
        except OSError as e:
            return Answer(None, err=f"it cannot be started: {e.strerror}")
    return Answer(r.returncode, r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace"))
