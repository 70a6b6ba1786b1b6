"""Whole documents of a text: one more at its end, one less."""

from __future__ import annotations

import re

from transformer.yamltext.cuts import Cut, joined
from transformer.yamltext.edit import Refused
from transformer.yamltext.tree import Document, pieces

_MARK = "\ufeff"


def append_document(text: str, document: str) -> str:
    """The text with one more document behind its last one, in the text's own line ends; no other byte changes.

    `document` has no markers of its own. Raises Refused where the text would need directives for it.
    """
    bare = text.removeprefix(_MARK)
    if re.search(r"^%", bare, re.M):
        raise Refused("the text has directives, which a further document would not have")
    end = "\r\n" if "\r\n" in bare else "\n"
    lines = document.replace("\r\n", "\n").strip("\n").split("\n")
    if not bare:
        return text + end.join(lines) + end
    lead = "" if bare.endswith("\n") else end
    new = lead + end.join(["---", *lines]) + (end if not lead else "")
    return text[: len(text) - len(bare)] + joined(bare, 0, len(bare), [Cut(len(bare), len(bare), new)])


def removal(doc: Document) -> Cut:
    """The cut that takes a whole document out. Raises Refused where it is the only one of its text."""
    found = pieces(doc.text)
    if found is None:
        raise Refused("the text has directives: a document cannot be taken out of it safely")
    if len(found) < 2:
        raise Refused("it is the only document of its file")
    return Cut(doc.start, doc.end, "")
