"""ENTRYPOINT and CMD of images, as far as the user has given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from transformer.passes.command.params import CommandParams
from transformer.passkit import Context, table
from transformer.yamltext import ParseError, load

_EXPRESSION = ("{{", "$(", "${")


class ImagesFileError(Exception):
    """`imagesFile` cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """ENTRYPOINT and CMD of an image. `said`: where they were given."""

    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    said: str


def look_up(image: str, params: CommandParams, context: Context) -> Known | None:
    """The parameters, then the file. Raises ImagesFileError."""
    wanted = reference(image)
    for name, told in params.images.items():
        if reference(name) == wanted:
            return Known(tuple(told.entrypoint), tuple(told.cmd), "the parameter images")
    if params.imagesFile is None:
        return None
    text = context.index.text(params.imagesFile)
    if text is None:
        raise ImagesFileError(f"{params.imagesFile} is not a text file of this repository")
    pair = _file(params.imagesFile, text).get(wanted)
    return Known(*pair, params.imagesFile) if pair else None


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
    return {reference(str(image)): _entry(name, image, entry) for image, entry in content.items()}


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
