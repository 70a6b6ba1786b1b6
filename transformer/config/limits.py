"""Limits of a run (architecture §8, §9). Each is a setting under `limits:`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_UNITS: Final = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_BIGGEST: Final = 10**12


class Size(int):
    """A size such as 10MB, 512Ki or a number of bytes"""

    @classmethod
    def parse(cls, text: str) -> Size:
        m = re.fullmatch(r"([0-9]{1,13}) ?([kKMG]|[KMG]i)?B?", text.strip())
        size = int(m[1]) * _UNITS.get(m[2] or "", 0) if m else 0
        if not 0 < size <= _BIGGEST:
            raise ValueError(f'expected a size such as 10MB, 512Ki or a number of bytes, and at most 1000G, found "{text}".')
        return cls(size)


class Count(int):
    """A whole number, 1 or more"""

    @classmethod
    def parse(cls, text: str) -> Count:
        if not re.fullmatch(r"[1-9][0-9]{0,8}", text.strip()):
            raise ValueError(f'expected a whole number from 1 to 999999999, found "{text}".')
        return cls(text)


@dataclass(frozen=True, slots=True)
class Share:
    """A number of resources, or a share such as 30%"""

    number: float
    percent: bool = False

    @classmethod
    def parse(cls, text: str) -> Share:
        m = re.fullmatch(r"([0-9]{1,9})|([0-9]{1,3}(?:\.[0-9]{1,9})?)%", text.strip())
        if not m or (m[2] and float(m[2]) > 100):
            raise ValueError(f'expected a number of resources, or a share such as 30%, found "{text}".')
        return cls(float(m[2]), percent=True) if m[2] else cls(int(m[1]))

    def allows(self, count: int, total: int) -> bool:
        """Whether `count` resources out of `total` are within the limit."""
        return count <= (self.number * total / 100 if self.percent else self.number)

    def __str__(self) -> str:
        return f"{self.number:g}{'%' if self.percent else ''}"


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes (of a scalar: in characters), time in seconds."""

    changed_resources: Share = field(default=Share(100, percent=True), metadata={"key": "changedResources"})
    deleted_resources: Share = field(default=Share(0), metadata={"key": "deletedResources"})
    file_size: Size = field(default=Size(10_000_000), metadata={"key": "fileSize"})
    documents: Count = field(default=Count(5_000), metadata={"key": "documentsPerFile"})
    block_depth: Count = field(default=Count(100), metadata={"key": "blockDepth"})
    flow_depth: Count = field(default=Count(50), metadata={"key": "flowDepth"})
    aliases: Count = field(default=Count(1_000), metadata={"key": "aliasesPerDocument"})
    nodes: Count = field(default=Count(1_000_000), metadata={"key": "nodesPerDocument"})
    scalar_size: Size = field(default=Size(1_000_000), metadata={"key": "scalarSize"})
    files: Count = field(default=Count(200_000), metadata={"key": "files"})
    total_size: Size = field(default=Size(256_000_000), metadata={"key": "totalSize"})
    program_seconds: Count = field(default=Count(60), metadata={"key": "programSeconds"})
