"""Kind of fault: line ends taken from the file, not from the neighbour; a file that Kubernetes reads passed over in silence (case 31)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import Case, cron_job

CONFIG = "passes:\n  - executor: {}\n  - resources: {defaults: {requests: {cpu: 100m, memory: 64Mi}}}\n  - cronworkflow: {}\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\ndata:\n  containerRuntimeExecutor: pns\n  b: c\n"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: web:1
      - name: side\t# two
        image:\tside:2
        command: [x]"""


def _ends(text: bytes) -> list[bool]:
    return [line.endswith(b"\r\n") for line in text.splitlines(keepends=True) if line.endswith(b"\n")]


@pytest.mark.parametrize(("first", "second"), [("\r\n", "\n"), ("\n", "\r\n"), ("\r\n", "\r\n"), ("\n", "\n")])
def test_new_lines_end_as_their_neighbours(case: Case, first: str, second: str) -> None:
    text = MAP.replace("\n", first) + "---" + first + WEB.replace("\n", second)
    new = case({"a.yaml": text.encode()}, CONFIG).raw["a.yaml"]
    head, _, tail = new.partition(b"---")
    assert set(_ends(head)) == {first == "\r\n"} and set(_ends(tail)[1:]) == {second == "\r\n"}
    assert b"side\t# two" in new and b"image:\tside:2" in new and new.endswith(b"command: [x]") and tail.count(b"100m") == 2


@pytest.mark.parametrize("head", ["", "\ufeff"])
@pytest.mark.parametrize("text", [MAP, WEB, cron_job(), "a: 1\n---\n" + cron_job()])
def test_a_file_with_lone_carriage_returns_is_told(case: Case, text: str, head: str) -> None:
    done = case({"a.yaml": (head + text.replace("\n", "\r")).encode()}, CONFIG)
    (told,) = [f for f in done.report["findings"] if f["file"] == "a.yaml"]
    assert told["code"] == "YAML003" and "carriage return" in told["message"]
    assert not done.texts


def test_a_part_of_a_file(case: Case) -> None:
    """The first document ends its lines as usual; the second is not overlooked."""
    done = case({"a.yaml": (MAP + "---\n" + WEB.replace("\n", "\r")).encode()}, CONFIG)
    assert [f["code"] for f in done.report["findings"] if f["file"] == "a.yaml"] == ["YAML003"]
