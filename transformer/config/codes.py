"""What finding codes mean: those of a run, and those of every pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from transformer.config import discovery

RUN: Final[Mapping[str, str]] = {
    "CFG002": "An entry of the configuration matches nothing. Correct it, or remove it.",
    "YAML001": "The file does not parse as YAML, so nothing in it is changed. Repair it at the place named, or exclude the file.",
    "YAML002": "This text cannot be edited without risk: an alias, a key that stands twice, or a form that is not understood. "
    "Rewrite that place in ordinary form, or make the change by hand.",
    "YAML003": "The file cannot be read as text: it is binary, not UTF-8, over a limit, or ends its lines with a carriage return alone. "
    "Convert it, raise the limit, or exclude it.",
    "FUN001": "Kustomize adds prefixes and hashes to names after its functions, and follows them only where it knows the field. A "
    "CronWorkflow that refers to such a name would miss its ConfigMap or Secret. Tell Kustomize of these fields with `configurations`.",
    "SRC001": "A selected file was not read, so nothing in it is changed: it is a link, a submodule, too large, or unreadable. "
    "If it should be changed, make it an ordinary file below the limit.",
    "CFG001": "The configuration names a version of the target that is newer than what is known here, so rules that it changed are not "
    "known either. Look whether the version exists, and read its release notes.",
    "OBJ001": "The object lacks what its kind requires, and no kustomization of this repository uses it as a patch. Add what is missing. "
    "If another program adds it, or merges the object into another one, convert what that program renders, or exclude the file.",
    "VAL001": "The changed object would have a fault for the target that it did not have before, so the change was dropped. "
    "Correct the field in the source, or make this change by hand.",
    "POD001": "Argo would start a different Pod than the CronJob's, because of its controller's configuration or an organisation's "
    "template. The change was dropped. Write those settings into the CronJob, or remove them there; the message names them.",
    "GRP001": "This resource was left as it is, because something that must change with it could not be changed. A resource and what "
    "belongs to it change together or not at all. Solve what the message names, or exclude the resource.",
    "BUG001": "A pass failed on this resource. The resource is unchanged; everything else is done. Please report it with the message.",
    "BUG002": "A promise did not hold for this change, so the change was dropped. The text is unchanged. Please report it.",
}
_CODE: Final = re.compile(r"([A-Za-z]+)([0-9]+)")


@cache
def codes() -> Mapping[str, str]:
    """Every code of this version and of the installed passes, and what it means."""
    found = dict(RUN)
    for name in discovery.names():
        found.update(discovery.load(name).codes)
    return found


def near(word: str, known: Iterable[str]) -> str:
    """What was meant by a code that does not exist; nothing where the word is no code."""
    asked = _CODE.fullmatch(word)
    same = sorted(c for c in known if asked and (m := _CODE.fullmatch(c)) and m[1] == asked[1].upper())
    if asked is None or not same:
        return ""
    if len(same) == 1:
        return f'Did you mean "{same[0]}"?'
    spelled = f"{asked[1].upper()}{int(asked[2]):03}"
    return f'Did you mean "{spelled}"?' if spelled in same else f"The codes of this kind are {same[0]} to {same[-1]}."
