"""YAML in many hands' styles: indents, quotes, flow and block, comments, anchors, line ends. Style 0 is plain."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.fuzz.values import chance

_PLAIN: Final = re.compile(r"[A-Za-z/_.$()][A-Za-z0-9/_.$()-]*( [A-Za-z0-9/_.$()-]+)*")
_WORDS: Final = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|~|\.inf|\.nan|[0-9].*|[-+.]?[0-9_.e:x]+")


def written(data: Any, style: int) -> str:
    """The object as one file."""
    if style % 11 == 10:
        return json.dumps(data, indent=style % 3, ensure_ascii=False) + ("\n" if style % 2 else "")
    rng = chance(style)
    hand = _Hand(rng, calm=style == 0)
    lines = hand.block(data, 0)
    if not hand.calm and rng.random() < 0.15:
        lines = ["---", *lines]
    if not hand.calm and rng.random() < 0.1:
        lines = ["# a file of ours", "apiVersion: v1", "kind: ConfigMap", "metadata: {name: before} # CronJob", "---", *lines]
    end = "\r\n" if not hand.calm and rng.random() < 0.06 else "\n"
    return end.join(lines) + (end if hand.calm or hand.literals or rng.random() < 0.95 else "")


@dataclass
class _Hand:
    rng: Random
    calm: bool
    step: int = 2
    dash: int = 0
    notes: int = 0
    literals: int = 0
    anchors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.calm:
            self.step = self.rng.choice((2, 2, 2, 4, 3))
            self.dash = self.rng.choice((0, 0, 2))

    def maybe(self, chance: float) -> bool:
        return not self.calm and self.rng.random() < chance

    def note(self) -> str:
        self.notes += 1
        return f"# note {self.notes} by hand"

    def block(self, node: Any, indent: int) -> list[str]:
        out: list[str] = []
        pairs = node.items() if isinstance(node, dict) else ((None, v) for v in node)
        for key, value in pairs:
            if self.maybe(0.04):
                out.append("")
            if self.maybe(0.06):
                out.append(" " * indent + self.note())
            head = "- " if key is None else f"{self.key(key)}:"
            out += self.entry(" " * indent + head, key is None, value, indent)
        return out

    def entry(self, head: str, item: bool, value: Any, indent: int) -> list[str]:
        space = "" if item else " "
        if isinstance(value, (dict, list)) and value and not self.maybe(0.08):
            return self.nested(head, item, value, indent)
        tail = f" {self.note()}" if self.maybe(0.06) else ""
        if isinstance(value, str) and "\n" in value and (literal := self.literal(value, indent)) and self.maybe(0.8):
            self.literals += 1
            return [f"{head}{space}{literal[0]}{tail}", *literal[1:]]
        return [f"{head}{space}{self.flow(value)}{tail}"]

    def nested(self, head: str, item: bool, value: Any, indent: int) -> list[str]:
        if item and isinstance(value, dict):
            lines = self.block(value, indent + 2)
            while (lines and not lines[0].strip().strip("#").strip()) or lines[0].lstrip().startswith("#"):
                lines = lines[1:]  # a comment cannot stand between the dash and its first key
            return [head + lines[0].lstrip(), *lines[1:]]
        below = indent + (self.dash if isinstance(value, list) else self.step)
        tail = f" {self.note()}" if self.maybe(0.04) else ""
        if item:
            return [head.rstrip() + tail, *self.block(value, indent + 2)]
        return [head + tail, *self.block(value, below)]

    def literal(self, value: str, indent: int) -> list[str] | None:
        lines = value.split("\n")
        if value != value.rstrip() + "\n" or any(line != line.rstrip() or "\t" in line for line in lines) or value[0] in " \n":
            return None
        return ["|", *(" " * (indent + self.step) + line if line else "" for line in lines[:-1])]

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(k)}: {self.flow(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.flow, value)) + "]"
        if isinstance(value, str):
            return self.scalar(value)
        return json.dumps(value)

    def key(self, key: str) -> str:
        return json.dumps(key) if self.maybe(0.02) else key

    def scalar(self, value: str) -> str:
        if name := self.anchors.get(value):
            if self.maybe(0.5):
                return f"*{name}"
        elif len(value) > 3 and self.maybe(0.02):
            self.anchors[value] = f"a{len(self.anchors)}"
            return f"&{self.anchors[value]} {self.quoted(value)}"
        return self.quoted(value)

    def quoted(self, value: str) -> str:
        if _PLAIN.fullmatch(value) and not _WORDS.fullmatch(value) and not self.maybe(0.2):
            return value
        if self.maybe(0.5) and "\n" not in value and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=bool(set(value) - set(map(chr, range(32, 0x2000)))) or None is value)
