"""What the examples of the passes cite."""

from __future__ import annotations

from functools import cache

from transformer.config import discovery
from transformer.passkit import Example, Rewrites
from transformer.passkit.testing import convert, example_target


@cache
def shown() -> frozenset[str]:
    """The sources that changes and findings of all examples name."""
    return frozenset().union(*(_cited(name, e) for name in discovery.names() for e in discovery.load(name).examples))


def _cited(name: str, example: Example) -> frozenset[str]:
    text = example.before if isinstance(example, Rewrites) else example.text
    files = {**example.files, example.file: text}
    return convert(files, (name, dict(example.params)), example_target(example)).cited
