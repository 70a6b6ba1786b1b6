"""Finds the passes: the modules of `transformer/passes`, and entry points of other distributions.

Only what is asked for is imported: `names` looks at file names and at package metadata.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Final

from transformer.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from transformer.passkit import Pass

GROUP: Final = "transformer.passes"


@cache
def names() -> tuple[str, ...]:
    """The ids of all passes, in alphabetical order."""
    return tuple(sorted({*_own(), *_foreign()}))


@cache
def load(name: str) -> Pass:
    """The pass with this id. Raises KeyError where there is none, UsageError where its module is not a pass."""
    own, foreign = _own(), _foreign()
    if name in own and name in foreign:
        raise UsageError(
            f'two passes are named "{name}": the built-in one, and {foreign[name].value}.\n'
            "Give the other one its own name in its entry point, or uninstall it."
        )
    if name in own:
        return the_pass(importlib.import_module(own[name]), name)
    entry = foreign[name]
    try:
        module = importlib.import_module(entry.module)
    except Exception as e:  # it is not our code that fails
        raise UsageError(f'pass "{name}": cannot import {entry.module}: {e}.\nInstall or repair the package that offers it.') from e
    return the_pass(module, name)


@cache
def packages() -> tuple[str, ...]:
    """The packages of other distributions that offer passes: their folders `knowledge/` and `templates/` are looked into."""
    return tuple(sorted({package for entry in _foreign().values() if (package := _package(entry))}))


def _package(entry: EntryPoint) -> str:
    """Empty where its module lies in none, or is not there: `load` says so when it is used."""
    try:
        found = importlib.util.find_spec(entry.module)
    except (ImportError, ValueError):
        return ""
    return found.parent or "" if found else ""


def the_pass(module: ModuleType, name: str) -> Pass:
    """The one PASS of a module, with the module's docstring as its page."""
    from transformer.passkit import Pass

    where = module.__name__
    found = vars(module).get("PASS")
    if not isinstance(found, Pass):
        raise UsageError(f"{where}: this module has no constant PASS of the type transformer.passkit.Pass.\nAdd it.")
    others = [k for k, v in vars(module).items() if isinstance(v, Pass) and v is not found]
    if others:
        raise UsageError(f"{where}: {', '.join(others)} is a second pass beside PASS.\nMove it to its own module.")
    if found.id != name:
        raise UsageError(f'{where}: its pass calls itself "{found.id}", but it is found as "{name}".\nUse one name.')
    return found if found.doc else replace(found, doc=(module.__doc__ or "").strip())


@cache
def _own() -> dict[str, str]:
    """Pass id -> module. `_name` is private to the package."""
    from transformer import passes

    return {
        found.name.replace("_", "-"): f"{passes.__name__}.{found.name}"
        for found in pkgutil.iter_modules(passes.__path__)
        if not found.name.startswith("_")
    }


@cache
def _foreign() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=GROUP)}
