"""Kind of fault: a value that depends on where the file ends, moved away from there; a comment of a field that does (case 54)."""

from __future__ import annotations

import pytest

from tests.cases.conftest import Case
from transformer.yamltext import load

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      backoffLimit: 1  # a second try is fine
      # how long
      activeDeadlineSeconds: 5400  # minutes are enough
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: a
              command:
                - sh
                - -c
                - """
ENDS = [
    "|\n                  echo done",
    ">\n                  echo\n                  done",
    "|+\n                  echo done",
    "|-\n                  echo done",
    "|2\n                    echo done",
    "|+1\n                  echo done",
    "|  # the script\n                  echo done",
    "&script |\n                  echo done",
    "!!str |\n                  echo done",
    "|\n                  echo one\n\n                  echo done",
    "|\n                  echo done\n\n",
    "|\n                  echo done\n\n\n\n",
    "|+\n                  echo done\n\n\n",
    "|\n                  echo done\n# the end\n",
    "|\n                  echo done\n\n# the end",
    '"echo done"',
    "echo done  # the script",
    '"echo \\\n                  done"',
]


def _script(text: str) -> str:
    (job,) = load(text)
    pod = job["spec"].get("jobTemplate") or job["spec"]["workflowSpec"]
    found = pod["spec"]["template"]["spec"]["containers"][0] if "spec" in pod else pod["templates"][0]["container"]
    return str(found["command"][2])


@pytest.mark.parametrize("crlf", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_the_value_and_the_comments_stay(case: Case, end: str, crlf: bool) -> None:
    text = (JOB + end).replace("\n", "\r\n" if crlf else "\n")
    done = case({"cronjob.yaml": text.encode()})
    new = done.texts["cronjob.yaml"]
    assert _script(new) == _script(text)
    lines = [line.strip() for line in new.splitlines()]
    assert [line for line in lines if "a second try" in line] == ["limit: 1  # a second try is fine"]
    at = lines.index("activeDeadlineSeconds: 5400  # minutes are enough")
    assert lines[at - 1] == "# how long"
    assert not done.report["droppedComments"]


@pytest.mark.parametrize("blanks", range(4))
@pytest.mark.parametrize("mark", ["|", "|-", "|+", ">"])
@pytest.mark.parametrize("behind", ["", "          # about what follows\n", "---\nkind: Other\n"])
def test_blank_lines_behind_a_block_neither_grow_nor_vanish(case: Case, blanks: int, mark: str, behind: str) -> None:
    """Also where the block is not the last field."""
    block = f"{mark}\n                  echo done\n" + "\n" * blanks
    for text in (JOB + block + behind, JOB + block + behind + ("" if "---" in behind else "          dnsPolicy: Default\n")):
        new = case({"cronjob.yaml": text}).texts["cronjob.yaml"]
        assert _script(new.partition("---\n")[0]) == _script(text.partition("---\n")[0])
        assert new.count("\n\n") == text.count("\n\n")
