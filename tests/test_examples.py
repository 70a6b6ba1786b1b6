"""Every pass's examples are its tests, checked with what any author of a pass has: `transformer.passkit.testing`."""

from __future__ import annotations

import pytest

from transformer.config import discovery
from transformer.passkit import Example
from transformer.passkit.testing import check_example, check_page

CASES = [
    pytest.param(name, example, id=f"{name}: {example.name}") for name in discovery.names() for example in discovery.load(name).examples
]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_example(name: str, example: Example) -> None:
    """An example does what it says, and a second run leaves the result alone."""
    check_example(discovery.load(name), example)


@pytest.mark.parametrize("name", discovery.names())
def test_a_pass_explains_itself(name: str) -> None:
    """It has a page, documented parameters, documented codes, and leaves alone at least as often as it changes."""
    check_page(discovery.load(name))
