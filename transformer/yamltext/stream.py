"""Parser events of ruamel.yaml with the traps removed: C parser when it is there, caps on depth, aliases and scalars.

Events are pulled one by one, so a text that is nested too deep is given up before anything recurses (architecture §9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ruamel.yaml import events
from ruamel.yaml.error import YAMLError

try:
    from _ruamel_yaml import CParser
except ImportError:  # no wheel for this interpreter: the pure parser, ten times slower
    CParser = None


T = TypeVar("T")
_PURE_LIMIT = 300_000  # characters: the pure parser reads about 0.3 MB/s


class ParseError(Exception):
    """The text is not YAML that we read. `line` and `column` count from 1; `alias`: the one whose anchor does not stand before it."""

    def __init__(self, problem: str, line: int = 1, column: int = 1, *, old: bool = False, alias: str = "") -> None:
        super().__init__(problem)
        self.problem, self.line, self.column = problem, line, column
        self.old = old  # the C parser may only be too old for it
        self.alias = alias


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


def feed(text: str, takers: Mapping[str, Callable[[Any], object]], *, pure: bool = False) -> None:
    """Hand every event of a text to the taker of its short name: `scalar`, `alias`, `map+`, `seq+`, `-`, `doc+`, `doc-`."""
    by_class = {kind: takers[name] for kind, name in _NAMES.items()}
    try:
        for event in _parse(text, pure=pure):
            if (take := by_class.get(event.__class__)) is not None:
                take(event)
    except YAMLError as e:
        raise _as_parse_error(e) from None
    except (ValueError, OverflowError) as e:
        raise ParseError(str(e)) from None


_NAMES: Final[Mapping[type, str]] = {
    events.ScalarEvent: "scalar",
    events.AliasEvent: "alias",
    events.MappingStartEvent: "map+",
    events.SequenceStartEvent: "seq+",
    events.MappingEndEvent: "-",
    events.SequenceEndEvent: "-",
    events.DocumentStartEvent: "doc+",
    events.DocumentEndEvent: "doc-",
}


def _parse(text: str, *, pure: bool) -> Iterator[Any]:
    if pure or CParser is None:
        from ruamel.yaml import YAML

        return iter(YAML(typ="safe", pure=True).parse(text))
    return iter(CParser(text).get_event, None)


def _as_parse_error(e: YAMLError) -> ParseError:
    mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
    problem = " ".join(str(x) for x in (getattr(e, "context", None), getattr(e, "problem", None)) if x) or str(e).split("\n")[0]
    old = problem.endswith("found unexpected ':'") or ("flow" in problem and "did not find expected" in problem)
    return ParseError(problem, *((mark.line + 1, mark.column + 1) if mark else (1, 1)), old=old)
