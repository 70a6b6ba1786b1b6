"""Scalars as Kubernetes reads them, and as text that it reads back.

Kubernetes reads YAML 1.1: `on`, `yes` and `0777` are no strings; timestamps stay text, keys are text (architecture §4, P2).
"""

from __future__ import annotations

import json
import re
from typing import Any

from transformer.yamltext.stream import ParseError
from transformer.yamltext.tree import Node

_WORDS: dict[str, Any] = {"": None, "~": None}
for _names, _value in (
    (("null",), None),
    (("y", "yes", "true", "on"), True),
    (("n", "no", "false", "off"), False),
):
    for _name in _names:
        _WORDS |= {_name: _value, _name.upper(): _value, _name.capitalize(): _value}

_NUMBER_START = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITE = {".inf": "inf", ".nan": "nan"}
_LOOKS_TIMED = re.compile(r"\d{4}-\d\d?-\d\d?|[-+]?\d[\d_]*(?::[0-5]?\d)+")


def resolve(text: str) -> Any:
    """The value of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INT.match(text):
        return _integer(text)
    if _FLOAT.match(text) and any(c.isdigit() for c in text):
        return float(text.replace("_", ""))
    word = text.lower().lstrip("+-")
    if word in _INFINITE and text.lstrip("+-") in (word, word.upper(), "." + word[1:].capitalize(), ".NaN"):
        return float(("-" if text[0] == "-" else "") + _INFINITE[word])
    return text


def _integer(text: str) -> Any:
    digits = text.replace("_", "").lower()
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    for prefix, base in (("0b", 2), ("0o", 8), ("0x", 16), ("0", 8)):
        if digits.startswith(prefix) and len(digits) > len(prefix):
            return sign * int(digits[len(prefix) :], base)
    return sign * int(digits) if len(digits) < 4000 else text


CORE = "tag:yaml.org,2002:"


def scalar_value(value: str, style: str, tag: str) -> Any:
    """The value of a scalar with its style and tag."""
    if tag in ("", "?"):
        return resolve(value) if not style else value
    if tag in ("!", CORE + "str"):
        return value
    if tag in (CORE + "int", CORE + "float", CORE + "bool", CORE + "null"):
        return resolve(value)
    return value


def plain(node: Node | None) -> Any:
    """A node as plain data: dict with text keys, list, str, int, float, bool, None. Aliases become copies.

    Raises ParseError where a key is no scalar or a merge has no mapping."""
    if node is None:
        return None
    if node.kind == "alias":
        return plain(node.target)
    if node.kind == "scalar":
        return scalar_value(node.value, node.style, node.tag)
    if node.kind == "seq":
        return [plain(item) for item in node.items]
    data: dict[str, Any] = {}
    merges: list[Node] = []
    for key, value in node.pairs:
        if key.kind != "scalar":
            raise ParseError("a mapping key that is no scalar")
        if key.value == "<<" and not key.style and not key.tag:
            merges.append(value)
        else:
            data[key.value] = plain(value)
    for value in merges:
        _merge(data, plain(value))
    return data


def odd_place(node: Node) -> int:
    """The offset of what `plain` cannot read; the node's own where nothing is odd."""
    for held in node.below():
        for key, value in held.pairs:
            source = value.target if value.kind == "alias" else value
            merges = key.kind == "scalar" and key.value == "<<" and not key.style and not key.tag
            if key.kind != "scalar" or (merges and (source is None or source.kind == "scalar")):
                return key.start
    return node.start


def _merge(data: dict[str, Any], merged: Any) -> None:
    for source in merged if isinstance(merged, list) else [merged]:
        if not isinstance(source, dict):
            raise ParseError("a merge key (<<) whose value is no mapping")
        for key, value in source.items():
            data.setdefault(key, value)


_PLAIN = re.compile(
    r"[^\s\-?:,\[\]{}#&*!|>'\"%@`](?:[^\n\r\t:#]|:(?=\S)|(?<=\S)#)*\Z|[-?:](?=[^\s,\[\]{}])(?:[^\n\r\t:#]|:(?=\S)|(?<=\S)#)*\Z"
)
_FLOW = re.compile(r"[,\[\]{}]|:\Z")
_PRINTABLE = re.compile(r"[\x20-\x7e\n\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*\Z")


def stays_plain(text: str, *, flow: bool = False) -> bool:
    """Whether a string reads back as itself without quotes, in YAML 1.1 and 1.2."""
    if not text or text != text.strip() or not _PLAIN.match(text) or not _PRINTABLE.match(text):
        return False
    if "\x85" in text or "\u2028" in text or "\u2029" in text or text in ("=", "<<") or text.startswith(("---", "...")):
        return False
    if flow and _FLOW.search(text):
        return False
    return resolve(text) == text and isinstance(resolve(text), str) and not _LOOKS_TIMED.match(text)


def scalar_text(value: Any, *, quote: str = "", flow: bool = False) -> str:
    """One line of text for a scalar; `quote` is the style to prefer for strings that need none."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if not quote and stays_plain(text, flow=flow):
        return text
    if quote != '"' and _fits_single_quotes(text, quote):
        return "'" + text.replace("'", "''") + "'"
    return (
        json.dumps(text, ensure_ascii=not _PRINTABLE.match(text.replace("\t", " ")))
        .replace("\x7f", "\\x7f")
        .replace("\x85", "\\N")
        .replace("\u2028", "\\L")
        .replace("\u2029", "\\P")
    )


def _fits_single_quotes(text: str, quote: str) -> bool:
    if "\n" in text or not _PRINTABLE.match(text) or any(c in text for c in "\x85\u2028\u2029"):
        return False
    return quote == "'" or ("'" not in text and ("\\" in text or '"' in text))
