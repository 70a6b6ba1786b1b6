"""A template of an organisation: what it may write, and what every mistake in it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.passes.cronjobs import ALONE, FILE, WHOLE, convert, with_field
from transformer import templating
from transformer.model import Target, Version
from transformer.passes.cronworkflow import ready
from transformer.passes.cronworkflow.params import Parameters
from transformer.passkit import testing
from transformer.templating import TemplateFault

FIXTURES = Path(__file__).parents[4] / "fixtures"
OWN = """\
{#- The least that makes a CronWorkflow of a CronJob with one Pod. #}
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
spec:
{%- for field, text in cron.items() %}
  {{ field }}: {{ text }}
{%- endfor %}
  workflowSpec:
    entrypoint: main
{%- for field, text in workflow.items() %}
    {{ field }}: {{ text }}
{%- endfor %}
    templates:
      - name: main
{%- for field, text in template.items() %}
        {{ field }}: {{ text }}
{%- endfor %}
"""
LABELS = with_field("metadata", "labels: {team: sales}")
Bring = Callable[[str], Path]


@pytest.fixture
def bring(tmp_path: Path) -> Iterator[Bring]:
    """Use this text as the organisation's template."""

    def use(text: str) -> Path:
        (tmp_path / "cronworkflow.yaml.j2").write_text(text, encoding="utf-8")
        templating.use(tmp_path)
        return tmp_path

    yield use
    templating.use(None)


def changed(old: str, new: str) -> str:
    """The template that comes with transformer, with one place changed."""
    assert old in OWN
    return OWN.replace(old, new)


def behind(anchor: str, lines: str) -> str:
    return changed(anchor, anchor + lines)


NOTIFY = """
      - name: notify
        container: {image: "registry.example/notify:1", command: [notify, {{ name }}]}
"""
RUN = changed("entrypoint: main", "entrypoint: run\n    onExit: notify").replace("- name: main", "- name: run").rstrip() + NOTIFY


def test_an_organisation_brings_its_own_shape(bring: Bring) -> None:
    """Labels, an exit handler, another name for the template; the source's text moves all the same."""
    bring(RUN.replace("kind: CronWorkflow\n", "kind: CronWorkflow\nmetadata: {labels: {made-from: cronjob}}\n"))
    done = convert(WHOLE)
    assert done.outcome == "Changed", done.reason
    assert done.data["metadata"]["labels"] == {"made-from": "cronjob"}
    assert done.workflow["onExit"] == "notify"
    assert [t["name"] for t in done.workflow["templates"]] == ["run", "notify"]
    assert done.template["retryStrategy"]["limit"] == 6
    assert "          command: [report]\n" in done.text
    ready(Parameters(), Target(argo=Version.parse("3.6")))


def test_templates_before_the_one_that_runs(bring: Bring) -> None:
    """Their order is the template's."""
    bring(changed("    templates:\n", "    templates:\n      - name: first\n        suspend: {}\n"))
    done = convert(WHOLE)
    assert done.outcome == "Changed", done.reason
    assert [t["name"] for t in done.workflow["templates"]] == ["first", "main"]


@pytest.mark.parametrize("text", [WHOLE, LABELS, with_field("metadata", "labels: {}"), with_field("metadata", "labels:")])
def test_labels_are_added_to_those_that_are_there(bring: Bring, text: str) -> None:
    """None, some, an empty mapping, nothing at all."""
    bring(changed("kind: CronWorkflow\n", "kind: CronWorkflow\nmetadata: {labels: {made-from: cronjob}}\n"))
    done = convert(text)
    assert done.outcome == "Changed", done.reason
    assert done.data["metadata"]["labels"].items() >= {"made-from": "cronjob"}.items()
    assert ("team: sales" in done.text) == ("team: sales" in text)


def test_what_a_template_writes_is_cited(bring: Bring) -> None:
    """A change names the template where it is the template's, the row where it is the pass's own."""

    bring(behind("    entrypoint: main\n", "    podGC: {strategy: OnPodSuccess}\n"))
    record = testing.convert({FILE: WHOLE}, (ALONE, Parameters()), Target(argo=Version.parse("3.6")))
    cited = {str(c.path[-1]): (c.source, c.why) for c in record.changes if c.op == "insert"}
    assert cited["podGC"][0] == cited["strategy"][0] if "strategy" in cited else cited["podGC"][0] == "templates/cronworkflow.yaml.j2"
    assert "organisation" in cited["podGC"][1]
    assert cited["timezone"][0] == "cronjob_rules/time-zone-absent"


def test_another_retry_strategy(bring: Bring) -> None:
    """It may be replaced, the limit of the CronJob stays; what that means for evictions is then for the template to say."""
    text = changed(
        "{%- for field, text in template.items() %}",
        """        retryStrategy: {limit: {{ 1 }}, retryPolicy: OnError}
{%- for field, text in template.items() if field != "retryStrategy" %}""",
    )
    bring(text)
    done = convert(WHOLE)
    assert done.outcome == "Changed", done.reason
    assert done.template["retryStrategy"] == {"limit": 1, "retryPolicy": "OnError"}
    assert "template-retry-strategy" in done.rows
    assert not any("evicted or killed" in f.full_message for f in done.findings)
    with_limit = convert(with_field("job", "backoffLimit: 3"))
    assert with_limit.outcome == "Blocked"
    assert "leaves out /spec/jobTemplate/spec/backoffLimit" in with_limit.reason


def test_the_mutex_of_the_example_by_version(bring: Bring) -> None:
    """A list from 3.6 on, one before."""
    bring((FIXTURES / "template-mutex" / "templates" / "cronworkflow.yaml.j2").read_text(encoding="utf-8"))
    assert convert(LABELS).workflow["synchronization"] == {"mutexes": [{"name": "sales"}]}
    assert convert(LABELS, argo="3.5").workflow["synchronization"] == {"mutex": {"name": "sales"}}


def test_the_template_knows_the_job_and_the_version(bring: Bring) -> None:
    """Name, namespace, labels, version."""
    bring(
        behind(
            "    entrypoint: main\n",
            "    synchronization: {% if at_least('3.6') %}{mutexes: [{name: {{ labels.team | default('none') }}-{{ namespace }} }]}"
            "{% else %}{mutex: {name: {{ name }} }}{% endif %}\n",
        )
    )
    assert convert(LABELS).workflow["synchronization"] == {"mutexes": [{"name": "sales-"}]}
    assert convert(LABELS, argo="3.5").workflow["synchronization"] == {"mutex": {"name": "report"}}


FIELD, ROW = "  {{ field }}: {{ text }}\n{%- endfor %}\n  work", "template.items() %}"
NO_RETRIES = "template.items() if field != 'retryStrategy' %}"
HEAD, ITEM = "kind: CronWorkflow\n", "      - name: main\n"
# name, template, the line that the message must name (where it can be told), words of the message
FAULTS: list[tuple[str, str, str, str]] = [
    ("syntax", behind(HEAD, "{% for x in y %}\n"), "", "endfor"),
    ("unknown name", behind(HEAD, "metadata: {labels: {a: {{ nope }} }}\n"), "nope", "'nope' is undefined"),
    ("unknown filter", behind(HEAD, "metadata: {labels: {a: {{ 1 | nope }} }}\n"), "nope", "nope"),
    ("another file", behind(HEAD, "{% include 'none.j2' %}\n"), "none.j2", "There is no template none.j2"),
    ("no YAML", behind(HEAD, "metadata: {labels: [\n"), "", "not valid YAML"),
    ("no mapping", "- a\n", "- a", "one mapping"),
    ("two documents", OWN + "---\na: b\n", "", "one mapping"),
    ("nothing", "# nothing\n", "", "one mapping"),
    ("another kind", changed("kind: CronWorkflow", "kind: Workflow"), "kind: Workflow", "not a CronWorkflow: kind is 'Workflow'"),
    ("no kind", changed(HEAD, ""), "", "not a CronWorkflow"),
    ("no spec", "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\n", "", "no spec.workflowSpec"),
    ("a stray field", behind(HEAD, "data: {}\n"), "data: {}", "no field data"),
    ("jobTemplate", changed("  workflowSpec:\n", "  jobTemplate: {}\n  workflowSpec:\n"), "jobTemplate: {}", "no field spec.jobTemplate"),
    ("left out", changed("in cron.items()", "in {}.items()"), "spec:", "leaves out /spec/schedule"),
    ("left out of workflowSpec", changed("in workflow.items()", "in {}.items()"), "  workflowSpec:", "leaves out /spec/jobTemplate/spec"),
    ("a value left out", changed("cron.items() %}", "cron.items() if field != 'timezone' %}"), "spec:", "leaves out timezone"),
    (
        "a value changed",
        changed(FIELD, FIELD.replace("text }}", "text if field != 'timezone' else 'UTC' }}")),
        "else 'UTC'",
        "timezone has another value",
    ),
    ("twice", OWN + "      - name: more\n        container: {{ template.container }}\n", "  container: {{", "is used twice"),
    ("elsewhere", changed(FIELD, FIELD.replace("{{ field", "_{{ field")), "_{{", "belongs at"),
    ("no such node", behind(ITEM, '        script: !source "/spec/nothing"\n'), "script:", "not a node of this CronJob that moves"),
    ("no pointer", behind(ITEM, "        script: !source [a]\n"), "script:", "does not name a node"),
    ("an alias", behind(ITEM, "        a: &a b\n        c: *a\n"), "c: *a", "Aliases"),
    ("no retries", changed(ROW, NO_RETRIES), "    templates:", "leaves out retryStrategy"),
    (
        "no limit",
        changed(ROW, NO_RETRIES).replace(
            ITEM, ITEM + "        retryStrategy: {retryPolicy: Always}\n"
        ),
        "{retryPolicy",
        "without `limit`",
    ),
    ("never run", changed("point: main", "point: other") + "      - {name: other, suspend: {}}\n", "entrypoint: other", "never runs"),
    ("key twice", behind("\nspec:\n", "  timezone: UTC\n"), "", "is written twice"),
    ("what moves away", changed("  workflowSpec:\n", "  schedule: '0 2 * * *'\n  workflowSpec:\n"), "schedule: '0", "moves or is dropped"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "words"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_faulty_template(bring: Bring, text: str, place: str, words: str) -> None:
    """It says where, what, and what to do, before anything is read."""
    with pytest.raises(TemplateFault) as told:
        bring(text)
        ready(Parameters(), Target(argo=Version.parse("3.6")))
    assert words in told.value.what
    assert told.value.remedy
    lines = text.split("\n")
    assert 1 <= told.value.line <= len(lines)
    assert place in lines[told.value.line - 1], told.value


def test_what_depends_on_the_cronjob_blocks_only_that(bring: Bring) -> None:
    """A template may fit one CronJob and not the next."""
    bring(behind("      - name: main\n", "        priorityClassName: batch\n"))
    ready(Parameters(), Target(argo=Version.parse("3.6")))
    assert convert(WHOLE).outcome == "Changed"
    taken = convert(with_field("pod", "priorityClassName: high"))
    assert taken.outcome == "Blocked"
    assert taken.findings[0].code == "CRON007"
    assert "cronworkflow.yaml.j2:" in taken.reason
    assert "priorityClassName is written twice" in taken.reason


@pytest.mark.parametrize(
    ("lines", "other"), [("suspend: true", "suspend: false"), ("concurrencyPolicy: Forbid", "concurrencyPolicy: Allow")]
)
def test_a_value_of_the_cronjob_is_not_changed(bring: Bring, lines: str, other: str) -> None:
    """Neither behind its back nor by the way."""
    bring(changed("  workflowSpec:\n", f"  {other}\n  workflowSpec:\n"))
    done = convert(with_field("cron", lines))
    assert done.outcome == "Blocked"
    assert "where the CronJob has" in done.reason


def test_a_template_switches_no_job_off(bring: Bring) -> None:
    """One line would stop them all."""
    bring(changed("  workflowSpec:\n", "  suspend: true\n  workflowSpec:\n"))
    assert "The template sets spec.suspend" in convert(WHOLE).reason


def test_labels_of_the_cronjob_are_not_changed(bring: Bring) -> None:
    bring(changed("kind: CronWorkflow\n", "kind: CronWorkflow\nmetadata: {labels: {team: ops}}\n"))
    assert "where the CronJob has 'sales'" in convert(LABELS).reason
