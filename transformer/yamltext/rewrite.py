"""A value in place of another, in the style of the one that it replaces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from transformer.yamltext.cuts import Cut
from transformer.yamltext.edit import Refused
from transformer.yamltext.fragment import Literal, block_lines, flow_text, item_lines, value_lines
from transformer.yamltext.inside import respelt
from transformer.yamltext.layout import Entry, Layout
from transformer.yamltext.scalars import CORE, scalar_text, scalar_value
from transformer.yamltext.style import Style
from transformer.yamltext.tree import Node


def set_cut(layout: Layout, entry: Entry, value: Any, style: Style) -> list[Cut]:
    """The cuts that write plain data in the place of an entry's value."""
    node = entry.value
    if not _keeps_type(node.tag, value):
        raise Refused(f"the tag {node.tag.replace(CORE, '!!')} would give the new value another type", layout.doc.line(node.start))
    if isinstance(value, (dict, list)) or node.kind in ("map", "seq"):
        return _whole(layout, entry, value, style)
    if isinstance(value, str) and (text := _respelt(layout, entry, value)) is not None:
        return [Cut(node.inner, node.end, text)]
    if node.style in ("|", ">") and isinstance(value, str):
        return [_block(layout, entry, node, value)]
    if (
        isinstance(value, str)
        and "\n" in value
        and not entry.parent.flow
        and node.style == ""
        and (lines := block_lines(value, entry.column + style.step))
    ):
        start = layout.behind_mark(entry)
        return _over_lines(layout, entry, start, max(node.end, start), [f" {lines[0]}", *lines[1:]], style)
    quote = node.style if isinstance(value, str) and node.style in ('"', "'") else ""
    text = scalar_text(value, quote=quote, flow=entry.parent.flow)
    if node.end == node.inner:
        at = layout.behind_mark(entry)
        return [Cut(at, at, " " + text)]
    return [Cut(node.inner, node.end, apart(layout.text, node, text))]


def apart(text: str, node: Node, new: str) -> str:
    """New text for a node's value, with a blank where an anchor or a tag stands directly before it."""
    return " " + new if node.inner > node.start and not text[node.inner - 1].isspace() else new


def _keeps_type(tag: str, value: Any) -> bool:
    """Whether a value means the same behind this tag."""
    if isinstance(value, (dict, list)):
        return tag == CORE + ("map" if isinstance(value, dict) else "seq") or not tag.startswith(CORE)
    if tag in (CORE + "map", CORE + "seq"):
        return False
    read = scalar_value(value if isinstance(value, str) else scalar_text(value), "", tag)
    return not tag or (type(read) is type(value) and read == value)


def _respelt(layout: Layout, entry: Entry, value: str) -> str | None:
    """Only for text that would not come out alike when it is written anew: over several lines, or with escapes."""
    node, raw = entry.value, layout.text[entry.value.inner : entry.value.end]
    if "\n" not in raw and "\\" not in raw:
        return None
    return respelt(raw, node.value, value, style=node.style, column=entry.column, flow=entry.parent.flow)


def _block(layout: Layout, entry: Entry, node: Node, value: str) -> Cut:
    text = layout.text
    header_end = text.find("\n", node.inner, node.end)
    if "+" in text[node.inner : node.inner + 3] and not node.value.strip("\n"):
        raise Refused("a block scalar of blank lines only", layout.doc.line(node.start))
    if header_end < 0 or node.style == ">":
        return Cut(node.inner, node.end, scalar_text(value, quote='"'))
    header = text[node.inner : header_end].rstrip("\r")
    old = text[header_end + 1 : node.end].split("\n")
    indent = min((len(x) - len(x.lstrip(" ")) for x in old if x.strip()), default=entry.column + 2)
    lines = block_lines(value, indent)
    if lines is None:
        raise Refused("the new text does not fit into a block scalar", layout.doc.line(node.start))
    if any(c.isdigit() for c in header.split("#")[0]):
        raise Refused("a block scalar with an indentation indicator", layout.doc.line(node.start))
    newline = "\r\n" if text[header_end - 1] == "\r" else "\n"
    keep = {x.strip(): x for x in old if not x.strip() or x != x.rstrip("\r")}
    body = [keep.get(x, x).rstrip("\r") if not x.strip() else x for x in lines[1:]]
    marker, _, rest = header.partition(" ")
    same_end = value.endswith("\n") == node.value.endswith("\n")
    head = header if same_end and not value.endswith("\n\n") else lines[0] + (" " + rest if rest else "")
    end = node.end - (1 if lines[0] == "|+" and text[node.end - 1] == "\n" else 0)
    del marker
    return Cut(node.inner, end, newline.join([head, *body]))


def _whole(layout: Layout, entry: Entry, value: Any, style: Style) -> list[Cut]:
    node = entry.value
    if entry.parent.flow or node.flow:
        return [Cut(node.inner, node.end, flow_text(Literal(value), style, None, 2))]
    start = layout.behind_mark(entry)
    end = max(node.end, start)
    if entry.key or node.anchor or node.tag:
        lines = value_lines(value, entry.column, replace(style, key_quote="") if entry.key else style, item=entry.key is None)
    else:
        lines = item_lines(Literal(value), entry.column, style)
        lines[0] = lines[0][entry.column + 1 :]
    return _over_lines(layout, entry, start, end, lines, style)


def _over_lines(layout: Layout, entry: Entry, start: int, end: int, lines: list[str], style: Style) -> list[Cut]:
    """Several lines in the place of a span; the comment behind it stays behind the first one."""
    text, rest = layout.text, layout.rest(end)
    if len(lines) == 1:
        return [Cut(start, end, lines[0])]
    behind = text[rest : entry.stop]
    if "\t" in behind and not behind.strip():
        raise Refused("a blank line with a tab follows", layout.doc.line(rest))
    if "#" not in text[end:rest]:
        return [Cut(start, rest, style.newline.join(lines))]
    gap = "" if text[end].isspace() else "  "
    return [Cut(start, end, lines[0] + gap), Cut(rest, rest, style.newline + style.newline.join(lines[1:]))]
