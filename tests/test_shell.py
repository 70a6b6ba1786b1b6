"""What is read as simple commands, what is refused by which name, and that a second reader agrees."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.shell import Command, ShellError, Substitution, Variable, commands


def _one(script: str) -> Command:
    (found,) = commands(script)
    return found


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("argo submit --from  wftmpl/x", ["argo", "submit", "--from", "wftmpl/x"]),
        ("argo \\\n  submit # so", ["argo", "submit"]),
        ("""argo 'it'"'"'s' "a b"c\\ d''""", ["argo", "it's", "a bc d"]),
        ('argo "a\\"b" "" 5', ["argo", 'a"b', "", "5"]),
        ("argo a=b=c X=1 {{x}}", ["argo", "a=b=c", "X=1", "{{x}}"]),
        ("argo '$X `date`'", ["argo", "$X `date`"]),
        ('argo "é  ü"', ["argo", "é  ü"]),
        ("argo '$X' \"$X\"", ["argo", "$X", None]),
    ],
)
def test_words(script: str, words: list[str | None]) -> None:
    assert [w.literal for w in _one(script).words] == words


def test_what_is_replaced_is_kept_apart() -> None:
    """Variables and substitutions, in and out of quotes, with the text around them."""
    found = _one('A=b argo x=$X "  ${Y} $(date -u +%F) "z')
    assert [(name, word.literal) for name, word in found.assignments] == [("A", "b")]
    _, x, y = found.words
    assert x.parts[1] == Variable("X", quoted=False)
    assert [getattr(p, "text", None) for p in y.parts] == ["  ", None, " ", None, " ", "z"]
    assert y.parts[1] == Variable("Y", quoted=True)
    date = y.parts[3]
    assert isinstance(date, Substitution)
    assert [w.literal for w in date.command.words] == ["date", "-u", "+%F"]


def test_one_after_the_other() -> None:
    assert [c.source for c in commands("set -e\n# why\nset -u && argo a; argo b")] == ["set -e", "set -u", "argo a", "argo b"]
    assert commands("# nothing\n") == ()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("argo | tee", "a pipe"),
        ("argo > out", "a redirection"),
        ("argo <<E\nx\nE", "a redirection"),
        ("argo &", "a command in the background"),
        ("argo || true", "a condition"),
        ("if true; then argo; fi", "a condition"),
        ("for x in a; do argo; done", "a loop"),
        ("while true; do argo; done", "a loop"),
        ("(argo)", "a subshell"),
        ("{ argo; }", "a block"),
        ("f() { argo; }", "a function"),
        ("! argo", "a negation"),
        ("X=1", "an assignment"),
        ("export X=1", "a declaration"),
        ("argo $'a'", "a $'…' string"),
        ("argo $((1+1))", "an arithmetic expansion"),
        ("argo <(date)", "a process substitution"),
        ("argo ${X:-y}", "an expansion"),
        ('argo "$@"', "an expansion"),
        ("argo $(date | tail)", "a command substitution"),
        ("argo *.yaml", "a pattern that the shell replaces"),
        ("argo ~/x", "a pattern that the shell replaces"),
        ("argo {a,b}", "a pattern that the shell replaces"),
        ("argo 'x", "no shell script that can be read"),
        ('argo "\\$x" $y', "quotes that cannot be read for certain"),
    ],
)
def test_refused(script: str, reason: str) -> None:
    with pytest.raises(ShellError, match="^" + reason.replace("$", r"\$")):
        commands(script)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12), min_size=1, max_size=5))
def test_quoted_words_come_back(words: list[str]) -> None:
    """Whatever a program was given, quoted by the standard library: the same words, or a refusal."""
    script = " ".join(["argo", *map(shlex.quote, words)])
    try:
        found = _one(script)
    except ShellError:
        return
    assert [w.literal for w in found.words] == ["argo", *words]


@given(st.text(alphabet="ab =$`'\"\\(){}|&;<>#\n*~", max_size=24))
def test_any_text_is_read_or_refused(script: str) -> None:
    """No other error; what is read without expansions is what `shlex` reads."""
    try:
        found = commands(script)
    except ShellError:
        return
    for command in found:
        if all(w.literal is not None for w in command.words) and not command.assignments:
            assert [w.literal for w in command.words] == shlex.split(command.source.replace("\\\n", ""), comments=True)
