"""The variables of a container whose values the manifest gives, and the kubelet's `$(NAME)` (argo.md 7.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# As the kubelet reads it: `$$` is one dollar sign, and what is no variable stays as it stands.
_REFERENCE: Final = re.compile(r"\$(?:\$|\(([^)]{0,500})\))")
_NAME: Final = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


class UnknownValueError(ValueError):
    """A variable whose value is only known when the Pod runs. The message is its name."""


@dataclass(slots=True)
class Environment:
    known: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    open: bool = False  # whether envFrom may add to it
    placed: set[str] = field(default_factory=set)  # those that hold the namespace of the Pod, whatever that is

    def value(self, name: str) -> str:
        """Raises UnknownValueError."""
        if name in self.known:
            return self.known[name]
        raise UnknownValueError(name)

    def expand(self, text: str) -> str:
        """What the kubelet makes of a text. Raises UnknownValueError."""
        return _REFERENCE.sub(lambda m: "$" if m[1] is None else self._referred(m[1], m[0]), text)

    def _referred(self, name: str, source: str) -> str:
        if name in self.known:
            return self.known[name]
        if name in self.unknown or (self.open and _NAME.fullmatch(name)):
            raise UnknownValueError(name)
        return source


def environment(container: Mapping[str, Any], namespace: str = "") -> Environment:
    """`env` in its order, each value with those before it; `namespace`: of the Pod, where it is written."""
    found = Environment(open=bool(container.get("envFrom")))
    entries = container.get("env")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        name = str(entry.get("name"))
        found.known.pop(name, None)
        found.unknown.discard(name)
        try:
            if _is_namespace(entry):
                found.placed.add(name)
                entry = {"value": namespace} if namespace else entry
            if "valueFrom" in entry:
                raise UnknownValueError(name)
            found.known[name] = found.expand(str(entry.get("value") or ""))
        except UnknownValueError:
            found.unknown.add(name)
    return found


def _is_namespace(entry: Mapping[str, Any]) -> bool:
    source = entry.get("valueFrom")
    field_ref = source.get("fieldRef") if isinstance(source, dict) else None
    return isinstance(field_ref, dict) and field_ref.get("fieldPath") == "metadata.namespace"
