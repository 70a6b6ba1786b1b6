"""How the kubelet expands commands, arguments and variables: it replaces `$(NAME)`, and `$$` is a dollar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# What is in no reference stays as it is written, `$$` aside.
TOKENS: Final = re.compile(r"(?P<reference>\$\((?P<name>[^)]{0,500})\))|\$\(|\$.|[^$]+|\$", re.DOTALL)


def settled(text: str, known: Mapping[str, str]) -> str:
    """The text with known variables filled in, and every dollar that is no reference doubled: equal texts mean the same.

    What stands between parentheses with a brace in it is no variable's name.
    """
    return "".join(_settled(m, known) for m in TOKENS.finditer(text))


def _settled(token: re.Match[str], known: Mapping[str, str]) -> str:
    text, name = token[0], token["name"]
    if name is not None and "{" not in name:
        return known.get(name, text)
    if text == "$$" or not text.startswith("$"):
        return text
    return text.replace("$", "$$")
