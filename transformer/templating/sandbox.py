"""The sandbox of templates: what they may use, how many steps a rendering may take, and how much text it may make.

Every turn of a loop, every call and every template that is included is a step; so are each thousand characters that are made.
What a call, a filter or an operator would make is told beforehand, from the sizes of what it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, ValuesView
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateRuntimeError,
    nodes,
)
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, pass_eval_context
from jinja2.visitor import NodeTransformer

__all__ = ["CLOSE", "OPEN", "Environment", "Template", "TemplateError", "TemplateNotFound", "environment", "start"]
OPEN, CLOSE = "\ue0f0", "\ue0f1"
STEPS: Final = 100_000  # a CronWorkflow takes some hundreds
SIZE: Final = 1_000_000  # characters of one text, items of one list
_A_STEP: Final = 1_000  # characters
_POWER: Final = 100
_WIDE: Final = frozenset(("ljust", "rjust", "center", "zfill", "expandtabs", "indent", "batch", "slice", "tojson", "round", "wordwrap"))
# Widths and precisions in `%10.2f` and `{:>10.2f}`; a `*` or a nested brace takes them from the arguments.
_WIDTH: Final = re.compile(r"(?:%(?:\([^)]*\))?[-+ #]*|\{[^{}]*:[^{}]*?)([0-9]+)(?:\.([0-9]+))?")
_TAKEN: Final = re.compile(r"%[^%a-zA-Z]*\*|\{[^{}]*\{")
_FORMATS: Final = frozenset(("format", "format_map", "%"))
_left: list[int] = [STEPS]  # steps that the rendering at hand may take


def start() -> None:
    """A rendering begins."""
    _left[:] = [STEPS]


def spend(steps: int) -> None:
    _left[0] -= steps
    if _left[0] < 0:
        raise TemplateRuntimeError(f"it takes more than {STEPS:,} steps, or makes more than {STEPS * _A_STEP:,} characters")


def size(value: Any) -> int:
    """Characters of a value as text, up to a little over SIZE; what stands in it twice counts twice."""
    waiting, total = [value], 0
    while waiting and total <= SIZE:
        held = waiting.pop()
        if isinstance(held, str):
            total += len(held)
        elif isinstance(held, (dict, MappingProxyType)):
            total += len(held)
            waiting += [*held, *held.values()]
        elif isinstance(held, (list, tuple, set, frozenset, KeysView, ValuesView, ItemsView)):
            total += len(held)
            waiting += held
        elif isinstance(held, Namespace):
            waiting.append(held._Namespace__attrs)
        elif isinstance(held, int):
            total += held.bit_length() // 3 + 1
        elif isinstance(held, TemplateModule):
            waiting += held._body_stream
        else:  # also what is undefined, which answers nothing
            total += 1
    return total


def made(value: Any) -> Any:
    """A value that was made, if it is no larger than it may be."""
    found = size(value)
    if found > SIZE:
        raise TemplateRuntimeError(f"the result would be too large: over {SIZE:,} characters")
    spend(found // _A_STEP)
    return value


def _foresee(name: str, values: Iterable[Any]) -> None:
    """Refuse what would make too much: a text padded to a width, replaced by another, repeated."""
    held = list(values)
    factors = sorted((max(_factor(name, value), 1) for value in held), reverse=True)
    if name in _FORMATS:
        text = next((value for value in held if isinstance(value, str)), "")
        widths = sum(int(w) for found in _WIDTH.findall(text) for w in found if w)
        if _TAKEN.search(text):
            widths += sum(abs(value) for value in _flat(held) if isinstance(value, int)) * len(text)
        most: float = sum(factors) + widths
    else:
        most = factors[0] * factors[1] if len(factors) > 1 else 0
    if most > 10 * SIZE:
        raise TemplateRuntimeError(f"the result of `{name}` would be too large")


def _factor(name: str, value: Any) -> float:
    if isinstance(value, (int, float)):
        return abs(value) if name in _WIDE else 1
    return size(value)


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else (value,)


def _filter(name: str, found: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(found)
    def limited(*args: Any, **kwargs: Any) -> Any:
        spend(1)
        _foresee(name, (*args, *kwargs.values()))
        return made(found(*args, **kwargs))

    return limited


class _Limiting(NodeTransformer):
    """What is counted, where the template has no call of its own; no name in a template can stand in for it."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _own("joined", node, node.nodes)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        return self._stepping(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        return self._stepping(node)

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802
        return self._stepping(node)

    def _stepping(self, node: nodes.For | nodes.Macro | nodes.Template) -> nodes.Node:
        self.generic_visit(node)
        node.body.insert(0, nodes.ExprStmt(_own("step", node, [])).set_lineno(node.lineno))
        return node


def _own(name: str, at: nodes.Node, args: list[nodes.Expr]) -> nodes.Node:
    return nodes.Call(nodes.EnvironmentAttribute(name), args, [], None, None).set_lineno(at.lineno)


class Limited(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def step(self) -> None:
        """A turn of a loop, the body of a macro or of a template; the call itself counts."""

    @pass_eval_context
    def joined(self, context: nodes.EvalContext, *parts: Any) -> str:
        """`a ~ b`."""
        made(parts)
        return markup_join(parts) if context.autoescape else str_join(parts)

    def concat(self, parts: Iterable[str]) -> str:
        """All that a template, a block or a macro writes."""
        held: list[str] = []
        total = 0
        for part in parts:
            held.append(part)
            total += len(part)
            if total > SIZE:
                raise TemplateRuntimeError(f"it writes more than {SIZE:,} characters")
        return "".join(held)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and any(abs(x) > _POWER for x in (left, right) if isinstance(x, (int, float))):
            raise TemplateRuntimeError("the result would be too large")
        if operator == "*":
            factors = [abs(x) if isinstance(x, (int, float)) else size(x) for x in (left, right)]
            if factors[0] * factors[1] > SIZE:
                raise TemplateRuntimeError("the result would be too large")
        elif operator == "+" and not isinstance(left, (int, float)):
            made((left, right))
        elif operator == "%" and isinstance(left, str):
            _foresee(operator, (left, *right) if isinstance(right, tuple) else (left, right))
        return made(super().call_binop(context, operator, left, right))

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        spend(1)
        whole = getattr(__obj, "__wrapped__", __obj)  # of `format`, which the sandbox wraps
        owner = getattr(whole, "__self__", None)
        if isinstance(owner, (str, list, tuple, dict)):
            _foresee(whole.__name__, (owner, *args, *kwargs.values()))
            return made(super().call(__context, __obj, *args, **kwargs))
        return super().call(__context, __obj, *args, **kwargs)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = _Limiting().visit(super()._parse(source, name, filename))
        return tree.set_environment(self)  # type: ignore[no-any-return]


class _Marking(Extension):
    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            lines = token.value.split("\n") if token.type == "data" else ()
            text = "\n".join(f"{OPEN}{token.lineno + n}{CLOSE}{line}" for n, line in enumerate(lines))
            yield Token(token.lineno, "data", text) if lines else token


def environment(folders: Iterable[Path], *, marked: bool) -> Limited:
    """`marked`: every line that a template writes starts with its number, between two characters that no manifest holds."""
    limited = Limited(
        loader=FileSystemLoader(list(folders)),
        extensions=[_Marking] if marked else [],
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=lambda name: bool(name) and str(name).endswith((".html.j2", ".htm.j2")),
        finalize=made,
    )
    limited.filters = {name: _filter(name, found) for name, found in limited.filters.items()}
    limited.globals.pop("lipsum", None)  # filler text
    return limited
