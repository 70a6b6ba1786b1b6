"""Double braces: the rows of argo-verified.md 2, by version; the escape, and that the kubelet takes it back."""

from __future__ import annotations

import re
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.passes.cronjobs import WHOLE, convert, with_field
from transformer.passes.cronworkflow.fields.braces import escaped, interpreted
from transformer.passkit import Version

VERSIONS: Final = ("3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "4.0", "4.1")
KEPT: Final = (
    "{{.Names}}", "{{ ds }}", "{{range .items}}", "${{ github.sha }}", "{{$labels.x}}", "{{json .}}", "{{}}", "{{ }}", '{{"a"}}',
    "{{{{.x}}}}", "{{{x}}}", "{{- x -}}", "{{#if}}{{/if}}", "{{!c}}", "{{>p}}", "{{tasks}}", "{{workflow}}", "{{inputs}}",
    "{{cronworkflow.name}}", "{{{workflow.name}}}", "{{-workflow.name-}}", "{{- workflow.name -}}", "{{\nworkflow.name\n}}",
    "{{\tworkflow.name}}", "{{lastRetry.foo}}", "{{retries.x}}", "{{ =x }}", "{{ unclosed", "}} {{", "}}", "{ x }", "${X}", "$(X)", "",
)  # fmt: skip
READ: Final = (
    "{{workflow.name}}", "{{ workflow.name }}", "{{workflow.uid}}", "{{workflow.namespace}}", "{{workflow.creationTimestamp}}",
    "{{workflow.creationTimestamp.Y}}", "{{workflow.mainEntrypoint}}", "{{pod.name}}", "{{node.name}}", "{{ node.name }}",
    "{{workflow.status}}", "{{workflow.serviceAccountName}}", "{{steps.name}}", "{{workflow.duration}}", "{{workflow.labels.json}}",
    "{{workflow.foo}}", "{{inputs.parameters.x}}", "{{item.x}}", "{{steps.a.b}}", "{{tasks.x}}", "{{pod.x}}",
    "{{workflow.parameters.x}}", "{{workflow.labels.x}}", "{{workflow.failures}}", "{{workflow.priority}}", "{{inputs.file }}",
    "{{outputs.x}}", "{{outputs.parameters.x}}", "{{tasks.name}}", "{{workflow.scheduledTime}}", "{{retries}}", "{{ retries }}",
    "{{lastRetry.exitCode}}", "{{item}}", "{{=1+1}}", "{{= workflow.name}}", '{{=sprig.upper("a")}}', "{{=foo.bar}}", "{{=foo(1)}}",
    "{{=x.y.z == 1}}", "{{=[[ ]]=}}", "{{=|| ||=}}", "{{= a b }}", "{{=}}", "{{=<% %>=}}", "{{= never closed", "{{workflow.x never closed",
    "{{ a {{workflow.name}} }}", "{{.x}} then {{item}}", "{{\xa0workflow.name}}", "{{\u3000pod.name }}",
    '{{= "{" + "{inputs.x}" + "}" }}',
)  # fmt: skip
# The check for unresolved names looked at the tag with its blanks up to 3.2.
BLANK_FIRST: Final = ("{{ inputs.file }}", "{{ item.x }}", "{{ workflow.foo }}", "{{ steps.a.b}}")


@pytest.mark.parametrize("argo", VERSIONS)
@pytest.mark.parametrize("text", KEPT)
def test_what_argo_leaves_alone(text: str, argo: str) -> None:
    """Byte for byte in the Pod."""
    assert interpreted(text, Version.parse(argo)) is None
    assert escaped(text, Version.parse(argo), "ARGO_LB") == text


@pytest.mark.parametrize("argo", VERSIONS)
@pytest.mark.parametrize("text", READ)
def test_what_argo_would_read(text: str, argo: str) -> None:
    """Replaced, or the Workflow fails; after the escape nothing is left to read."""
    assert interpreted(text, Version.parse(argo))
    assert interpreted(escaped(text, Version.parse(argo), "ARGO_LB"), Version.parse(argo)) is None


@pytest.mark.parametrize("argo", VERSIONS)
@pytest.mark.parametrize("text", BLANK_FIRST)
def test_a_leading_blank_hides_an_unknown_name_up_to_3_2(text: str, argo: str) -> None:
    """And never a known one."""
    assert (interpreted(text, Version.parse(argo)) is None) == (argo in ("3.1", "3.2"))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{workflow.name}}", "{$(ARGO_LB)workflow.name}}"),
        ("{{.x}} {{item}}", "{{.x}} {$(ARGO_LB)item}}"),
        ("{{ a {{workflow.name}} }}", "{{ a {$(ARGO_LB)workflow.name}} }}"),
        ("a {{ unclosed and {{workflow.name}}", "a {{ unclosed and {$(ARGO_LB)workflow.name}}"),
        ("${{=github.sha }}", "${$(ARGO_LB)=github.sha }}"),
        ("$$(A) {{item}} $(B)", "$$(A) {$(ARGO_LB)item}} $(B)"),
        ("$(echo {{item}})", "$$(echo {$(ARGO_LB)item}})"),
        ("$(echo $(x {{item}}))", "$$(echo $$(x {$(ARGO_LB)item}}))"),
        ("$(echo {{item}}", "$$(echo {$(ARGO_LB)item}}"),
        ("{{item}} $(echo", "{$(ARGO_LB)item}} $(echo"),
    ],
)
def test_the_escape(text: str, written: str) -> None:
    """Only what Argo would read, and a `$(` that would end at the new parenthesis."""
    assert escaped(text, Version.parse("3.6"), "ARGO_LB") == written


def expand(text: str, variables: dict[str, str]) -> str:
    """What the kubelet makes of a text: `$(NAME)`, `$$`; a name that nobody has stays as it is written."""

    def one(m: re.Match[str]) -> str:
        return "$" if m[0] == "$$" else variables.get(m["name"], m[0]) if m["name"] is not None else m[0]

    return re.sub(r"\$\$|\$\((?P<name>[^)]*)\)|\$.", one, text, flags=re.DOTALL)


PIECES: Final = st.sampled_from(
    ["{{item}}", "{{workflow.name}}", "{{", "}}", "{", "}", "$", "$$", "$(", ")", "(", "$(A)", "$(B)", " ", "\n", "=", "item", "x", "pod.x"]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from(["3.1", "3.6", "4.0"]))
@example("$(a$(b{{item}}c)d)$$(A)", "3.6")
def test_the_kubelet_takes_the_escape_back(text: str, argo: str) -> None:
    """Whatever stands around it, the process gets what it got; and Argo sees nothing."""
    variables = {"A": "1"}
    new = escaped(text, Version.parse(argo), "ARGO_LB")
    assert expand(new, {**variables, "ARGO_LB": "{"}) == expand(text, variables)
    assert interpreted(new, Version.parse(argo)) is None


# --- in a CronJob


@pytest.mark.parametrize(
    "item",
    [
        "- '{{item}} it''s'",
        '- "{{item}} \\u00e9\\t\\x41"',
        "- x {{item}}",
        "- x\n  over {{item}}",
        "- |\n  a\n\n   b {{item}}\n  c {{workflow.name}} {{pod.name}}\n",
        "- |2-\n   a {{item}}\n  b",
        "- >-\n  folded {{item}}\n  and on\n\n  more",
        '- "two \\\n  lines {{item}}"',
    ],
)
def test_only_the_brace_changes(item: str) -> None:
    """In every style of scalar."""
    source = with_field("container", "args:\n" + item)
    done = convert(source)
    assert done.outcome == "Changed", done.reason
    moved = [line.strip() for line in done.text.splitlines()]
    for line in item.splitlines():
        assert line.strip().replace("{{", "{$(ARGO_LB)") in moved


@pytest.mark.parametrize(
    ("field", "env"),
    [
        ("args: ['{{item}}']", [{"name": "ARGO_LB", "value": "{"}]),
        ("args: ['{{item}}']\nenv: []", [{"name": "ARGO_LB", "value": "{"}]),
        ("args: ['{{item}}']\nenv: null", [{"name": "ARGO_LB", "value": "{"}]),
        ("args: ['{{item}}']\nenv: [{name: A, value: b}]", [{"name": "ARGO_LB", "value": "{"}, {"name": "A", "value": "b"}]),
        ("env:\n# mine\n- {name: A, value: '{{item}}'}", [{"name": "ARGO_LB", "value": "{"}, {"name": "A", "value": "{$(ARGO_LB)item}}"}]),
        (
            "env: [{name: ARGO_LB, value: '{{item}}'}]",
            [{"name": "ARGO_LB_2", "value": "{"}, {"name": "ARGO_LB", "value": "{$(ARGO_LB_2)item}}"}],
        ),
        ("args: ['{{item}} $(ARGO_LB)']", [{"name": "ARGO_LB_2", "value": "{"}]),
    ],
)
def test_the_variable_comes_first(field: str, env: list[dict[str, str]]) -> None:
    """A value can only name variables that stand before it; a name that is taken is not taken again."""
    done = convert(with_field("container", field))
    assert done.outcome == "Changed", done.reason
    assert done.template["container"]["env"] == env
    assert done.rows == ["braces-escaped"]


def test_command_and_init_containers() -> None:
    """Each container has its own variable."""
    source = with_field("pod", "initContainers: [{name: i, image: j, command: [sh, '{{item}}']}]").replace("[report]", '["{{pod.name}}"]')
    done = convert(source)
    assert done.template["initContainers"] == [
        {"name": "i", "image": "j", "command": ["sh", "{$(ARGO_LB)item}}"], "env": [{"name": "ARGO_LB", "value": "{"}]}
    ]
    assert done.template["container"]["command"] == ["{$(ARGO_LB)pod.name}}"]


@pytest.mark.parametrize(
    ("level", "lines", "row"),
    [
        ("pod-template", "metadata: {annotations: {a: '{{workflow.name}}'}}", "braces"),
        ("pod", "volumes: [{name: v, configMap: {name: '{{item}}'}}]", "braces"),
        ("container", "livenessProbe: {exec: {command: ['{{item}}']}}", "braces"),
        ("container", "workingDir: '{{pod.name}}'", "braces"),
        ("pod", "hostname: '{{pod.name}}'", "braces"),
        ("pod", "hostname: '{{=1}}'", "braces"),
        ("pod", "hostname: '{{ a'", "braces-unclosed"),
        ("container", "args: ['{{item}}']\nenv: [{name: '{A', value: b}]", "braces-in-names"),
    ],
)
def test_where_there_is_no_escape(level: str, lines: str, row: str) -> None:
    """The kubelet replaces nothing there."""
    assert convert(with_field(level, lines)).rows == [row]


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        ("pod-template", "metadata: {annotations: {a: '{{ $labels.x }}'}}"),
        ("pod-template", "metadata: {annotations: {a: 'a {{ never closed'}}"),
        ("job-template", "metadata: {annotations: {a: '{{workflow.name}}'}}"),
        ("container", "args: ['{{ never closed', '{{.Names}}']"),
        ("pod", "hostname: '{{.x}}'"),
    ],
)
def test_what_needs_none(level: str, lines: str) -> None:
    """Argo leaves it alone, or does not look there."""
    done = convert(with_field(level, lines))
    assert done.outcome == "Changed", done.reason
    assert done.rows == []


def test_very_long_arguments() -> None:
    """From 3.7.10 on they go through a ConfigMap, where the kubelet replaces nothing."""
    source = with_field("container", f"args: ['{{{{item}}}} {'x' * 132_000}']")
    assert convert(source, argo="3.6").outcome == "Changed"
    assert convert(source, argo="3.7").rows == ["args-too-long"]


def test_json_and_crlf() -> None:
    """The same in every layout."""
    source = with_field("container", "args: ['{{item}}']")
    assert convert(source.replace("\n", "\r\n")).text == convert(source).text.replace("\n", "\r\n")
    flow = WHOLE.replace(
        "            - name: work\n              image: registry.example/report:1\n              command: [report]\n",
        '            - {"name": "work", "image": "i", "command": ["a", "{{item}}"]}\n',
    )
    assert convert(flow).template["container"]["command"] == ["a", "{$(ARGO_LB)item}}"]


@pytest.mark.parametrize("args", ["5", "{a: b}", "'{{workflow.name}}'"])
def test_braces_beside_a_value_of_another_type(args: str) -> None:
    """The walk refuses the type; the escape reads it as empty."""
    text = WHOLE + f"              args: {args}\n              env: [{{name: A, value: '{{{{workflow.name}}}}'}}]\n"
    done = convert(text)
    assert done.outcome == "Blocked"
    assert "wrong-type" in done.rows
