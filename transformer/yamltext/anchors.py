"""Anchors and the aliases that use them: an edit must not change what an alias elsewhere stands for."""

from __future__ import annotations

from collections.abc import Iterable

from transformer.yamltext.edit import Refused
from transformer.yamltext.stream import ParseError
from transformer.yamltext.tree import Document, Node, parse_text

Span = tuple[int, int]


def check_anchors(doc: Document, changing: Iterable[Span], leaving: Iterable[Span]) -> None:
    """Refuse where an anchored node changes while an alias that stays uses it.

    `changing` are the spans of the nodes that change, `leaving` those whose text goes for good.
    """
    going = list(leaving)
    used = [(a.target, a) for a in doc.aliases if a.target and not any(s <= a.start and a.end <= e for s, e in going)]
    spans = list(changing)
    for anchored, alias in used:
        if any(anchored.start <= start and end <= anchored.end for start, end in spans):
            raise _refusal(doc, anchored, alias)


def check_order(docs: Iterable[Document], text: str) -> None:
    """Refuse where an alias of one of the documents would no longer follow its anchor in the new text."""
    used = [(doc, alias) for doc in docs for alias in doc.aliases]
    if not used:
        return
    try:
        parse_text(text)
    except ParseError as e:
        for doc, alias in used:
            if alias.target and e.alias == alias.value:
                raise _refusal(doc, alias.target, alias) from None
        raise


def _refusal(doc: Document, anchored: Node, alias: Node) -> Refused:
    return Refused(f"the anchor &{anchored.anchor} is used at line {doc.line(alias.start)}", doc.line(anchored.start))
