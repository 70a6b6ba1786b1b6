"""The arguments of `argo`, by the table `argo_submit`: flags as the library pflag reads them, and other words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from transformer.knowledge import Row
from transformer.passes.cronworkflow.rows import SUBMIT
from transformer.passkit import table


class UnknownFlagError(ValueError):
    """The message is the word."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A word as argo gets it. `dated`: Argo's creation time replaces a date of the shell."""

    text: str
    dated: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A flag or variable, with its name as it is written."""

    row: Row
    value: Argument
    name: str


def parse(words: Sequence[Argument]) -> tuple[list[Given], list[Argument]]:
    """The flags in their order, and the other words. Raises UnknownFlagError."""
    given: list[Given] = []
    others: list[Argument] = []
    rest = iter(words)
    for word in rest:
        if word.text == "--":
            others += rest
        elif word.text.startswith("--"):
            given.append(_long(word, rest))
        elif word.text.startswith("-") and len(word.text) > 1:
            given += _short(word, rest)
        else:
            others.append(word)
    return given, others


def _long(word: Argument, rest: Iterator[Argument]) -> Given:
    name, has_value, value = word.text[2:].partition("=")
    row = _flags().get(name) if len(name) > 1 else None
    if row is None:
        raise UnknownFlagError(word.text)
    if has_value:
        return Given(row, replace(word, text=_fitting(row, value, word)), f"--{name}")
    return Given(row, _next(word, rest) if row["takes"] else Argument(""), f"--{name}")


def _short(word: Argument, rest: Iterator[Argument]) -> Iterator[Given]:
    """`-w`, `-wv`, `-p a=b`, `-pa=b`, `-p=a=b`."""
    letters = word.text[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        row = _flags().get(letter)
        if row is None:
            raise UnknownFlagError(word.text)
        if letters.startswith("=") or (letters and row["takes"]):
            value = letters.removeprefix("=")
            yield Given(row, replace(word, text=_fitting(row, value, word)), f"-{letter}")
            return
        yield Given(row, _next(word, rest) if row["takes"] else Argument(""), f"-{letter}")


def _next(word: Argument, rest: Iterator[Argument]) -> Argument:
    value = next(rest, None)
    if value is None:
        raise UnknownFlagError(word.text)
    return value


def _fitting(row: Row, value: str, word: Argument) -> str:
    """A flag without a value takes only true and false, and `false` says that the flag is not there."""
    if not row["takes"] and (row["effect"] == "refuse" or value not in ("true", "false")):
        raise UnknownFlagError(word.text)
    return value


@cache
def _flags() -> Mapping[str, Row]:
    return {name: row for row in table(SUBMIT).rows if row["kind"] == "flag" for name in row["names"]}
