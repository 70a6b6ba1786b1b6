"""Names that Argo uses itself, and its limits: the tables `argo_reserved` and `argo_limits`."""

from __future__ import annotations

from transformer.knowledge import table


def reserved(where: str) -> tuple[str, ...]:
    """The names of a row of `argo_reserved`, such as `volumes`."""
    names: tuple[str, ...] = table("argo_reserved")[where]["names"]
    return names


def is_reserved(name: str, where: str) -> bool:
    """Whether Argo uses the name there, or every name that begins so."""
    return any(name == own or (own.endswith("-") and name.startswith(own)) for own in reserved(where))


def limit(name: str) -> int:
    """A number of `argo_limits`."""
    return int(table("argo_limits")[name]["value"])
