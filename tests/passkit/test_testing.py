"""The harness of a pass's author: what it runs, and that it finds each mistake, names the pass, and says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from transformer.errors import UsageError
from transformer.model import Target, Verdict
from transformer.passkit import (
    Addition,
    Blocks,
    Change,
    Context,
    Done,
    Finding,
    Keeps,
    Params,
    Pass,
    Resource,
    ResourceId,
    Rewrites,
    Skip,
    Step,
    Yielded,
    param,
)
from transformer.passkit.testing import PassError, check_example, check_page, check_pass, convert, converted, left_alone

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
OLD, NEW = HEAD + "data:\n  color: red   # as ever\n", HEAD + "data:\n  color: blue   # as ever\n"
CHANGES = Rewrites("red becomes blue", OLD, NEW)
LEFT = Keeps("blue stays", NEW)


@dataclass(frozen=True, slots=True)
class Color(Params):
    wanted: str = param("the color that all should have", default="blue")

    @property
    def idle(self) -> bool:
        return not self.wanted


def paint(resource: Resource, params: Color, _context: Context) -> Iterator[Yielded]:
    if resource.get("data", "color") not in (None, params.wanted):
        yield resource.set(("data", "color"), params.wanted, why="one color for all", source="the style guide")


GOOD = Pass("paint", paint, ("color",), params=Color, examples=(CHANGES, LEFT), codes={"PAINT1": "Look at it."}, doc="Paint it.")


def also(*items: Any) -> Pass:
    """The good pass, which yields this as well wherever it changes something."""

    def run(resource: Resource, params: Color, context: Context) -> Iterator[Any]:
        for change in paint(resource, params, context):
            yield change
            yield from items

    return replace(GOOD, run=run)


def test_a_good_pass() -> None:
    check_pass(GOOD)


def test_a_run() -> None:
    """Texts, changes, outcomes; parameters as a configuration gives them; several passes in their order."""
    result = converted({"a.yaml": OLD, "b.yaml": NEW}, (GOOD, {"wanted": "green"}))
    assert result.new == {"a.yaml": NEW.replace("blue", "green"), "b.yaml": NEW.replace("blue", "green")}
    assert result.texts == result.new
    assert result.verdict("a.yaml") is Verdict.CHANGED and result.cited == {"the style guide"}
    assert convert({"a.yaml": OLD, "b.yaml": OLD}, GOOD, include=["b.yaml"]).new == {"b.yaml": NEW}
    job = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: color}\n"
    two = convert({"a.yaml": OLD, "b.yaml": job}, [GOOD, "cronworkflow"], Target())
    assert [p.pass_id for p in two.plan.passes] == ["paint", "cronworkflow"]
    with pytest.raises(UsageError, match="wished"):
        convert({"a.yaml": OLD}, (GOOD, {"wished": "green"}))


def test_left_alone() -> None:
    assert left_alone({"a.yaml": NEW}, GOOD).new == {}
    assert left_alone({"a.yaml": OLD}, (GOOD, Color(wanted=""))).outcomes == ()
    with pytest.raises(PassError, match="paint: these files should have been left alone"):
        left_alone({"a.yaml": OLD}, GOOD)


def test_what_was_told() -> None:
    told = Finding("PAINT1", "warning", "a.yaml", 5, ResourceId(), "red", "look", "here", "paint")  # type: ignore[arg-type]
    result = convert({"a.yaml": OLD}, also(told))
    assert result.codes() == result.codes("a.yaml") == ["PAINT1"] and result.codes("b.yaml") == []
    assert result.told("PAINT1").line == 5
    with pytest.raises(AssertionError, match="no finding PAINT2; there is: PAINT1"):
        result.told("PAINT2")


def _mutates(resource: Resource, params: Color, context: Context) -> Iterator[Yielded]:
    yield from paint(resource, params, context)
    resource.data["seen"] = True


def _endless(resource: Resource, _params: Color, _context: Context) -> Iterator[Yielded]:
    color = resource.get("data", "color", default="")
    yield resource.set(("data", "color"), color + "ish", why="never enough", source="here")


def _untrue(resource: Resource, params: Color, context: Context) -> Iterator[Yielded]:
    yield from (replace(c, op="insert") for c in paint(resource, params, context) if isinstance(c, Change))  # type: ignore[arg-type]


def _fails(_resource: Resource, _params: Color, _context: Context) -> Iterator[Yielded]:
    raise KeyError("color")


def _nothing(_resource: Resource, _params: Color, _context: Context) -> Any:
    return None


def _adds_text(_done: Sequence[Done], _params: Color, _context: Context) -> Iterator[Any]:
    yield "a text"


def _adds_unsaid(_done: Sequence[Done], _params: Color, _context: Context) -> Iterator[Addition]:
    yield Addition("paint", "b.yaml", ResourceId("v1", "ConfigMap", "", "b"), HEAD.replace("name: a", "name: b"), "  ", "here")


def _change(**more: str) -> Change:
    set_twice: dict[str, Any] = {"why": "one color for all", "source": "the style guide", **more}
    return Change("paint", "manifest.yaml", 0, ResourceId(), "insert", ("data", "more"), lines=(5, 5), value="blue", **set_twice)  # type: ignore[arg-type]


def _finding(**more: Any) -> Finding:
    said: dict[str, Any] = {"message": "red", "remedy": "look", "source": "here", "code": "PAINT1", "severity": "warning", **more}
    return Finding(file="manifest.yaml", line=1, resource=ResourceId(), pass_id="paint", **said)  # noqa: S106 - the name of a pass


@pytest.mark.parametrize(
    ("pass_", "says"),
    [
        (replace(GOOD, run=_mutates), "run has changed resource.data of ConfigMap a. Yield a change instead"),
        (replace(GOOD, run=_endless), "the pass failed, or a promise did not hold"),
        (replace(GOOD, run=_untrue), "the pass failed, or a promise did not hold"),
        (replace(GOOD, run=_fails), "the pass failed"),
        (replace(GOOD, run=_nothing), "run gives None. Yield"),
        (also("a text"), "run yields a str, which is dropped. Yield one of: Change, Finding"),
        (also(_change(why="")), "run yields a Change with an empty `why`"),
        (also(_change(source=" ")), "run yields a Change with an empty `source`"),
        (also(_finding(source="")), "run yields a finding PAINT1 with an empty `source`"),
        (also(_finding(remedy="")), "run yields a finding PAINT1 with an empty `remedy`"),
        (also(_finding(code="PAINT9")), "run yields a finding PAINT9, which is not documented. Add it to `codes`"),
        (also(Skip("")), "run yields a Skip with an empty `reason`"),
        (replace(GOOD, consequences=_adds_text), "consequences yields a str, which is dropped. Yield one of: Change, Finding, Addition."),
        (replace(GOOD, consequences=_adds_unsaid), "consequences yields a Addition with an empty `why`"),
    ],
)
def test_what_an_author_forgets(pass_: Pass, says: str) -> None:
    """It is told by the example in which it happens."""
    with pytest.raises(PassError) as told:
        check_example(pass_, CHANGES)
    assert f'pass "paint", example "red becomes blue": {says}' in str(told.value)


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (Rewrites("red becomes blue", OLD, NEW.replace("#", "# not")), "the result is not the one shown"),
        (Rewrites("red becomes blue", OLD, NEW, finding="PAINT1"), "no finding PAINT1; there is: none"),
        (Rewrites("red becomes blue", OLD, NEW, also={"b.yaml": NEW}), "other files are not as shown in `also`"),
        (Keeps("red becomes blue", OLD), "the result is not the one shown"),
        (Keeps("red becomes blue", HEAD), "it never reaches run, so it shows nothing"),
        (Keeps("red becomes blue", NEW, skip="a patch of"), "it is not skipped because of 'a patch of', but: not at all"),
        (Blocks("red becomes blue", NEW, "PAINT1"), "nothing is blocked"),
    ],
)
def test_an_example_that_does_not_hold(example: Any, says: str) -> None:
    with pytest.raises(PassError) as told:
        check_example(GOOD, example)
    assert f'pass "paint", example "red becomes blue": {says}' in str(told.value)


@dataclass(frozen=True, slots=True)
class Wordless(Params):
    wanted: str = param("", default="blue")


@pytest.mark.parametrize(
    ("pass_", "says"),
    [
        (replace(GOOD, doc=" "), "it has no page"),
        (replace(GOOD, params=Wordless), "its parameter wanted has no words"),
        (replace(GOOD, codes={"PAINT1": ""}), "its code PAINT1 has no words"),
        (replace(GOOD, examples=(LEFT,)), "none of its examples changes anything"),
        (replace(GOOD, examples=(CHANGES,)), "1 of its 1 examples change something. Show at least as often what is left alone"),
        (replace(GOOD, prefilter=("color", "colour")), "its prefilter word 'colour' stands in no example"),
        (replace(GOOD, examples=(CHANGES, Blocks("no", NEW, "PAINT2"))), "its examples name the code PAINT2, which is not documented"),
    ],
)
def test_a_page_that_is_not_complete(pass_: Pass, says: str) -> None:
    with pytest.raises(PassError) as told:
        check_page(pass_)
    assert f'pass "paint": {says}' in str(told.value)
    with pytest.raises(PassError, match=says.split(".")[0].split(" '")[0]):
        check_pass(pass_)


def test_an_idle_pass_is_not_run() -> None:
    """A documented reason for not reaching run."""
    check_example(GOOD, Keeps("nothing is asked for", OLD, params={"wanted": ""}))


def test_the_next_step_of_a_plan_is_no_second_change() -> None:
    """A pass that takes several runs may go on in the second one."""

    def run(resource: Resource, _params: Any, _context: Context) -> Iterator[Yielded]:
        if resource.get("data", "color") == "red":
            yield Step(1, 2)
            yield resource.set(("data", "color"), "blue", why="first another color", source="here")
        elif resource.get("data", "color") == "blue":
            yield Step(2, 2)
            yield resource.remove((), why="then none", source="here")

    more = "---\n" + HEAD.replace("name: a", "name: b")
    check_example(replace(GOOD, run=run), Rewrites("first another color", OLD + more, NEW + more))
