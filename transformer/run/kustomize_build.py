"""`kustomize build` of folders in a scratch copy, offline and without plugins; what was built once is remembered by content."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from transformer import executables
from transformer.run.programs import Answer, run

Files = Mapping[str, bytes]
_OLDEST = (5, 0)


@dataclass(frozen=True, slots=True)
class Builder:
    """A program that renders a folder. `argv` stands before the folder."""

    argv: tuple[str, ...]
    version: str

    @property
    def name(self) -> str:
        return f"kustomize {self.version}" if len(self.argv) == 2 else f"kubectl kustomize {self.version}"


@cache
def builder() -> Builder | None:
    """`kustomize` on PATH, else `kubectl`; None where neither is there, or only an old one."""
    if program := executables.find("kustomize"):
        version = _version(run([program, "version"], 20))
        if version and _pair(version) >= _OLDEST:
            return Builder((program, "build"), version)
    if program := executables.find("kubectl"):
        version = _version(run([program, "version", "--client"], 20), r"Kustomize Version:\s*v?([0-9]+\.[0-9]+\.[0-9]+)")
        if version and _pair(version) >= _OLDEST:
            return Builder((program, "kustomize"), version)
    return None


def _version(answer: Answer, pattern: str = r"v?([0-9]+\.[0-9]+\.[0-9]+)") -> str:
    found = re.search(pattern, answer.out)
    return found[1] if found else ""


def _pair(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


@dataclass(frozen=True, slots=True)
class Build:
    """A folder, and every file that is read when it is built. `loose`: files outside the folder may be read, as Flux does."""

    folder: str
    files: frozenset[str]
    loose: bool = False


def build_all(program: Builder, builds: Sequence[Build], files: Files, seconds: float, jobs: int) -> dict[str, Answer]:
    """The answer for each folder."""
    keys = {b.folder: _key(program, b, files) for b in builds}
    known = {folder: held for folder, key in keys.items() if (held := _remembered(key)) is not None}
    missing = [b for b in builds if b.folder not in known]
    if not missing:
        return known
    with _scratch(files, {f for b in missing for f in b.files}) as place, ThreadPoolExecutor(max(jobs, 1)) as pool:

        def one(b: Build) -> Answer:
            loose = ["--load-restrictor", "LoadRestrictionsNone"] if b.loose else []
            answer = run([*program.argv, str(place / b.folder), *loose], seconds, alone=True)
            return Answer(answer.code, answer.out, answer.err.replace(f"{place}/", "").replace(str(place), "."))

        found = dict(zip((b.folder for b in missing), pool.map(one, missing), strict=True))
    for folder, answer in found.items():
        if answer.code is not None:
            _remember(keys[folder], answer)
    return {**known, **found}


@contextmanager
def _scratch(files: Files, wanted: Iterable[str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="transformer-build-") as folder:
        place = Path(folder).resolve()
        made: set[Path] = set()
        for path in sorted(wanted):
            if path in files:
                target = place / path
                if target.parent not in made:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    made.add(target.parent)
                target.write_bytes(files[path])
        yield place


# --- what was built before


def _key(program: Builder, b: Build, files: Files) -> str:
    seal = hashlib.sha256(f"1 {program.name} {b.folder} {b.loose}".encode())
    for path in sorted(b.files):
        if path in files:
            seal.update(f"\0{path}\0{len(files[path])}\0".encode("utf-8", "surrogateescape"))
            seal.update(files[path])
    return seal.hexdigest()


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "gitops-transformer" / "builds"


def _remembered(key: str) -> Answer | None:
    """None as well where it cannot be read, or is not what was written."""
    try:
        raw = (_folder() / key[:2] / key).read_bytes()
    except OSError:
        return None
    seal, _, body = raw.partition(b"\n")
    if seal.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
        return None
    code, _, rest = body.decode("utf-8", "replace").partition("\n")
    size, _, text = rest.partition("\n")
    return Answer(int(code), text[: int(size)], text[int(size) :])


def _remember(key: str, answer: Answer) -> None:
    body = f"{answer.code}\n{len(answer.out)}\n{answer.out}{answer.err}".encode("utf-8", "replace")
    place = _folder() / key[:2] / key
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what is built may hold Secrets
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as beside:
            beside.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        Path(beside.name).replace(place)
    except OSError:
        return  # a cache that cannot be written costs time, nothing else
