"""The only door to Jinja2: renders a template of `templates/`, or an organisation's own one of the same name.

Sandboxed, and a name that the context does not have is an error. Values that go into HTML are escaped.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from transformer.errors import UsageError

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_PACKAGE: Final = Path(__file__).parent
# In a wheel the templates lie inside the package, in a checkout beside it.
_OWN: Final = (_PACKAGE / "_templates", _PACKAGE.parent / "templates")
_given: list[Path] = []


def use(directory: Path | None) -> None:
    """Look for templates in this folder first (`--templates DIR`); None: only in the package's. Raises UsageError."""
    if directory is not None and not directory.is_dir():
        raise UsageError(f"{directory}: no such folder of templates.\nGive --templates a folder that holds *.j2 files.")
    _given[:] = [directory.resolve()] if directory else []
    _environment.cache_clear()
    template.cache_clear()


def replaced(name: str) -> bool:
    """Whether an organisation brought its own template of this name."""
    return any((folder / name).is_file() for folder in _given)


def render(name: str, /, **context: Any) -> str:
    """The text of a template. Raises UsageError where the template is faulty: with its name and line."""
    from jinja2 import TemplateError

    try:
        return template(name).render(**context)
    except TemplateError as e:
        raise _faulty(name, e) from e


@cache
def template(name: str) -> Template:
    """A compiled template, compiled once."""
    from jinja2 import TemplateError

    try:
        return _environment().get_template(name)
    except TemplateError as e:
        raise _faulty(name, e) from e


@cache
def _environment() -> Environment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([*_given, *_OWN]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=lambda name: bool(name) and str(name).endswith((".html.j2", ".htm.j2")),
    )


def _faulty(name: str, e: Exception) -> UsageError:
    line = getattr(e, "lineno", None)
    place = f"{name}:{line}" if line else name
    return UsageError(f"template {place}: {e}.\nCorrect it, or run without --templates.")
