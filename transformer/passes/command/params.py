"""Parameters: the commands of images."""

from __future__ import annotations

from dataclasses import dataclass

from transformer.passkit import Params, param


@dataclass(frozen=True, slots=True)
class ImageCommand(Params):
    """The command that an image runs by default: its ENTRYPOINT and its CMD."""

    entrypoint: list[str] = param("the image's ENTRYPOINT as a list", factory=list)
    cmd: list[str] = param("the image's CMD as a list", factory=list)


@dataclass(frozen=True, slots=True)
class CommandParams(Params):
    """Where the command of a container without one comes from, in this order."""

    images: dict[str, ImageCommand] = param("image as the manifests write it, or a glob over it -> {entrypoint, cmd}", factory=dict)
    imagesFile: str | None = param(  # noqa: N815 (as all keys of transformer.yaml)
        "a JSON or YAML file in the repository with the same content (docs/image-entrypoints.md shows how to make it)"
    )
    fallback: list[str] = param("the command of a step that only uploads files from a mounted volume, such as [echo, upload]", factory=list)
