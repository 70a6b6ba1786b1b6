"""What is secret in a diff is masked: in every form that a Secret may have, and what looks like a credential elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from transformer import credentials
from transformer.cli import main
from transformer.redaction import HIDDEN, hidden_lines, masked

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]
KEY = "AKIA" + "ABCDEFGH" * 2
SECRET = (
    "kind: Secret\ndata:\n  # old: HUSH\n  a: HUSH\n  # HUSH\ntype: Opaque\n",
    "kind: Secret\ndata: # HUSH\n  a: HUSH\n\n  # HUSH\n",
    "kind: Secret\nstringData:\n  a: HUSH # HUSH\n# HUSH\n---\nkind: X\n",
    "a: 1\n# kind: Secret\n# data:\n#   a: HUSH\n# stringData:\n#   b: HUSH\n",
    "  # apiVersion: v1\n  # kind: Secret\n  # data: {a: HUSH}\nkind: X\n",
    "kind: SecretList\nitems:\n- metadata: {name: a}\n  data:\n    a: HUSH\n- stringData: {b: HUSH}\n",
    "kind: List\nitems:\n- kind: SecretList\n  items:\n  - data: {a: HUSH}\n",
    'kind: "\\x53ecret"\ndata:\n  a: HUSH\n',
    'kind: "Sec\\u0072et"\nstringData: {a: HUSH}\n',
    "k: &k {kind: Secret}\nx:\n  <<: *k\n  data:\n    a: HUSH\n",
    "d: &d\n  data:\n    a: HUSH\nx:\n  <<: *d\n  kind: Secret\n",
    "x: &k Secret\ny:\n  kind: *k\n  data: {a: HUSH}\n",
    "items:\n- <<: [&s {kind: Secret}, {z: 1}]\n  data: {a: HUSH}\n",
    "patches:\n- target: {kind: Secret}\n  patch: |-\n    - op: replace\n      path: /data/a\n      value: HUSH\n",
    'patchesJson6902:\n- target: {kind: "Secret|X", name: a}\n  patch: \'[{"op":"add","path":"/data/a","value":"HUSH"}]\'\n',
    "- op: add\n  path: /stringData/password\n  value: HUSH\n",
)
CREDENTIAL = (
    "env:\n- name: DB_PASSWORD\n  value: HUSH\n",
    "env: [{name: API_TOKEN, value: HUSH}]\n",
    "env:\n- {value: HUSH, name: awsSecretAccessKey}\n",
    'args: ["--password", "HUSH"]\n',
    "args:\n- --db-password=HUSH\n",
    'command: [sh, -c, "run --token=HUSH --x"]\n',
    "args: [--api-key, HUSH, --x]\n",
    "password: HUSH\n",
    "x:\n  clientSecret: HUSH\n",
    "# PASSWORD=HUSH\nx: 1\n",
    "data:\n  config.ini: |\n    user = a\n    password = HUSH\n",
    "url: postgres://user:HUSH@host/db\n",
    "DB_SECRET=HUSH\n",
    "export AUTH_TOKEN='HUSH'\n",
)
SHAPE = (
    KEY, "ghp_" + "a" * 36, "github_pat_" + "a" * 70, "glpat-" + "a" * 20, "xoxb-" + "1" * 12, "AIza" + "a" * 35, "sk_live_" + "a" * 24,
    "npm_" + "a" * 36, "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + ".c", "-----BEGIN RSA PRIVATE KEY-----abc",
)  # fmt: skip
PLAIN = (
    "env:\n- name: DB_PASSWORD\n  valueFrom: {secretKeyRef: {name: db, key: password}}\n",
    "env:\n- name: DB_HOST\n  value: db\n",
    "env:\n- name: PASSWORD_FILE\n  value: /run/password\n",
    "volumes:\n- name: a\n  secret: {secretName: a}\n",
    "password: $(DB_PASSWORD)\n",
    "password: ${DB_PASSWORD}\n",
    "token: '{{ .Values.token }}'\n",
    "serviceAccountToken: {path: token}\n",
    "automountServiceAccountToken: false\n",
    "args: [--password-file, /x]\n",
    "resources: [secrets]\nkind: Role\n",
    "key: app\n",
    "image: registry.example/token-server:1\n",
    "# The token of the service account is mounted.\n",
    "tokens: 3\n",
    "path: /a:b@c\n",
)


@pytest.mark.parametrize("text", [*SECRET, *CREDENTIAL, *(f"a: {shape}\n".replace("aaa", "aaa") for shape in SHAPE)])
def test_no_value_is_shown(text: str) -> None:
    """The lines stay as many as they are, and their ends."""
    secret = "HUSH" if "HUSH" in text else text.split(": ")[1].strip()
    told = masked(text)
    assert secret not in "".join(told)
    assert HIDDEN in "".join(told)
    assert len(told) == text.count("\n")
    assert {n for n, line in enumerate(text.split("\n"), 1) if secret in line} <= hidden_lines(text)


@pytest.mark.parametrize("text", [*SECRET, *CREDENTIAL])
@pytest.mark.parametrize(
    "around", ["{}", "a: 1\n---\n{}---\nb: 1\n", "\ufeff---\n{}...\n# x\n---\n{}", "# kind: Secret\n# a: b\n{}# c: d\n"]
)
def test_a_part_is_masked_like_the_whole(text: str, around: str) -> None:
    """Of a diff only its hunks are looked at."""
    text = around.format(text, text)
    whole = masked(text)
    for first in range(len(whole)):
        for end in {first + 1, first + 3, len(whole)}:
            assert masked(text, [(0, 0), (first, min(end, len(whole)))])[first:end] == whole[first:end]


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert "".join(masked(text)) == text


@pytest.mark.parametrize("text", [*CREDENTIAL, *(f"a: {shape}\n" for shape in SHAPE)])
@pytest.mark.parametrize(
    "change", [str, str.upper, str.swapcase, str.title, lambda s: s.replace("s", "ſ").replace("k", "K").replace("i", "ı")]
)
def test_no_line_is_passed_over(text: str, change: Callable[[str], str]) -> None:
    """What is looked for first is in every line that holds a credential, however it is spelled."""
    lines = f"# é\nx: 1\n{change(text)}---\n{change(text)}".split("\n")
    for asked in (lines, lines[1:]):
        hidden = [n for n, line in enumerate(asked) if credentials.without(line) != line]
        assert set(hidden) <= set(credentials.suspects("\n".join(asked)))
    assert credentials.names_one("# é\n" + change(text)) is credentials.names_one(change(text))


JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: job}
spec:
  schedule: "0 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: debian:12
              command: [date, --token=HUSH]
              env:
                - name: DB_PASSWORD
                  value: HUSH  # HUSH is old
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data:
  a: HUSH
"""


def test_a_dry_run(git_repo: Make, capfd: pytest.CaptureFixture[str]) -> None:
    """Masked, and said so; whole and applicable with --show-secrets."""
    repo = git_repo({"job.yaml": JOB})
    repo.commit({"same.yaml": JOB.replace("name: job", "name: same")})
    for jobs in "21":
        assert main(["convert", "--dry-run", "--jobs", jobs, str(repo.path)]) == 0
        told = capfd.readouterr()
        assert told.out.count("+++ ") > 1 and "HUSH" not in re.sub(r"# HUSH is old", "", told.out + told.err)
        assert "--show-secrets" in told.err
    assert main(["convert", "--dry-run", "--show-secrets", str(repo.path)]) == 0
    told = capfd.readouterr()
    assert "HUSH" in told.out
    repo.git("apply", "-", data=told.out.encode())


@pytest.mark.parametrize(
    "text", ["kind: Secret\n# a\n" * 3_000, "# kind: Secret\n# data: x\n" * 5_000, "a: &a {kind: Secret}\n" + "- {<<: *a}\n" * 9]
)
def test_it_is_linear(text: str) -> None:
    started = time.process_time()
    masked(text)
    assert time.process_time() - started < 3
