"""Whole documents of a text, and whole items of a list: one more at the end, one less, one alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from transformer.model import Path
from transformer.yamltext.cuts import Cut, joined
from transformer.yamltext.edit import Refused
from transformer.yamltext.fragment import shifted
from transformer.yamltext.layout import Layout, last_leaf, line_start
from transformer.yamltext.style import column
from transformer.yamltext.tree import CONTENT, Document, newlines, parse_piece, parse_text, pieces

_MARK = "\ufeff"
_BARE = re.compile(r"---[ \t]*\r?\n")
_DOTS = re.compile(r"\.\.\.[ \t]*\r?\n")


def append_document(text: str, document: str) -> str:
    """The text with one more document behind its last one, in the text's own line ends; no other byte changes.

    `document` has no markers of its own. Raises Refused where the text would need directives for it.
    """
    bare = text.removeprefix(_MARK)
    if re.search(r"^%", bare, re.M):
        raise Refused("the text has directives, which a further document would not have")
    end = "\r\n" if "\r\n" in bare else "\n"
    lead = end if bare and not bare.endswith("\n") else ""
    lines = _lines(document, final=not lead)
    if not bare:
        return text + end.join(lines) + end
    if lead and ends_in_block(bare):
        raise Refused("the text ends with a block scalar and no line break: what follows would change its value")
    new = lead + end.join(["---", *lines]) + (end if not lead else "")
    return text[: len(text) - len(bare)] + joined(bare, 0, len(bare), [Cut(len(bare), len(bare), new)])


def append_item(text: str, doc: Document, path: Path, item: str) -> str:
    """The text with one more item, given as a document of its own, at the end of a list in block style."""
    node = doc.find(path)
    if node is None or node.kind != "seq" or node.flow or not node.items:
        raise Refused("the list is not written with dashes, so it takes no further item")
    last = Layout(doc).entries(node)[-1]
    if Layout(doc).ends_open(last):
        raise Refused("the list ends with a block scalar and no line break: what follows would change its value")
    end = "\r\n" if "\r\n" in text else "\n"
    inside = column(text, last.value.start)
    gap = inside - last.column - 1 if line_start(text, last.value.start) == line_start(text, last.head) else 1
    lead = text[last.stop - 1 : last.stop] != "\n"
    new = end.join(_as_item(_lines(item, final=not lead), last.column, gap))
    return joined(text, 0, len(text), [Cut(last.stop, last.stop, end + new if lead else new + end)])


def with_items(text: str, doc: Document, path: Path, new: Mapping[int, str | None]) -> str:
    """The text with some items of a list in block style replaced by documents, or taken out where there is None."""
    node = doc.find(path)
    if node is None or node.kind != "seq" or node.flow:
        raise Refused("the list is not written with dashes")
    end = "\r\n" if "\r\n" in text else "\n"
    cuts = []
    for number, document in new.items():
        entry = Layout(doc).entry(node, number)
        if document is None:
            cuts.append(Cut(entry.top, entry.stop, ""))
            continue
        gap = column(text, entry.value.start) - entry.column - 1
        closed = text[entry.stop - 1 : entry.stop] == "\n"
        lines = end.join(_as_item(_lines(document, final=closed), entry.column, gap))
        cuts.append(Cut(entry.top, entry.stop, lines + end if closed else lines))
    return joined(text, 0, len(text), cuts)


def _as_item(lines: list[str], at: int, gap: int) -> list[str]:
    first = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    dashed = " " * at + "-" + " " * gap + lines[first]
    return [*shifted(lines[:first], at), dashed, *shifted(lines[first + 1 :], at + 1 + gap)]


def alone(doc: Document, path: Path = ()) -> tuple[str, int]:
    """A document, or an item of a list in it, as a text of its own without markers, and how many lines of the text stand before it."""
    if doc.directives:
        raise Refused("the text has directives, which a further document would not have")
    text, start = _item(doc, path) if path else _document(doc)
    return text, doc.line(start) - 1


def _document(doc: Document) -> tuple[str, int]:
    """A comment behind the marker goes on a line of its own."""
    text, start = doc.text[doc.start : doc.end], doc.start
    if text.startswith(("---", "...")):
        text, start = text[3:], start + 3
        head, newline, rest = text.partition("\n")
        if head.strip() and not head.strip().startswith("#"):
            raise Refused("the document begins on the line of its marker")
        text = f"{head.strip()}{newline}{rest}" if head.strip() else rest
        start += 0 if head.strip() else len(head + newline)
    return text, start


def _item(doc: Document, path: Path) -> tuple[str, int]:
    parent, number = doc.find(path[:-1]), path[-1]
    if parent is None or parent.kind != "seq" or parent.flow or not isinstance(number, int) or not parent.items[number].block:
        raise Refused("it is an item of a list that is not written with dashes")
    entry = Layout(doc).entry(parent, number)
    text, value = doc.text, entry.value
    inside = column(text, value.start)
    above = shifted(text[entry.top : line_start(text, entry.head)].split("\n")[:-1], -entry.column)
    if line_start(text, value.start) == line_start(text, entry.head):
        first, *rest = text[value.start : entry.stop].split("\n")
        return "\n".join([*above, first, *shifted(rest, -inside)]), entry.top
    note, *rest = text[entry.head + 1 : entry.stop].split("\n")  # a comment, or nothing
    lines = [*above, note.strip()] if note.strip() else above
    start = entry.top if lines else entry.head + len(note) + 2
    return "\n".join([*lines, *shifted(rest, -inside)]), start


def _lines(document: str, *, final: bool) -> list[str]:
    """`final`: a line break will stand behind the last one."""
    text = document.replace("\r\n", "\n")
    if (not final and ends_in_block(text)) or (text.endswith("\n\n") and _keeps_line_breaks(text)):
        raise Refused("it ends with a block scalar, and the line breaks behind it would not be the same")
    return text.strip("\n").split("\n")


def ends_in_block(text: str) -> bool:
    """Whether a line break at the end of the text is part of a value."""
    found = pieces(text)
    if found:
        last = parse_piece(text, found[-1], newlines(text)).root
    else:
        documents = parse_text(text).documents
        last = documents[-1].root if documents else None
    if last is None or (leaf := last_leaf(last)).style not in ("|", ">"):
        return False
    return "-" not in text[leaf.inner :].partition("\n")[0].partition("#")[0]


def _keeps_line_breaks(text: str) -> bool:
    """It ends with a block scalar that has a `+`."""
    documents = parse_text(text).documents
    last = last_leaf(documents[-1].root) if documents and documents[-1].root is not None else None
    return last is not None and last.style in ("|", ">") and "+" in text[last.inner :].partition("\n")[0].partition("#")[0]


def removals(text: str, numbers: Sequence[int]) -> list[Cut]:
    """The cuts that take whole documents out. Raises Refused where none would be left."""
    found = pieces(text)
    if found is None:
        raise Refused("the text has directives: a document cannot be taken out of it safely")
    if len(numbers) >= len(found):
        raise Refused("it is the only document of its file")
    cuts = [Cut(found[n].start, _behind_dots(text, found[n].end), "") for n in sorted(numbers)]
    first = next(piece for piece in found if piece.index not in numbers)
    marker = _BARE.match(text, first.start)
    unmarked = first.index > 0 and not text.startswith("---", found[0].start)
    if unmarked and marker and CONTENT.search(text, marker.end(), first.end):  # it is the first one now, and needs a marker no more
        cuts.append(Cut(first.start, marker.end(), ""))
    return cuts


def _behind_dots(text: str, at: int) -> int:
    dots = _DOTS.match(text, at)
    return dots.end() if dots else at
