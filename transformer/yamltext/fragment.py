"""New text in the style of its surroundings: literals, and excerpts of the source that are moved into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from transformer.yamltext.edit import Refused
from transformer.yamltext.scalars import scalar_text
from transformer.yamltext.style import Style


@dataclass(slots=True)
class Excerpt:
    """A piece of the source on its way: comment lines above it, what stands on its first line, and the lines below.

    `kind`: "inline" (body lines continue the value and follow the parent's column `parent`), or "body" (a block
    collection whose children stand in column `child`). `item`: it was an item of a list."""

    kind: str
    inline: str
    body: list[str] = field(default_factory=list)
    parent: int = 0
    child: int = 0
    item: bool = False
    lead: list[str] = field(default_factory=list)
    flow: bool = False
    tail: list[str] = field(default_factory=list)  # comment lines behind it


@dataclass(slots=True)
class NewMap:
    children: dict[str, New] = field(default_factory=dict)
    lead: list[str] = field(default_factory=list)


@dataclass(slots=True)
class NewList:
    children: list[New] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Literal:
    """Plain data; `trail` is a comment that travels with it on its line."""

    value: Any
    lead: list[str] = field(default_factory=list)
    trail: str = ""
    quote: str = ""  # of the text that it stands in for


New = NewMap | NewList | Literal | Excerpt


def entry_lines(key: str, new: New, column: int, style: Style) -> list[str]:
    """The lines of `key: …` with its key in this column."""
    name = scalar_text(key, quote=style.key_quote)
    below, inline = _value(new, column, style, under_dash=False)
    return [*_lead(new, column), f"{' ' * column}{name}:{inline}", *below, *_tail(new, column)]


def value_lines(value: Any, column: int, style: Style, *, item: bool) -> list[str]:
    """The lines of plain data behind a colon, or the dash of an item, in this column; the first one starts behind it."""
    below, inline = _value(Literal(value), column, style, under_dash=item)
    return [inline, *below]


def item_lines(new: New, column: int, style: Style) -> list[str]:
    """The lines of a list item with its dash in this column."""
    below, inline = _value(new, column, style, under_dash=True)
    pad = " " * column
    if inline or not below:
        return [*_lead(new, column), f"{pad}-{inline}", *below, *_tail(new, column)]
    first = next((n for n, line in enumerate(below) if line.strip() and not line.lstrip().startswith("#")), None)
    if first is None:
        raise Refused("a list item of which only comments are left")
    joined = pad + "-" + below[first][column + 1 :]
    notes = [pad + line.strip() if line.strip() else line for line in below[:first]]  # no deeper, or a block scalar above takes them
    return [*_lead(new, column), *notes, joined, *below[first + 1 :], *_tail(new, column)]


def _tail(new: New, column: int) -> list[str]:
    return [" " * column + line for line in new.tail] if isinstance(new, Excerpt) else []


def _lead(new: New, column: int) -> list[str]:
    return [" " * column + line if line else "" for line in new.lead]


def _value(new: New, column: int, style: Style, *, under_dash: bool) -> tuple[list[str], str]:
    """(lines below, text behind the colon or dash) of a value whose key or dash stands in this column."""
    if isinstance(new, Excerpt):
        return _excerpt(new, column, style, under_dash)
    if isinstance(new, Literal):
        new = _as_new(new.value, new.trail, new.quote)
    child = column + (1 + style.gap if under_dash else style.step)
    if isinstance(new, NewMap):
        if not new.children:
            return [], " {}"
        return [line for k, v in new.children.items() for line in entry_lines(k, v, child, style)], ""
    if isinstance(new, NewList):
        return _list(new, column, child, style, under_dash)
    if isinstance(new, Excerpt):
        return _excerpt(new, column, style, under_dash)
    return _literal(new, column, style)


def _list(new: NewList, column: int, child: int, style: Style, under_dash: bool) -> tuple[list[str], str]:
    if not new.children:
        return [], " []"
    values = [c.value for c in new.children if isinstance(c, Literal) and not (c.lead or c.trail or c.quote)]
    if style.flow_lists and len(values) == len(new.children) and not any("\n" in str(v) or isinstance(v, (dict, list)) for v in values):
        return [], " [" + ", ".join(scalar_text(v, quote=style.flow_quote if isinstance(v, str) else "", flow=True) for v in values) + "]"
    dash = child if under_dash else column + style.offset
    return [line for c in new.children for line in item_lines(c, dash, style)], ""


def _as_new(value: Any, trail: str = "", quote: str = "") -> New:
    if isinstance(value, dict):
        return NewMap({str(k): Literal(v) for k, v in value.items()})
    if isinstance(value, list):
        return NewList([Literal(v) for v in value])
    return Literal(value, trail=trail, quote=quote)


def _literal(new: Literal, column: int, style: Style) -> tuple[list[str], str]:
    trail = f"  {new.trail}" if new.trail else ""
    if isinstance(new.value, str) and "\n" in new.value and (block := block_lines(new.value, column + style.step)):
        return block[1:], f" {block[0]}{trail}"
    return [], f" {scalar_text(new.value, quote=(new.quote if isinstance(new.value, str) else '') or style.quote)}{trail}"


def block_lines(text: str, indent: int) -> list[str] | None:
    """Header and lines of a literal block scalar, or None where the text cannot be one."""
    lines = text.split("\n")
    body = text.rstrip("\n")
    if not body or body[0] in " \n\t" or any(line != line.rstrip() and not line.strip() for line in lines):
        return None
    if any(not (c.isprintable() or c in "\n\t") or c in "\ufeff\x85\u2028\u2029" for c in text):
        return None
    chomp = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") else ""
    content = text.split("\n") if chomp == "-" else text[:-1].split("\n")
    return ["|" + chomp, *(" " * indent + line if line else "" for line in content)]


def _excerpt(new: Excerpt, column: int, style: Style, under_dash: bool) -> tuple[list[str], str]:
    if new.kind == "inline":
        return shifted(new.body, column - new.parent), new.inline
    if under_dash:
        child = column + 1 + style.gap
    elif new.item:
        child = column + style.step
    else:
        child = column + new.child - new.parent
    return shifted(new.body, child - new.child), new.inline


def shifted(lines: list[str], by: int) -> list[str]:
    """Lines moved sideways, those of blanks only as well: in a block scalar they may be text. Empty lines stay empty."""
    if by >= 0:
        return [" " * by + line if line else line for line in lines]
    return [line[min(-by, len(line) - len(line.lstrip(" "))) :] for line in lines]


def flow_text(new: New, style: Style, indent: int | None, step: int) -> str:
    """The value in flow style; over several lines where `indent` is the column of the enclosing entry."""
    if isinstance(new, Excerpt):
        if not new.flow:
            raise Refused("a node in block style cannot be moved into one in flow style")
        if any(new.lead):
            raise Refused("a comment cannot be carried into a node in flow style")
        return "\n".join([new.inline.strip(), *new.body])
    if any(new.lead) or (isinstance(new, Literal) and new.trail):
        raise Refused("a comment cannot be carried into a node in flow style")
    if isinstance(new, Literal):
        if not isinstance(new.value, (dict, list)):
            return scalar_text(new.value, quote=style.key_quote, flow=True)
        new = _as_new(new.value)
    inner = indent + step if indent is not None else None
    if isinstance(new, NewMap):
        parts = [f"{scalar_text(k, quote=style.key_quote, flow=True)}: {flow_text(v, style, inner, step)}" for k, v in new.children.items()]
        return _wrapped("{}", parts, indent, inner)
    if not isinstance(new, NewList):
        raise Refused("a value that cannot be written in flow style")
    return _wrapped("[]", [flow_text(v, style, inner, step) for v in new.children], indent, inner)


def _wrapped(brackets: str, parts: list[str], indent: int | None, inner: int | None) -> str:
    if not parts or indent is None or inner is None:
        return brackets[0] + ", ".join(parts) + brackets[1]
    return brackets[0] + "\n" + ",\n".join(" " * inner + p for p in parts) + "\n" + " " * indent + brackets[1]
