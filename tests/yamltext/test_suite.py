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

from tests.yamltext.drawn import places
from transformer.model import KEEP, Op
from transformer.yamltext import Edit, ParseError, Refused, apply_plain, edit_text, load, parse_text, same

FOLDER = os.environ.get("YAML_TEST_SUITE", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="not checked: YAML_TEST_SUITE names no folder")


def _cases() -> Iterator[Any]:
    for file in sorted(Path(FOLDER).glob("????.js")) if FOLDER else []:
        _, _, text = file.read_text(encoding="utf-8").partition("export default ")
        for n, case in enumerate(json.loads(text)["cases"]):
            yield pytest.param(case["yaml"], id=f"{file.stem}-{n}")


def _edits(data: Any) -> Iterator[Edit]:
    for path in places(data):
        where, step = path[:-1], path[-1]
        yield Edit(Op.SET, path, "changed")
        yield Edit(Op.SET, path, {"a": [1, "two"]})
        yield Edit(Op.REMOVE, path)
        yield Edit(Op.MOVE, path, KEEP, to=("moved", "here"))
        if isinstance(step, str):
            yield Edit(Op.RENAME, path, to=(*where, "renamed"))
            yield Edit(Op.INSERT, (*where, "new-key"), {"a": [1, "two"]}, after=step)
        else:
            yield Edit(Op.INSERT, path, {"a": [1, "two"]})
            yield Edit(Op.INSERT, (*where, step + 1), "new")


@pytest.mark.parametrize("text", list(_cases()))
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
