"""Annotations of a Pod that name a container: in the key, or in the value (argo.md 7.2)."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

from transformer.passes.cronworkflow.rows import rule

# `container: NAME`, `containers=[a, NAME`, `container NAME`; nothing may end the value or begin another one in between.
_AFTER_CONTAINER: Final = re.compile(r"container[\w\"' -]{0,40}[:=]?\s{0,20}\[?[^\][(){}:=\n]{0,300}$", re.IGNORECASE)
_AFTER_NAME: Final = re.compile(r"\bname[\"']?\s{0,20}[:=]\s{0,20}[\"']?$")
_BEFORE: Final = 500


def mentioned(key: str, text: str, name: str) -> int | None:
    """The offset in `text` where the annotation names the container; 0 if its key does. None if it does not."""
    if any(fnmatchcase(key, pattern.replace("NAME", name)) for pattern in rule("container-named-in-annotation")["names"]):
        return 0
    for match in _word(name).finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        as_item = "container" in text and _AFTER_NAME.search(before)
        if "container" in key.lower() or as_item or _AFTER_CONTAINER.search(before) or _is_key(text, match):
            return match.start()
    return None


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-]){re.escape(name)}(?![\w/-]|\.\w)")


def _is_key(text: str, match: re.Match[str]) -> bool:
    """Whether the name is the key of a mapping or a list, as in {"NAME": {...}}."""
    return re.match(r"[\"']?\s{0,20}:\s{0,20}[{\[]", text[match.end() : match.end() + 50]) is not None
