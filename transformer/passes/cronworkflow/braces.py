"""Double braces in strings: which of them Argo would take for its own variables (argo.md 7.1)."""

from __future__ import annotations

import re
from typing import Final

_ROOTS: Final = ("item.", "steps.", "inputs.", "outputs.", "pod.", "workflow.", "tasks.", "lastRetry.")
_NAMES: Final = frozenset({"item", "retries", "node.name"})
_END: Final = re.compile(r"\}\}")


def interpreted(text: str) -> str:
    """What Argo would see in a text, for a message; empty where it leaves every byte alone.

    The way Argo's tokeniser goes: a tag is what lies between `{{` and the next `}}`.
    """
    at = text.find("{{")
    while at >= 0:
        end = _END.search(text, at + 2)
        if end is None:
            return "`{{` that is never closed"
        tag = text[at + 2 : end.start()]
        while "{{" in tag and _kind(tag) == "":
            tag = tag[tag.index("{{") + 2 :]
        if kind := _kind(tag):
            return kind
        at = text.find("{{", end.end())
    return ""


def _kind(tag: str) -> str:
    name = tag.strip(" ")
    if name.startswith("="):
        return "an expression `{{=`"
    if "\n" in name or "\t" in name:
        return ""
    if name in _NAMES or name.startswith(_ROOTS):
        return f"`{{{{{name.partition('.')[0]}`"
    return ""
