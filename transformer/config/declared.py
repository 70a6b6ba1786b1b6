"""What the built-in passes say of themselves, read from their source: to list them, none has to be imported."""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def is_built_in(name: str) -> bool:
    return name in _places()


def first_line(name: str) -> str | None:
    """The first line of a built-in pass's docstring, which is its page; None for other passes."""
    place = _places().get(name)
    if place is None:
        return None
    whole = ast.parse((place / "__init__.py" if place.is_dir() else place).read_bytes())
    return (ast.get_docstring(whole) or "").split("\n", 1)[0].strip() or None


def meaning(name: str, code: str) -> str | None:
    """What a finding code of a built-in pass means: the text beside it in a mapping of its source."""
    for source in _sources(_places()[name]):
        if code.encode() in source:
            for node in ast.walk(ast.parse(source)):
                found = _beside(node, code) if isinstance(node, ast.Dict) else None
                if found is not None:
                    return found
    return None


def _beside(node: ast.Dict, code: str) -> str | None:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == code and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return None


def _sources(place: Path) -> Iterator[bytes]:
    """The modules of a pass, outermost first."""
    files = sorted(place.rglob("*.py"), key=lambda p: (len(p.parts), p)) if place.is_dir() else [place]
    return (p.read_bytes() for p in files)


@cache
def _places() -> dict[str, Path]:
    """Where each built-in pass lies: a folder or a file."""
    from transformer import passes

    folder = Path(passes.__path__[0])
    found = (m for m in pkgutil.iter_modules([str(folder)]) if not m.name.startswith("_"))
    return {m.name.replace("_", "-"): folder / (m.name if m.ispkg else f"{m.name}.py") for m in found}
