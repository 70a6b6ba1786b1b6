"""Limits that protect the machine: the target may lower them, and only the user raises them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tests.hostile.traps import FILES, Make, run
from transformer.config.built_in import BUILT_IN_TEXT
from transformer.config.limits import Count, Limits, Share, Size
from transformer.config.passes import Overrides
from transformer.config.settings import parse
from transformer.config.typed import key_of
from transformer.errors import UsageError

USUAL = Limits()
PROTECTING = [f for f in fields(Limits) if not isinstance(getattr(USUAL, f.name), Share)]


def text(**limits: object) -> str:
    return BUILT_IN_TEXT + "limits: {" + ", ".join(f"{key}: {value}" for key, value in limits.items()) + "}\n"


@pytest.mark.parametrize("item", PROTECTING, ids=key_of)
def test_each_limit_of_the_machine(item: object) -> None:
    """The usual value is the most that a target's own file may ask for; less is fine; the user may say anything."""
    key, usual = key_of(item), int(getattr(USUAL, item.name))  # type: ignore[arg-type, attr-defined]
    assert len(PROTECTING) == 10

    def of(limits: Limits) -> int:
        return int(getattr(limits, item.name))  # type: ignore[attr-defined]

    assert of(parse(text(**{key: usual}), "t.yaml").limits) == usual
    assert of(parse(text(**{key: 1}), "t.yaml").limits) == 1
    with pytest.raises(UsageError, match=rf"^t.yaml:\d+:\d+: limits.{key}: .*--limit {key}={usual + 1}$"):
        parse(text(**{key: usual + 1}), "t.yaml")
    assert of(parse(text(**{key: usual + 1}), "t.yaml", trusted=True).limits) == usual + 1
    for written in (text(**{key: 1}), text(**{key: usual + 1}), BUILT_IN_TEXT):
        told = Overrides(variable=(f"{key}=7",), limits=(f"{key}={usual + 5}",))
        assert of(parse(written, "t.yaml", told).limits) == usual + 5


def test_what_protects_the_repository_is_its_own_to_say() -> None:
    assert parse(text(changedResources="1%", deletedResources="50%"), "t.yaml").limits.deleted_resources.percent


@pytest.mark.parametrize(
    "told", ["fileSize", "=", "", "size=1", "fileSize=", "fileSize=-1", "fileSize=0", "files=1e9", "files=٣", "files=9999999999"]
)
def test_nonsense(told: str) -> None:
    with pytest.raises(UsageError, match=r"^--limit "):
        parse(BUILT_IN_TEXT, "t.yaml", Overrides(limits=(told,)))


@pytest.mark.parametrize("size", ["999999999999G", "9" * 40, "٣MB", "0", "1.5M", "1e3", "-1", "10TB", "²"])
def test_odd_sizes(size: str) -> None:
    """None of them is a size, and none of them is a number that the machine cannot count to."""
    with pytest.raises(ValueError, match="expected a size"):
        Size.parse(size)
    assert Size.parse("1000G") == 10**12
    with pytest.raises(ValueError, match=r"expected a (whole )?number"):
        Count.parse("9" * 12)
    with pytest.raises(ValueError, match=r"expected a (whole )?number"):
        Share.parse("٣%")


def test_on_the_command_line(git_repo: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that asks for too much is told so; the user raises it by option, variable, or a file of his own."""
    config = text(fileSize="5G")
    repo = git_repo({**FILES, "transformer.yaml": config})
    assert run("convert", repo.path, "--dry-run") == 2
    assert "--limit fileSize=5000000000" in capsys.readouterr().err
    assert run("convert", repo.path, "--dry-run", "--config", repo.path / "transformer.yaml") == 2
    (tmp_path / "link.yaml").symlink_to(repo.path / "transformer.yaml")
    assert run("convert", repo.path, "--dry-run", "--config", tmp_path / "link.yaml") == 2
    (tmp_path / "mine.yaml").write_text(config)
    assert run("convert", repo.path, "--dry-run", "--config", tmp_path / "mine.yaml") == 0
    assert run("convert", repo.path, "--dry-run", "--limit", "fileSize=5G") == 0
    monkeypatch.setenv("TRANSFORMER_LIMITS", "fileSize=20MB, files=7")
    assert run("check", repo.path) == 1
    monkeypatch.setenv("TRANSFORMER_LIMITS", "nonsense")
    assert run("check", repo.path) == 2
