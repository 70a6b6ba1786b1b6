"""Random documents in random styles, and random edits of them."""

from __future__ import annotations

from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from transformer.model import KEEP, Op, Path
from transformer.yamltext import Edit, ParseError, Refused, apply_plain, load

KEYS = st.sampled_from(["a", "b", "image", "name", "args", "on", "x-y", "8080", "k 1"])
TEXTS = st.sampled_from(
    [
        "x",
        "yes",
        "0777",
        "a: b",
        "# no",
        "",
        " lead",
        "1.5",
        "~",
        "é",
        "it's",
        'say "hi"',
        "two\nlines\n",
        "- dash",
        "{x}",
        "a, b",
        "w o r d",
    ]
)
SCALARS = st.one_of(TEXTS, st.integers(-5, 500), st.booleans(), st.none())
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, min_size=1, max_size=3), st.dictionaries(KEYS, inner, min_size=1, max_size=4)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, DATA, min_size=1, max_size=4)
BLOCKS = ["x\n", "x\n\n", "\nx\n", "x\n  y\n", "x\n  \ny\n", "x\n \n", "# no\n\n \nx\n", "x\n\t\ny\n", "x\n\n\n"]


class Writer:
    """Writes data as YAML, every choice of style drawn. `odd`: with anchors, tags, explicit keys and strange blanks."""

    def __init__(self, draw: Any, *, odd: bool) -> None:
        self.draw, self.odd = draw, odd
        self.step = draw(st.sampled_from([2, 3, 4]))
        self.offset = draw(st.sampled_from([0, 2]))
        self.anchors = 0
        self.closed: list[str] = []

    def chance(self, odds: int = 4) -> bool:
        return bool(self.draw(st.integers(0, odds)) == 0)

    def oddly(self, odds: int) -> bool:
        return self.odd and self.chance(odds)

    def scalar(self, value: Any) -> str:
        if value is None:
            return str(self.draw(st.sampled_from(["null", "~"])))
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        written = str(value)
        if written.isalpha() and written not in ("yes", "on") and self.chance(1):
            return written
        if "\n" not in written and self.chance(2):
            return "'" + written.replace("'", "''") + "'"
        return '"' + written.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    def properties(self, value: Any) -> str:
        """An anchor, a tag or both, with a blank behind; what has an anchor can be used once it is written."""
        tag = ""
        if self.oddly(9):
            tag = (
                "!!map "
                if isinstance(value, dict)
                else "!!seq "
                if isinstance(value, list)
                else "!local "
                if isinstance(value, str)
                else ""
            )
        if not self.oddly(6):
            return tag
        self.anchors += 1
        return tag + f"&n{self.anchors} " if self.chance(1) else f"&n{self.anchors} {tag}"

    def close(self, properties: str) -> None:
        self.closed += [p[1:] for p in properties.split() if p[0] == "&"]

    def alias(self) -> str:
        return f"*{self.draw(st.sampled_from(self.closed))} " if self.closed and self.oddly(4) else ""

    def flow(self, value: Any, column: int | None = None) -> str:
        """In flow style; over several lines where `column` is that of the line."""
        if alias := self.alias():
            return alias
        properties = self.properties(value)
        tall = column is not None and isinstance(value, (dict, list)) and self.oddly(2)
        below = (column or 0) + self.step if tall else None
        if isinstance(value, dict):
            parts = [f"{self.scalar(k)}: {self.flow(v, below)}" for k, v in value.items()]
        elif isinstance(value, list):
            parts = [self.flow(v, below) for v in value]
        else:
            return self._closed(properties, self.scalar(value))
        if tall:
            ends = ["," for _ in parts[1:]] + ["," if self.chance(2) else ""]
            body = (
                "".join(f"\n{' ' * (below or 0)}{p}{e}{self.trail()}" for p, e in zip(parts, ends, strict=True))
                + f"\n{' ' * (column or 0)}"
            )
        else:
            body = ", ".join(parts) + (" ," if self.oddly(9) else "")
        return self._closed(properties, f"{{{body}}}" if isinstance(value, dict) else f"[{body}]")

    def _closed(self, properties: str, written: str) -> str:
        self.close(properties)
        return properties + written

    def note(self, column: int) -> list[str]:
        found = [" " * column + f"# {self.draw(st.integers(0, 9))} note"] if self.chance() else []
        return ["", *found] if self.chance(8) else [" " * self.draw(st.integers(1, 6)), *found] if self.oddly(9) else found

    def trail(self) -> str:
        return "  # tail" if self.chance(6) else ""

    def lines(self, value: Any, column: int) -> list[str]:
        out: list[str] = []
        if isinstance(value, dict):
            for key, inner in value.items():
                pad = " " * column
                explicit = not isinstance(inner, (dict, list)) and self.oddly(15)
                head = [f"{pad}? {self.scalar(key)}", f"{pad}:"] if explicit else [f"{pad}{self.scalar(key)}:"]
                out += [*self.note(column), *head[:-1], *self.entry(head[-1], inner, column)]
        else:
            for inner in value:
                out += [*self.note(column), *self.item(inner, column)]
        return out

    def entry(self, head: str, inner: Any, column: int) -> list[str]:
        if alias := self.alias():
            return [f"{head} {alias}{self.trail()}"]
        properties = self.properties(inner)
        if not isinstance(inner, (dict, list)):
            lines = self.leaf(f"{head} {properties}".rstrip(), inner, column)
        elif self.chance():
            lines = [*f"{head} {properties}{self.flow(inner, column)}".split("\n")]
            lines[-1] += self.trail()
        else:
            below = self.lines(inner, column + (self.offset if isinstance(inner, list) else self.step))
            lines = [f"{head} {properties}".rstrip() + self.trail(), *below]
        self.close(properties)
        return lines

    def leaf(self, head: str, inner: Any, column: int) -> list[str]:
        indent = " " * (column + self.step)
        if isinstance(inner, str) and self.oddly(4):
            chomp = self.draw(st.sampled_from(["|", "|-", "|+", ">", ">+", f"|{self.step}"]))
            body = self.draw(st.sampled_from(BLOCKS))[:-1].split("\n")
            return [f"{head} {chomp}{self.trail()}", *(indent + x if x else "" for x in body)]
        if isinstance(inner, str) and inner.endswith("\n") and inner.strip():
            return [f"{head} |{self.trail()}", *(indent + x for x in inner[:-1].split("\n"))]
        if isinstance(inner, str) and self.oddly(9):
            return [f"{head} one", f"{indent}{self.draw(st.sampled_from(['two', chr(9), '']))}", f"{indent}three" if self.chance(1) else ""]
        if inner is None and self.oddly(3):
            return [f"{head}{self.trail()}"]
        return [f"{head} {self.scalar(inner)}{self.trail()}"]

    def item(self, inner: Any, column: int) -> list[str]:
        pad = " " * column
        if alias := self.alias():
            return [f"{pad}- {alias}{self.trail()}"]
        properties = self.properties(inner)
        if isinstance(inner, dict) and not self.chance():
            below = self.lines(inner, column + 2)
            first = next(n for n, line in enumerate(below) if line.strip() and not line.lstrip().startswith("#"))
            compact = [*below[:first], pad + "- " + below[first][column + 2 :], *below[first + 1 :]]
            lines = [f"{pad}- {properties}".rstrip(), *below] if properties else compact
        elif isinstance(inner, (dict, list)):
            lines = f"{pad}- {properties}{self.flow(inner, column)}{self.trail()}".split("\n")
        else:
            lines = self.leaf(f"{pad}- {properties}".rstrip(), inner, column)
        self.close(properties)
        return lines


@st.composite
def texts(draw: Any, odd: bool = False) -> str:
    writers = [(Writer(draw, odd=odd), draw(OBJECTS)) for _ in range(draw(st.integers(1, 2)))]
    writer = writers[0][0]
    text = "---\n".join("\n".join(w.lines(data, 0)) + "\n" for w, data in writers)
    if writer.chance():
        text = text[:-1]
    if writer.chance():
        text = text.replace("\n", "\r\n")
    return ("\ufeff" if writer.chance(8) else "") + text


def places(data: Any, at: Path = ()) -> list[Path]:
    """Every place in the data, the root left out."""
    found = [at] if at else []
    for step, inner in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places(inner, (*at, step))
    return found


def at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def free(draw: Any, data: Any) -> Path:
    """A place where something new can stand: in a list at any index, in a mapping under a new key, or deeper than all there is."""
    holder_path = draw(st.sampled_from([(), *(p for p in places(data) if isinstance(at(data, p), (dict, list)))]))
    holder = at(data, holder_path)
    if isinstance(holder, list):
        return (*holder_path, draw(st.integers(0, len(holder))))
    name = draw(st.sampled_from(["new", "other-new"]))
    return (*holder_path, name, *draw(st.sampled_from([(), (), ("here",), (0,)])))


def an_edit(draw: Any, data: Any, before: list[Edit]) -> Edit:
    """One edit that can be done together with the ones before it."""
    path = draw(st.sampled_from(places(data)))
    op = draw(st.sampled_from(list(Op)))
    if op is Op.SET:
        return Edit(op, path, draw(SCALARS if draw(st.booleans()) else DATA))
    if op is Op.RENAME and isinstance(path[-1], str):
        return Edit(op, path, to=(*path[:-1], draw(st.sampled_from(["renamed", "also renamed"]))))
    if op is Op.INSERT:
        target = free(draw, apply_plain(data, before))
        after = draw(KEYS) if isinstance(target[-1], str) and draw(st.booleans()) else None
        return Edit(op, target, draw(DATA), after=after)
    if op is Op.MOVE:
        value = draw(SCALARS) if draw(st.integers(0, 3)) == 0 else KEEP
        return Edit(op, path, value, to=free(draw, apply_plain(data, [*before, Edit(Op.REMOVE, path)])))
    return Edit(Op.REMOVE, path)


def _clash(one: Edit, other: Edit) -> bool:
    """Two edits that no pass asks for at once: one of the other's place, or inside of what goes or is written anew."""
    if Op.INSERT in (one.op, other.op):
        return False
    short, long = sorted((one, other), key=lambda e: len(e.path))
    inside = long.path[: len(short.path)] == short.path
    return inside and (short.path == long.path or short.op in (Op.SET, Op.REMOVE) or short.literal)


@st.composite
def edited(draw: Any, odd: bool = False, most: int = 1) -> tuple[str, list[Edit]]:
    """A text and edits of its first document."""
    text = draw(texts(odd))
    try:
        data = load(text.removeprefix("\ufeff"))[0]
    except ParseError:  # the writer is not that careful with odd shapes
        reject()
    edits: list[Edit] = []
    for _ in range(draw(st.integers(1, most))):
        try:
            edit = an_edit(draw, data, edits)
            if not any(_clash(edit, e) for e in edits):
                apply_plain(data, [*edits, edit])
                edits.append(edit)
        except (Refused, KeyError, IndexError):
            continue
    return text, edits
