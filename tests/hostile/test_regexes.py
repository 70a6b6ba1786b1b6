"""Every regular expression of the package is linear, whatever text it meets; and no name is taken for a replacement pattern."""

from __future__ import annotations

import ast
import itertools
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple

import pytest

PACKAGE: Final = Path(__file__).parents[2] / "transformer"
FUNCTIONS: Final = ("compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer")
LENGTH: Final = 40_000
SECONDS: Final = 0.3  # a quadratic one takes 1 s and more, also on a fast machine
# Those that only meet a short text: where that is seen to.
BOUNDED: Final = {
    "argo/installs.py": "a version is cut to 200 characters",
    "vcs/objects.py": "a committer line is cut to 2,000 characters",
    "transformer.kubernetes.cron._DURATION": "a longer text is no duration",
}
ASKED: Final = {"_WITH_NAMES": "fullmatch", "_PLAIN": "fullmatch"}  # where a variable stands between the pattern and its use


class Found(NamedTuple):
    place: str
    function: str
    pattern: str | bytes
    flags: int


def written() -> Iterator[Found]:
    """Every pattern that stands in the source as a text where it is used."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in _nodes(path):
            if _is_asked(node, "re") and isinstance(node.args[0], ast.Constant) and node.func.attr != "compile":
                given = [*node.args[1:], *(k.value for k in node.keywords)]
                names = {n.attr for a in given for n in ast.walk(a) if isinstance(n, ast.Attribute)}
                flags = sum(getattr(re, name) for name in names & {"M", "MULTILINE", "DOTALL", "S", "I", "IGNORECASE"})
                yield Found(f"{path.relative_to(PACKAGE)}:{node.lineno}", node.func.attr, str(node.args[0].value), flags)


def held() -> Iterator[Found]:
    """Every pattern that a module holds, however it was put together, for each way in which it is asked."""
    import importlib

    everywhere = [pair for path in sorted(PACKAGE.rglob("*.py")) for pair in _asked(path)]
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__main__.py":
            name = ".".join(("transformer", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
            for key, value in vars(importlib.import_module(name)).items():
                if isinstance(value, re.Pattern):
                    own = [function for of, function in _asked(path) if of == key]
                    abroad = [function for of, function in everywhere if of == key]
                    for function in own or abroad or [ASKED.get(key, "search")]:
                        yield Found(f"{name}.{key}", function, value.pattern, value.flags & ~re.UNICODE)


def _asked(path: Path) -> list[tuple[str, str]]:
    """(name, function) of every call that looks like one of a pattern."""
    return [(node.func.value.id, node.func.attr) for node in _nodes(path) if _is_asked(node)]


def _nodes(path: Path) -> Iterator[Any]:
    yield from ast.walk(ast.parse(path.read_text()))


def _is_asked(node: Any, whom: str = "") -> bool:
    """Whether a node calls `whom.match(...)` or the like."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in FUNCTIONS:
        return False
    return isinstance(node.func.value, ast.Name) and (not whom or node.func.value.id == whom)


def patterns() -> list[Found]:
    return list({(f.pattern, f.flags, f.function): f for f in (*written(), *held())}.values())


def hostile(found: Found) -> Iterator[str]:
    """Texts that nearly match, over and over: what the pattern itself is made of, repeated, and a sign that it does not know."""
    tree = _parser.parse(found.pattern if isinstance(found.pattern, str) else found.pattern.decode("latin-1"), found.flags & ~re.UNICODE)
    atoms = list(dict.fromkeys(_atoms(tree)))[:10]
    whole = _least(tree)
    bases = list(
        dict.fromkeys([*atoms, whole, whole[:-1], whole[1:], *(a + b for a, b in itertools.permutations(atoms[:5], 2)), "\\", "\n", " "])
    )
    for base in filter(None, bases):
        text = base * (LENGTH // len(base))
        for before in dict.fromkeys(("", whole[:-1])):
            yield f"{before}{text}\x01"
    for a, b in itertools.permutations(atoms[:5], 2):
        yield a * (LENGTH // 2) + b * (LENGTH // 2) + "\x01"


def _atoms(tree: Any) -> Iterator[str]:
    for kind, value in tree:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.CATEGORY):
            yield _one(kind, value)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            yield from _atoms(value[2])
            yield _least(value[2])
        elif kind is op.SUBPATTERN:
            yield from _atoms(value[3])
        elif kind is op.ATOMIC_GROUP:
            yield from _atoms(value)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _atoms(value[1])
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _atoms(branch)


def _one(kind: Any, value: Any) -> str:
    tests: dict[Any, Any] = {
        op.LITERAL: lambda: chr(value),
        op.NOT_LITERAL: lambda: "a" if value != ord("a") else "b",
        op.ANY: lambda: "a",
        op.CATEGORY: lambda: {op.CATEGORY_DIGIT: "1", op.CATEGORY_SPACE: " ", op.CATEGORY_NOT_SPACE: "a", op.CATEGORY_NOT_WORD: "-"}.get(
            value, "a"
        ),
    }
    return str(tests[kind]()) if kind in tests else _of_set(value)


def _of_set(value: Any) -> str:
    if value[0][0] is op.NEGATE:
        taken = {chr(v) for k, v in value if k is op.LITERAL}
        return next(c for c in "ax1 -.\n\x02" if c not in taken)
    kind, first = value[0]
    return chr(first[0]) if kind is op.RANGE else _one(kind, first)


def _least(tree: Any) -> str:
    """A short text that matches, but for what looks around."""
    found = ""
    for kind, value in tree:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.CATEGORY):
            found += _one(kind, value)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            found += _least(value[2]) * max(value[0], 1 if value[1] else 0)
        elif kind is op.SUBPATTERN:
            found += _least(value[3])
        elif kind is op.ATOMIC_GROUP:
            found += _least(value)
        elif kind is op.BRANCH:
            found += _least(value[1][0])
    return found


class Slow(BaseException):
    pass


def slow_on(found: Found, text: str) -> bool:
    def end(*_: object) -> None:
        raise Slow

    compiled = re.compile(found.pattern, found.flags)
    given: Any = text if isinstance(found.pattern, str) else text.encode("latin-1", "replace")
    calls = {"match": compiled.match, "fullmatch": compiled.fullmatch, "search": compiled.search}
    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        if found.function in calls:
            calls[found.function](given)
        else:
            list(compiled.finditer(given))
    except Slow:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


def slow() -> list[str]:
    told = []
    for found in patterns():
        text = next((t for t in hostile(found) if slow_on(found, t)), None)
        if text is not None:
            told.append(f"{found.place}  {found.function}  {found.pattern!r}  on {text[:20]!r}…{text[-4:]!r}")
    return told


def test_all_are_linear() -> None:
    assert [line for line in slow() if line.split()[0].partition(":")[0] not in BOUNDED] == []


@pytest.mark.parametrize("text", ["(a+)+$", r"\s*x", r"([\w.]+)\s*=", "a*a*b"])
def test_the_test_itself(text: str) -> None:
    """It finds what is not linear."""
    found = Found("here", "search", text, 0)
    started = time.process_time()
    assert any(slow_on(found, t) for t in hostile(found))
    assert time.process_time() - started < 20


def test_no_name_is_a_replacement() -> None:
    """The second argument of `sub` is a function or a text that stands there: what a target says may hold backslashes."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in _nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("sub", "subn"):
                of_module = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
                given = node.args[1 if of_module else 0]
                name = given.id if isinstance(given, ast.Name) else ""
                if isinstance(given, ast.JoinedStr):
                    name = "".join(n.id for n in ast.walk(given) if isinstance(n, ast.Name))
                fine = name.isupper() or name in _functions(path) or isinstance(given, (ast.Lambda, ast.Constant, ast.Call))
                assert fine, f"{path.relative_to(PACKAGE)}:{node.lineno}"


def _functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_digits_are_those_of_ascii() -> None:
    """`\\d` takes those of every script, which int() reads and Kubernetes does not."""
    for found in patterns():
        if isinstance(found.pattern, str) and not found.flags & re.ASCII:
            assert "\\d" not in found.pattern, found.place
