"""Values of Secrets and credentials never appear in any output: which lines of a text show one, and the text without them.

Secret are: what stands under `data` and `stringData` of a Secret with its comments (also in a List, a SecretList, a patch,
and a manifest inside a string or a comment), the applied configuration in its annotations, and what a `secretGenerator` is
given literally. Credentials (`credentials.py`) are hidden by their name or their shape wherever they stand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from transformer import credentials
from transformer.model import Change, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transformer.yamltext import Document, Node

HIDDEN: Final = "<redacted>"
Spans: TypeAlias = "Sequence[tuple[int, int]]"  # lines from 0: the first, and the one behind the last
_WORDS: Final = ("Secret", "secretGenerator")
_NESTED: Final = re.compile(r"""\bkind["']?\s*:\s*["']?Secret\b|secretGenerator""")
_SPELT: Final = re.compile(r"""kind["']?\s{0,9}:\s{0,9}"[^"\n]{0,80}\\""")  # with escapes
_WHO: Final = re.compile(r"[\s#-]{0,99}(?:apiVersion|kind|metadata|name|namespace|type)\b")
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def lines_of(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends a line, as in every position we report."""
    found = text.split("\n")
    return [line + "\n" for line in found[:-1]] + ([found[-1]] if found[-1] else [])


def masked(text: str, spans: Spans | None = None) -> list[str]:
    """The lines of a text, as many as it has, with the values of Secrets and credentials replaced; with `spans`, in these at least."""
    lines = lines_of(text)
    for n, line in _hidden(text, lines, spans).items():
        if n < len(lines):
            lines[n] = line
    return lines


def hidden_lines(text: str) -> frozenset[int]:
    """The lines, from 1, that hold the value of a Secret or a credential."""
    return frozenset(n + 1 for n in _hidden(text, lines_of(text)))


def hides(change: Change) -> bool:
    """Whether the values of a change must not be shown."""
    return change.resource.kind == "Secret" or "secretGenerator" in change.path or "secretGenerator" in change.to


def shown(change: Change, value: Scalar) -> Scalar:
    """A value of a change as a report may show it."""
    if value is None:
        return None
    if hides(change) or (isinstance(value, str) and _NESTED.search(value)):
        return HIDDEN
    return "\n".join(map(credentials.without, value.split("\n"))) if isinstance(value, str) else value


def veiled(text: str) -> str:
    """A text of any place, unless it holds a Secret itself."""
    return HIDDEN if _NESTED.search(text) else text


def _hidden(text: str, lines: list[str], spans: Spans | None = None) -> dict[int, str]:
    """Line (from 0) -> what to show instead."""
    spans = [(0, len(lines))] if spans is None else spans
    shown = {n: told for n in _suspects(lines, spans) if (told := credentials.without(lines[n])) != lines[n]}
    for span in spans:
        shown |= dict(_in_comments(lines, *_with_comments(lines, *span)))
    from transformer.yamltext import ParseError

    try:
        for document in _speaking(text.removeprefix("\ufeff"), spans):
            for first, last, keep in _secret_spans(document):
                shown |= dict(_mask(lines, first, last, keep))
    except ParseError:
        return {n: _blind(line) for n, line in enumerate(lines)} if any(word in text for word in _WORDS) else shown
    return shown


def _suspects(lines: list[str], spans: Spans) -> Iterator[int]:
    for first, end in spans:
        part = lines[first:end]
        yield from (first + n for n in credentials.suspects("".join(part)) if n < len(part))


def _with_comments(lines: list[str], first: int, end: int) -> tuple[int, int]:
    """The whole blocks of comments that a span begins and ends in."""
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    while end < len(lines) and lines[end].lstrip().startswith("#"):
        end += 1
    return first, end


def _in_comments(lines: list[str], first: int, end: int) -> Iterator[tuple[int, str]]:
    """A Secret that was commented out: all of its block but who it is."""
    block: list[int] = []
    for n, line in enumerate([*lines[first:end], ""], first):
        if line.lstrip().startswith("#"):
            block.append(n)
            continue
        if any(_NESTED.search(lines[m]) for m in block):
            yield from ((m, _blind(lines[m])) for m in block if not _WHO.match(lines[m]))
        block = []


def _speaks(text: str, start: int, end: int) -> bool:
    """Whether a part of a text may hold what only its structure tells to be secret."""
    words = any(text.find(word, start, end) >= 0 for word in _WORDS)
    return words or _SPELT.search(text, start, end) is not None or credentials.names_one(text[start:end])


def _speaking(text: str, spans: Spans) -> Iterator[Document]:
    """The documents that may hold a Secret, as far as lines of theirs are in a span. Raises ParseError."""
    from transformer.yamltext import parse_piece, parse_text, pieces
    from transformer.yamltext.tree import newlines

    found = pieces(text)
    if found is None:
        yield from parse_text(text).documents if _speaks(text, 0, len(text)) else ()
        return
    index = newlines(text)
    starts = [0, *(offset + 1 for offset in index), len(text), len(text)]
    shown = [(starts[first], starts[end]) for first, end in spans]
    for piece in found:
        if any(piece.start < end and start < piece.end for start, end in shown) and _speaks(text, piece.start, piece.end):
            yield parse_piece(text, piece, index)


def _secret_spans(document: Document) -> Iterator[tuple[int, int, int]]:
    """(first line, last line, characters of the first line to keep), lines from 0."""
    if document.root is None:
        return
    for held in _secret_maps(document.root):
        yield from _comments(document, held)
    for node in _secret_nodes(document.root):
        aimed = node.target if node.kind == "alias" else node
        if aimed is not None:
            first = document.line(aimed.start) - 1
            keep = aimed.start - (document.text.rfind("\n", 0, aimed.start) + 1)
            yield first, document.line(max(aimed.end - 1, aimed.start)) - 1, keep


def _comments(document: Document, held: Node) -> Iterator[tuple[int, int, int]]:
    """The comments inside of what a Secret holds, and behind it up to what is indented less."""
    lines = lines_of(document.text)
    first = document.line(held.start) - 1
    column = held.start - (document.text.rfind("\n", 0, held.start) + 1)
    for n in range(max(first - 1, 0), len(lines)):
        body = lines[n].strip()
        indent = len(lines[n]) - len(lines[n].lstrip())
        if n > first and body and not body.startswith("#") and indent < column:
            return
        if n > first and body.startswith("---"):
            return
        if "#" in body:
            yield n, n, lines[n].index("#") + 1


def _secret_nodes(root: Node) -> Iterator[Node]:
    for node in root.below():
        if node.kind == "scalar" and _NESTED.search(node.value):
            yield node
        elif node.kind == "seq":
            yield from _arguments(node)
        elif node.kind == "map":
            yield from _of_map(node)
    for held in _secret_maps(root):
        yield from (value for _, value in held.pairs) if held.block else [held]


def _of_map(node: Node) -> Iterator[Node]:
    if _kind(node) == "Secret":
        yield from _applied(node)
    generator = node.child("secretGenerator")
    if generator is not None:
        yield generator
    target, patch = node.child("target"), node.child("patch")
    if patch is not None and target is not None and "Secret" in _kind(_aimed(target)):
        yield patch
    name, value = node.child("name"), node.child("value")
    if name is not None and value is not None and value.kind == "scalar" and credentials.is_name(name.value):
        yield value
    place = node.child("path")
    if place is not None and value is not None and place.kind == "scalar" and credentials.is_name(place.value.rpartition("/")[2]):
        yield value


def _arguments(items: Node) -> Iterator[Node]:
    """What stands behind `--password` in a list of arguments."""
    for flag, value in zip(items.items, items.items[1:], strict=False):
        dashed = flag.kind == "scalar" and flag.value.startswith("-") and "=" not in flag.value
        if dashed and value.kind == "scalar" and not value.value.startswith("-") and credentials.is_name(flag.value.lstrip("-")):
            yield value


def _secret_maps(root: Node) -> Iterator[Node]:
    """What stands under `data` and `stringData` of Secrets, also where it was merged in; an alias counts as its target."""
    for node in root.below():
        kind = _kind(node)
        items = node.child("items") if node.kind == "map" and kind == "SecretList" else None
        for secret in [node] if kind == "Secret" else _aimed(items).items if items is not None else []:
            yield from (_aimed(held) for key in ("data", "stringData") for held in _children(_aimed(secret), key))


def _kind(node: Node) -> str:
    return next((kind.value for kind in map(_aimed, _children(node, "kind")) if kind.kind == "scalar"), "")


def _children(node: Node, key: str, depth: int = 8) -> Iterator[Node]:
    """The values of a key: the node's own, and those of what is merged into it."""
    if node.kind != "map" or depth == 0:
        return
    own = node.child(key)
    if own is not None:
        yield own
    for merged in (value for name, value in node.pairs if name.kind == "scalar" and name.value == "<<"):
        source = _aimed(merged)
        for one in source.items if source.kind == "seq" else [source]:
            yield from _children(_aimed(one), key, depth - 1)


def _aimed(node: Node) -> Node:
    return node.target if node.kind == "alias" and node.target is not None else node


def _applied(secret: Node) -> Iterator[Node]:
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
