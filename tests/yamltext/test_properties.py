"""The laws of the text engine, on random documents in random styles."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.model import KEEP, Op, Path
from transformer.yamltext import Edit, Refused, apply_plain, comments, edit_text, load, parse_text, plain, same

KEYS = st.sampled_from(["a", "b", "image", "name", "args", "on", "x-y", "8080", "k 1"])
TEXTS = st.sampled_from(
    ["x", "yes", "0777", "a: b", "# no", "", " lead", "1.5", "~", "é", "it's", 'say "hi"', "two\nlines\n", "- dash", "{x}"]
)
SCALARS = st.one_of(TEXTS, st.integers(-5, 500), st.booleans(), st.none())
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, min_size=1, max_size=3), st.dictionaries(KEYS, inner, min_size=1, max_size=4)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, DATA, min_size=1, max_size=4)


class Writer:
    """Writes data as YAML, every choice of style drawn."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.step = draw(st.sampled_from([2, 3, 4]))
        self.offset = draw(st.sampled_from([0, 2]))

    def chance(self, odds: int = 4) -> bool:
        return bool(self.draw(st.integers(0, odds)) == 0)

    def scalar(self, value: Any) -> str:
        if value is None:
            return str(self.draw(st.sampled_from(["null", "~"])))
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        written = str(value)
        if "\n" not in written and self.chance(2):
            return "'" + written.replace("'", "''") + "'"
        return '"' + written.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.scalar(k)}: {self.flow(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.flow, value)) + "]"
        return self.scalar(value)

    def note(self, column: int) -> list[str]:
        found = [" " * column + f"# {self.draw(st.integers(0, 9))} note"] if self.chance() else []
        return ["", *found] if self.chance(8) else found

    def trail(self) -> str:
        return "  # tail" if self.chance(6) else ""

    def lines(self, value: Any, column: int) -> list[str]:
        out: list[str] = []
        if isinstance(value, dict):
            for key, inner in value.items():
                out += [*self.note(column), *self.entry(f"{' ' * column}{self.scalar(key)}:", inner, column)]
        else:
            for inner in value:
                out += [*self.note(column), *self.item(inner, column)]
        return out

    def entry(self, head: str, inner: Any, column: int) -> list[str]:
        if not isinstance(inner, (dict, list)):
            if isinstance(inner, str) and inner.endswith("\n") and inner.strip():
                body = inner[:-1].split("\n")
                return [f"{head} |{self.trail()}", *(" " * (column + self.step) + x for x in body)]
            return [f"{head} {self.scalar(inner)}{self.trail()}"]
        if self.chance():
            return [f"{head} {self.flow(inner)}{self.trail()}"]
        return [head + self.trail(), *self.lines(inner, column + (self.offset if isinstance(inner, list) else self.step))]

    def item(self, inner: Any, column: int) -> list[str]:
        if isinstance(inner, dict) and not self.chance():
            below = self.lines(inner, column + 2)
            first = next(n for n, line in enumerate(below) if line.strip() and not line.lstrip().startswith("#"))
            return [*below[:first], " " * column + "- " + below[first][column + 2 :], *below[first + 1 :]]
        if isinstance(inner, (dict, list)):
            return [f"{' ' * column}- {self.flow(inner)}{self.trail()}"]
        return [f"{' ' * column}- {self.scalar(inner)}{self.trail()}"]


@st.composite
def texts(draw: Any) -> str:
    data = draw(st.lists(OBJECTS, min_size=1, max_size=2))
    writer = Writer(draw)
    text = "---\n".join("\n".join(writer.lines(d, 0)) + "\n" for d in data)
    if writer.chance():
        text = text[:-1]
    if writer.chance():
        text = text.replace("\n", "\r\n")
    return ("\ufeff" if writer.chance(8) else "") + text


def places(data: Any, at: Path = ()) -> list[Path]:
    found = [at] if at else []
    for step, inner in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places(inner, (*at, step))
    return found


def free(draw: Any, data: Any, path: Path) -> Path:
    """A place that is not there, beside `path`."""
    holder: Any = data
    for step in path[:-1]:
        holder = holder[step]
    return (*path[:-1], len(holder)) if isinstance(holder, list) else (*path[:-1], draw(st.sampled_from(["new", "other-new"])))


@st.composite
def edited(draw: Any) -> tuple[str, list[Edit]]:
    text = draw(texts())
    data = load(text.removeprefix("\ufeff"))[0]
    path = draw(st.sampled_from(places(data)))
    op = draw(st.sampled_from(list(Op)))
    if op is Op.SET:
        return text, [Edit(op, path, draw(SCALARS))]
    if op is Op.INSERT:
        return text, [Edit(op, free(draw, data, path), draw(DATA))]
    if op is Op.RENAME:
        return text, [Edit(op, path, to=(*path[:-1], "renamed"))] if isinstance(path[-1], str) else []
    if op is Op.MOVE:
        return text, [Edit(op, path, KEEP, to=("moved", "here") if draw(st.booleans()) else ("list-of", 0))]
    return text, [Edit(op, path)]


def _notes(text: str) -> Counter[str]:
    return Counter(c.text for d in parse_text(text.removeprefix("\ufeff")).documents for c in comments(d))


@settings(max_examples=150, deadline=None)
@given(texts())
def test_two_loads_agree_and_no_edit_changes_nothing(text: str) -> None:
    """Nodes and the independent load say the same; without edits the text is the same."""
    bare = text.removeprefix("\ufeff")
    assert all(same(plain(d.root), loaded) for d, loaded in zip(parse_text(bare).documents, load(bare), strict=True))
    assert edit_text(text, {}).text == text


@settings(max_examples=600, deadline=None)
@given(edited())
def test_an_edit_does_what_it_says_or_is_refused(case: tuple[str, list[Edit]]) -> None:
    """Text and data agree after an edit; other documents, comments, byte order mark and line ends stay."""
    text, edits = case
    bare = text.removeprefix("\ufeff")
    old = load(bare)
    try:
        done = edit_text(text, {0: edits})
    except Refused:
        return
    new = load(done.text.removeprefix("\ufeff"))
    assert same(new[0], apply_plain(old[0], edits)), done.text
    assert same(new[1:], old[1:])
    assert _notes(text) == _notes(done.text) + Counter(d.text for d in done.dropped)
    assert done.text.startswith("\ufeff") == text.startswith("\ufeff")
    if "\r\n" in text:
        assert "\n" not in done.text.replace("\r\n", "")
    assert done.text.endswith("\n") == text.endswith("\n")


@settings(max_examples=150, deadline=None)
@given(texts(), st.data())
def test_one_scalar_replaced_changes_one_line(text: str, data: Any) -> None:
    """Setting a scalar touches nothing else: every other line stays as it is."""
    loaded = load(text.removeprefix("\ufeff"))[0]
    leaves = [p for p in places(loaded) if isinstance(_at(loaded, p), (int, bool))]
    if not leaves:
        return
    path = data.draw(st.sampled_from(leaves))
    done = edit_text(text, {0: [Edit(Op.SET, path, 77)]}).text
    assert sum(a != b for a, b in zip(text.split("\n"), done.split("\n"), strict=True)) <= 1


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data
