"""Scalars as Kubernetes reads them, and as text that it reads back.

Kubernetes reads YAML 1.1: `on`, `yes` and `0777` are no strings; timestamps stay text, keys are text (architecture §4, P2).
"""

from __future__ import annotations

import json
import math
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
_INT = re.compile(r"([-+]?)(?:0[bB]([01]+)|0[xX]([0-9a-fA-F]+)|0[oO]([0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITE = {".inf": "inf", ".nan": "nan"}
_LOOKS_TIMED = re.compile(r"[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+")
_BASES = (2, 16, 8, 8, 10)  # of the groups of _INT; the last two are decimal numbers too
_MOST_DIGITS = 330  # a decimal number with more is beyond what a double holds, and stays text


def resolve(text: str) -> Any:
    """The value of a plain scalar, as go-yaml resolves it (resolve.go): an integer of 64 bits, else a double, else text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    digits = text.replace("_", "")
    if found := _INT.match(digits):
        return _integer(found, text)
    if _FLOAT.match(digits):
        return _finite(digits, text)
    word = text.lower().lstrip("+-")
    if word in _INFINITE and text.lstrip("+-") in (word, word.upper(), "." + word[1:].capitalize(), ".NaN"):
        return float(("-" if text[0] == "-" else "") + _INFINITE[word])
    return text


def _integer(found: re.Match[str], text: str) -> Any:
    group = found.lastindex or 0
    decimal = group >= 5
    if decimal and len(found[group]) > _MOST_DIGITS:
        return text
    value = int(found[1] + found[group], _BASES[group - 2])
    if -(2**63) <= value < 2**64:
        return value
    return _finite(found[1] + found[group], text) if decimal else text


def _finite(digits: str, text: str) -> Any:
    value = float(digits)
    return text if value in (float("inf"), float("-inf")) else value


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
        return _number(value)
    text = str(value)
    if not quote and stays_plain(text, flow=flow):
        return text
    if quote != '"' and _fits_single_quotes(text, quote):
        return "'" + text.replace("'", "''") + "'"
    return double_quoted(text)


_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def double_quoted(text: str) -> str:
    """In double quotes, for YAML: JSON would write what is beyond 16 bits as two escapes, which no YAML parser joins."""
    return _UNPRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return {0x85: "\\N", 0x2028: "\\L", 0x2029: "\\P"}.get(number) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"


def _fits_single_quotes(text: str, quote: str) -> bool:
    if "\n" in text or not _PRINTABLE.match(text) or any(c in text for c in "\x85\u2028\u2029"):
        return False
    return quote == "'" or ("'" not in text and ("\\" in text or '"' in text))
