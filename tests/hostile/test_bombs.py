"""A small repository that stands for a large tree: the limits are met before the work that grows with it."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from transformer.cli import main
from transformer.repository.globs import glob_matcher
from transformer.repository.snapshot import CommitSnapshot
from transformer.templating import TemplateFault, render, use
from transformer.vcs import objects
from transformer.vcs.source import open_source

if TYPE_CHECKING:
    from tests.conftest import GitRepo

Make = Callable[..., "GitRepo"]


def bomb(repo: GitRepo, text: bytes, width: int, depth: int) -> str:
    """A commit of `width ** depth` files, all of them the same blob."""
    blob = repo.git("hash-object", "-w", "--stdin", data=text)
    rows = "".join(f"100644 blob {blob}\t{n}.yaml\n" for n in range(width))
    tree = repo.git("mktree", data=rows.encode())
    for _ in range(depth - 1):
        tree = repo.git("mktree", data="".join(f"040000 tree {tree}\t{n}\n" for n in range(width)).encode())
    commit = repo.git("commit-tree", tree, "-m", "bomb")
    repo.git("update-ref", "refs/heads/main", commit)
    return commit


def test_a_tree_bomb(git_repo: Make, capfd: pytest.CaptureFixture[str]) -> None:
    """10^8 files: told as soon as there are too many."""
    repo = git_repo()
    bomb(repo, b"a: 1\n", 100, 4)
    started = time.process_time()
    assert main(["convert", str(repo.path), "--dry-run", "--limit", "files=10000"]) == 2
    assert "--limit files=" in capfd.readouterr().err
    assert time.process_time() - started < 3


def test_many_paths_to_one_blob(git_repo: Make, capfd: pytest.CaptureFixture[str]) -> None:
    """The bytes that would be read are counted first."""
    repo = git_repo()
    bomb(repo, b"# " + b"x" * 9_000_000 + b"\n", 100, 1)
    started = time.process_time()
    assert main(["convert", str(repo.path), "--dry-run"]) == 2
    assert "--limit totalSize=" in capfd.readouterr().err
    assert time.process_time() - started < 3


def test_a_blob_is_read_once(git_repo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many paths lead to it; and each path has its text."""
    repo = git_repo({f"{n}.yaml": ("same: 1\n" if n % 2 else f"own: {n}\n") for n in range(20)})
    asked: list[str] = []
    real = objects.read_objects

    def counted(git: object, oids: list[str]) -> object:
        asked.extend(oids)
        return real(git, oids)  # type: ignore[arg-type]

    monkeypatch.setattr("transformer.repository.snapshot.read_objects", counted)
    with open_source(str(repo.path)) as source:
        snapshot = CommitSnapshot(source)
        texts = snapshot.read_all(snapshot.select())
    assert texts == {f"{n}.yaml": (b"same: 1\n" if n % 2 else b"own: %d\n" % n) for n in range(20)}
    assert len(asked) == len(set(asked)) == 11


@pytest.mark.parametrize("glob", ["[" * 80_000, "*a" * 40_000, "**/" * 30_000, "a/" * 40_000, "?" * 80_000, "{" * 80_000])
def test_long_globs(glob: str) -> None:
    started = time.process_time()
    matches = glob_matcher((glob,))
    assert matches("a/" * 100 + "b.yaml") == glob.startswith("**")
    assert time.process_time() - started < 2


DOUBLING = "{{% set n = namespace(a='aa') %}}{{% for i in range(64) %}}{{% set n.a = {} %}}{{% endfor %}}{{{{ n.a }}}}"


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
        "{{ 'x' * 10 ** 10 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ [1] * 10 ** 8 }}",
        "{{ 1 // 0 }}",
        DOUBLING.format("n.a ~ n.a"),
        DOUBLING.format("n.a + n.a"),
        DOUBLING.format("n.a|replace('a', n.a)"),
        DOUBLING.format("n.a.replace('a', n.a)"),
        DOUBLING.format("[n.a, n.a]|join"),
        DOUBLING.format("''.join([n.a, n.a])"),
        DOUBLING.format("'%s%s' % (n.a, n.a)"),
        DOUBLING.format("'%s%s'|format(n.a, n.a)"),
        DOUBLING.format("'{0}{0}'.format(n.a)"),
        DOUBLING.format("[n.a, n.a]"),
        DOUBLING.format("[n.a, n.a]|string"),
        DOUBLING.format("[n.a, n.a]|tojson"),
        DOUBLING.format("{1: n.a, 2: n.a}.values()"),
        "{% macro joined(a) %}x{% endmacro %}{% set step = 1 %}" + DOUBLING.format("n.a ~ n.a"),
        "{% set n = namespace(a=1) %}{% for i in range(64) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n }}",
        "{% set n = namespace(a='aa') %}{% for i in range(40) %}{% set x %}{{ n.a }}{{ n.a }}{% endset %}{% set n.a = x %}{% endfor %}",
        "{% macro m(t) %}{% for i in range(90) %}{{ t }}{% endfor %}{% endmacro %}{{ m(m(m(m(m('a' * 999))))) }}",
        "{% for i in range(9999) %}" + "a" * 9999 + "{% endfor %}",
        "{{ 'a'|center(10 ** 9) }}{{ 'a'.ljust(10 ** 9) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ 'a'|indent(1000000000, true) }}",
        "{{ [1]|batch(1000000000, 1)|list }}",
        "{{ [1]|tojson(indent=1000000000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{:{}}'.format(1, 1000000000) }}",
        "{{ 1|round(1000000000) }}",
        "{{ lipsum(n=100000) }}",
        "{{ ['a']|map('center', 1000000000)|list }}",
        "{% include 'cronworkflow.yaml.j2' %}{% include 'cronworkflow.yaml.j2' %}",
        "{{ none.x }}",
    ],
)  # fmt: skip
def test_a_template_without_an_end(tmp_path: Path, text: str) -> None:
    """It is told which, and the run ends."""
    (tmp_path / "cronworkflow.yaml.j2").write_text(text)
    started, most = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        use(tmp_path)
        with pytest.raises(TemplateFault, match=r"too large|more than|recursion depth|by zero|no attribute 'x'|'lipsum' is undefined"):
            render("cronworkflow.yaml.j2")
    finally:
        use(None)
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 200_000  # KB
