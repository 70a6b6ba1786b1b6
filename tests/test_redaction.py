"""Values of Secrets never appear."""

from __future__ import annotations

import pytest

from transformer.diff import unified
from transformer.redaction import HIDDEN, hidden_lines, masked

SHOWN = [
    "kind: Secret\nmetadata: {name: x}\ndata:\n  a: HUSH\n  b: |\n    HUSH\n\n    HUSH\ntype: Opaque\n",
    "kind: Secret\nstringData: {a: HUSH, b: 'HUSH'}\ntype: Opaque\n",
    '{"kind": "Secret", "data": {"a": "HUSH"}}\n',
    "kind: List\nitems:\n- kind: ConfigMap\n  data: {k: fine}\n- kind: Secret\n  data:\n    a: HUSH # HUSH\n",
    "kind: ConfigMap\ndata: {k: fine}\n---\nkind: Secret\ndata:\n  a: &x HUSH\n  b: *x\n",
    "x: &x HUSH\nkind: Secret\ndata:\n  b: *x\n",
    'kind: Secret\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {"data":{"a":"HUSH"}}\n',
    "secretGenerator:\n- name: s\n  literals: [a=HUSH]\n  # HUSH\n- name: t\n  literals:\n  - b=HUSH\n",
    "patches:\n- patch: |-\n    kind: Secret\n    data: {a: HUSH}\n  target: {kind: Secret}\n",
    "kind: Secret\r\ndata:\r\n  a: HUSH\r\n",
    "\ufeffkind: Secret\ndata:\n  a: HUSH\n",
    "kind: Secret\ndata:\n  a: [HUSH\n",  # does not parse: then nothing is shown
    "kind: Secret\ndata: HUSH",
]


@pytest.mark.parametrize("text", SHOWN)
def test_no_value_is_shown(text: str) -> None:
    """In any form; the number of lines and their ends stay, so that positions hold."""
    shown = masked(text)
    assert "HUSH" not in "".join(shown) and HIDDEN in "".join(shown)
    assert len(shown) == len(text.splitlines())
    assert [_end(line) for line in shown] == [_end(line) for line in text.splitlines(keepends=True)]
    assert {n for n, line in enumerate(text.splitlines(), 1) if "HUSH" in line} <= hidden_lines(text)


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap\ndata:\n  a: b\n",
        "kind: Deployment\nspec: {secretName: Secret}\n",
        "kind: ExternalSecret\nspec: {data: [a]}\n",
        "kind: Role\nrules:\n- {resources: [secrets], kind: Secrets}\n",
    ],
)
def test_everything_else_is_shown_as_it_is(text: str) -> None:
    """Names of Secrets are no values."""
    assert "".join(masked(text)) == text
    assert hidden_lines(text) == frozenset()


def test_a_diff_shows_that_a_secret_changed_but_not_to_what() -> None:
    """The line is marked as changed on both sides."""
    old = "kind: Secret\nmetadata: {name: a}\ndata:\n  p: OLD\n  q: SAME\n"
    told = unified("s.yaml", old, old.replace("OLD", "NEW").replace("name: a", "name: b"))
    assert "-  p: <redacted>\n+  p: <redacted>\n   q: <redacted>\n" in told
    assert "-metadata: {name: a}\n+metadata: {name: b}\n" in told
    assert not any(word in told for word in ("OLD", "NEW", "SAME"))


def test_a_marker_inside_a_value_hides_everything() -> None:
    """It ends the document there, and what follows is no YAML: nobody can tell what belongs to the Secret."""
    text = 'kind: Secret\nstringData:\n  a: "first\n---\nsecond"\n'
    assert not {"first", "second"} & set("".join(masked(text)).replace('"', " ").split())


def test_a_document_without_secrets_is_shown_beside_one_with_them() -> None:
    text = "kind: ConfigMap\ndata:\n  a: shown\n---\nkind: Secret\ndata:\n  a: hidden\n---\nkind: ConfigMap\ndata:\n  b: shown\n"
    assert "".join(masked(text)) == text.replace("hidden", "<redacted>")
