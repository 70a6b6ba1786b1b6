"""What stops a controller from 3.4 on: keys of its configuration that its version does not know, at any depth (argo.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from transformer.argo.configuration import STRICT, Fault, faults, renamed
from transformer.model import Op
from transformer.passes.executor.decision import Decision, cite
from transformer.passes.executor.items import Item, Note, Step
from transformer.passkit import Path, Severity, table

CODE: Final = "EXE011"
SOURCE: Final = "argo-workflows config.go; argo.md 1.3"
_IMAGES: Final = "images"


def strict_items(config: Mapping[str, Any], decision: Decision) -> Iterator[Item]:
    """Paths from the configuration. The keys that choose an executor are looked at elsewhere."""
    own = {row["key"] for row in table("executor").rows if row.get("what") == "key"}
    rest = {key: value for key, value in config.items() if key not in own}
    moved = list(_index_keys(rest.get(_IMAGES), decision))
    yield from moved
    told = {step.path for step in moved}
    for version in decision.versions:
        for fault in faults(rest, version):
            if fault.path not in told:
                told.add(fault.path)
                yield _note(fault, decision)


def _note(fault: Fault, decision: Decision) -> Note:
    effect = (
        f"The controller of {decision.by} does not start with it."
        if fault.certain
        else "Where this version does not know it either, it does not start."
    )
    return Note(
        CODE,
        fault.path,
        f"{fault.what}. {effect}",
        fault.remedy,
        SOURCE,
        Severity.ERROR if fault.certain else Severity.WARNING,
        subject=dotted(fault.path),
    )


def dotted(path: Path) -> str:
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path).lstrip(".")


def _index_keys(images: Any, decision: Decision) -> Iterator[Step]:
    """The keys of an entry of the index, where all controllers that read it spell them alike: other ones are ignored, or stop them."""
    if len({v.at_least(STRICT) for v in decision.versions}) > 1:
        return
    other = renamed("Image", decision.versions[0])
    for image, entry in images.items() if isinstance(images, Mapping) else ():
        for key in entry if isinstance(entry, Mapping) else ():
            if key in other and other[key] not in entry:
                why = f"In the images index, {decision.by} spells {key} as {other[key]}."
                yield Step(Op.RENAME, (_IMAGES, image, key), why, "argo.md 2.3", other[key])


def flat_and_nested(data: Mapping[str, Any], decision: Decision) -> Iterator[Note]:
    """The controller takes either one key `config` or single keys, in every version (argo.md 1.1)."""
    if "config" in data and len(data) > 1:
        others = ", ".join(sorted(str(key) for key in data if key != "config"))
        yield Note(
            CODE,
            ("data", "config"),
            f"The controller of {decision.by} does not start with other keys beside `config`.",
            f"Move {others} into the text of `config`.",
            cite(table("executor")["key-executor"]),
            Severity.ERROR,
        )
