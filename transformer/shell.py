"""The only door to tree-sitter: a shell script as simple commands, read but never run; everything else is refused by its name.

A word is kept in parts (text, variables, command substitutions), so that the reader decides what it knows the value of.
What tree-sitter makes of the quotes is compared with `shlex`: where two readers disagree, nobody may act.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


class ShellError(ValueError):
    """What is in the way: `token` is its text in the script, the message says what it is."""

    def __init__(self, reason: str, token: str) -> None:
        super().__init__(reason)
        self.token = " ".join(token.split())


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(command)` or its old form in backquotes."""

    command: Command
    quoted: bool
    source: str


@dataclass(frozen=True, slots=True)
class Word:
    parts: tuple[Text | Variable | Substitution, ...]
    source: str  # as it stands in the script

    @property
    def literal(self) -> str | None:
        """The text of a word without variables and substitutions."""
        texts = [p.text for p in self.parts if isinstance(p, Text)]
        return "".join(texts) if len(texts) == len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: `NAME=value` before it, and its words."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    source: str


_NAMES: Final = {
    "pipeline": "a pipe",
    "redirected_statement": "a redirection",
    "file_redirect": "a redirection",
    "subshell": "a subshell",
    "compound_statement": "a block",
    "if_statement": "a condition",
    "test_command": "a condition",
    "case_statement": "a condition",
    "for_statement": "a loop",
    "c_style_for_statement": "a loop",
    "while_statement": "a loop",
    "function_definition": "a function",
    "negated_command": "a negation",
    "variable_assignment": "an assignment",
    "variable_assignments": "an assignment",
    "declaration_command": "a declaration",
    "ansi_c_string": "a $'…' string",
    "arithmetic_expansion": "an arithmetic expansion",
    "process_substitution": "a process substitution",
}
_PLAIN: Final = ("word", "number")
# What the shell replaces in a word without quotes: file names, home folders, braces.
_EXPANDED: Final = re.compile(r"[*?\[]|^~|[=:]~|\{[^{}]*(?:,|\.\.)[^{}]*\}")
_ESCAPED: Final = re.compile(r'\\([$`"\\\n])')
_STAND_IN: Final = "\ue000"


_SUBSTITUTIONS: Final = 50  # however deep they stand in each other, reading them ends


def commands(script: str) -> tuple[Command, ...]:
    """The simple commands of a script that runs one after the other. Raises ShellError."""
    if script.count("$(") + script.count("`") > _SUBSTITUTIONS:
        raise ShellError(f"more than {_SUBSTITUTIONS} command substitutions", script)
    tree = _parser().parse(script.encode())
    if tree.root_node.has_error or _STAND_IN in script:
        raise ShellError("no shell script that can be read", script)
    return tuple(_listed(tree.root_node))


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def _listed(node: Node) -> Iterator[Command]:
    for child in node.children:
        if child.type == "list":
            yield from _listed(child)
        elif child.type == "command":
            yield _command(child)
        elif child.type in ("&", "||"):
            raise ShellError("a command in the background" if child.type == "&" else "a condition", _text(node))
        elif child.type not in (";", "&&", "\n", "comment"):
            raise _refused(child)


def _command(node: Node) -> Command:
    assignments, words = [], []
    for child in node.children:
        if child.type == "variable_assignment":
            assignments.append(_assignment(child))
        elif child.type != "comment":
            words.append(_word(child.children[0] if child.type == "command_name" else child))
    found = Command(tuple(assignments), tuple(words), _text(node))
    _agrees(found, node)
    return found


def _assignment(node: Node) -> tuple[str, Word]:
    children = node.children
    if len(children) not in (2, 3) or children[0].type != "variable_name" or children[1].type != "=":
        raise _refused(node)
    return _text(children[0]), _word(children[2]) if len(children) == 3 else Word((), "")


def _word(node: Node) -> Word:
    parts = tuple(_parts(node, quoted=False))
    bare = "".join(p.text if isinstance(p, Text) and not p.quoted else "" if isinstance(p, Text) else "x" for p in parts)
    if _EXPANDED.search(bare):
        raise ShellError("a pattern that the shell replaces", _text(node))
    return Word(parts, _text(node))


def _parts(node: Node, *, quoted: bool) -> Iterator[Text | Variable | Substitution]:
    if node.type in _PLAIN and not node.children:
        yield from _unescaped(_text(node))
    elif node.type == "raw_string":
        yield Text(_text(node)[1:-1])
    elif node.type == "concatenation":
        for child in node.children:
            yield from _parts(child, quoted=quoted)
    elif node.type == "string":
        yield from _string(node)
    elif node.type in ("simple_expansion", "expansion"):
        yield Variable(_variable(node), quoted)
    elif node.type == "command_substitution":
        yield _substitution(node, quoted)
    elif not node.is_named and not node.children:
        yield Text(_text(node), quoted=False)
    else:
        raise _refused(node)


def _unescaped(text: str) -> Iterator[Text]:
    """A word without quotes: a backslash quotes the next character, and takes a line break away."""
    for bare, escaped in re.findall(r"([^\\]+)|\\(.?)", text, re.DOTALL):
        if bare:
            yield Text(bare, quoted=False)
        elif escaped and escaped != "\n":
            yield Text(escaped)


def _string(node: Node) -> Iterator[Text | Variable | Substitution]:
    """Between double quotes; by the place of what is replaced, for tree-sitter's text nodes leave blanks out."""
    raw, start = node.text or b"", node.start_byte
    lead = len(raw) - len(raw.lstrip())
    at = lead + 1
    for child in node.named_children:
        if child.type == "string_content":
            continue
        inner = (child.text or b"").lstrip()
        begin = child.end_byte - start - len(inner)
        yield _quoted(raw[at:begin])
        yield from _parts(child, quoted=True)
        at = child.end_byte - start
    yield _quoted(raw[at:-1])


def _quoted(raw: bytes) -> Text:
    return Text(_ESCAPED.sub(lambda m: "" if m[1] == "\n" else m[1], raw.decode()))


def _variable(node: Node) -> str:
    match = re.fullmatch(r"\s*\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))", _text(node))
    if match is None:
        raise ShellError("an expansion", _text(node))
    return match[1] or match[2]


def _substitution(node: Node, quoted: bool) -> Substitution:
    inner = [c for c in node.children if c.is_named]
    if len(inner) != 1 or inner[0].type != "command" or "\\" in _text(node):
        raise ShellError("a command substitution", _text(node))
    return Substitution(_command(inner[0]), quoted, _text(node).strip())


def _agrees(command: Command, node: Node) -> None:
    """The second reader: `shlex`, with a sign in the place of everything that is replaced."""
    raw, start = node.text or b"", node.start_byte
    for begin, end in sorted(_replaced(node), reverse=True):
        raw = raw[: begin - start] + _STAND_IN.encode() + raw[end - start :]
    mine = [f"{name}={_signed(word)}" for name, word in command.assignments] + [_signed(w) for w in command.words]
    try:
        theirs = shlex.split(raw.decode().replace("\\\n", ""), comments=True)
    except ValueError:
        theirs = []
    if mine != theirs:
        raise ShellError("quotes that cannot be read for certain", command.source)


def _signed(word: Word) -> str:
    return "".join(p.text if isinstance(p, Text) else _STAND_IN for p in word.parts)


def _replaced(node: Node) -> Iterator[tuple[int, int]]:
    """Where the shell puts values, in bytes of the script."""
    for child in node.children:
        if child.type in ("simple_expansion", "expansion", "command_substitution"):
            yield child.end_byte - len((child.text or b"").lstrip()), child.end_byte
        else:
            yield from _replaced(child)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _refused(node: Node) -> ShellError:
    return ShellError(_NAMES.get(node.type, node.type.replace("_", " ")), _text(node))
