"""A text is read once for its nodes, and once for the plain data that the promises compare with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.growth import job, settings, write
from transformer.repository.manifest import Manifest
from transformer.repository.snapshot import FolderSnapshot
from transformer.run.pipeline import plan_run
from transformer.run.workers import Effort
from transformer.yamltext import stream

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
spec:
  template:
    spec:
      containers:
      - name: a  # the only one
        image: registry.example.com/a:1
"""


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the parser started, by text."""
    seen: Counter[str] = Counter()
    whole = stream._parse

    def counted(text: str, *, pure: bool) -> object:
        seen[text] += 1
        return whole(text, pure=pure)

    monkeypatch.setattr(stream, "_parse", counted)
    return seen


@pytest.mark.parametrize("text", [DEPLOYMENT, job(0)])
def test_the_parser_starts_once_for_each_text_and_interpreter(text: str, tmp_path: Path, starts: Counter[str]) -> None:
    folder, pipeline = write({"a.yaml": text}, tmp_path), settings()
    plan_run(pipeline, FolderSnapshot(folder), effort=Effort(jobs=1))  # tables and templates are read here
    starts.clear()
    plan = plan_run(pipeline, FolderSnapshot(folder), effort=Effort(jobs=1))
    new = plan.new["a.yaml"].decode()
    assert starts[text] == starts[new] == 2


def test_data_does_not_come_from_the_nodes(starts: Counter[str]) -> None:
    manifest = Manifest("a.yaml", DEPLOYMENT.encode())
    assert [r.data for r in manifest.resources()] == manifest.data() == manifest.data()
    assert starts[DEPLOYMENT] == 2


def test_another_text_of_the_same_file() -> None:
    manifest = Manifest("a.yaml", "\ufeffa: 1\n".encode())
    other = manifest.with_text("b: 2\n")
    assert (other.raw, other.data(), manifest.data()) == ("\ufeffb: 2\n".encode(), [{"b": 2}], [{"a": 1}])


def test_an_object_by_its_name() -> None:
    text = "---\n".join(job(n) for n in range(3)).replace("name: job-2", "name: job-1\n  namespace: other")
    manifest = Manifest("a.yaml", text.encode())
    for namespace, number in (("", 1), ("other", 2)):
        found = manifest.named("CronJob", namespace, "job-1")
        assert found is not None
        assert found.document.index == number
        assert found.named("CronJob", "", "job-0") is next(iter(manifest.resources()))
    assert manifest.named("Job", "", "job-1") is None
