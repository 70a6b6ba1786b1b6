"""The names in double braces that Argo replaces, by the table `argo_tags` (argo.md 7.1)."""

from __future__ import annotations

import re
from functools import cache

from transformer.knowledge import table


@cache
def roots(*, closed: bool = False) -> tuple[str, ...]:
    """What Argo's variables begin with; `closed`: those below which an unknown name is refused."""
    return tuple(r["text"] for r in table("argo_tags").rows if r["kind"] == "root" and not (closed and r.get("open")))


@cache
def names() -> frozenset[str]:
    """Variables without a root."""
    return frozenset(r["text"] for r in table("argo_tags").rows if r["kind"] == "name")


@cache
def known(*, given: bool) -> re.Pattern[str]:
    """Names below a root that are set; `given`: those too that the workflow has to bring."""
    rows = (r for r in table("argo_tags").rows if r["kind"] == "pattern" and (given or not r.get("given")))
    return re.compile("|".join(r["text"] for r in rows))
