"""What a Job says beyond one Pod that is tried again: podFailurePolicy, completions, indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.passes.cronjobs import WHOLE, convert, with_field
from transformer import templating

CHANGED = "Changed"
CODE = "asInt(lastRetry.exitCode)"
EVICTED = f"{CODE} not in [-1, 137, 143]"


# --- podFailurePolicy


def policy(*rules: Any) -> str:
    return with_field("job", f"podFailurePolicy: {json.dumps({'rules': list(rules)})}")


def on_codes(action: str, operator: str, *values: int, **more: Any) -> dict[str, Any]:
    return {"action": action, "onExitCodes": {"operator": operator, "values": list(values), **more}}


DISRUPTED = [{"type": "DisruptionTarget"}]


@pytest.mark.parametrize(
    ("rules", "fail", "retry"),
    [
        ([], EVICTED, None),
        ([on_codes("FailJob", "In", 42, 3)], EVICTED.replace("[-1,", "[-1, 3, 42,"), "asInt(lastRetry.exitCode) not in [3, 42]"),
        ([on_codes("FailJob", "NotIn", 1, 2)], "asInt(lastRetry.exitCode) in [0, 1, 2]", "asInt(lastRetry.exitCode) in [-1, 0, 1, 2]"),
        ([on_codes("FailJob", "In", 137)], EVICTED, "asInt(lastRetry.exitCode) not in [137]"),
        ([on_codes("Count", "In", 1)], EVICTED, None),
        ([on_codes("Count", "In", 1), on_codes("FailJob", "In", 1, 2)], f"{CODE} not in [-1, 2, 137, 143]", f"{CODE} not in [2]"),
        ([on_codes("Count", "NotIn", 5), on_codes("FailJob", "In", 5, 6)], f"{CODE} not in [-1, 5, 137, 143]", f"{CODE} not in [5]"),
        ([on_codes("FailJob", "In", 1, containerName="work")], EVICTED.replace("[-1,", "[-1, 1,"), "asInt(lastRetry.exitCode) not in [1]"),
    ],
)  # fmt: skip
def test_exit_codes_become_an_expression(rules: list[Any], fail: str, retry: str | None) -> None:
    """The first rule that fits decides; what is evicted is left to `onEviction`."""
    done = convert(policy(*rules))
    assert done.outcome == CHANGED, done.reason
    assert done.template["retryStrategy"]["expression"] == fail
    assert done.rows == []
    again = convert(policy(*rules), onEviction="retry").template["retryStrategy"]
    assert (again["retryPolicy"], again.get("expression")) == ("Always", retry)


RULES = st.lists(
    st.builds(on_codes, st.sampled_from(["FailJob", "Count"]), st.sampled_from(["In", "NotIn"]), st.integers(1, 6), st.integers(1, 6)),
    max_size=4,
)


@settings(deadline=None, max_examples=40)
@given(RULES)
def test_the_expression_says_what_the_rules_say(rules: list[dict[str, Any]]) -> None:
    """For every exit code, and for none."""
    strategy = convert(policy(*rules), onEviction="retry").template["retryStrategy"]
    for code in (*range(-1, 9), 137):
        said = eval(strategy.get("expression", "True").replace("asInt(lastRetry.exitCode)", str(code)), {"True": True})  # noqa: S307
        assert said == tried_again(rules, code)


def tried_again(rules: list[dict[str, Any]], code: int) -> bool:
    for rule in rules:
        asked = rule["onExitCodes"]
        if code > 0 and (code in asked["values"]) == (asked["operator"] == "In"):
            return bool(rule["action"] != "FailJob")
    return True


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ({"action": "Ignore", "onPodConditions": DISRUPTED}, "pod-failure-conditions"),
        ({"action": "Count", "onPodConditions": DISRUPTED}, "pod-failure-conditions"),
        ({"action": "FailJob", "onPodConditions": DISRUPTED}, "pod-failure-conditions"),
        ({"action": "FailJob", "onPodConditions": [{"type": "ConfigIssue"}]}, "pod-failure-other-conditions"),
        ({"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "False"}]}, "pod-failure-other-conditions"),
        (on_codes("Ignore", "In", 1), "pod-failure-ignore-codes"),
        (on_codes("FailIndex", "In", 1), "pod-failure-index"),
        (on_codes("FailJob", "In", 1, containerName="other"), "pod-failure-container"),
        (on_codes("FailJob", "Between", 1), "pod-failure-unknown"),
        (on_codes("Retry", "In", 1), "pod-failure-unknown"),
        ({"action": "FailJob"}, "pod-failure-unknown"),
        ({"action": "FailJob", "onExit": {}}, "wrong-type"),
        ("FailJob", "wrong-type"),
    ],
)
def test_rules_that_no_expression_says(rule: Any, row: str) -> None:
    """Refused, or done with consent."""
    refused = convert(policy(rule))
    assert (refused.outcome, refused.rows) == ("Blocked", [row])
    if row == "pod-failure-conditions":
        assert convert(policy(rule), accept=[row]).template["retryStrategy"]["expression"] == EVICTED


def test_corners_of_the_policy() -> None:
    """Init containers, restarts in place, an old target, an eviction that must fail the Job, no new try at all."""
    codes = policy(on_codes("FailJob", "In", 1))
    init = with_field("pod", "initContainers: [{name: i, image: j}]", codes)
    assert convert(init).rows == ["pod-failure-any-container"]
    assert convert(init.replace('"values": [1]', '"values": [1], "containerName": "work"')).outcome == CHANGED
    assert "pod-failure-restart" in convert(codes.replace("Never", "OnFailure"), accept=["restart-policy-on-failure"]).rows
    assert convert(codes, argo="3.1", onEviction="retry").rows == ["retry-expression"]
    assert convert(policy({"action": "FailJob", "onPodConditions": DISRUPTED}), onEviction="retry").rows == ["pod-failure-eviction"]
    assert convert(with_field("job", "podFailurePolicy: {rule: []}")).rows == ["wrong-type"]
    kept = convert(policy(on_codes("FailJob", "In", 1, containerName="work")), containerName="keep", onEviction="retry")
    assert "pod-failure-set" in kept.rows
    never = policy({"action": "FailJob", "onPodConditions": DISRUPTED}).replace("      template:", "      backoffLimit: 0\n      template:")
    once = convert(never)
    assert once.template["retryStrategy"] == {"limit": 0}


def test_a_policy_means_that_pods_never_overlap() -> None:
    """Beside it the API writes `podReplacementPolicy: Failed`."""
    assert not [f for f in convert(policy(on_codes("FailJob", "In", 1))).findings if f.source.endswith("/pod-replacement-absent")]


# --- several Pods


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        ("parallelism: 0", "parallelism-zero"),
        ("parallelism: 2", "parallelism-queue"),
        ("completions: 3", "completions"),
        ("completions: 3\nparallelism: 2", "completions"),
        ("completions: 0", "completions-zero"),
        ("completions: 3\ncompletionMode: Indexed", "completions-indexed"),
        ("completionMode: Indexed", "completions-missing"),
        ("completionMode: Sometimes", "completion-mode"),
        ("backoffLimitPerIndex: 1", "backoff-limit-per-index"),
        ("maxFailedIndexes: 1", "max-failed-indexes"),
        ("successPolicy: {rules: [{succeededCount: 1}]}", "success-policy"),
        ("completions: three", "wrong-type"),
    ],
)
def test_refused_unless_accepted(lines: str, row: str) -> None:
    """Each with its own reason."""
    done = convert(with_field("job", lines))
    assert (done.outcome, done.rows) == ("Blocked", [row])


def test_several_completions() -> None:
    """A step that is done so many times; a Job makes one Pod at a time where it does not say."""
    done = convert(with_field("job", "completions: 3  # three"), accept=["completions"])
    assert done.workflow["parallelism"] == 1
    assert done.workflow["entrypoint"] == "main"
    main, pod = done.workflow["templates"]
    assert main == {"name": "main", "steps": [[{"name": "pod", "template": "pod", "withSequence": {"count": 3}}]]}
    assert pod == {**convert(WHOLE).template, "name": "pod"}
    assert "count: 3  # three\n" in done.text
    wide = convert(with_field("job", "completions: 3\nparallelism: 2  # two"), accept=["completions"])
    assert wide.workflow["parallelism"] == 2
    assert "parallelism: 2  # two\n" in wide.text


def test_one_completion_has_one_pod() -> None:
    """However many may run at a time."""
    done = convert(with_field("job", "completions: 1\nparallelism: 4"))
    assert done.data == convert(WHOLE).data
    assert "cronjob_rules/parallelism-idle" in done.cited


KEY = "batch.kubernetes.io/job-completion-index"
INDEX = "{{inputs.parameters.index}}"
VARIABLE = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['{KEY}']"}}}
INDEXED = with_field("job", "completions: 3\ncompletionMode: Indexed\nparallelism: 3")


def test_indexes() -> None:
    """Label, annotation and variable, as the Job controller gives them; a reference to them is fine then."""
    source = with_field("pod-template", "metadata:\n  labels: {app: a}", INDEXED)
    source = with_field(
        "container",
        f"args: ['{{{{item}}}}']\nenv:\n- {{name: A, valueFrom: {{fieldRef: {{fieldPath: \"metadata.annotations['{KEY}']\"}}}}}}",
        source,
    )
    source = with_field("pod", "initContainers: [{name: i, image: j}]", source)
    done = convert(source, accept=["completions-indexed"])
    assert done.outcome == CHANGED, done.reason
    main, pod = done.workflow["templates"]
    assert main["steps"][0][0]["arguments"] == {"parameters": [{"name": "index", "value": "{{item}}"}]}
    assert pod["inputs"] == {"parameters": [{"name": "index"}]}
    assert pod["metadata"] == {"labels": {"app": "a", KEY: INDEX}, "annotations": {KEY: INDEX}}
    assert [e["name"] for e in pod["container"]["env"]] == ["ARGO_LB", "A", "JOB_COMPLETION_INDEX"]
    assert pod["container"]["env"][-1] == VARIABLE
    assert pod["initContainers"] == [{"name": "i", "image": "j", "env": [VARIABLE]}]


def test_an_index_variable_of_the_users_own_stays() -> None:
    """The Job controller leaves it alone as well."""
    source = with_field("container", "env: [{name: JOB_COMPLETION_INDEX, value: '7'}]", INDEXED)
    done = convert(source, accept=["completions-indexed"])
    assert done.workflow["templates"][1]["container"]["env"] == [{"name": "JOB_COMPLETION_INDEX", "value": "7"}]


def test_one_index() -> None:
    """It is the index 0."""
    done = convert(INDEXED.replace("completions: 3", "completions: 1"), accept=["completions-indexed"])
    assert done.workflow["templates"][0]["steps"][0][0]["withSequence"] == {"count": 1}


@pytest.fixture
def own_templates(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    templating.use(None)


def test_a_shape_of_before_there_was_a_wrapper(own_templates: Path) -> None:
    """It works as it did, but not for Jobs of several Pods."""
    shape = (Path(__file__).parents[4] / "templates" / "cronworkflow.yaml.j2").read_text()
    name = '      - name: {{ "pod" if wrapper else "main" }}'
    old = shape[: shape.index("{%- if wrapper %}")] + shape[shape.index(name) :].replace(name, "      - name: main")
    (own_templates / "cronworkflow.yaml.j2").write_text(old)
    templating.use(own_templates)
    assert convert(WHOLE).outcome == CHANGED
    assert "leaves out" in convert(INDEXED, accept=["completions-indexed"]).reason
    one = convert(INDEXED.replace("completions: 3", "completions: 1"), accept=["completions-indexed"])
    assert "leaves out steps" in one.reason
