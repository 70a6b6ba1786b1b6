"""The only door to ruamel.yaml: it reads, with exact marks, and text is changed by splicing.

`parse_text` gives nodes with their spans, `edit_text` applies edits to text, `apply_plain` applies the same edits to
plain data (the second interpreter that promise P2 compares with), `load` reads a text independently of the nodes.
"""

from transformer.yamltext.apply import apply_plain, same
from transformer.yamltext.comments import Comment, comments
from transformer.yamltext.documents import alone, append_document, append_item, with_items
from transformer.yamltext.edit import Edit, Refused, takes_all
from transformer.yamltext.load import load
from transformer.yamltext.scalars import double_quoted, odd_place, plain, scalar_text
from transformer.yamltext.splice import Dropped, Edited, edit_text
from transformer.yamltext.stream import Limits, ParseError
from transformer.yamltext.tree import Document, Node, Piece, Stream, parse_piece, parse_text, pieces

__all__ = [
    "Comment",
    "Document",
    "Dropped",
    "Edit",
    "Edited",
    "Limits",
    "Node",
    "ParseError",
    "Piece",
    "Refused",
    "Stream",
    "alone",
    "append_document",
    "append_item",
    "apply_plain",
    "comments",
    "double_quoted",
    "edit_text",
    "load",
    "odd_place",
    "parse_piece",
    "parse_text",
    "pieces",
    "plain",
    "same",
    "scalar_text",
    "takes_all",
    "with_items",
]
