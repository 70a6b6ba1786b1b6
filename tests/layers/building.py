"""Kustomize, as a user calls it: which folders are roots, and what each of them builds."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from transformer.yamltext import ParseError, load

Files = Mapping[str, str]
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
NOT_CHECKED = "not checked: no kustomize and no kubectl on PATH"


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that is built. `layer`: what a deployer adds, as the text of a kustomization above it; `loose`: without the limit to
    files below the root, as Flux does it."""

    folder: str
    layer: str = ""
    loose: bool = False

    def __str__(self) -> str:
        return (self.folder or ".") + (" with what its deployer adds" if self.layer else "")


@dataclass(frozen=True, slots=True)
class Built:
    """`text` is None where Kustomize failed; `error` says why."""

    text: str | None
    error: str = ""


@cache
def renderer() -> tuple[str, ...]:
    """The command before the folder; empty where there is none."""
    if shutil.which("kustomize"):
        return ("kustomize", "build")
    return ("kubectl", "kustomize") if shutil.which("kubectl") else ()


def roots(files: Files) -> list[Root]:
    """Every kustomization but Components, and every Application and Flux Kustomization that adds something to one."""
    found = []
    for path, text in sorted(files.items()):
        folder, _, name = path.rpartition("/")
        if name in NAMES and "kind: Component" not in text:
            found.append(Root(folder))
        elif path.endswith((".yaml", ".yml")) and ("kind: Application" in text or "kustomize.toolkit.fluxcd.io" in text):
            found += [root for o in _documents(text) for root in _deployed(o)]
    return found


def _documents(text: str) -> list[dict[str, Any]]:
    try:
        return [o for o in load(text) if isinstance(o, dict)]
    except ParseError:
        return []


def _deployed(o: dict[str, Any]) -> Iterator[Root]:
    spec = o.get("spec") or {}
    if o.get("kind") == "Application" and "kustomize" in (source := spec.get("source") or {}):
        adds = dict(source["kustomize"])
        adds["images"] = [_image(i) for i in adds.get("images", [])]
    elif str(o.get("apiVersion")).startswith("kustomize.toolkit.fluxcd.io/"):
        source, adds = spec, {k: spec[k] for k in ("patches", "images", "components", "namePrefix", "nameSuffix") if k in spec}
        if "targetNamespace" in spec:
            adds["namespace"] = spec["targetNamespace"]
    else:
        return
    folder = str(source.get("path", "")).removeprefix("./").strip("/")
    adds["components"] = [f"../{folder}/{c}" for c in adds.get("components", [])]
    adds = {k: v for k, v in adds.items() if v}
    yield Root(folder, json.dumps({"resources": [f"../{folder}"], **adds}), o.get("kind") != "Application")


def _image(text: str) -> dict[str, str]:
    name, _, new = text.rpartition("=")
    place, _, tag = new.rpartition(":")
    return {"name": name or place, "newName": place, "newTag": tag}


@dataclass(frozen=True, slots=True)
class Repository:
    """Files, and which of their roots to build."""

    files: Files
    roots: Sequence[Root]


def build(repositories: Sequence[Repository]) -> list[dict[Root, Built]]:
    """The roots of each. What this process has built before is not built again."""
    seals = [hashlib.sha256(json.dumps(sorted(r.files.items())).encode("utf-8", "surrogateescape")).digest() for r in repositories]
    todo = [(n, root) for n, r in enumerate(repositories) for root in r.roots if (seals[n], root) not in _BUILT]
    with tempfile.TemporaryDirectory(prefix="layers-") as scratch, ThreadPoolExecutor(2) as pool:
        place = Path(scratch).resolve()
        for n in {n for n, _ in todo}:
            write(place / str(n), repositories[n].files)
        done = pool.map(lambda one: _built(place / str(one[0]), one[1]), todo)
        _BUILT.update({(seals[n], root): built for (n, root), built in zip(todo, done, strict=True)})
    return [{root: _BUILT[seals[n], root] for root in r.roots} for n, r in enumerate(repositories)]


def build_in(place: Path, wanted: Sequence[Root]) -> dict[Root, Built]:
    """Roots of a folder that is there."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(wanted, pool.map(lambda root: _built(place, root), wanted), strict=True))


_BUILT: dict[tuple[bytes, Root], Built] = {}


def write(place: Path, files: Files) -> None:
    for path, text in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(text.encode())


def _built(place: Path, root: Root) -> Built:
    loose = ("--load-restrictor", "LoadRestrictionsNone") if root.loose else ()
    if not root.layer:
        return _run(place, place / root.folder, loose)
    with tempfile.TemporaryDirectory(dir=place, prefix="deployed-") as layer:
        (Path(layer) / "kustomization.yaml").write_text(root.layer)
        return _run(place, Path(layer), loose)


# A build is over before it pays to collect; and nothing is fetched.
_NOWHERE = "http://127.0.0.1:9"
_ENVIRONMENT = {**os.environ, "GOGC": "off", "GIT_ALLOW_PROTOCOL": "none", "HTTPS_PROXY": _NOWHERE, "HTTP_PROXY": _NOWHERE}


def _run(place: Path, folder: Path, options: tuple[str, ...]) -> Built:
    done = subprocess.run([*renderer(), str(folder), *options], capture_output=True, text=True, timeout=60, env=_ENVIRONMENT)
    if done.returncode:
        return Built(None, done.stderr.strip().replace(f"{place}/", "")[-400:])
    return Built(done.stdout)
