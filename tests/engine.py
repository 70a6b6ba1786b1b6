"""Passes over files in memory, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from transformer.model import Target
from transformer.repository.index import Index
from transformer.run.engine import Engine, Passes
from transformer.run.passes import run_passes
from transformer.run.record import Record
from transformer.run.workers import Effort


def run_files(index: Index, target: Target, paths: Sequence[str], passes: Passes) -> Record:
    """What the passes do to these files, and nothing of what follows from it."""
    return followed(index, target, paths, [(replace(pass_, consequences=None), params) for pass_, params in passes])


def followed(index: Index, target: Target, paths: Sequence[str], passes: Passes) -> Record:
    """With what follows from it; no other program is run."""
    return run_passes(Engine(index, target, passes), paths, Effort(program_seconds=0))
