"""What the user knows about images."""

from __future__ import annotations

from dataclasses import dataclass

from transformer.passkit import Params, param


@dataclass(frozen=True, slots=True)
class ImageCommand(Params):
    """What an image runs by itself: its ENTRYPOINT and its CMD."""

    entrypoint: list[str] = param("the image's ENTRYPOINT as a list", factory=list)
    cmd: list[str] = param("the image's CMD as a list", factory=list)


@dataclass(frozen=True, slots=True)
class CommandParams(Params):
    """Where the command of a container that names none comes from; asked in this order."""

    images: dict[str, ImageCommand] = param("image as the manifests write it -> {entrypoint, cmd}", factory=dict)
    imagesFile: str | None = param(  # noqa: N815 (as all keys of transformer.yaml)
        "a JSON or YAML file in the repository with the same content; docs/image-entrypoints.md says how to make it"
    )
    fallback: list[str] = param(
        "the command of a step that only uploads what lies on a mounted volume, such as [echo, upload]", factory=list
    )
