"""Versions of the target. A version without a patch number stands for every patch of that minor release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Version:
    """`3.6` or `3.6.10`; what must hold for every patch of `3.6` is asked with `at_least` and `below`."""

    major: int
    minor: int
    patch: int | None = None

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises ValueError when the text does not start with MAJOR.MINOR."""
        m = re.match(r"v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?", text.strip())
        if not m:
            raise ValueError(f"{text!r} is not a version such as 3.6 or 3.6.10")
        return cls(int(m[1]), int(m[2]), int(m[3]) if m[3] else None)

    def at_least(self, other: str) -> bool:
        """Every release this version stands for is `other` or newer."""
        return (self.major, self.minor, self.patch or 0) >= _triple(other)

    def below(self, other: str) -> bool:
        """Every release this version stands for is older than `other`."""
        patch = self.patch if self.patch is not None else 10**6
        return (self.major, self.minor, patch) < _triple(other)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}" + (f".{self.patch}" if self.patch is not None else "")


@cache
def _triple(text: str) -> tuple[int, int, int]:
    v = Version.parse(text)
    return v.major, v.minor, v.patch or 0


@dataclass(frozen=True, slots=True)
class Target:
    """What the manifests are to run on. `argo` is None when a pipeline of passes that do not ask does not name it."""

    gke_mode: str = "autopilot"
    gke: Version | None = None
    region: str = ""
    argo: Version | None = None
    crds: str = ""
    template_referencing: str = ""
    instance_id: str = ""
