"""Globs as in .gitignore, for paths of a source: linear in the path, whatever the glob."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final


@lru_cache(maxsize=64)
def glob_matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    """Tells whether a path matches any of the globs, as in .gitignore.

    `*` and `?` stay within a name, `**` crosses folders, `[...]` is a set; without a slash (but for the last) a glob
    holds at any depth; one that matches a folder matches all below it. Negation (`!`) is not known: it has `exclude`.
    """
    return _Globs(globs)


class _Globs:
    """Several globs as one test; another process makes it anew."""

    def __init__(self, globs: tuple[str, ...]) -> None:
        self.globs = globs
        self.tests = [_Glob(glob) for glob in globs]

    def __call__(self, path: str) -> bool:
        parts = path.split("/")
        return any(test.matches(parts) for test in self.tests)

    def __reduce__(self) -> tuple[Callable[[tuple[str, ...]], Callable[[str], bool]], tuple[tuple[str, ...]]]:
        return glob_matcher, (self.globs,)


class _Glob:
    """A glob as one test per name of the path; None stands for `**`. Linear in the path, whatever the glob."""

    def __init__(self, glob: str) -> None:
        body = glob.removeprefix("./").removeprefix("/").removesuffix("/")
        names = body.split("/")
        if len(names) == 1 and not glob.startswith(("/", "./")):
            names.insert(0, "**")
        names = [name for n, name in enumerate(names) if name != "**" or n == 0 or names[n - 1] != "**"]  # `**/**` says no more
        self.steps = [None if name == "**" else re.compile(_translated(name)).match for name in names]
        self.anywhere = self.steps[1] if len(names) == 2 and names[0] == "**" else None
        self.folders_only = glob.endswith("/")

    def matches(self, parts: list[str]) -> bool:
        if self.folders_only:
            parts = parts[:-1]
        if self.anywhere is not None:
            return any(map(self.anywhere, parts))
        reached = self._with_skips({0})
        for part in parts:
            reached = self._with_skips({after for at in reached for after in self._after(at, part)})
            if len(self.steps) in reached:
                return True
        return False

    def _after(self, at: int, part: str) -> tuple[int, ...]:
        step = self.steps[at]
        last = at == len(self.steps) - 1
        if step is None:
            return (at + 1,) if last else (at,)
        return (at + 1,) if step(part) else ()

    def _with_skips(self, reached: set[int]) -> set[int]:
        """`**/` may stand for no folder at all; a last `**` stands for one name at least."""
        for at in sorted(reached):
            here = at
            while here < len(self.steps) - 1 and self.steps[here] is None:
                here += 1
                reached.add(here)
        return reached


_MOST_OF_A_NAME: Final = 2_000  # characters of a glob for one name; a name has 255 bytes


def _translated(name: str) -> str:
    """The regular expression for one name of a glob (Python's own translation cannot run away)."""
    if len(name) > _MOST_OF_A_NAME:
        return r"(?!)"  # no file has such a name
    literal = re.sub(r"\\(.)", lambda m: f"[{m[1]}]" if m[1] in "*?[" else m[1], name, flags=re.DOTALL)
    return fnmatch.translate(literal.replace("[^", "[!"))
