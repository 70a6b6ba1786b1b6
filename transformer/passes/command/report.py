"""Findings about the commands of one resource: one for each container that has none, and one of each other code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from transformer.passes.command.images import Known, is_expression
from transformer.passes.command.needs import REGISTRY, Need
from transformer.passkit import Finding, Path, Resource, Severity, Target

CODES = {
    "CMD001": "Containers have no command, and up to 3.3 Argo does not start such a Pod with emissary. Add the image's ENTRYPOINT and "
    "CMD as the command, or give them to the pass with `images` or `imagesFile` (docs/image-entrypoints.md).",
    "CMD002": "Containers have no command, so the controller asks the registry for the image's ENTRYPOINT before each Pod. That fails "
    "for images that only the kubelet may pull. Add the command, or give it to the pass with `images` or `imagesFile`.",
    "CMD003": "Containers have no command, and their image is an expression, so the command of the image is not known before the run. "
    "Add a command that works with every image that the expression can give.",
    "CMD004": "A command was written for an image whose tag can move. It is the ENTRYPOINT that you gave for this image. A later image "
    "with the same tag may need another command. Pin a version or a digest.",
    "CMD005": "A Workflow inside the text of a resource template has containers without a command. This text is not edited. Add the "
    "command there by hand.",
    "CMD006": "The image is known, but it does not give a command: it has no ENTRYPOINT and no CMD, or the template is a script without "
    "an interpreter. Add the command by hand.",
    "CMD007": "The file of `imagesFile` is missing, or is not a mapping from image to {entrypoint, cmd}. Nothing was changed. Make it as "
    "docs/image-entrypoints.md shows, or remove the parameter.",
    "CMD008": "Steps without a command got the fallback, because they seem only to upload files. If the program of the image makes these "
    "files, add the image to `images`, or write its command into the template.",
    "CMD009": "The ENTRYPOINT or CMD of the image holds double braces. In a manifest Argo would look for its own variables there, so the "
    "command is not written. Put it into a script in the image, or write it by hand without `{{`.",
}
_MANY = 8


@dataclass(slots=True)
class Report:
    """The containers for each finding."""

    resource: Resource
    target: Target
    missing: list[Need] = field(default_factory=list)
    expressions: list[Need] = field(default_factory=list)
    empty: list[Need] = field(default_factory=list)
    pinned: list[Need] = field(default_factory=list)
    uploads: list[Need] = field(default_factory=list)
    hidden: list[tuple[Path, Need]] = field(default_factory=list)

    def open(self, need: Need, known: Known | None) -> None:
        """Note a container whose command is not known."""
        if known is not None:
            self.empty.append(need)
        elif is_expression(need.image):
            self.expressions.append(need)
        else:
            self.missing.append(need)

    def findings(self) -> Iterator[Finding]:
        asked = self.target.argo is not None and self.target.argo.at_least(REGISTRY)
        severity = Severity.WARNING if asked else Severity.ERROR
        outcome = (
            f"Argo {self.target.argo} asks the registry for it, which fails where only the kubelet may pull the image."
            if asked
            else f"Argo {self.target.argo} does not start the Pod."
        )
        line = 'command: ["…"]'
        for need in self.missing:
            yield from self._one(
                "CMD002" if asked else "CMD001", [need], f"The container has no command. {outcome}",
                f"Add `{line}` with the command of the image, or give it to the pass: `images: {{{_known(need)}}}`.",
                "argo.md 2.4" if asked else "argo.md 2.1", severity,
            )  # fmt: skip
        for need in self.expressions:
            yield from self._one(
                "CMD003", [need], f"The container has no command, and its image is an expression. {outcome}",
                f"Add `{line}` with a command that works with every image that the expression can give, or give it to the pass with a "
                f"glob: `images: {{{_known(need)}}}`.", "argo.md 2.5", severity,
            )  # fmt: skip
        for need in self.empty:
            yield from self._one(
                "CMD006", [need], "The container has no command, and its image does not give one.",
                f"Add `{line}` with the command to run.", "argo.md 2.5", Severity.ERROR,
            )  # fmt: skip
        yield from self._one(
            "CMD004", self.pinned, "The command is that of today's image, and the tag can move to an image with another command.",
            "Pin the image by a version or a digest.", "argo.md 2.5", Severity.INFO,
        )  # fmt: skip
        yield from self._one(
            "CMD008", self.uploads, "The command is the fallback of this pipeline, because the step seems only to upload files.",
            "If the program of the image makes these files, write its command instead.", "argo.md 2.1", Severity.INFO,
        )  # fmt: skip
        for told in self._one(
            "CMD005", [need for _, need in self.hidden], f"A container in the Workflow inside this text has no command. {outcome}",
            f"Add `{line}` inside the text.", "argo.md 2.2", severity, self.hidden[0][0] if self.hidden else (),
        ):  # fmt: skip
            row, column = self.resource.place_inside(self.hidden[0][0], self.hidden[0][1].container.path)
            yield replace(told, line=row, column=column)

    def _one(
        self, code: str, which: Sequence[Need], message: str, remedy: str, source: str, severity: Severity, path: Path = ()
    ) -> Iterator[Finding]:
        if which:
            path = path or which[0].container.path
            yield self.resource.finding(code, message, subject=_named(which), remedy=remedy, source=source, path=path, severity=severity)


def _named(which: Iterable[Need]) -> str:
    labels = list(dict.fromkeys(need.label for need in which))
    rest = f" and {len(labels) - _MANY} more" if len(labels) > _MANY else ""
    return ", ".join(labels[:_MANY]) + rest


def _known(need: Need) -> str:
    """An entry of `images` for it; `*` stands for what is an expression."""
    image = re.sub(r"\{\{.{0,300}?\}\}|\$\([^)]{0,300}\)|\$\{[^}]{0,300}\}", "*", need.image)
    return f'"{image}": {{entrypoint: […], cmd: […]}}'
