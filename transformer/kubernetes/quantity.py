"""Kubernetes quantities: their syntax, and comparison."""

from __future__ import annotations

import re
from decimal import Decimal

from transformer.knowledge import table

_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([eE][+-]?[0-9]{1,2})|([A-Za-z]*))")


def amount(resource: str, text: str) -> Decimal:
    """`text` in cores or bytes. Raises ValueError with what to write instead."""
    row = table("quantities")[resource]
    m = _NUMBER.fullmatch(text.strip())
    suffixes = row["suffixes"]
    if not m or (m[3] or "") not in suffixes:
        raise ValueError(f'"{text}" is no amount of {resource}: write it as {row["example"]}.')
    value = Decimal(m[1] + (m[2] or "")) * Decimal(suffixes[m[3] or ""])
    if value <= 0:
        raise ValueError(f'{resource}: "{text}" asks for nothing. Leave it out, or write an amount such as {row["example"]}.')
    return value
