"""Edits inside the items of a list: made item by item, with the same result as in a document of its own."""

from __future__ import annotations

import textwrap

import pytest

from transformer.model import Op
from transformer.yamltext import Edit, Refused, apply_plain, edit_text, load, parse_text
from transformer.yamltext.regions import by_item

ITEM = """\
# about {n}
kind: CronJob
metadata:
  name: job-{n}  # its name
spec:
  # when
  schedule: "*/5 * * * *"
  template:
    # the image
    image: a:{n}
"""


def edits(at: tuple[str | int, ...]) -> list[Edit]:
    return [
        Edit(Op.SET, (*at, "kind"), "CronWorkflow"),
        Edit(Op.MOVE, (*at, "spec", "template", "image"), to=(*at, "spec", "workflow", "image")),
        Edit(Op.REMOVE, (*at, "spec", "template")),
        Edit(Op.INSERT, (*at, "spec", "policy"), "Forbid", after="schedule"),
    ]


def listed(*items: str) -> str:
    return "kind: List\nitems:\n" + "".join("- " + textwrap.indent(i, "  ").removeprefix("  ") for i in items)


def test_an_item_is_edited_as_a_document_is() -> None:
    items = [ITEM.format(n=n).removeprefix(f"# about {n}\n") for n in range(4)]
    text = listed(*items)
    found = edit_text(text, {0: [e for n in (0, 1, 3) for e in edits(("items", n))]})
    alone = [edit_text(item, {0: edits(())}) for item in items]
    assert found.text == listed(alone[0].text, alone[1].text, items[2], alone[3].text)
    assert not found.dropped
    assert load(found.text)[0] == apply_plain(load(text)[0], [e for n in (0, 1, 3) for e in edits(("items", n))])


def test_comments_stay_with_their_item() -> None:
    text = listed(*(ITEM.format(n=n).removeprefix(f"# about {n}\n") for n in range(2)))
    gone = [Edit(Op.REMOVE, ("items", n, "spec", "template")) for n in range(2)]
    found = edit_text(text, {0: gone})
    assert [(d.line, d.text, d.node) for d in found.dropped] == [
        (10, "# the image", "/items/0/spec/template"),
        (19, "# the image", "/items/1/spec/template"),
    ]
    assert found.text.count("# when") == found.text.count("# its name") == 2


def test_an_item_that_loses_everything_is_an_empty_mapping() -> None:
    text = "items:\n- a: 1\n- b: 2\n"
    found = edit_text(text, {0: [Edit(Op.REMOVE, ("items", 0, "a")), Edit(Op.SET, ("items", 1, "b"), 3)]})
    assert load(found.text) == [{"items": [{}, {"b": 3}]}]


@pytest.mark.parametrize(
    ("text", "wanted", "apart"),
    [
        ("items:\n- a: 1\n- a: 2\n", [Edit(Op.SET, ("items", n, "a"), 5) for n in (0, 1)], 2),
        ('items:\n- a: "*"\n- a: 2\n', [Edit(Op.SET, ("items", n, "a"), 5) for n in (0, 1)], 2),
        ("items:\n- a: &x 1\n- a: *x\n", [Edit(Op.SET, ("items", n, "a"), 5) for n in (0, 1)], 0),
        ("items: [{a: 1}, {a: 2}]\n", [Edit(Op.SET, ("items", n, "a"), 5) for n in (0, 1)], 0),
        ("items:\n- a: 1\n- a: 2\n", [Edit(Op.SET, ("items", 0, "a"), 5)], 0),
        ("items:\n- a: 1\n- a: 2\n- a: 3\n", [Edit(Op.SET, ("items", 0, "a"), 5), Edit(Op.REMOVE, ("items", 1))], 0),
        ("items:\n- a: 1\n- a: 2\n", [Edit(Op.SET, ("items", 0, "a"), 5), Edit(Op.MOVE, ("items", 1, "a"), to=("items", 0, "b"))], 0),
    ],
)
def test_what_is_edited_apart(text: str, wanted: list[Edit], apart: int) -> None:
    assert len(by_item(parse_text(text).documents[0], wanted)) == apart
    try:
        new = edit_text(text, {0: wanted}).text
    except Refused:
        return
    assert load(new) == [apply_plain(load(text)[0], wanted)]
