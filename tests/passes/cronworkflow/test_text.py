"""The converted CronJob's text: comments, order, quotes, layout."""

from __future__ import annotations

import json

import pytest

from tests.passes.cronjobs import WHOLE, convert
from transformer.yamltext import load

HANDMADE = """\
kind: CronJob
apiVersion: batch/v1
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - image: i   # c1
            command:
            # c2
            - a
            name: w  # dropped

          # c4
          serviceAccountName: x
          restartPolicy: Never
          # c5
          imagePullSecrets:
          - name: pull
        # c6
        metadata:
          # c7
          labels:
            a: 'b'
      # c8
      backoffLimit: 2
      # c9
      activeDeadlineSeconds: 9
    # c10
    metadata:
      annotations: {a: b}
  # c11
  schedule: '0 2 * * *'  # c12
  # c13
  suspend: false
  timeZone: Asia/Tokyo # c14
metadata:
  name: a
"""


def test_comments_keep_their_order_and_their_lines() -> None:
    """However the source is ordered, a comment stands above what it stood above; one that goes is listed."""
    done = convert(HANDMADE)
    assert done.outcome == "Changed", done.reason
    assert done.dropped == ["# dropped"]
    kept = [line.split("# ")[1] for line in done.text.splitlines() if "# " in line]
    above = {
        a.strip(): b.strip() for a, b in zip(done.text.splitlines(), done.text.splitlines()[1:], strict=False) if a.strip().startswith("#")
    }
    assert sorted(kept) == sorted(f"c{n}" for n in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14))
    assert above["# c2"] == "- a"
    assert above["# c4"] == "serviceAccountName: x"
    assert above["# c7"] == "labels:"
    assert above["# c9"] == "activeDeadlineSeconds: 9"
    assert "a: 'b'" in done.text
    assert "- '0 2 * * *'  # c12" in done.text


def test_short_fields_stand_before_the_templates() -> None:
    """Where no comment would change places, whatever the source's order."""
    text = convert(WHOLE + "          serviceAccountName: sa\n").text
    assert text.index("serviceAccountName") < text.index("templates:")


def test_alias_and_anchor_keep_their_order() -> None:
    """An alias never comes before its anchor."""
    done = convert(WHOLE + "          volumes: [{name: &n data, emptyDir: {}}]\n          serviceAccountName: *n\n")
    assert done.outcome == "Changed"
    assert done.workflow["serviceAccountName"] == "data"


@pytest.mark.parametrize("shape", ["crlf", "no final newline", "list", "two documents", "json"])
def test_layouts(shape: str) -> None:
    """The same meaning in every layout, and the layout stays."""
    plain = convert(WHOLE)
    if shape == "crlf":
        done = convert(WHOLE.replace("\n", "\r\n"))
        assert done.text == plain.text.replace("\n", "\r\n")
    elif shape == "no final newline":
        assert convert(WHOLE[:-1]).text == plain.text[:-1]
    elif shape == "list":
        lines = WHOLE.splitlines(keepends=True)
        done = convert("apiVersion: v1\nkind: List\nitems:\n- " + "  ".join(lines))
        assert done.data["items"] == [plain.data]
    elif shape == "two documents":
        done = convert("# first\na: 1\n---\n" + WHOLE)
        assert done.text == "# first\na: 1\n---\n" + plain.text
    else:
        done = convert(
            '{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report"}, '
            '"spec": {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", '
            '"containers": [{"name": "work", "image": "registry.example/report:1", "command": ["report"]}]}}}}}}\n'
        )
        assert done.data == plain.data
        assert done.text.count("\n") == 1


def test_a_value_in_a_patch_keeps_its_comment() -> None:
    """The first field of a podSpecPatch lends its place; comments of the others are listed."""
    done = convert(WHOLE + "          hostname: h  # who\n          subdomain: s  # where\n")
    assert "# who" in done.text
    assert done.dropped == ["# where"]


@pytest.mark.parametrize("args", ["[*a]", "\n                - *a"])
def test_an_anchor_that_would_go_while_an_alias_stays(args: str) -> None:
    """The name of the container goes: what refers to it cannot stay. Refused, no bug."""
    text = WHOLE.replace("name: work", "name: &a work") + f"              args: {args}\n"
    found = convert(text)
    assert found.outcome == "Blocked"
    assert found.text == text
    assert "the anchor &a is used at line" in found.reason
    assert [f.line for f in found.findings if f.code == "YAML002"] == [text.split("\n").index("            - name: &a work") + 1]


@pytest.mark.parametrize("indent", [0, 1, 2])
def test_a_flow_mapping_of_which_every_key_changes(indent: int) -> None:
    """JSON: commas stay right, whatever stands first, and two new keys may come out of one old one."""
    data = load(WHOLE)[0]
    data["spec"]["jobTemplate"]["metadata"] = {"labels": {"team": "a"}}
    for last in (None, "schedule", "timeZone"):
        spec = data["spec"] | ({"timeZone": "Etc/UTC"} if last else {})
        if last:
            spec[last] = spec.pop(last)
        result = convert(json.dumps(data | {"spec": spec}, indent=indent))
        assert list(result.data["spec"]["workflowMetadata"]["labels"]) == ["team"]
        assert result.data["spec"]["schedules"] == ["0 2 * * *"]


def test_a_kind_with_an_anchor() -> None:
    """It is a CronJob all the same."""
    assert convert(WHOLE.replace("kind: CronJob", "kind: &k CronJob")).outcome in ("Changed", "Blocked")
