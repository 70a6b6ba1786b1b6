"""`transformer passes` and `transformer explain X`: what there is, and the page of a pass, a finding code or a row of knowledge.

A list and a code are read from the source of the passes, so that neither waits for all of them to be imported.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Final

from transformer import output
from transformer.config import declared, discovery
from transformer.config.built_in import usual_order
from transformer.config.codes import RUN as CODES
from transformer.config.codes import codes, near
from transformer.errors import UsageError

if TYPE_CHECKING:
    from transformer.passkit import Pass


LAYERS: Final = "layers"  # a page of its own: what becomes of kustomizations


def in_order() -> list[Pass]:
    """All passes: those of the built-in pipeline first, in its order."""
    return [discovery.load(name) for name in _names()]


def _names() -> list[str]:
    usual = usual_order()
    return usual + [n for n in discovery.names() if n not in usual]


def listing() -> str:
    """One line for each pass, in the order of the built-in pipeline."""
    names = _names()
    wide = max(map(len, names), default=0)
    return "".join(f"{name:<{wide}}  {declared.first_line(name) or first_line(discovery.load(name))}\n" for name in names)


def first_line(found: Pass) -> str:
    return found.doc.strip().split("\n", 1)[0].strip()


def page(name: str) -> str:
    """The page for a name. Raises UsageError with a suggestion."""
    if name in discovery.names():
        from transformer.commands.pages import pass_page

        return pass_page(discovery.load(name))
    if name == LAYERS:
        from transformer.layers.page import page as layers_page

        return layers_page()
    if name in CODES:
        return f"# {name}\n\nA finding of the run itself, not of a pass.\n\n{CODES[name]}\n"
    holders = [(found, text) for found in _names() if (text := _meaning(found, name)) is not None]
    if holders:
        return "\n".join(_code_page(found, name, text) for found, text in holders)
    from transformer.commands.pages import row_page
    from transformer.config.consent import find_rows

    rows = list(find_rows(name))
    if rows:
        return "\n".join(row_page(*row) for row in rows)
    raise UsageError(f'there is no pass, finding code, row or source with the name "{name}". {_guess(name)}')


def _meaning(found: str, code: str) -> str | None:
    """What a finding code of a pass means; None where it is no code of it."""
    if declared.is_built_in(found):
        return declared.meaning(found, code)
    return discovery.load(found).codes.get(code)


def _guess(name: str) -> str:
    from transformer.config.consent import tables
    from transformer.config.typed import suggestion

    if guess := near(name, codes()):
        return guess
    known = {*discovery.names(), *codes(), *(r.id for t in tables() for r in t.rows)}
    guess = suggestion(name, known)
    return guess if "mean" in guess else "`transformer passes` lists the passes. Reports show finding codes and rows."


def _code_page(found: str, code: str, text: str) -> str:
    return f"# {code}\n\nA finding of the pass {found} (`transformer explain {found}`).\n\n{text.strip()}\n"


def run_passes(args: Namespace) -> int:
    output.say(listing())
    if not args.quiet:
        output.say("\n`transformer explain NAME` shows the page of a pass, a finding code or a row of knowledge.\n")
    return 0


def run_explain(args: Namespace) -> int:
    output.say("\n".join(page(name) for name in args.names))
    return 0
