"""The cases of yaml-test-suite as shapes to survive: no edit gives the same bytes, an edit means what it says or is refused.

The cases are not in this repository: `YAML_TEST_SUITE` names a folder with the data of the npm package of that name
(`.ci/run` fetches it where npm is there). Without it they are not checked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transformer.model import KEEP, Op
from transformer.model import Path as Steps
from transformer.yamltext import Edit, ParseError, Refused, apply_plain, edit_text, load, parse_text, same

FOLDER = os.environ.get("YAML_TEST_SUITE", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="not checked: YAML_TEST_SUITE names no folder")


def _cases() -> Iterator[Any]:
    for file in sorted(Path(FOLDER).glob("????.js")) if FOLDER else ():
        _, _, text = file.read_text(encoding="utf-8").partition("export default ")
        for n, case in enumerate(json.loads(text)["cases"]):
            yield pytest.param(case["yaml"], id=f"{file.stem}-{n}")


def _places(data: Any, at: Steps = ()) -> Iterator[Steps]:
    """Every place in the data, the root left out."""
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, child in children:
        if isinstance(step, str) or (isinstance(data, list) and isinstance(step, int)):
            yield (*at, step)
            yield from _places(child, (*at, step))


def _edits(data: Any) -> Iterator[Edit]:
    for path in _places(data):
        yield Edit(Op.SET, path, "changed")
        yield Edit(Op.REMOVE, path)
        yield Edit(Op.INSERT, (*path[:-1], "new-key" if isinstance(path[-1], str) else 0), {"a": [1, "two"]})
        yield Edit(Op.MOVE, path, KEEP, to=("moved", "here"))
        if isinstance(path[-1], str):
            yield Edit(Op.RENAME, path, to=(*path[:-1], "renamed"))


@pytest.mark.parametrize("text", _cases())
def test_a_shape(text: str) -> None:
    try:
        old = load(text)
        documents = parse_text(text).documents
    except ParseError:
        return
    assert edit_text(text, {}).text == text
    assert len(documents) == len(old)
    for n, data in enumerate(old):
        for edit in _edits(data):
            try:
                expected = apply_plain(data, [edit])
                done = edit_text(text, {n: [edit]})
            except Refused:
                continue
            new = load(done.text)
            assert [same(a, b) for a, b in zip([*old[:n], expected, *old[n + 1 :]], new, strict=True)] == [True] * len(old), (
                edit,
                done.text,
            )
