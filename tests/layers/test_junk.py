"""Junk at any place of what layers say: an odd entry costs the jobs that it may change, and is no bug."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

import pytest

from tests.layers.judge import PASSES, planned
from tests.layers.test_cases import NAMES, files_of
from transformer.yamltext import ParseError, load

JUNK: tuple[Any, ...] = (
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    "/",
    "-",
    "$patch",
    [],
    [None],
    [[]],
    ["x"],
    {},
    {"x": None},
    {"$patch": "replace"},
    {"name": []},
    "0_",
)
A_TREE = 6  # mutants of each tree, each with one odd place


def is_layer(path: str, text: str) -> bool:
    """Whatever is no job of its own: kustomizations, patches, settings."""
    return path.endswith((".yaml", ".yml", ".json", "Kustomization")) and "schedule:" not in text and len(text) < 20_000


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    for step, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places(value, (*at, step))
    return found


def mutant(text: str, rnd: random.Random) -> str:
    """One node is junk; in a text that holds a patch, a node of the patch."""
    documents = deepcopy(load(text))
    all_of_them = places(documents)
    if not all_of_them:
        return text
    *above, last = rnd.choice(all_of_them)
    here: Any = documents
    for step in above:
        here = here[step]
    held = here[last]
    here[last] = mutant(held, rnd) if isinstance(held, str) and "\n" in held and rnd.random() < 0.9 else rnd.choice(JUNK)
    return "\n---\n".join(json.dumps(d) for d in documents)


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_place_is_no_bug(name: str) -> None:
    files, rnd = files_of(name), random.Random(name)  # noqa: S311 - a draw for a test
    layers = [path for path, text in files.items() if is_layer(path, text)]
    tool = planned(PASSES)
    for _ in range(A_TREE if layers else 0):
        path = rnd.choice(layers)
        try:
            odd = mutant(files[path], rnd)
        except ParseError:
            continue
        ran = tool({**files, path: odd})
        assert ran.code != 3, f"{path}:\n{odd}\n{ran.told[-1500:]}"
