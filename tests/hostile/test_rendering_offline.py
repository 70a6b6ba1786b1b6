"""Building a Kustomize root fetches nothing for the target, and runs no other program for it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.test_rendering import BASE, _p7, _plan, fresh, real
from transformer.model import CheckState

__all__ = ["fresh"]
PATCHED = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\npath: http://HERE/p.yaml\ntarget: {kind: Deployment}\n"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Somebody who would hear of it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        listening.settimeout(0.2)
        yield listening


@real
@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("resources: [../base, 'http://HERE/x.yaml']", {}),
        ("resources: [../base, 'http://HERE/team/jobs?ref=main']", {}),
        ("resources: [../base, 'git::http://HERE/team/jobs']", {}),
        ("resources: [../base]\npatches: [{path: 'http://HERE/p.yaml'}]", {}),
        ("resources: [../base]\nopenapi: {path: 'http://HERE/s.json'}", {}),
        ("resources: [../base]\ncrds: ['http://HERE/s.json']", {}),
        ("resources: [../base]\nconfigurations: ['http://HERE/s.yaml']", {}),
        ("resources: [../base]\nreplacements: [{path: 'http://HERE/s.yaml'}]", {}),
        ("resources: [../base]\ntransformers: ['http://HERE/t.yaml']", {}),
        ("resources: [../base]\ntransformers: [t.yaml]", {"prod/t.yaml": PATCHED}),
        ("resources: [../base]\ntransformers:\n- |\n  " + PATCHED.replace("\n", "\n  "), {}),
    ],
)
def test_no_address_of_the_target_is_asked(line: str, files: dict[str, str], tmp_path: Path, server: socket.socket) -> None:
    """The root is named as not checked; the base is built and converted."""
    here = f"127.0.0.1:{server.getsockname()[1]}"
    texts = {**BASE, "prod/kustomization.yaml": line + "\n", **files}
    plan = _plan(tmp_path / "r", {path: text.replace("HERE", here) for path, text in texts.items()})
    with pytest.raises(TimeoutError):
        server.accept()
    assert sorted(plan.new) == ["base/web.yaml"]
    assert [state for state, detail in _p7(plan) if detail.startswith("prod ")] == [CheckState.NOT_CHECKED]


@real
@pytest.mark.parametrize(
    "url", ["file://FOLDER/other.git", "git@127.0.0.1:team/jobs.git", "ext::sh -c touch%20FOLDER/ran", "host.example/team/jobs"]
)
def test_no_git_is_run_for_it(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever looks like a repository: no program but kustomize is found while it builds."""
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    heard = f'case " $* " in *" fetch "*|*" clone "*|*" ls-remote "*) touch {tmp_path}/ran ;; esac'
    git.write_text(f'#!/bin/sh\n{heard}\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}:/usr/local/bin:/usr/bin:/bin")
    text = f"resources:\n- ../base\n- {url.replace('FOLDER', str(tmp_path))!r}\n"
    plan = _plan(tmp_path / "r", {**BASE, "prod/kustomization.yaml": text})
    assert not (tmp_path / "ran").exists() and sorted(plan.new) == ["base/web.yaml"]
