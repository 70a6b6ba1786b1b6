"""What a run may cost and change (architecture §8, §9); each is a setting under `limits:`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

_UNITS: Final = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


class Size(int):
    """A size such as 10MB, 512Ki or a number of bytes"""

    @classmethod
    def parse(cls, text: str) -> Size:
        m = re.fullmatch(r"(\d{1,12}) ?([kKMG]i?)?B?", text.strip())
        if not m or int(m[1]) == 0:
            raise ValueError(f'"{text}" is no size: write it as 10MB, 512Ki or a number of bytes.')
        return cls(int(m[1]) * _UNITS[m[2] or ""])


class Count(int):
    """A whole number, 1 or more"""

    @classmethod
    def parse(cls, text: str) -> Count:
        if not re.fullmatch(r"[1-9]\d{0,11}", text.strip()):
            raise ValueError(f'"{text}" is no limit here: write a whole number, 1 or more.')
        return cls(text)


@dataclass(frozen=True, slots=True)
class Share:
    """A number of resources, or a share such as 30%"""

    number: float
    percent: bool = False

    @classmethod
    def parse(cls, text: str) -> Share:
        m = re.fullmatch(r"(\d{1,9})|(\d{1,3}(?:\.\d+)?)%", text.strip())
        if not m or (m[2] and float(m[2]) > 100):
            raise ValueError(f'"{text}" is no limit: write a number of resources, or a share such as 30%.')
        return cls(float(m[2]), percent=True) if m[2] else cls(int(m[1]))

    def allows(self, count: int, total: int) -> bool:
        """Whether `count` resources out of `total` are within the limit."""
        return count <= (self.number * total / 100 if self.percent else self.number)

    def __str__(self) -> str:
        return f"{self.number:g}{'%' if self.percent else ''}"


def _limit(key: str, default: Any) -> Any:
    return field(default=default, metadata={"key": key})


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes (of a scalar: in characters), time in seconds."""

    changed_resources: Share = _limit("changedResources", Share(100, percent=True))
    deleted_resources: Share = _limit("deletedResources", Share(0))
    file_size: Size = _limit("fileSize", Size(10_000_000))
    documents: Count = _limit("documentsPerFile", Count(5_000))
    block_depth: Count = _limit("blockDepth", Count(100))
    flow_depth: Count = _limit("flowDepth", Count(50))
    aliases: Count = _limit("aliasesPerDocument", Count(1_000))
    nodes: Count = _limit("nodesPerDocument", Count(1_000_000))
    scalar_size: Size = _limit("scalarSize", Size(1_000_000))
    files: Count = _limit("files", Count(200_000))
    program_seconds: Count = _limit("programSeconds", Count(60))
