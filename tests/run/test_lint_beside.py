"""`argo lint` on what changed, with what it refers to beside it; a stand-in for `argo` says what it was given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from transformer.passkit.testing import USUAL_TARGET
from transformer.run import lint

REFERS = b"apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nspec: {workflowSpec: {workflowTemplateRef: {name: x}}}\n"
TEMPLATE = b"apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: x}\n"
FAKE = """\
#!/bin/sh
case "$1" in version) echo argo: v3.6.10; exit ;; esac
for last; do :; done
for f in "$last"/*; do
  case "$(cat "$f")" in
    *CronWorkflow*) echo "$f: cannot validate Workflow: couldn't find workflow template 'x' in namespace 'a'" ;;
    *WorkflowTemplate*) echo "$f: a template is beside it" ;;
  esac
done
"""


@pytest.fixture
def argo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "argo-3.6").write_text(FAKE)
    (tmp_path / "argo-3.6").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    lint.lint_program.cache_clear()
    found = lint.lint_program(USUAL_TARGET)
    assert found
    yield found
    lint.lint_program.cache_clear()


def test_a_template_of_the_cluster_is_no_fault(argo: str) -> None:
    """Only what the repository has can be judged."""
    assert lint.lint(argo, {"a.yaml": REFERS}, 20) == {}
    assert set(lint.lint(argo, {"a.yaml": REFERS, "b.yaml": TEMPLATE}, 20) or ()) == {"b.yaml"}


def test_what_is_linted_beside() -> None:
    """Unchanged files with templates, where a changed file refers to one."""
    files = {"a.yaml": REFERS, "b.yaml": TEMPLATE, "c.yaml": b"kind: CronJob\n", "d.txt": TEMPLATE}
    assert lint._referred({"a.yaml": REFERS}, files) == {"b.yaml": TEMPLATE}
    assert lint._referred({"a.yaml": b"kind: Workflow\n"}, files) == {}
