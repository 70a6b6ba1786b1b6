"""Double braces in strings that Argo would read as its own variables, by version (argo.md 7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from transformer.argo.tags import known, names, roots
from transformer.kubernetes.kubelet import TOKENS
from transformer.passkit import Version

# The blanks that Go trims and that JSON does not escape: a line break or a tab is `\n` or `\t` there.
_BLANKS: Final = " \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Before this version, the check for unresolved names did not trim blanks, so that a leading blank hid the tag.
_TRIMMED_SINCE: Final = "3.3"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that Argo would replace. `at`: its `{{`. `kind`: what it is, for a message. `outer`: the `{{` that it was read from."""

    at: int
    kind: str
    outer: int


def interpreted(text: str, argo: Version, start: int = 0) -> Tag | None:
    """The first tag that Argo would replace, from a position between tags on. None if Argo changes nothing."""
    return next(_tags(text, argo, start), None)


def unclosed(text: str) -> bool:
    """Whether a `{{` has no `}}` after it."""
    return text.rfind("{{") > text.rfind("}}")


def _tags(text: str, argo: Version, start: int) -> Iterator[Tag]:
    """Tags as Argo's tokeniser finds them: from `{{` to the next `}}`, even in another string."""
    at = text.find("{{", start)
    while at >= 0:
        end = text.find("}}", at + 2)
        tag = text[at + 2 : end if end >= 0 else None]
        inner = tag.rfind("{{")
        if kind := _kind(tag, argo):
            yield Tag(at, kind, at)
        elif end >= 0 and inner >= 0 and (kind := _simple(tag[inner + 2 :])):
            yield Tag(at + 2 + inner, kind, at)
        at = text.find("{{", end + 2) if end >= 0 else -1


def _kind(tag: str, argo: Version) -> str:
    if tag.startswith("="):
        return "an expression `{{=`"
    name = tag.strip(_BLANKS)
    if argo.below(_TRIMMED_SINCE) and tag.startswith(tuple(_BLANKS)) and not known(given=True).fullmatch(name) and name not in names():
        return ""
    return _simple(name)


def _simple(name: str) -> str:
    return f"`{{{{{name.partition('.')[0]}`" if name in names() or name.startswith(roots()) else ""


def escaped(text: str, argo: Version, variable: str) -> str:
    """The text with a `$(VARIABLE)` in each tag that Argo would act on: the kubelet, which puts `{` there, restores it.

    Only for texts in which the kubelet replaces `$(NAME)`, and where no variable has braces in its name.
    """
    left, braces, start = text, set[int](), 0
    while tag := interpreted(left, argo, start):
        braces.add(tag.at + 1)
        start = tag.outer
        left = f"{left[: tag.at + 1]}\0{left[tag.at + 2 :]}"
    return _escaped(text, braces, f"$({variable})") if braces else text


def _escaped(text: str, braces: set[int], brace: str) -> str:
    """A `$(` in front of a brace would now end at the new parenthesis, so its dollars are doubled: `$$` is the kubelet's `$`."""

    def put(start: int, end: int, dollar: str) -> str:
        return "".join(brace if n in braces else dollar if text[n] == "$" else text[n] for n in range(start, end))

    out: list[str] = []
    for match in TOKENS.finditer(text):
        start, end = match.span()
        until = end if match["reference"] else len(text)
        doubled = match[0].startswith("$(") and any(start < n < until for n in braces)
        out.append(put(start, end, "$$" if doubled else "$"))
    return "".join(out)
