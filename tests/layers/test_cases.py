"""The cases of gitops.md 6, the most common first. Each is a folder in cases/: the tree `before`, and in `expect.yaml` what must hold.

verdict: converted          also refused, untouched, or a list of what is right
jobs: [nightly]             the CronJobs that change; default: some
says: [words]               in what the run tells
unchanged: all              or files that keep their bytes
contains: {file: [text]}    after the run
adds: [file]                the only new files
no new folders below: [apps]
roots: {prod: {CronWorkflow nightly: {/spec/suspend: true}}}     after the run; `absent`; null: not there; "=x": x with its hash
if converted: {...}         as roots, if the verdict is so
include: [glob]             the scope of the run
passes: |                   the pipeline
naive: right                converting the resource alone is enough; else the judge must call that broken
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.layers.building import NOT_CHECKED, Files, renderer
from tests.layers.judge import HEAD, PASSES, Ran, Verdict, judge, on_a_branch, planned
from tests.layers.objects import Key, Map, normal
from transformer.yamltext import load

CASES = Path(__file__).parent / "cases"
NAMES = sorted(p.name for p in CASES.iterdir())
# What does not hold yet. A case that holds fails here: take it off.
NOT_YET: frozenset[str] = frozenset({"20-remote-base"})


def files_of(name: str) -> dict[str, str]:
    before = CASES / name / "before"
    return {p.relative_to(before).as_posix(): p.read_text(encoding="utf-8") for p in sorted(before.rglob("*")) if p.is_file()}


def expectation(name: str) -> Map:
    found = load((CASES / name / "expect.yaml").read_text(encoding="utf-8"))[0]
    assert isinstance(found, dict)
    return found


def settings(expected: Map) -> tuple[str, str]:
    head = HEAD
    if "include" in expected:
        head = head.replace("passes:\n", f"include: {expected['include']}\npasses:\n")
    if "gke" in expected:
        head = head.replace('"1.33"', f'"{expected["gke"]}"')
    return expected.get("passes", PASSES), head


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.xfail(strict=True, reason="not yet")) if n in NOT_YET else n for n in NAMES]
)
def test_case(name: str) -> None:
    files, expected = files_of(name), expectation(name)
    passes, head = settings(expected)
    verdict = judge(files, passes, on_a_branch(passes, head), head=head)
    complaints = list(_complaints(files, expected, verdict))
    if verdict.ran.files != files:
        again = planned(passes, head=head)(verdict.ran.files).files
        complaints += [f"a second run changes {path}" for path in sorted(again) if again[path] != verdict.ran.files.get(path)]
    assert not complaints, "\n".join([*complaints, str(verdict), *(str(f) for f in verdict.ran.findings)])
    if not renderer():
        pytest.skip(f"the verdict holds; rendering {NOT_CHECKED}")


def _complaints(files: Files, expected: Map, verdict: Verdict) -> Iterator[str]:
    ran, right = verdict.ran, expected["verdict"]
    if verdict.state not in (right if isinstance(right, list) else [right]):
        yield f"it should be {right} and is {verdict.state}"
    if "jobs" in expected and sorted(verdict.jobs) != sorted(expected["jobs"]):
        yield f"{expected['jobs']} should change, and {list(verdict.jobs)} do"
    told = "\n".join([ran.told, *verdict.why, *(str(f) for f in ran.findings)])
    yield from (f"nothing is told of {words!r}" for words in expected.get("says", []) if words not in told)
    yield from _texts(files, expected, ran)
    if renderer():
        wanted = expected.get("roots", {}) | (expected.get("if converted", {}) if verdict.state == "converted" else {})
        for root, objects in wanted.items():
            yield from (f"root {root}: {line}" for line in _root(objects, verdict.built.get(root), verdict.state, expected))


def _texts(files: Files, expected: Map, ran: Ran) -> Iterator[str]:
    same = list(files) if expected.get("unchanged") == "all" else expected.get("unchanged", [])
    yield from (f"{path} should keep its bytes" for path in same if ran.files.get(path) != files[path])
    new = sorted(ran.files.keys() - files.keys())
    if expected.get("unchanged") == "all":
        yield from (f"{path} is new" for path in new)
    for path, texts in expected.get("contains", {}).items():
        yield from (f"{path} should hold {text!r}" for text in texts if text not in ran.files.get(path, ""))
    if "adds" in expected:
        yield from (f"{path} is not needed" for path in new if path not in expected["adds"])
    for above in expected.get("no new folders below", []):
        folders = {p.split("/")[1] for p in files if p.startswith(f"{above}/")}
        yield from (f"{p} makes a folder below {above}" for p in new if p.startswith(f"{above}/") and p.split("/")[1] not in folders)


def _root(objects: Map, built: Mapping[Key, Map] | None, state: str, expected: Map) -> Iterator[str]:
    if built is None:
        yield "was not built"
        return
    for named, fields in objects.items():
        kind, name = named.split(" ", 1)
        found = [o for key, o in built.items() if (key[1], key[3]) == (kind, name)]
        if fields == "absent":
            yield from (f"{named} should not be there" for _ in found)
        elif not found:
            yield f"{named} is not there"
        else:
            names = [key[3] for key in built if key[1] == "ConfigMap"]
            yield from _fields(named, fields, found[0], names)


def _fields(named: str, fields: Map, found: Map, names: list[str]) -> Iterator[str]:
    for pointer, right in fields.items():
        have = _at(normal(found), pointer)
        if isinstance(right, str) and right.startswith("="):
            if have not in names or not str(have).startswith(f"{right[1:]}-"):
                yield f"{named}: {pointer} should be one of {names} and is {have!r}"
        elif have != right or type(have) is not type(right):
            yield f"{named}: {pointer} should be {right!r} and is {have!r}"


def _at(data: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        elif isinstance(data, dict) and step in data:
            data = data[step]
        else:
            return None
    return data


def _naive() -> Iterator[str]:
    for name in NAMES:
        expected = expectation(name)
        if expected["verdict"] == "converted" and "naive" not in expected and "passes" not in expected:
            yield name


@pytest.mark.skipif(not renderer(), reason=NOT_CHECKED)
@pytest.mark.parametrize("name", list(_naive()))
def test_the_naive_conversion_is_seen(name: str) -> None:
    """A tool that converts each CronJob and looks at nothing else is called broken by the judge, or by what the case expects."""
    files, expected = files_of(name), expectation(name)

    def naive(given: Files) -> Ran:
        alone = {path: text for path, text in given.items() if "kind: CronJob" in text and "schedule:" in text and "jobTemplate" in text}
        ran = planned()({f"{n}/{path.rpartition('/')[2]}": text for n, (path, text) in enumerate(alone.items())})
        converted = {path: ran.files[f"{n}/{path.rpartition('/')[2]}"] for n, path in enumerate(alone)}
        return Ran({**given, **converted}, (), (("", "CronJob", "nightly", "Changed", "", "cronworkflow"),))

    assert list(_complaints(files, {**expected, "jobs": ["nightly"]}, judge(files, tool=naive)))
