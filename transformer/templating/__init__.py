"""The only room that uses Jinja2: renders a template of `templates/`, or an organisation's template of the same name.

Templates run in the sandbox of `sandbox.py`, which limits steps and sizes. It is the one module that imports Jinja2, and is loaded
when it is needed. An unknown name is an error. Values in HTML are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from transformer.errors import UsageError
from transformer.safe_files import read_regular

if TYPE_CHECKING:
    from transformer.templating.sandbox import Environment, Template

_PACKAGE: Final = Path(__file__).parent.parent
# In a wheel the templates lie inside the package, in a checkout beside it.
_OWN: Final = (_PACKAGE / "_templates", _PACKAGE.parent / "templates")
_ENDING: Final = ".j2"
_BIGGEST: Final = 1_000_000  # bytes
_given: list[Path] = []


class TemplateFault(UsageError):  # noqa: N818 - the fault is in the template
    """A template that cannot be used: the place, the fault and a remedy. `of_source`: the fault depends on the CronJob."""

    def __init__(self, name: str, line: int, what: str, remedy: str, *, of_source: bool = False) -> None:
        self.name, self.line, self.what, self.remedy, self.of_source = name, line, what, remedy, of_source
        super().__init__(f"{path_of(name)}:{line}: {what}.\n{remedy}")


def use(directory: Path | None, packages: Iterable[str] = ()) -> None:
    """Look for templates in this folder first (`--templates DIR`). None: only in the package. Raises UsageError.

    `packages`: packages with templates of their own. All templates of the folder are compiled at once, so that a fault is
    found before anything is read."""
    names = _checked(directory, packages) if directory else []
    _given[:] = [directory] if directory else []
    _environment.cache_clear()
    template.cache_clear()
    try:
        for name in names:
            template(name)
    except TemplateFault:
        _given.clear()
        raise


def _folders(package: str | None) -> tuple[Path, ...]:
    from importlib.resources import files

    return (Path(str(files(package))) / "templates",) if package else _OWN


def _checked(directory: Path, packages: Iterable[str]) -> list[str]:
    """The names of its templates."""
    give = f"Use --templates with a folder that has *{_ENDING} files."
    if not directory.is_dir():
        raise UsageError(f"The folder {directory} does not exist.\n{give}")
    names = sorted(p.name for p in directory.iterdir() if p.name.endswith(_ENDING))
    for name in names:
        try:
            if len(read_regular(directory / name, _BIGGEST + 1, follow=True)) > _BIGGEST:
                raise UsageError(f"{directory / name} is over {_BIGGEST:,} bytes, too big for a template.\n{give}")
        except OSError as e:
            raise UsageError(f"{directory / name} cannot be read: {e.strerror}.\n{give}") from e
    if not names:
        raise UsageError(f"The folder {directory} has no template.\n{give}")
    folders = [folder for package in (None, *packages) for folder in _folders(package) if folder.is_dir()]
    known = sorted({p.name for folder in folders for p in folder.iterdir() if p.name.endswith(_ENDING)})
    if not set(names) & set(known):
        told = ", ".join(names)
        raise UsageError(f"The folder {directory} has no template with a known name ({told}).\nKnown names: {', '.join(known)}.")
    return names


def replaced(name: str) -> bool:
    """Whether the organisation has its own template of this name."""
    return any((folder / name).is_file() for folder in _given)


def path_of(name: str) -> str:
    """How a message names the file of a template."""
    return next((str(folder / name) for folder in _given if (folder / name).is_file()), f"templates/{name}")


def render(name: str, /, *, package: str | None = None, **context: Any) -> str:
    """The rendered text. `package`: the package with the template in its folder `templates/`. None: transformer. An
    organisation's template of the same name comes first. Raises TemplateFault."""
    found = template(name, package)
    from transformer.templating import sandbox

    sandbox.start()
    try:
        return found.render(**context)
    except Exception as e:
        raise _faulty(name, e) from e


def line_behind(name: str, number: int, /, **context: Any) -> int:
    """The line of the template that wrote this line of the rendered text (both from 1). 1 if it is not known."""
    from transformer.templating import sandbox

    sandbox.start()
    text = _environment(marked=True).get_template(name).render(**context)
    mark = re.compile(f"{sandbox.OPEN}([0-9]+){sandbox.CLOSE}")
    lines = text.split("\n")[:number]
    here, before = mark.findall(lines[-1]), mark.findall("\n".join(lines))
    return int(here[0] if here else before[-1] if before else 1)


@cache
def template(name: str, package: str | None = None) -> Template:
    """A compiled template, compiled once."""
    from transformer.templating.sandbox import TemplateError

    try:
        return _environment(package).get_template(name)
    except (TemplateError, UnicodeDecodeError, OSError) as e:
        raise _faulty(name, e) from e


@cache
def _environment(package: str | None = None, *, marked: bool = False) -> Environment:
    from transformer.templating import sandbox

    return sandbox.environment([*_given, *_folders(package)], marked=marked)


def _faulty(name: str, e: Exception) -> TemplateFault:
    """The fault with its line: from the exception, or from the deepest frame in a template."""
    from transformer.templating.sandbox import TemplateNotFound

    where, line = getattr(e, "name", None) or name, getattr(e, "lineno", None)
    frame = e.__traceback__ if line is None else None
    while frame is not None:
        if frame.tb_frame.f_code.co_filename.endswith(_ENDING):
            where, line = Path(frame.tb_frame.f_code.co_filename).name, frame.tb_lineno
        frame = frame.tb_next
    what = f"There is no template {e.name}" if isinstance(e, TemplateNotFound) else str(e).rstrip(".") or type(e).__name__
    return TemplateFault(where, line or 1, what, "Correct the template, or run without --templates.")
