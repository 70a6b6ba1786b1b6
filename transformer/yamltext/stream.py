"""Parser events of ruamel.yaml with the traps removed: C parser when it is there, caps on depth, aliases and scalars.

Events are pulled one by one, so a text that is nested too deep is given up before anything recurses (architecture §9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ruamel.yaml.error import YAMLError

try:
    from _ruamel_yaml import CParser
except ImportError:  # no wheel for this interpreter: the pure parser, ten times slower
    CParser = None


T = TypeVar("T")
_PURE_LIMIT = 300_000  # characters: the pure parser reads about 0.3 MB/s


class ParseError(Exception):
    """The text is not YAML that we read. `line` and `column` count from 1."""

    def __init__(self, problem: str, line: int = 1, column: int = 1, *, old: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.line, self.column = problem, line, column
        self.old = old  # the C parser may only be too old for it


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps before any work that grows with them; nodes are counted after aliases are expanded."""

    block_depth: int = 100
    flow_depth: int = 50
    aliases: int = 1_000
    nodes: int = 1_000_000
    scalar: int = 1_000_000
    documents: int = 5_000


DEFAULT_LIMITS = Limits()


def tolerant(read: Callable[[bool], T], text: str) -> T:
    """What `read(pure)` gives. The C parser does not know `{image: registry/name:1}`; the pure one is asked again then."""
    try:
        return read(False)
    except ParseError as e:
        if not e.old or len(text) > _PURE_LIMIT:
            raise
        return read(True)


def events(text: str, *, pure: bool = False) -> Iterator[tuple[str, Any]]:
    """(short name, event) of every event of a text: `scalar`, `alias`, `map+`, `seq+`, `-`, `doc+`, `doc-`."""
    try:
        for event in _parse(text, pure=pure):
            name = _NAMES.get(type(event).__name__)
            if name:
                yield name, event
    except YAMLError as e:
        raise _as_parse_error(e) from None
    except (ValueError, OverflowError) as e:
        raise ParseError(str(e)) from None


_NAMES = {
    "ScalarEvent": "scalar",
    "AliasEvent": "alias",
    "MappingStartEvent": "map+",
    "SequenceStartEvent": "seq+",
    "MappingEndEvent": "-",
    "SequenceEndEvent": "-",
    "DocumentStartEvent": "doc+",
    "DocumentEndEvent": "doc-",
}


def _parse(text: str, *, pure: bool) -> Iterator[Any]:
    if pure or CParser is None:
        from ruamel.yaml import YAML

        yield from YAML(typ="safe", pure=True).parse(text)
        return
    parser = CParser(text)
    while (event := parser.get_event()) is not None and type(event).__name__ != "StreamEndEvent":
        yield event


def _as_parse_error(e: YAMLError) -> ParseError:
    mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
    problem = " ".join(str(x) for x in (getattr(e, "context", None), getattr(e, "problem", None)) if x) or str(e).split("\n")[0]
    old = problem.endswith("found unexpected ':'") or ("flow" in problem and "did not find expected" in problem)
    return ParseError(problem, *((mark.line + 1, mark.column + 1) if mark else (1, 1)), old=old)
