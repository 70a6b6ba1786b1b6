"""What a pass asks for behind its changes: documents in new files and in old ones, changes elsewhere, findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transformer.model import Op, ResourceId, Target, Version
from transformer.passkit import Addition, Change, Context, Done, Finding, Params, Pass, Resource, needed_by
from transformer.passkit.testing import Result, Used, convert

JOB = "kind: CronJob  # mine\nmetadata: {name: a}\nspec: {x: 1}\n"
OTHER = "kind: Project\nmetadata: {name: p}\nspec:\n  kinds: [CronJob]\n"
ROLE = ResourceId("rbac.authorization.k8s.io/v1", "Role", "", "r")
ROLE_TEXT = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: r\nrules: []\n"
TARGET = Target(gke=Version.parse("1.33"), argo=Version.parse("3.6"))


def _convert(resource: Resource, _params: Any, _context: Context) -> Iterator[Change]:
    if resource.id.kind == "CronJob":
        yield resource.insert(("spec", "done"), True, why="done: it is", source="here")


def _later(resource: Resource, _params: Any, _context: Context) -> Iterator[Change]:
    if resource.id.kind == "CronJob" and resource.get("spec", "later") is None:
        yield resource.insert(("spec", "later"), True, why="later: it is", source="here")


def _once(resource: Resource, params: Any, context: Context) -> Iterator[Change]:
    if resource.get("spec", "done") is None:
        yield from _convert(resource, params, context)


def _run(files: dict[str, str], follow: Any, later: bool = False) -> tuple[Result, Mapping[str, str]]:
    passes: list[Used] = [(Pass("one", _once, ("CronJob",), consequences=follow), Params())]
    if later:
        passes.append((Pass("two", _later, ("CronJob",)), Params()))
    result = convert(files, passes, TARGET)
    return result, result.new


def _addition(file: str, text: str = ROLE_TEXT) -> Addition:
    return Addition("one", file, ROLE, text, "a Role: it is needed", "here")


def test_a_new_file() -> None:
    def follow(done: Sequence[Done], _params: Any, _context: Context) -> Iterator[Addition]:
        assert [(d.before.get("spec", "done"), d.after.get("spec", "done")) for d in done] == [(None, True)]
        yield _addition("jobs/role.yaml")

    record, new = _run({"jobs/a.yaml": JOB}, follow)
    assert new["jobs/role.yaml"] == ROLE_TEXT
    told = next(c for c in record.changes if c.file == "jobs/role.yaml")
    assert (told.op, told.path, told.document, told.lines, told.resource) == (Op.INSERT, (), 0, (1, 1), ROLE)


def test_behind_a_file_that_a_later_pass_changed() -> None:
    """Each commit holds the document from its own pass on."""
    record, _ = _run({"a.yaml": JOB}, lambda *_: [_addition("a.yaml")], later=True)
    one, two = (result.texts["a.yaml"].decode() for result in record.plan.passes)
    assert one.endswith("---\n" + ROLE_TEXT) and two.endswith("---\n" + ROLE_TEXT)
    assert "later" not in one and "later: true" in two
    assert [(c.document, c.lines) for c in record.changes if c.path == ()] == [(1, (3, 3))]


def test_what_is_there_is_not_added_again() -> None:
    _, new = _run({"a.yaml": JOB, "role.yaml": ROLE_TEXT}, lambda *_: [_addition("role.yaml")])
    assert "role.yaml" not in new


def test_a_change_elsewhere_and_a_finding() -> None:
    def follow(done: Sequence[Done], _params: Any, context: Context) -> Iterator[Change | Finding]:
        project = next(iter(context.index.find("Project")))
        yield project.insert(("spec", "kinds", 1), "CronWorkflow", why="kinds: it is new", source="here")
        yield done[0].before.finding("X001", "look", remedy="there", source="here")

    record, new = _run({"a.yaml": JOB, "p.yaml": OTHER}, follow)
    assert new["p.yaml"] == OTHER.replace("[CronJob]", "[CronJob, CronWorkflow]")
    assert [f.code for f in record.findings] == ["X001"]


def test_a_group_is_done_whole_or_not_at_all() -> None:
    """What cannot be written refuses the resource that needs it, with the reason; others stand."""
    record, new = _run({"a.yaml": JOB, "d.yaml": "%YAML 1.1\n---\na: 1\n"}, lambda *_: [_addition("d.yaml")])
    assert new == {} and not record.changes and not record.bugs
    (finding,) = record.findings
    assert (finding.code, finding.file, finding.blocks) == ("GRP001", "a.yaml", True) and "d.yaml" in finding.message
    record, new = _run({"a.yaml": JOB}, lambda *_: [_addition("r.yaml", ROLE_TEXT.replace("rules: []", "rules: 5"))])
    assert [(f.code, f.file) for f in record.findings] == [("GRP001", "a.yaml")] and new == {}


def test_only_those_who_need_it_are_refused() -> None:
    """Two jobs, of which one needs what cannot be written; what the other one needs is written."""
    other = JOB.replace("name: a", "name: b")

    def follow(done: Sequence[Done], _params: Any, _context: Context) -> Iterator[Addition]:
        for d in done:
            file = "bad.yaml" if d.before.id.name == "a" else "good.yaml"
            yield from needed_by([_addition(file)], [d.before])

    record, new = _run({"a.yaml": JOB, "b.yaml": other, "bad.yaml": "- [\n"}, follow)
    assert sorted(new) == ["b.yaml", "good.yaml"]
    assert [(f.code, f.file) for f in record.findings] == [("GRP001", "a.yaml")]
    assert [(g.files, [w.name for w in g.resources]) for g in record.plan.groups] == [(("b.yaml", "good.yaml"), ["b"])]


def test_in_one_file_the_others_stand() -> None:
    """A consequence in a shared file that fails for one resource is no fault of the other."""

    def follow(done: Sequence[Done], _params: Any, context: Context) -> Iterator[Change]:
        project = next(iter(context.index.find("Project")))
        for n, d in enumerate(done):
            path = ("spec", "kinds", 1) if d.before.id.name == "b" else ("spec", "kinds", 7 + n)
            yield from needed_by([project.insert(path, "X", why="kinds: it is new", source="here")], [d.before])

    record, new = _run({"a.yaml": JOB, "b.yaml": JOB.replace("name: a", "name: b"), "p.yaml": OTHER}, follow)
    assert sorted(new) == ["b.yaml", "p.yaml"]
    assert [(f.code, f.file) for f in record.findings] == [("GRP001", "a.yaml")]


def test_a_pass_that_raises_behind_its_changes() -> None:
    """Nothing of it stands without what belongs to it, and the run ends as a bug."""

    def follow(*_: Any) -> Iterator[Addition]:
        raise ValueError("no")

    record, new = _run({"a.yaml": JOB}, follow)
    assert len(record.bugs) == 1 and "ValueError: no" in record.bugs[0] and new == {}
    assert [f.code for f in record.findings] == ["BUG001"]


def test_a_pass_that_yields_something_else() -> None:
    """It is a bug of that pass, not passed over in silence."""
    result = convert({"a.yaml": JOB}, Pass("one", lambda *_: iter(["text"]), ("CronJob",)), TARGET)  # type: ignore[arg-type]
    (finding,) = result.findings
    assert finding.code == "BUG001" and "yields a str" in finding.message
