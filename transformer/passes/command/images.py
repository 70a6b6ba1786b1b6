"""ENTRYPOINT and CMD of images, as far as the user has given them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, TypeVar

from transformer.argo.controllers import controllers
from transformer.passes.command.params import CommandParams
from transformer.passkit import Context, table
from transformer.yamltext import ParseError, load

T = TypeVar("T")
_GLOB = re.compile(r"[*?]")
_EXPRESSION = ("{{", "$(", "${", "#{", "<%", "@@", "%%", "[[", "((")


class ImagesFileError(Exception):
    """`imagesFile` cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """ENTRYPOINT and CMD of an image. `said`: where they were given."""

    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    said: str


def look_up(image: str, params: CommandParams, context: Context) -> Known | None:
    """The parameters, then the file, then the index of a controller, whichever way it spells its keys. Raises ImagesFileError."""
    told = _of(image, params.images)
    if told is not None:
        return Known(tuple(told.entrypoint), tuple(told.cmd), "the parameter images")
    if params.imagesFile is not None:
        text = context.index.text(params.imagesFile)
        if text is None:
            raise ImagesFileError(f"{params.imagesFile} is not a text file of this repository")
        pair = _of(image, _file(params.imagesFile, text))
        if pair:
            return Known(*pair, params.imagesFile)
    return _indexed(image, context)


def _of(image: str, told: Mapping[str, T]) -> T | None:
    """The entry of an image: by its name, or by the first glob that it fits. An image whose tag is an expression fits globs only."""
    wanted = reference(image)
    for name, entry in told.items():
        if name == image or (not is_expression(image) and reference(name) == wanted):
            return entry
    globs = ((name, entry) for name, entry in told.items() if _GLOB.search(name))
    return next((entry for name, entry in globs if fnmatchcase(image, name) or fnmatchcase(wanted, name)), None)


def matching(image: str, told: Iterable[str]) -> Iterator[str]:
    """The names among them that mean the image."""
    yield from (name for name in told if _of(image, {name: name}) is not None)


def _indexed(image: str, context: Context) -> Known | None:
    """What the indexes of all controllers in the repository say that know the image, where they say the same."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
    for controller in controllers(context.index) if not is_expression(image) else ():
        for name, entry in controller.images.items():
            if reference(str(name)) == reference(image) and isinstance(entry, Mapping):
                pair = _spelt(entry, "entrypoint", "command"), _spelt(entry, "cmd", "args")
                found.setdefault(pair, f"the index images in {controller.file}:{controller.line}")
    pair, said = next(iter(found.items()), (((), ()), ""))
    return Known(*pair, said) if len(found) == 1 and any(pair) else None


def _spelt(entry: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
    value = next((entry[key] for key in keys if key in entry), None)
    return tuple(value) if isinstance(value, list) and all(isinstance(word, str) for word in value) else ()


def reference(image: str) -> str:
    """One spelling for names that mean the same image: `debian` is `docker.io/library/debian:latest`."""
    name, at, digest = image.strip().partition("@")
    head, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif "." not in head and ":" not in head and head != "localhost":
        name = f"docker.io/{name}"
    if not at and not tag_of(name):
        name += ":latest"
    return name.replace("index.docker.io/", "docker.io/", 1) + at + digest


def tag_of(image: str) -> str:
    """The tag that an image is named by; "" without one."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def moves(image: str) -> bool:
    """Whether the name is known to point to other images over time."""
    return "@" not in image and (tag_of(image) or "latest") in table("moving_tags")


def is_expression(image: str) -> bool:
    """Filled in when the workflow runs, or by another tool."""
    return any(mark in image for mark in _EXPRESSION)


@lru_cache(maxsize=4)
def _file(name: str, text: str) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    try:
        documents = load(text)
    except ParseError as e:
        raise ImagesFileError(f"{name} is not valid YAML: {e}") from e
    content = documents[0] if len(documents) == 1 else None
    if not isinstance(content, Mapping):
        raise ImagesFileError(f"{name} must hold one mapping from image to {{entrypoint, cmd}}")
    return {str(image): _entry(name, image, entry) for image, entry in content.items()}


def _entry(name: str, image: Any, entry: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Keys in any case: `docker inspect` writes Entrypoint and Cmd."""
    held = {str(k).lower(): v for k, v in entry.items()} if isinstance(entry, Mapping) else None
    if held is None or not set(held) <= {"entrypoint", "cmd"}:
        raise ImagesFileError(f"{name}: {image}: write {{entrypoint: […], cmd: […]}}")
    return _words(name, image, held.get("entrypoint")), _words(name, image, held.get("cmd"))


def _words(name: str, image: Any, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ImagesFileError(f"{name}: {image}: entrypoint and cmd must be lists of strings")
    return tuple(value)
