"""Values of Secrets never appear in any output: which lines of a text show one, and the text without them.

Secret are: what stands under `data` and `stringData` of a Secret (also in a List, in a patch, and in a manifest inside a
string), the applied configuration in its annotations, and what a `secretGenerator` is given literally.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from transformer.model import Change, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformer.yamltext import Document, Node

HIDDEN: Final = "<redacted>"
_WORDS: Final = ("Secret", "secretGenerator")
_NESTED: Final = re.compile(r"""\bkind["']?\s*:\s*["']?Secret\b|secretGenerator""")
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def lines_of(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends a line, as in every position we report."""
    found = text.split("\n")
    return [line + "\n" for line in found[:-1]] + ([found[-1]] if found[-1] else [])


def masked(text: str) -> list[str]:
    """The lines of a text, as many as it has, with the values of Secrets replaced."""
    lines = lines_of(text)
    for n, shown in _hidden(text, lines).items():
        if n < len(lines):
            lines[n] = shown
    return lines


def hidden_lines(text: str) -> frozenset[int]:
    """The lines, from 1, that hold the value of a Secret."""
    return frozenset(n + 1 for n in _hidden(text, lines_of(text)))


def hides(change: Change) -> bool:
    """Whether the values of a change must not be shown."""
    return change.resource.kind == "Secret" or "secretGenerator" in change.path or "secretGenerator" in change.to


def shown(change: Change, value: Scalar) -> Scalar:
    """A value of a change as a report may show it."""
    if value is None:
        return None
    secret = hides(change) or (isinstance(value, str) and _NESTED.search(value))
    return HIDDEN if secret else value


def veiled(text: str) -> str:
    """A text of any place, unless it holds a Secret itself."""
    return HIDDEN if _NESTED.search(text) else text


def _hidden(text: str, lines: list[str]) -> dict[int, str]:
    """Line (from 0) -> what to show instead."""
    if not any(word in text for word in _WORDS):
        return {}
    from transformer.yamltext import ParseError

    found: dict[int, str] = {}
    try:
        for document in _speaking(text.removeprefix("\ufeff")):
            for first, last, keep in _secret_spans(document):
                found |= dict(_mask(lines, first, last, keep))
    except ParseError:
        return {n: _blind(line) for n, line in enumerate(lines)}
    return found


def _speaking(text: str) -> Iterator[Document]:
    """The documents that may hold a Secret. Raises ParseError."""
    from transformer.yamltext import parse_piece, parse_text, pieces
    from transformer.yamltext.tree import newlines

    found = pieces(text)
    if found is None:
        yield from parse_text(text).documents
        return
    index = newlines(text)
    for piece in found:
        if any(text.find(word, piece.start, piece.end) >= 0 for word in _WORDS):
            yield parse_piece(text, piece, index)


def _secret_spans(document: Document) -> Iterator[tuple[int, int, int]]:
    """(first line, last line, characters of the first line to keep), lines from 0."""
    if document.root is None:
        return
    for node in _secret_nodes(document.root):
        aimed = node.target if node.kind == "alias" else node
        if aimed is not None:
            first = document.line(aimed.start) - 1
            keep = aimed.start - (document.text.rfind("\n", 0, aimed.start) + 1)
            yield first, document.line(max(aimed.end - 1, aimed.start)) - 1, keep


def _secret_nodes(root: Node) -> Iterator[Node]:
    for node in root.below():
        if node.kind == "scalar" and _NESTED.search(node.value):
            yield node
        if node.kind != "map":
            continue
        kind = node.child("kind")
        if kind is not None and kind.value == "Secret":
            yield from _values(node)
        generator = node.child("secretGenerator")
        if generator is not None:
            yield generator


def _values(secret: Node) -> Iterator[Node]:
    for key in ("data", "stringData"):
        held = secret.child(key)
        if held is not None:
            yield from (value for _, value in held.pairs) if held.block else [held]
    metadata = secret.child("metadata")
    annotations = metadata.child("annotations") if metadata else None
    applied = annotations.child(_APPLIED) if annotations else None
    if applied is not None:
        yield applied


def _mask(lines: list[str], first: int, last: int, keep: int) -> Iterator[tuple[int, str]]:
    for n in range(first, min(last + 1, len(lines))):
        end = "\r\n" if lines[n].endswith("\r\n") else "\n" if lines[n].endswith("\n") else ""
        yield n, (lines[n][:keep] + HIDDEN + end if n == first else _blind(lines[n]))


def _blind(line: str) -> str:
    body = line.rstrip("\r\n")
    indent = body[: len(body) - len(body.lstrip())]
    return indent + (HIDDEN if body.strip() else "") + line[len(body) :]
