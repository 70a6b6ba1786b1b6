"""What a person must know about the commands of one resource: one finding of each kind, however many containers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transformer.passes.command.images import Known, is_expression
from transformer.passes.command.needs import REGISTRY, Need
from transformer.passkit import Finding, Path, Resource, Severity, Target

CODES = {
    "CMD001": "Containers name no command, and Argo up to 3.3 does not start such a Pod under emissary. Add the command that the "
    "image's ENTRYPOINT and CMD name, or tell the pass with images or imagesFile (docs/image-entrypoints.md).",
    "CMD002": "Containers name no command, so the controller asks the registry for the image's ENTRYPOINT before each Pod. That "
    "fails for images that only the kubelet may pull. Add the command, or tell the pass with images or imagesFile.",
    "CMD003": "The image of containers without a command is an expression, so what it runs cannot be known before it runs. Add "
    "the command that every image that may stand there understands.",
    "CMD004": "A command was written down for an image whose tag moves. It is the ENTRYPOINT of the image as you told it; a later "
    "image under the same tag may want another. Pin the tag or a digest.",
    "CMD005": "A Workflow that stands as text in a resource template has containers without a command. Text inside of text is not "
    "edited: add the command there by hand.",
    "CMD006": "The image is known, but by itself it runs nothing that could be written down: no ENTRYPOINT and no CMD, or a script "
    "without an interpreter. Add the command by hand.",
    "CMD007": "The file named by imagesFile is missing or not a mapping from image to {entrypoint, cmd}; nothing was changed. "
    "Make it as docs/image-entrypoints.md says, or take the parameter out.",
    "CMD008": "Steps without a command were given the fallback, because all they do seems to be an upload. If the image's own "
    "program makes the files, name the image under images, or write its command into the template.",
}
_MANY = 8


@dataclass(slots=True)
class Report:
    """Containers by what is to be said about them."""

    resource: Resource
    target: Target
    missing: list[Need] = field(default_factory=list)
    expressions: list[Need] = field(default_factory=list)
    empty: list[Need] = field(default_factory=list)
    pinned: list[Need] = field(default_factory=list)
    uploads: list[Need] = field(default_factory=list)
    hidden: list[tuple[Path, Need]] = field(default_factory=list)

    def open(self, need: Need, known: Known | None) -> None:
        """A container whose command nobody knows."""
        if known is not None:
            self.empty.append(need)
        elif is_expression(need.image):
            self.expressions.append(need)
        else:
            self.missing.append(need)

    def findings(self) -> Iterator[Finding]:
        asked = self.target.argo is not None and self.target.argo.at_least(REGISTRY)
        severity = Severity.INFO if asked else Severity.WARNING
        outcome = (
            f"Argo {self.target.argo} asks the registry for it, which fails where only the kubelet may pull the image"
            if asked
            else f"Argo {self.target.argo} does not start the Pod"
        )
        line = 'command: ["…"]'
        yield from self._one(
            "CMD002" if asked else "CMD001", self.missing, f"no command; {outcome}",
            f"{line}  # what the image runs; or tell the pass: images: {{{_known(self.missing)}}}",
            "argo.md 2.4" if asked else "argo.md 2.1", severity,
        )  # fmt: skip
        yield from self._one(
            "CMD003", self.expressions, f"no command, and the image is an expression; {outcome}",
            f"{line}  # one that every image that may stand there understands", "argo.md 2.5", severity,
        )  # fmt: skip
        yield from self._one(
            "CMD006", self.empty, "no command, and the image by itself runs nothing that could be written down",
            line, "argo.md 2.5", Severity.WARNING,
        )  # fmt: skip
        yield from self._one(
            "CMD004", self.pinned, "the command is that of the image as it is today, and the tag moves",
            "pin the image by a version or a digest", "argo.md 2.5", Severity.INFO,
        )  # fmt: skip
        yield from self._one(
            "CMD008", self.uploads, "given the fallback, because it seems to do nothing but upload",
            "if the image's own program makes the files, write its command instead", "argo.md 2.1", Severity.INFO,
        )  # fmt: skip
        yield from self._one(
            "CMD005", [need for _, need in self.hidden], f"no command, in a Workflow that stands as text in a manifest; {outcome}",
            f"{line}, inside the text", "argo.md 2.2", severity, self.hidden[0][0] if self.hidden else (),
        )  # fmt: skip

    def _one(
        self, code: str, which: Sequence[Need], message: str, remedy: str, source: str, severity: Severity, path: Path = ()
    ) -> Iterator[Finding]:
        if which:
            path = path or which[0].container.path
            yield self.resource.finding(
                code, f"{message}.", subject=_named(which), remedy=remedy, source=source, path=path, severity=severity
            )


def _named(which: Iterable[Need]) -> str:
    labels = list(dict.fromkeys(need.label for need in which))
    rest = f" and {len(labels) - _MANY} more" if len(labels) > _MANY else ""
    return ", ".join(labels[:_MANY]) + rest


def _known(which: Sequence[Need]) -> str:
    """The parameter that would settle it, for the first image."""
    image = which[0].image if which else ""
    return f'"{image}": {{entrypoint: […], cmd: […]}}'
