"""What a person sees after a run."""

from __future__ import annotations

from dataclasses import replace

from tests.report.plans import JOB, change, finding, huge, plan
from transformer.model import Check, CheckState, Op, Outcome, Severity, Verdict
from transformer.report import terminal
from transformer.report.frame import Frame

BRANCH = Frame(branch="transformer/autopilot", again="transformer convert .", origin="transformer.yaml", target="GKE 1.33 autopilot")


def test_a_run_reads_from_passes_to_what_to_type_next() -> None:
    """A table per pass, what a person must decide, the summary; the last lines say how to review, undo and run again."""
    made = plan(
        findings=(finding(), finding(file="jobs/b.yaml")),
        accepted=("restart-policy-on-failure",),
        checks=(Check("argo lint", CheckState.NOT_CHECKED, "no argo on PATH"), Check("schemas", CheckState.HELD, "no new fault")),
    )
    lines = terminal.render(made, BRANCH).splitlines()
    order = [
        "autopilot: . at 1234567890ab",
        "configuration: transformer.yaml; target: GKE 1.33 autopilot",
        "executor: nothing to do",
        "cronworkflow: 1 changed",
        "Please decide",
        "warning CRON001, 2 places  (transformer explain CRON001)",
        "  2 × the container has no name",
        "    jobs/a.yaml:3:1",
        "    jobs/b.yaml:3:1",
        "    → add `name: main`",
        "12 files, 34 documents read in 0.2 s: 1 resource: 1 converted",
        "  accepted: restart-policy-on-failure",
        "  argo lint: not checked: no argo on PATH",
        "  branch transformer/autopilot; plan feedfacefeed",
    ]
    places = [lines.index(line) for line in order]
    assert places == sorted(places)
    assert lines[-3:] == [
        "Review  git log --reverse -p 1234567890ab..transformer/autopilot",
        "Undo    git branch -D transformer/autopilot",
        "Again   transformer convert .",
    ]


def test_no_colour_unless_asked() -> None:
    """A pipe and a log get plain text."""
    made = plan(findings=(finding(),))
    assert "\x1b" not in terminal.render(made, BRANCH)
    assert "\x1b[" in terminal.render(made, BRANCH, color=True)


def test_what_is_only_worth_knowing_is_counted() -> None:
    """And shown with --verbose."""
    made = plan(findings=(finding(message="a note", severity=Severity.INFO),))
    assert "a note" not in terminal.render(made, BRANCH)
    assert "1 note (see --verbose)" in terminal.render(made, BRANCH)
    assert "a note" in terminal.render(made, BRANCH, verbose=True)


def test_ten_thousand_findings_are_one_screen() -> None:
    """The same message over many resources is one line; what differs stands beside each place."""
    told = terminal.render(huge(), BRANCH)
    assert len(told.splitlines()) < 60
    assert "error RES001, 5,000 places" in told
    assert "5,000 × no requests" in told
    assert "… and 4,997 more" in told
    assert "5,000 × no field of a CronWorkflow takes this" in told
    assert "10,000 comments removed together with fields" in told
    everything = terminal.render(huge(100), BRANCH, verbose=True)
    assert "apps/00049/job.yaml:50:1" in everything


def test_what_a_message_is_about_stands_beside_its_place() -> None:
    """`upload: no command` and `sql: no command` are one message about two steps."""
    made = plan(findings=(finding(message="no command", subject="upload"), finding(message="no command", subject="sql, main", line=9)))
    told = terminal.render(made, BRANCH)
    assert "  2 × no command\n    jobs/a.yaml:3:1  upload\n    jobs/a.yaml:9:1  sql, main\n" in told


def test_a_path_is_never_broken_over_lines() -> None:
    """Terminals make file:line:column clickable."""
    deep = "/".join(["a-folder-with-a-long-name"] * 12) + "/job.yaml"
    assert f"    {deep}:3:1\n" in terminal.render(plan(findings=(finding(file=deep),)), BRANCH, width=60)


def test_a_manifest_cannot_steer_the_terminal() -> None:
    """Control characters of paths, names and messages are shown, not obeyed."""
    evil = "x\x1b[2Jy\u202e\nz"
    made = plan(findings=(finding(message=evil, file=evil),), pipeline=evil)
    told = terminal.render(made, BRANCH)
    assert "\x1b" not in told and "\u202e" not in told
    assert "x\\x1b[2Jy\\u202e\\nz" in told


def test_markup_of_rich_is_text() -> None:
    """`[bold]` in a manifest stays as it is."""
    assert "[bold]x[/bold] :smile:" in terminal.render(plan(findings=(finding(message="[bold]x[/bold] :smile:"),)), BRANCH)


def test_what_acts_from_elsewhere_is_a_place() -> None:
    """One thing to decide is one line, however many kustomizations act on however many jobs."""
    several = tuple(finding(file=f"{n}.yaml", message="it is changed", subject=f"over/{n}.yaml:{n}: `patches`") for n in (1, 2))
    told = terminal.render(plan(findings=several), BRANCH)
    assert "  2 × it is changed\n    1.yaml:3:1  over/1.yaml:1: `patches`\n    2.yaml:3:1  over/2.yaml:2: `patches`\n" in told


def test_a_remedy_that_differs_in_names_is_printed_once_with_their_table() -> None:
    made = plan(findings=tuple(replace(finding(line=n), remedy=f"add `name: c{n}`\nto the job c{n} in ns-{n % 2}") for n in (1, 2, 3)))
    told = terminal.render(made, BRANCH)
    assert "→ add `name: <1>`\n      to the job <1> in <2>\n" in told
    assert "    jobs/a.yaml:2:1  <1> = c2  <2> = ns-0\n" in told
    assert "remedies" not in told


def test_remedies_that_differ_otherwise_are_counted() -> None:
    """Only the first is shown; a message that looks alike is another message, whatever it quotes."""
    made = plan(findings=tuple(replace(finding(line=n), remedy="add `name: a`" + " and more" * n) for n in (1, 2)))
    told = terminal.render(made, BRANCH)
    assert "→ add `name: a` and more\n      (the first of 2 remedies; the JSON report has all)" in told
    apart = plan(findings=(finding(message="`a: 1` is odd"), finding(message="`b: 2` is odd")))
    assert "2 ×" not in terminal.render(apart, BRANCH)


def test_skips_say_why() -> None:
    """Grouped by reason, with the first place."""
    skipped = tuple(Outcome(f"k{n}.yaml", 0, JOB, "resources", Verdict.SKIPPED, "a patch of another object") for n in (2, 1))
    assert "  skipped 2: a patch of another object (first: k1.yaml)" in terminal.render(plan(outcomes=skipped), BRANCH)


def test_quiet_leaves_the_tables_out() -> None:
    """What needs a person, and the summary, remain."""
    told = terminal.render(plan(findings=(finding(),)), BRANCH, quiet=True)
    assert told.startswith("\nPlease decide")
    assert "nothing to do" not in told and "Again" in told


def test_a_row_is_named_where_it_can_be_explained() -> None:
    """Its id, and the command; what is cited otherwise has none."""
    told = terminal.render(plan(findings=(replace(finding(), source="cronjob_fields/restart-policy-on-failure"),)), BRANCH)
    assert "row restart-policy-on-failure  (transformer explain restart-policy-on-failure)" in told
    assert "row " not in terminal.render(plan(findings=(finding(),)), BRANCH)


def test_a_job_with_many_places_is_one_resource() -> None:
    """The number of jobs stands beside the number of places."""
    made = plan(findings=tuple(finding(subject=f"s{n}", resource=replace(JOB, name=f"j{n % 2}")) for n in range(6)))
    assert "warning CRON001, 2 resources, 6 places  (" in terminal.render(made, BRANCH)


def test_what_a_narrower_run_leaves_out_is_said() -> None:
    told = terminal.render(plan(), replace(BRANCH, left_out=("a.yaml", "b.yaml")))
    assert "this run read less than the last one: 2 files that the branch changed before are not in it any more (first: a.yaml)" in told


class TestNextSteps:
    """The last lines fit how the run was done."""

    def test_in_place(self) -> None:
        """Only the files that were written are restored."""
        told = terminal.render(plan(), Frame(mode="in-place", source="my repo", again="transformer convert 'my repo' --in-place"))
        assert "Review  git -C 'my repo' diff\n" in told
        assert "Undo    git -C 'my repo' restore -- jobs/a.yaml\n" in told

    def test_lines_that_were_only_indented_are_left_out_of_the_review(self) -> None:
        """A moved field is the same field: `-w` shows what else has changed."""
        moved = plan(changes=(change(Op.MOVE, ("spec", "a"), to=("spec", "b", "a")),))
        assert "git log --reverse -p -w 1234567890ab..transformer/autopilot" in terminal.render(moved, BRANCH)
        assert "git diff -w\n" in terminal.render(moved, Frame(mode="in-place"))

    def test_check_names_the_branch_first(self) -> None:
        """It changes nothing that the user has; files without git have no branch."""
        told = terminal.render(plan(), Frame(mode="check", again="transformer check . --only command"))
        assert told.endswith(
            "Convert   transformer convert . --only command\n"
            "In place  transformer convert . --only command --in-place\n"
            "Again     transformer check . --only command\n"
        )
        assert "Convert " not in terminal.render(plan(), Frame(mode="check", in_git=False))

    def test_in_place_with_new_files(self) -> None:
        """A file that was not there before cannot be restored, and no diff shows it."""
        told = terminal.render(plan(new={"jobs/a.yaml": b"x", "jobs/new.yaml": b"y"}), Frame(mode="in-place"))
        assert "Review  git status --short && git diff\n" in told
        assert "Undo    git restore -- jobs/a.yaml && git clean -q -f -- jobs/new.yaml\n" in told
        many = {f"{n}.yaml": b"a" for n in range(30)}
        assert "git stash push --include-untracked -m transformer" in terminal.render(plan(old={}, new=many), Frame(mode="in-place"))

    def test_in_place_with_many_files_loses_nothing(self) -> None:
        """A stash can be taken back; restoring everything could not."""
        many = {f"{n}.yaml": b"a" for n in range(30)}
        told = terminal.render(plan(old=dict.fromkeys(many, b""), new=many), Frame(mode="in-place"))
        assert "restore" not in told
        assert "git stash push -m transformer   # 30 files" in told

    def test_in_place_without_git(self) -> None:
        """Says so."""
        assert "this folder is not in git" in terminal.render(plan(), Frame(mode="in-place", in_git=False))

    def test_dry_run(self) -> None:
        """How to do it for real."""
        told = terminal.render(plan(), Frame(mode="dry-run", again="transformer convert . --dry-run"))
        assert "Write it  transformer convert .\n" in told
        assert "nothing written" in told

    def test_a_url(self) -> None:
        """Nothing is left on this machine, so the branch is fetched."""
        frame = Frame(source="https://x/y.git", remote="https://x/y.git", branch="transformer/a", again="transformer convert …")
        told = terminal.render(plan(), frame)
        assert "git fetch https://x/y.git transformer/a && git log --reverse -p 1234567890ab..FETCH_HEAD" in told
        assert "git push https://x/y.git --delete transformer/a" in told

    def test_nothing_to_do(self) -> None:
        """There is nothing to review."""
        told = terminal.render(replace(plan(), changes=(), new={}, old={}), BRANCH)
        assert "Review" not in told and "nothing to do; plan" in told
