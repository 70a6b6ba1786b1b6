"""The names for `explain` and `--accept`: passes, finding codes, and rows of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from transformer.config import discovery

if TYPE_CHECKING:
    from transformer.knowledge import Row, Table
    from transformer.passkit import Pass


@cache
def tables() -> tuple[Table, ...]:
    """Every table, by name: ours, then those of the packages that offer passes."""
    from transformer import knowledge

    return tuple(knowledge.table(name, package) for package in (None, *discovery.packages()) for name in knowledge.table_names(package))


def find_rows(name: str) -> Iterator[tuple[Table, Row]]:
    """The rows with this `id`, or `table/id` as in findings. A row's id may contain slashes."""
    from transformer import knowledge

    words = (name.rpartition("/")[2], "\\")  # an id is written as it is, or with escapes
    for package in (None, *discovery.packages()):
        for held in knowledge.tables_with(words, package):
            wanted = name.removeprefix(f"{held.name}/")
            if wanted in held:
                yield held, held[wanted]


@cache
def consent_rows() -> frozenset[str]:
    """The ids of the rows that change behaviour and need consent."""
    return frozenset(row.id for held in tables() for row in held.rows if row.get("consent") == "accept")


def acceptable(found: Pass) -> frozenset[str]:
    """The rows that a user may accept for a pass. None unless its parameters are ConsentParams."""
    return consent_rows() if takes_rows(found) else frozenset()


def takes_rows(found: Pass) -> bool:
    from transformer.passkit import ConsentParams

    return issubclass(found.params, ConsentParams)
