"""`transformer explain`, `passes` and `init`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from transformer import knowledge
from transformer.commands import init, inspect
from transformer.config import consent, discovery, settings
from transformer.errors import UsageError

ROOT = Path(__file__).parents[2]


def test_passes_are_listed_in_the_order_of_the_pipeline() -> None:
    """One line each, with the first line of its page."""
    lines = inspect.listing().splitlines()
    assert [line.split()[0] for line in lines][:5] == ["executor", "resources", "eviction", "cronworkflow", "command"]
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


@pytest.mark.parametrize("name", discovery.names())
def test_the_page_of_a_pass_is_complete(name: str) -> None:
    """Docstring, every parameter with its meaning, every code, three examples of each kind and where the others are."""
    found = discovery.load(name)
    page = inspect.page(name)
    assert found.doc.strip() in page
    for line in page.split("## Findings")[0].splitlines():
        assert not (line.startswith("| `") and line.endswith("| |")), f"a parameter without words: {line}"
    for code in found.codes:
        assert f"- **{code}**:" in page
    places = dict.fromkeys(re.findall(r"more examples, .* in \[(.*)\]\(../../(.*)\)", page))
    for kind in {type(e) for e in found.examples}:
        names = [e.name for e in found.examples if type(e) is kind]
        assert [n for n in names if f"### {n}" in page] == names[:3]
        assert len(names) <= 3 or places
    for told, place in places:
        assert told == place and (ROOT / place).exists()


def test_every_code_and_every_row_has_a_page() -> None:
    """Whatever a report names can be explained."""
    for found in inspect.in_order():
        for code in found.codes:
            assert inspect.page(code).startswith(f"# {code}\n")
    for table in consent.tables():
        for row in table.rows:
            page = inspect.page(f"{table.name}/{row.id}")
            assert table.name == "sources" or all(f"Source: {part}. " in page for part in row.source.split("; ")), row.id


def test_a_row_leads_to_where_it_can_be_read() -> None:
    """The address upstream, the page in the repository, the versions, and how certain it is."""
    page = inspect.page("completions")
    assert "Source: argo.md 4.3. Fields of the JobSpec.\n\n- https://kubernetes.io/docs/concepts/workloads/controllers/job\n" in page
    assert "docs/facts/argo.md#43-jobspec" in page and "Argo Workflows 3.1 to 4.1; measured, 2026-08-22; not certain: " in page
    assert inspect.page("argo.md 4.3").startswith("# argo.md 4.3\n\nFields of the JobSpec.\n\n- https://")
    assert "docs/promises.md#4-the-promises-kept-on-every-run" in inspect.page("architecture §4")


def test_the_page_of_a_row_reads_only_the_tables_that_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are only searched for the word."""
    read: list[str] = []
    table = knowledge.table

    def spy(name: str, package: str | None = None) -> knowledge.Table:
        read.append(name)
        return table(name, package)

    monkeypatch.setattr(knowledge, "table", spy)
    assert [(held.name, row.id) for held, row in consent.find_rows("cronjob_fields/completions")] == [("cronjob_fields", "completions")]
    assert "cronjob_fields" in read and "releases" not in read


def test_a_row_that_needs_consent_says_how_to_give_it() -> None:
    """On the command line and in the file."""
    page = inspect.page("restart-policy-on-failure")
    assert "--accept restart-policy-on-failure" in page and "accept: [restart-policy-on-failure]" in page


def test_an_unknown_name_gets_a_suggestion() -> None:
    """Over passes, codes and rows."""
    with pytest.raises(UsageError, match='Did you mean "executor"'):
        inspect.page("executer")
    with pytest.raises(UsageError, match='Did you mean "restart-policy-on-failure"'):
        inspect.page("restart-policy-onfailure")
    with pytest.raises(UsageError, match="`transformer passes` lists"):
        inspect.page("qqqqqqqq")


class TestDraft:
    """transformer.yaml as `init` writes it."""

    SEEN = init.look(
        [
            ("a.yaml", b"kind: CronJob\n---\nkind: 'CronJob'\n---\n- kind: Service\n"),
            ("argo.yaml", b"image: quay.io/argoproj/workflow-controller:v2.9.8\ncontainerRuntimeExecutor: docker\n"),
            ("kustomization.yaml", b"resources:\n- https://github.com/argoproj/argo-workflows/releases/download/v2.12.1/install.yaml\n"),
            ("pod.yaml", b'cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n'),
            ("broken.yaml", b"\xff\xfe{{ kind: [\n"),
        ]
    )

    def test_it_tells_what_was_seen(self) -> None:
        """Kinds, pins in the order of versions, executors, annotations; also beside broken files."""
        text = init.draft(self.SEEN)
        assert "# Found in 5 YAML files:\n#   2 CronJob\n#   1 other resource\n" in text
        assert '#   Argo Workflows 2.9, deployed by "argo.yaml"\n#   Argo Workflows 2.12, deployed by "kustomization.yaml"\n' in text
        assert '#   the executor docker, set in "argo.yaml"\n' in text
        assert '#   safe-to-evict: "false", 1 time\n' in text

    @pytest.mark.parametrize("seen", [SEEN, init.Sighting()])
    def test_it_does_what_the_built_in_pipeline_does(self, seen: init.Sighting) -> None:
        """It parses, and only comments are added."""
        made, usual = settings.parse(init.draft(seen), "transformer.yaml"), settings.built_in()
        assert (made.target, made.passes, made.limits, made.include) == (usual.target, usual.passes, usual.limits, usual.include)

    def test_a_file_name_cannot_leave_its_comment(self) -> None:
        """Line feeds in names are escaped."""
        seen = init.look([("a\nkind: Evil.yaml", b"workflow-controller:v3.4.1")])
        settings.parse(init.draft(seen), "transformer.yaml")
