"""Files that are in memory alone: those of a test, or what another program hands over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from transformer.repository.snapshot import FileEntry, Snapshot


class MemorySnapshot(Snapshot):
    """By path."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self._raw = dict(files)
        self.files = {path: FileEntry("100644", len(raw)) for path, raw in self._raw.items()}

    def _read(self, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        return ((path, self._raw[path]) for path in paths)
