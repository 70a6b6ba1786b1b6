"""What the examples of all passes cite, found once."""

from __future__ import annotations

from functools import cache

from tests.test_examples import CASES, run
from transformer.config import discovery
from transformer.passkit import Blocks, Keeps, Rewrites


@cache
def shown() -> frozenset[str]:
    """The sources of all changes and findings."""
    found: set[str] = set()
    for name, example in (case.values for case in CASES):
        assert isinstance(example, (Rewrites, Keeps, Blocks))
        text = example.before if isinstance(example, Rewrites) else example.text
        record, _ = run(discovery.load(str(name)), example, {**example.files, example.file: text})
        found |= {c.source for c in record.changes} | {f.source for f in record.findings}
    return frozenset(found)
