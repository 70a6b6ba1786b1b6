"""Places in the text that the reviewer has, for findings on a text that passes have changed."""

from __future__ import annotations

from transformer.repository.base_lines import SAME, carried
from transformer.repository.manifest import Manifest

OLD = """\
kind: CronJob
spec:
  jobTemplate:
    spec:
      containers:
      - name: report
        image: report
      restartPolicy: Never
"""
NEW = """\
kind: CronWorkflow
spec:
  workflowSpec:
    templates:
    - name: main
      container:
        image: report
"""


def changed(*texts: str) -> Manifest:
    made = Manifest("a.yaml", texts[0].encode())
    for text in texts[1:]:
        after = made.with_text(text)
        after.base_lines = carried(made.text, after.text, made.base_lines)
        made = after
    return made


def test_what_was_moved_is_found_where_it_stood() -> None:
    """With its column, though it is indented otherwise now."""
    (resource,) = changed(OLD, NEW).resources()
    assert resource.place(("spec", "workflowSpec", "templates", 0, "container", "image")) == (7, 9)


def test_what_a_pass_has_made_is_found_at_the_first_thing_in_it_that_was_there() -> None:
    """`container` is new, and the image in it is not."""
    (resource,) = changed(OLD, NEW).resources()
    assert resource.place(("spec", "workflowSpec", "templates", 0, "container")) == (7, 9)
    assert resource.place(("spec", "workflowSpec", "templates", 0, "container", "command")) == (7, 9)


def test_over_several_passes() -> None:
    (resource,) = changed(OLD, OLD.replace("kind: CronJob\n", "kind: CronJob\n# a note\n"), NEW).resources()
    assert resource.place(("spec", "workflowSpec", "templates", 0, "container", "image")) == (7, 9)
    assert resource.place(("spec",)) == (2, 1)


def test_an_unchanged_text_is_its_own_base() -> None:
    (resource,) = changed(OLD).resources()
    assert resource.place(("spec", "jobTemplate", "spec", "containers", 0, "image")) == (7, 9)
    assert resource.place(("spec", "jobTemplate", "spec", "containers", 0)) == (6, 9)
    assert carried(OLD, OLD, SAME).lines == tuple(range(1, OLD.count("\n") + 2))


def test_the_only_line_of_a_json_file_has_columns() -> None:
    (resource,) = changed('{"kind": "CronJob", "spec": {"schedule": "x"}}').resources()
    assert resource.place(("spec", "schedule")) == (1, 30)


def test_a_place_in_a_block_of_lines_has_line_and_column() -> None:
    text = 'kind: ConfigMap\ndata:\n  config: |\n    a: 1\n    executor:\n      image: x\n  other: "a: 1"\n'
    (resource,) = changed(text).resources()
    assert resource.place_inside(("data", "config"), ("executor", "image")) == (6, 7)
    assert resource.place_at(("data", "config"), len("a: 1\nexec")) == (5, 9)
    assert resource.place_inside(("data", "other"), ("a",)) == (7, 3)


def test_a_windows_file_and_a_byte_order_mark_have_the_columns_that_an_editor_shows() -> None:
    made = Manifest("a.yaml", ("\ufeff" + OLD.replace("\n", "\r\n")).encode())
    (resource,) = made.resources()
    assert resource.place(("spec", "jobTemplate", "spec", "containers", 0, "image")) == (7, 9)
