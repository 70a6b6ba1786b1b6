"""A command of an image is literal text. In a manifest others interpret it: Flux (`${}`), Argo (`{{}}`), the kubelet (`$()`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from transformer.passes.command.writing import Wording

_KUBELET = re.compile(r"\$(?=[$(])")


def braces(words: Wording) -> str:
    """The first word in which Argo would look for one of its variables; empty where there is none."""
    return next((word for word in (*words.command, *(words.args or ())) if "{{" in word), "")


def escaped(words: Wording, *, flux: bool) -> Wording:
    """The same command, so that each of them hands it on as it is. `flux`: whether Flux fills in `${...}` in this file."""
    args = None if words.args is None else _escaped(words.args, flux=flux)
    new = replace(words, command=_escaped(words.command, flux=flux), args=args)
    if new == words:
        return words
    return replace(new, why=f"{words.why} Its dollars are doubled where {'Flux or ' if flux else ''}Kubernetes would replace a variable.")


def _escaped(words: Iterable[str], *, flux: bool) -> tuple[str, ...]:
    kept = (_KUBELET.sub("$$", word) for word in words)
    return tuple(word.replace("${", "$${") if flux else word for word in kept)
