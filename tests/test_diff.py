"""Hunks, and differences in words."""

from __future__ import annotations

import difflib
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.diff import explain, unified

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=30)


def test_equal_texts_have_no_diff() -> None:
    """Not even a head."""
    assert unified("a.yaml", "x\n", "x\n") == ""


@settings(max_examples=200, deadline=None)
@given(LINES, LINES)
def test_it_is_what_difflib_prints(old: list[str], new: list[str]) -> None:
    """Though equal heads and tails are set aside first, context and line numbers are right: the old text becomes the new."""
    told = unified("f", "".join(old), "".join(new)).splitlines(keepends=True)
    assert _apply(old, told[2:]) == (new if told else old)


def _apply(old: list[str], hunks: list[str]) -> list[str]:
    out, at = [], 0
    for line in hunks:
        if line.startswith("@@"):
            start, _, count = line.split()[1][1:].partition(",")
            first = int(start) - (count != "0")
            out += old[at:first]
            at = first
        elif line[0] in " -":
            assert old[at] == line[1:]
            at += 1
        if line[0] in " +":
            out.append(line[1:])
    return out + old[at:]


def test_git_can_apply_it(tmp_path: Path) -> None:
    """Also without a final newline, and at both ends of a file."""
    lines = [f"line {n}\n" for n in range(40)]
    old, new = "".join(lines), "".join(["first\n", *lines[:20], "middle\n", *lines[22:]]).rstrip("\n")
    (tmp_path / "f.yaml").write_text(old)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=unified("f.yaml", old, new).encode(), check=True)
    assert (tmp_path / "f.yaml").read_text() == new


def test_a_large_file_takes_no_time() -> None:
    """Ten places in 100,000 lines."""
    lines = [f"k{n % 50}: v\n" for n in range(100_000)]
    changed = list(lines)
    for n in range(10_000, 11_000, 100):
        changed[n] = "new: v\n"
    started = time.monotonic()
    assert unified("f", "".join(lines), "".join(changed)).count("@@ -") == 10
    assert time.monotonic() - started < 5


def test_only_line_feeds_end_a_line() -> None:
    """Other signs that Python takes for line ends may stand in a value."""
    told = unified("f", "a: x\u2028y\n", "a: x\u2028z\n")
    assert told == "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a: x\u2028y\n+a: x\u2028z\n"
    assert list(difflib.unified_diff(["a\n"], ["b\n"], n=3))[2:] == unified("f", "a\n", "b\n").splitlines(keepends=True)[2:]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, ['/a/b: "x" became "y"']),
        ({"a": 1}, {"a": "1"}, ['/a: 1 became "1"']),
        ({"a": True}, {"a": 1}, ["/a: True became 1"]),
        ({"a": [1, 2]}, {"a": [1]}, ["/a/1: gone: 2"]),
        ({}, {"a/b": None}, ["/a~1b: new: None"]),
        ([1], {"a": 1}, ["/: [1] became {'a': 1}"]),
    ],
)
def test_differences_in_words(before: Any, after: Any, words: list[str]) -> None:
    """With a pointer to the place."""
    assert explain(before, after) == words


def test_differences_without_values() -> None:
    """For Secrets: the place only."""
    assert explain({"data": {"p": "hunter2"}}, {"data": {"p": "hunter3"}}, values=False) == ["/data/p: differs"]


def test_differences_are_capped() -> None:
    """And counted."""
    told = explain({}, {f"k{n:03}": n for n in range(50)})
    assert len(told) == 21 and told[-1] == "and 30 more"


def test_what_is_too_large_is_not_compared_in_detail() -> None:
    """deepdiff does not return on an expanded alias bomb."""
    bomb: Any = "x"
    for _ in range(9):
        bomb = [bomb] * 9
    started = time.monotonic()
    assert explain({"a": bomb}, {"a": [bomb]}) == ["they differ; too large to say where"]
    assert time.monotonic() - started < 30
