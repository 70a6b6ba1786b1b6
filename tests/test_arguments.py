"""What is said about a command line that is wrong."""

from __future__ import annotations

import pytest

from transformer import cli


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("chekc", '"chekc" is not possible here. Did you mean "check"?'),
        ("CHECK", 'Did you mean "check"?'),
        ("zzz", "Use one of convert, check, passes, explain, init"),
        ("convert --dry-rnu", 'there is no option --dry-rnu. Did you mean "--dry-run"?'),
        ("check --onyl=executor", 'there is no option --onyl. Did you mean "--only"?'),
        ("check --dry-run", "--dry-run is an option of convert, not of check."),
        ("convert --baseline=x", "--baseline is an option of check, not of convert."),
        ("--verion", 'Did you mean "--version"?'),
        ("check --format concice", 'Did you mean "concise"?'),
        ("check --xyzzy", "See `transformer check --help`."),
        ("init a b", 'there is no place for "b".'),
    ],
)
def test_what_was_probably_meant(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(line.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CRON99", "The codes of this kind are CRON001 to CRON0"),
        ("cron1", 'Did you mean "CRON001"?'),
        ("KUS9", 'Did you mean "KUS001"?'),
        ("executr", 'Did you mean "executor"?'),
        ("restart-policy-on-failur", 'Did you mean "restart-policy-on-failure"?'),
    ],
)
def test_what_explain_was_asked_for(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", name]) == 2
    assert said in capsys.readouterr().err
