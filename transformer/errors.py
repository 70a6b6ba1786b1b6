"""What ends a run, each with its exit code. What concerns one file or resource is a Finding, never one of these."""

from __future__ import annotations


class TransformerError(Exception):
    """A message for the user that ends with what to do next. `placed`: it begins with a place in a file (`NAME:3:5: `)."""

    exit_code = 3

    def __init__(self, message: str, *, placed: bool = False) -> None:
        super().__init__(message)
        self.placed = placed


class UsageError(TransformerError):
    """Command line, configuration, or a source that cannot be read. Nothing was written."""

    exit_code = 2


class UnsafeError(TransformerError):
    """Refused: it would overwrite what we did not write, or exceed a limit that the user set."""

    exit_code = 4


class PublishError(UsageError):
    """The work is done and kept; publishing it was refused or did not get through. Running again goes on from there."""

    exit_code = 5
