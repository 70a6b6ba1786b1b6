"""Examples of the pass: shown on its page, run as tests."""

from __future__ import annotations

from transformer.passkit import Example

EXAMPLES: tuple[Example, ...] = ()
