"""Whether another tool would misread or skip a new file in a folder (gitops.md 1.7)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from transformer.repository.globs import glob_matcher
from transformer.repository.index import Index

_KINDS: Final = frozenset({"Application", "ApplicationSet"})


def misread(file: str, beside: str, index: Index) -> str:
    """Why a new file must not be added beside another one. Empty if it may.

    An ApplicationSet may read every file that matches a pattern as parameters. An Application may read only some files of a folder.
    """
    for found in index.find("Application", kinds=_KINDS):
        place = f"{found.file}:{found.line()}"
        for mapping in _mappings(found.data.get("spec")):
            if any(glob_matcher((f"/{glob}",))(file) for glob in _globs(mapping)):
                return f"{place} would read a file with this name as parameters"
            if _leaves_out(mapping, file) and not _leaves_out(mapping, beside):
                return f"{place} would not read a file with this name from this folder"
    return ""


def _globs(mapping: Mapping[str, Any]) -> Iterator[str]:
    """The patterns of a git generator."""
    git = mapping.get("git")
    files = git.get("files") if isinstance(git, Mapping) else None
    for entry in files if isinstance(files, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("path"), str) and "{" not in entry["path"]:
            yield entry["path"].lstrip("/")


def _leaves_out(source: Mapping[str, Any], file: str) -> bool:
    """Whether an Application reads the folder, but `include` or `exclude` leaves the file out."""
    path, directory = source.get("path"), source.get("directory")
    if not isinstance(path, str) or not isinstance(directory, Mapping):
        return False
    name = posixpath.relpath(file, posixpath.normpath(path.lstrip("/") or "."))
    if name.startswith("..") or ("/" in name and directory.get("recurse") is not True):
        return False
    include, exclude = (str(directory.get(key) or "") for key in ("include", "exclude"))
    return bool(include and not _fits(name, include)) or bool(exclude and _fits(name, exclude))


def _fits(name: str, pattern: str) -> bool:
    """One pattern, or several in braces."""
    inner = pattern[1:-1] if pattern.startswith("{") and pattern.endswith("}") else ""
    return any(fnmatchcase(name, p) for p in (inner.split(",") if inner else [pattern]))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _mappings(item)
